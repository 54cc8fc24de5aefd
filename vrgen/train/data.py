"""What the trainers learn from: PBR sets and HDR skies in memory, cut into batches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE, equirect_solid_angles
from vrgen.core.sun import measure_sun, without_sun
from vrgen.errors import InputProblem
from vrgen.models.material_gan import CHANNELS, HIDEABLE, TOTAL
from vrgen.models.sky_vae import CLIP, GAIN, SCALE

WORDS = {
    "base_colour": ("albedo", "diff", "diffuse", "color", "colour", "basecolor", "base_colour", "col"),
    "normal": ("normal", "nor_gl", "normalgl", "nor"),
    "roughness": ("roughness", "rough"),
    "metallic": ("metallic", "metal", "metalness"),
    "height": ("height", "disp", "displacement"),
    "occlusion": ("ao", "occlusion", "ambientocclusion"),
}
"""The last word of a map's file name: ours, Poly Haven's, ambientCG's."""
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


def split_name(stem: str) -> tuple[str, str | None]:
    """What a file shows by its name: `brick_rough_2k` is ("brick", "roughness"), `moss` is ("moss", None)."""
    stem = re.sub(r"[_-]\d+k(?=[_-]|$)(-jpg|-png)?", "", stem.lower())
    for name, words in WORDS.items():
        for word in words:
            if stem == word or stem.endswith(("_" + word, "-" + word)):
                return stem[: -len(word)].rstrip("_-"), name
    return stem, None


def read_material_sets(folder: Path) -> tuple[list[MaterialSource], list[str]]:
    """Every PBR set (a folder of maps) and single texture below `folder`, and what was wrong with the rest.

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
    sources, problems = [], []
    for (place, prefix), files in groups.items():
        try:
            sources.append(_material_source(prefix or place.name, files))
        except InputProblem as problem:
            problems.append(str(problem))
    if not sources:
        raise InputProblem(
            _nothing(folder, "texture or PBR set", "pictures named as Poly Haven does", problems)
        )
    return sources, problems


def _nothing(folder: Path, what: str, wanted: str, problems: list[str]) -> str:
    """The sentence for a folder that holds nothing to learn from, with the first reasons."""
    reasons = f" ({'; '.join(problems[:3])})" if problems else ""
    return f"{folder}: no {what} that can be read{reasons}; put {wanted} there"


def _material_source(name: str, files: dict[str, Path]) -> MaterialSource:
    if "base_colour" not in files:
        raise InputProblem(f"{name}: no base colour among {sorted(p.name for p in files.values())}")
    colour = _read_map(files["base_colour"], cv2.IMREAD_COLOR)
    maps = np.full((*colour.shape[:2], TOTAL), 128, np.uint8)
    there = np.zeros(len(HIDEABLE), np.float32)
    maps[..., CHANNELS["base_colour"]] = colour
    for position, key in enumerate(HIDEABLE):
        if key not in files:
            continue
        picture = _read_map(files[key], cv2.IMREAD_COLOR if key == "normal" else cv2.IMREAD_GRAYSCALE)
        if picture.shape[:2] != colour.shape[:2]:
            raise InputProblem(f"{files[key]}: {picture.shape[1]}x{picture.shape[0]}, base colour differs")
        maps[..., CHANNELS[key]] = picture[..., :2] if key == "normal" else picture[..., None]
        there[position] = 1.0
    if "roughness" in files and "metallic" not in files:  # a whole set without metal is a dielectric
        maps[..., CHANNELS["metallic"]] = 0
        there[HIDEABLE.index("metallic")] = 1.0
    levels = [maps]
    while levels[-1].shape[0] > 256:
        size = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        planes = cv2.split(levels[-1])
        levels.append(np.stack([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in planes], axis=-1))
    return MaterialSource(name, tuple(levels), there)


def _read_map(path: Path, mode: int) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), mode)
    if picture is None:
        raise InputProblem(f"{path}: cannot be decoded")
    return np.asarray(picture[..., ::-1] if picture.ndim == 3 else picture, np.uint8)


def material_batch(
    sources: list[MaterialSource], rng: np.random.Generator, *, count: int, size: int, recolour: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Random crops: maps (count, 9, size, size) in [0, 1] and there (count, 5).

    A crop wraps around the tile, is taken at full, half or (from 1024 up) quarter scale, mirrored, turned
    and (unless told not to) recoloured at random; normals turn with it. A source counts the more, the more
    maps it has.
    """
    share = np.array([1.0 + 2.0 * source.there.mean() for source in sources])
    picks = rng.choice(len(sources), size=count, p=share / share.sum())
    maps = np.empty((count, TOTAL, size, size), np.float32)
    there = np.empty((count, len(HIDEABLE)), np.float32)
    for i, pick in enumerate(picks):
        source = sources[int(pick)]
        crop = _turned(_crop(source.levels, rng, size), rng)
        maps[i] = (_recoloured(crop, rng) if recolour else crop).transpose(2, 0, 1)
        there[i] = source.there
    return maps, there


def _crop(levels: tuple[NDArray[np.uint8], ...], rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    weights = np.array([2.0, 1.0, 1.0])[: len(levels)]
    maps = levels[int(rng.choice(len(weights), p=weights / weights.sum()))]
    rows = (np.arange(size) + rng.integers(maps.shape[0])) % maps.shape[0]
    columns = (np.arange(size) + rng.integers(maps.shape[1])) % maps.shape[1]
    crop: NDArray[np.float32] = maps[rows[:, None], columns[None, :]].astype(np.float32) / np.float32(255)
    return crop


def _turned(crop: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    x, y = 3, 4  # channels of the normal, centred on 0.5, y up
    if rng.random() < 0.5:
        crop = crop[:, ::-1].copy()
        crop[..., x] = 1.0 - crop[..., x]
    for _ in range(int(rng.integers(4))):  # a quarter turn to the left takes (x, y) to (-y, x)
        crop = np.rot90(crop).copy()
        crop[..., x], crop[..., y] = 1.0 - crop[..., y], crop[..., x].copy()
    return crop


def _recoloured(crop: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Half of the crops get other colours, another contrast of roughness and of height.

    A hundred sources are mostly brown and grey: without this an unseen red or blue comes back dull.
    """
    if rng.random() < 0.5:
        return crop
    colour = crop[..., rng.permutation(3)]
    crop[..., :3] = (colour - 0.5) * rng.uniform(0.7, 1.3, 3) + 0.5 + rng.uniform(-0.15, 0.15)
    for channel in (CHANNELS["roughness"], CHANNELS["height"]):
        crop[..., channel] = (crop[..., channel] - 0.5) * rng.uniform(0.6, 1.4) + rng.uniform(0.4, 0.6)
    return crop.clip(0.0, 1.0)


@dataclass(frozen=True, eq=False, slots=True)
class SkySource:
    """One sky to learn from, its sun taken out."""

    name: str
    """File name without its ending."""
    sky: NDArray[np.float32]
    """(H, 2H, 3) on sky_vae's compressed scale, float32 in [0, 1]."""


def prepare_sky(radiance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Radiance (H, 2H, 3) in any unit to sky_vae's scale, its sun (if it has one) filled from the rim."""
    sun = measure_sun(radiance)
    if sun is not None:
        radiance = without_sun(radiance, sun.direction)
    weights = equirect_solid_angles(radiance.shape[0]) / (4 * np.pi)
    clipped = radiance
    for _ in range(2):  # the mean of what will be kept: lamps far above the clip must not darken the rest
        mean = float(((clipped @ LUMINANCE) * weights).sum())
        clipped = np.minimum(radiance, CLIP * mean)
    sky: NDArray[np.float32] = np.log1p(GAIN * clipped / max(mean, 1e-9)) / SCALE
    return sky.astype(np.float32)


def read_skies(folder: Path) -> tuple[list[SkySource], list[str]]:
    """Every HDR sky (.hdr, .exr; 2:1) below `folder`, and what was wrong with the rest."""
    if not folder.is_dir():
        raise InputProblem(f"{folder}: no such folder; expected one with .hdr or .exr skies")
    sources, problems = [], []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".hdr", ".exr"}):
        try:
            sources.append(SkySource(path.stem, prepare_sky(read_radiance(path))))
        except InputProblem as problem:
            problems.append(str(problem))
    if not sources:
        raise InputProblem(_nothing(folder, "sky", ".hdr or .exr files of 2:1", problems))
    return sources, problems


def read_radiance(path: Path) -> NDArray[np.float32]:
    """(H, 2H, 3) float32 linear RGB of a .hdr or .exr file."""
    if path.suffix.lower() == ".exr":
        import OpenEXR

        channels = OpenEXR.File(str(path)).channels()
        found = channels["RGB"] if "RGB" in channels else channels.get("RGBA")
        picture = None if found is None else np.asarray(found.pixels)[..., :3]
    else:
        read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        picture = None if read is None else read[..., ::-1]
    if picture is None:
        raise InputProblem(f"{path}: cannot be decoded")
    if picture.shape[1] != 2 * picture.shape[0]:
        raise InputProblem(f"{path}: {picture.shape[1]}x{picture.shape[0]}, expected 2:1")
    return np.asarray(np.nan_to_num(np.maximum(picture, 0.0)), np.float32)


def sky_batch(
    sources: list[SkySource], rng: np.random.Generator, *, count: int, size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Random strips of skies: (count, 3, size, size) and the cosine of elevation (count, 1, size, 1).

    A strip starts at any azimuth and elevation, at full or half scale, mirrored at random. Strips do not
    close in azimuth: the network sees their edges wrapped, which the loss leaves out (losses.inner).
    """
    skies = np.empty((count, 3, size, size), np.float32)
    cosine = np.empty((count, 1, size, 1), np.float32)
    for i in range(count):
        sky = sources[int(rng.integers(len(sources)))].sky
        scale = max(1, sky.shape[0] // (2 * size)) if rng.random() < 0.5 else max(1, sky.shape[0] // 512)
        height = sky.shape[0] // scale
        row = int(rng.integers((height - size) // 8 + 1)) * 8 if height > size else 0
        columns = (np.arange(size * scale) + rng.integers(sky.shape[1])) % sky.shape[1]
        strip = sky[row * scale : (row + size) * scale][:, columns]
        strip = strip.reshape(size, scale, size, scale, 3).mean(axis=(1, 3)) if scale > 1 else strip
        skies[i] = (strip[:, ::-1] if rng.random() < 0.5 else strip).transpose(2, 0, 1)
        elevation = np.pi * (0.5 - (row + np.arange(size) + 0.5) / height)
        cosine[i, 0, :, 0] = np.cos(elevation)
    return skies, cosine
