"""Materials from folders of image files, under the names of vrgen, Poly Haven and ambientCG."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.map_names import split_name
from vrgen.core.material import Material
from vrgen.core.record import Record
from vrgen.errors import InputProblem, ValueProblem

ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}
MAX_EDGE = 16384


def read_materials(folder: Path) -> list[Material]:
    """Every material of a folder, by name; what its record.json says of kind, size and licences is kept.

    Single pictures without a map's name are left out. Raises InputProblem, with the file's name, for a
    damaged map, maps of several sizes, and a folder without a base colour.
    """
    if not folder.is_dir():
        raise InputProblem(f"{folder} is no folder, expected one with the maps of a material")
    sets: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        name, word = split_name(path.stem)
        if path.suffix.lower() in ENDINGS and word is not None:
            sets.setdefault(name or folder.resolve().name, {})[word] = path
    facts = _facts(folder / "record.json")
    made = [
        _material(name, files, facts.get(name, {})) for name, files in sets.items() if "base_colour" in files
    ]
    if not made:
        found = ", ".join(path.name for path in sorted(folder.iterdir())[:4]) or "nothing"
        raise InputProblem(
            f"{folder} holds {found}; expected a base colour such as NAME_diff.png or albedo.jpg"
        )
    return made


def _material(name: str, files: dict[str, Path], facts: dict[str, Any]) -> Material:
    planes: dict[str, NDArray[Any]] = {}
    for word, path in files.items():
        planes[word] = _read(path, colour=word in ("base_colour", "normal", "normal_dx", "arm"))
    if "normal_dx" in planes:
        flipped = planes.pop("normal_dx").copy()
        flipped[..., 1] = np.iinfo(flipped.dtype).max - flipped[..., 1]
        planes.setdefault("normal", flipped)
    packed = planes.pop("arm", None)
    if packed is not None:
        for channel, word in enumerate(("occlusion", "roughness", "metallic")):
            planes.setdefault(word, packed[..., channel : channel + 1])
    images = {
        word: Image(np.ascontiguousarray(pixels), "srgb" if word == "base_colour" else "linear")
        for word, pixels in planes.items()
    }
    width, height = facts.get("size_m", (1.0, 1.0))
    record = Record.from_json({"step": "read", **facts.get("record", {})})
    try:
        return Material(
            re.sub(r"[^a-z0-9_-]+", "_", name.lower()),
            str(facts.get("kind", "material")),
            size_m=(float(width), float(height)),
            record=record,
            **images,
        )
    except ValueProblem as problem:
        raise InputProblem(f"{files['base_colour'].parent}: {problem}") from problem


def _facts(path: Path) -> dict[str, Any]:
    """What a record.json of ours says, by material; nothing when it is another's."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return {name: dict(facts) for name, facts in said.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _read(path: Path, *, colour: bool) -> NDArray[Any]:
    """(H, W, 3) RGB or (H, W, 1), uint8 or uint16."""
    import cv2
    from PIL import Image as Pictures

    try:
        with Pictures.open(path) as head:
            width, height = head.size
        if max(width, height) > MAX_EDGE:
            raise InputProblem(f"{path} is {width}x{height}, expected at most {MAX_EDGE} along an edge")
        flags = cv2.IMREAD_ANYDEPTH | (cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE)
        pixels = cv2.imread(str(path), flags)
    except (OSError, ValueError, SyntaxError, cv2.error, Pictures.DecompressionBombError) as problem:
        raise InputProblem(f"{path} is damaged or no picture; save it again") from problem
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise InputProblem(f"{path} is damaged or has floats for pixels; save it again with 8 or 16 bits")
    return np.asarray(pixels[..., ::-1] if colour else pixels[..., None])
