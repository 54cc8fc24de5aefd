"""Picture files to learn from, each checked: what is wrong is said with the file's name."""

from __future__ import annotations

import warnings
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from vrgen.core.seam import seam_score
from vrgen.errors import InputProblem

Bytes = NDArray[np.uint8]
SMALLEST = 64
"""Pixels along an edge below which a picture shows too little."""
LARGEST = 16384
"""Pixels along an edge above which a file is not decoded: it would fill the memory."""
KEPT = 2048
"""Pixels along the longer edge that are kept: crops of 128 see no more of a larger one."""
TILES_BELOW = 1.5
"""Seam score (DESIGN's measure, at 256 pixels) up to which a picture is taken to tile."""
SURE = 0.15
"""Correlation from which the green of a normal map is taken to point up, and below minus which down."""


def read_picture(path: Path, *, colour: bool) -> tuple[Bytes, list[str]]:
    """(H, W, 3) RGB or (H, W), and what is worth knowing of the file.

    Raises InputProblem when it is no picture, damaged, cut off, too small or too large.
    """
    notes = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that LARGEST refuses or allows
            with Pillow.open(path) as head:
                width, height, mode, kind = *head.size, head.mode, head.format
    except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as problem:
        raise InputProblem(f"{path}: cannot be decoded; left out") from problem
    if max(width, height) > LARGEST:
        raise InputProblem(f"{path}: {width}x{height}, expected at most {LARGEST} along an edge; left out")
    if min(width, height) < SMALLEST:
        raise InputProblem(f"{path}: {width}x{height}, expected at least {SMALLEST} pixels; left out")
    if _is_cut_off(path, str(kind)):
        raise InputProblem(f"{path}: the end of the file is missing; left out, fetch it again")
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR if colour else cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise InputProblem(f"{path}: cannot be decoded; left out")
    if mode.startswith(("I", "F")):
        notes.append(f"{path}: more than 8 bits a channel, read as 8")
    longest = max(picture.shape[:2])
    if longest > KEPT:
        size = tuple(round(edge * KEPT / longest) for edge in (picture.shape[1], picture.shape[0]))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture[..., ::-1] if colour else picture, np.uint8), notes


def _is_cut_off(path: Path, kind: str) -> bool:
    """Whether the mark that ends a JPEG or PNG is missing: decoders fill the rest with grey, silently."""
    ends = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}
    if kind not in ends:
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        return ends[kind] not in file.read()


def is_flat(picture: Bytes) -> bool:
    """One colour all over."""
    return float(picture.std(axis=(0, 1)).max()) < 0.5


def tiles(colour: Bytes) -> bool:
    """Whether the opposite edges of (H, W, 3) fit together, as far as the seam score tells."""
    size = (min(256, colour.shape[1]), min(256, colour.shape[0]))
    small = np.asarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA), np.float32)
    return max(seam_score(small, "u"), seam_score(small, "v")) <= TILES_BELOW


def looks_like_normals(picture: Bytes) -> bool:
    """Whether (H, W, 3) RGB can be a tangent-space normal map: x and y about the middle, z towards us."""
    red, green, blue = picture.reshape(-1, 3).mean(axis=0)
    return bool(abs(red - 127.5) < 32 and abs(green - 127.5) < 32 and blue > 160)


def green_up(normal: Bytes) -> float:
    """How surely green points up (OpenGL, towards 1) or down (DirectX, towards -1) in (H, W, 3) RGB.

    Slopes of a relief have no curl: d(dh/dx)/dy = d(dh/dy)/dx. The correlation of the two sides is the
    answer; near 0 where the map is flat or noisy.
    """
    vectors = cv2.GaussianBlur(normal.astype(np.float32) / np.float32(127.5) - 1, (0, 0), 1.0)
    depth = np.maximum(vectors[..., 2], 0.1)
    along, up = -vectors[..., 0] / depth, -vectors[..., 1] / depth
    one = -np.gradient(along, axis=0)  # rows go down, y goes up
    other = np.gradient(up, axis=1)
    scale = float(np.sqrt((one**2).mean() * (other**2).mean()))
    return float((one * other).mean() / scale) if scale > 1e-9 else 0.0
