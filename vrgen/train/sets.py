"""PBR sets and textures in memory: found by their names, checked, at three scales."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.map_names import PACKED, split_name
from vrgen.errors import InputProblem
from vrgen.models.material_gan import CHANNELS, HIDEABLE, TOTAL
from vrgen.train.pictures import SURE, green_up, is_flat, looks_like_normals, read_picture, tiles

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True, eq=False, slots=True)
class MaterialSource:
    """One material to learn from."""

    name: str
    """Folder or file name."""
    levels: tuple[NDArray[np.uint8], ...]
    """(H, W, 9) in the order of material_gan.CHANNELS, what is missing is grey; then at half and quarter
    scale, so that a crop at any scale is only a slice."""
    there: NDArray[np.float32]
    """(5,) 1 for each of material_gan.HIDEABLE that is there."""
    tiles: bool = True
    """Whether its edges fit together: crops of what does not tile never cross them."""


def read_material_sets(folder: Path) -> tuple[list[MaterialSource], list[str]]:
    """Every PBR set (a folder of maps) and single texture below `folder`, and what is wrong with their files.

    Raises InputProblem when the folder is missing or holds nothing to learn from.
    """
    if not folder.is_dir():
        raise InputProblem(f"{folder}: no such folder; expected one with PBR sets or textures")
    groups: dict[tuple[Path, str], dict[str, Path]] = {}
    singles: list[Path] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES):
        prefix, name = split_name(path.stem)
        if name is None:
            singles.append(path)
        else:
            groups.setdefault((path.parent, prefix), {})[name] = path
    sets = {place for place, _ in groups}  # what lies beside a set unnamed is a map that we don't use
    groups |= {(p.parent, p.stem): {"base_colour": p} for p in singles if p.parent not in sets}
    names = [prefix or place.name for place, prefix in groups]
    with ThreadPoolExecutor(4) as readers:  # decoding lets other threads run
        found = list(readers.map(_material_source, names, groups.values()))
    sources = [source for source, _ in found if source is not None]
    problems = [problem for _, problems in found for problem in problems]
    loose = [source.name for source in sources if not source.tiles]
    if loose:
        problems.append(f"{folder}: crops stay inside of what does not tile: {', '.join(loose)}")
    if not sources:
        raise InputProblem(
            nothing(folder, "texture or PBR set", "pictures named as Poly Haven does", problems)
        )
    return sources, problems


def nothing(folder: Path, what: str, wanted: str, problems: list[str]) -> str:
    """The sentence for a folder that holds nothing to learn from, with the first reasons."""
    reasons = f" ({'; '.join(problems[:3])})" if problems else ""
    return f"{folder}: no {what} that can be read{reasons}; put {wanted} there"


def _material_source(name: str, files: dict[str, Path]) -> tuple[MaterialSource | None, list[str]]:
    """One set and what is wrong with it; without a base colour there is none."""
    if "base_colour" not in files:
        place = next(iter(files.values())).parent
        return None, [f"{place}: {name} has no base colour among {sorted(p.name for p in files.values())}"]
    try:
        colour, notes = read_picture(files["base_colour"], colour=True)
    except InputProblem as problem:
        return None, [str(problem)]
    if is_flat(colour):
        return None, [f"{files['base_colour']}: one flat colour, there is nothing to learn; left out"]
    maps = np.full((*colour.shape[:2], TOTAL), 128, np.uint8)
    there = np.zeros(len(HIDEABLE), np.float32)
    maps[..., CHANNELS["base_colour"]] = colour
    for position, key in enumerate(HIDEABLE):
        try:
            picture = _read_map(key, files, colour.shape[:2], notes)
        except InputProblem as problem:
            notes.append(str(problem))
            continue
        if picture is not None:
            maps[..., CHANNELS[key]] = picture
            there[position] = 1.0
    whole = "roughness" in files and not {"metallic", "arm"} & files.keys()
    if whole:  # and without metal: a dielectric
        maps[..., CHANNELS["metallic"]] = 0
        there[HIDEABLE.index("metallic")] = 1.0
    return MaterialSource(name, _levels(maps), there, tiles(colour)), notes


def _read_map(
    key: str, files: dict[str, Path], shape: tuple[int, ...], notes: list[str]
) -> NDArray[np.uint8] | None:
    """The channels of one map (H, W, n), None when the set has none; what was mended joins the notes."""
    down = key == "normal" and "normal" not in files and "normal_dx" in files
    packed = key in PACKED and key not in files and "arm" in files
    path = files.get("normal_dx" if down else "arm" if packed else key)
    if path is None:
        return None
    picture, told = read_picture(path, colour=packed or key == "normal")
    if packed:
        picture = np.ascontiguousarray(picture[..., PACKED.index(key)])
    notes += told
    if picture.shape[:2] != shape[:2]:
        sizes = f"{picture.shape[1]}x{picture.shape[0]}, the base colour {shape[1]}x{shape[0]}"
        if abs(picture.shape[0] * shape[1] - picture.shape[1] * shape[0]) > 2 * max(shape):
            raise InputProblem(f"{path}: {sizes}, another shape; this map is left out")
        notes.append(f"{path}: {sizes}; scaled to it")
        scaled = cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
        picture = np.asarray(scaled, np.uint8)
    if key != "normal":
        return picture[..., None]
    if not looks_like_normals(picture):
        raise InputProblem(f"{path}: not a tangent-space normal map by its mean colour; this map is left out")
    if down or green_up(picture) < -SURE:
        notes.append(f"{path}: green points down (DirectX); turned to OpenGL")
        picture[..., 1] = 255 - picture[..., 1]
    return picture[..., :2]


def _levels(maps: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """Full size, half and, from 1024 up, quarter."""
    levels = [maps]
    while min(levels[-1].shape[:2]) > 256 and len(levels) < 3:
        size = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        planes = cv2.split(levels[-1])
        levels.append(np.stack([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in planes], axis=-1))
    return tuple(levels)
