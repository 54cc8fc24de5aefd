"""Two heaps of pictures that are no pairs: photographs, paintings, or HDR skies, in memory at several
scales.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import srgb_to_linear
from vrgen.errors import InputProblem
from vrgen.models.sky_vae import CLIP, GAIN, SCALE
from vrgen.train.data import prepare_sky, read_radiance
from vrgen.train.sets import PICTURES

SKIES = {".hdr", ".exr"}
LONGEST = 768
"""Pixels along the longer side of what is kept; larger pictures are made smaller."""
SMALLEST = 96
"""Pixels along the shorter side that a picture must have to be of use."""


@dataclass(frozen=True, eq=False, slots=True)
class PictureSource:
    """One picture to learn from."""

    name: str
    """File name without its ending."""
    levels: tuple[NDArray[np.uint8], ...]
    """(H, W, 3) uint8, sRGB or sky_vae's compressed scale; then at half the size, while that is of use."""
    wraps: bool
    """Goes on at its left and right: a panorama."""


def read_pictures(folder: Path, *, as_skies: bool = False) -> tuple[list[PictureSource], list[str]]:
    """Every picture below `folder`, and what was wrong with the rest.

    With `as_skies`, .hdr and .exr panoramas (2:1) are taken too, and everything is brought to sky_vae's
    compressed scale: ordinary pictures by way of linear light relative to their mean. Raises InputProblem
    when there is nothing to learn from.
    """
    if not folder.is_dir():
        raise InputProblem(f"{folder}: no such folder; expected one with pictures")
    sources, problems = [], []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES | SKIES):
        try:
            if path.suffix.lower() in SKIES:
                if not as_skies:
                    raise InputProblem(f"{path}: a sky among pictures; give both folders HDR skies")
                sources.append(
                    PictureSource(path.stem, _levels(_bytes(prepare_sky(read_radiance(path)))), True)
                )
            else:
                pixels = _small(_read(path))
                sources.append(
                    PictureSource(path.stem, _levels(_as_sky(pixels) if as_skies else pixels), False)
                )
        except InputProblem as problem:
            problems.append(str(problem))
    if not sources:
        reasons = f" ({'; '.join(problems[:3])})" if problems else ""
        raise InputProblem(f"{folder}: no picture that can be read{reasons}; put .jpg or .png files there")
    return sources, problems


def holds_skies(folder: Path) -> bool:
    """Does any HDR panorama lie below `folder`?"""
    return any(path.suffix.lower() in SKIES for path in folder.rglob("*"))


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise InputProblem(f"{path}: cannot be decoded")
    if min(picture.shape[:2]) < SMALLEST:
        raise InputProblem(
            f"{path}: {picture.shape[1]}x{picture.shape[0]}, expected at least {SMALLEST} pixels"
        )
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = LONGEST / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _as_sky(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    linear = srgb_to_linear(pixels.astype(np.float32) / 255.0)
    relative = np.minimum(linear / max(float(linear.mean()), 1e-6), CLIP)
    return _bytes(np.log1p(GAIN * relative) / SCALE)


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(values, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _levels(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    levels = [pixels]
    while min(levels[-1].shape[:2]) >= 2 * SMALLEST:
        size = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        levels.append(np.asarray(cv2.resize(levels[-1], size, interpolation=cv2.INTER_AREA), np.uint8))
    return tuple(levels)


def picture_batch(
    sources: list[PictureSource], rng: np.random.Generator, *, count: int, size: int
) -> NDArray[np.float32]:
    """Random crops (count, 3, size, size) in [-1, 1], at any scale that fills them, half of them mirrored."""
    crops = np.empty((count, 3, size, size), np.float32)
    for i in range(count):
        source = sources[int(rng.integers(len(sources)))]
        fitting = [level for level in source.levels if min(level.shape[:2]) >= size] or list(
            source.levels[:1]
        )
        crop = _crop(fitting[int(rng.integers(len(fitting)))], rng, size=size, wraps=source.wraps)
        crops[i] = (crop[:, ::-1] if rng.random() < 0.5 else crop).transpose(2, 0, 1)
    return crops


def _crop(
    pixels: NDArray[np.uint8], rng: np.random.Generator, *, size: int, wraps: bool
) -> NDArray[np.float32]:
    height, width = pixels.shape[:2]
    if min(height, width) < size:  # a small picture is enlarged rather than left out
        scale = size / min(height, width)
        grown = (max(size, round(width * scale)), max(size, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, grown, interpolation=cv2.INTER_CUBIC), np.uint8)
        height, width = pixels.shape[:2]
    top = int(rng.integers(height - size + 1))
    left = int(rng.integers(width if wraps else width - size + 1))
    columns = (left + np.arange(size)) % width
    crop: NDArray[np.float32] = (
        pixels[top : top + size][:, columns].astype(np.float32) / np.float32(127.5) - 1
    )
    return crop
