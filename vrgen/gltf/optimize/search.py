"""Search: how coarsely textures may be packed, tried on one of them for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from vrgen.core.progress import SILENT, Progress
from vrgen.gltf.optimize.ktx2 import as_ktx2
from vrgen.gltf.optimize.pictures import Picture
from vrgen.gltf.optimize.resize import decibels
from vrgen.gltf.optimize.tint import BLOCK
from vrgen.gltf.optimize.webp import as_webp

LADDERS = {"ktx2": (64, 96, 128, 160, 224), "webp": (70, 80, 88, 94)}
"""Qualities that are tried, of ETC1S and of WebP."""
SIDE = 512
"""Pixels of the part that is tried."""
LIVELY = 8.0
"""Of 255: standard deviation from which a texture is a picture, and not a ground that shows nothing."""
SPREAD = 6.0
"""Decibels that blocks keep above the least of a view: that is an average over what hardly changes, too."""


def searched(pictures: Sequence[Picture], textures: str, *, least: float, progress: Progress) -> int:
    """The least quality at which the blocks of the typical picture keep `least` + 6 decibels.

    Blocks of 8 pixels are what is seen of a picture from a few metres. The middle of one picture is tried, by
    halving: of those with something on them, that of median size.
    """
    ladder = LADDERS.get(textures, (100,))
    shown = [one for one in pictures if one.srgb and _middle(one).std() >= LIVELY]
    if not shown or len(ladder) == 1:
        return ladder[len(ladder) // 2]
    typical = sorted(shown, key=lambda one: (one.size[0] * one.size[1], one.image))[len(shown) // 2]
    with TemporaryDirectory(prefix="vrgen-") as name, progress.stage("try one texture", 1) as advance:
        sample = _sample(typical, Path(name))
        low, high = 0, len(ladder) - 1
        while low < high:
            half = (low + high) // 2
            enough = _kept(sample, textures, ladder[half]) >= least + SPREAD
            low, high = (low, half) if enough else (half + 1, high)
        advance(1)
    return ladder[low]


def _kept(sample: Picture, textures: str, quality: int) -> float:
    """PSNR in dB of the means of blocks."""
    make = as_ktx2 if textures == "ktx2" else as_webp
    (made,) = make([sample], {}, quality=quality, progress=SILENT)
    error = (made.seen().astype(np.float32) - sample.pixels())[..., :3]
    rows, columns = (side // BLOCK for side in error.shape[:2])
    blocks = (
        error[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3))
    )
    return decibels(float((blocks**2).mean()))


def _middle(picture: Picture) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 of its middle, at most 512 pixels square."""
    width, height = picture.size
    x, y = max(0, width - SIDE) // 2, max(0, height - SIDE) // 2
    return picture.pixels()[y : y + SIDE, x : x + SIDE, :3]


def _sample(picture: Picture, folder: Path) -> Picture:
    pixels = picture.pixels()
    middle = np.ascontiguousarray(
        np.concatenate([_middle(picture), np.full_like(_middle(picture)[..., :1], 255)], axis=-1)
    )
    del pixels
    place = folder / "sample.rgba"
    middle.tofile(place)
    return replace(picture, size=(middle.shape[1], middle.shape[0]), alpha=False, bytes=2**40, source=place)
