"""Seams: does what repeats over a surface tile?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.seam import seam_score
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject, Worn, is_sky

AXES: tuple[tuple[Literal["u", "v"], str], ...] = (("u", "across"), ("v", "along"))
LINES = 1024
REPEATED = 1.05
"""Of a texture that are seen in a row: more than one, and a little for what exporters round."""


def seams(subject: Subject) -> Iterator[Finding]:
    """Base colours, along the axes on which more than one repeat is seen; skies all around."""
    for worn in subject.images:
        if worn.role != "base_colour" or min(worn.image.width, worn.image.height) < 8:
            continue
        for axis, (name, way) in enumerate(AXES):
            if worn.texture.wrap[axis] != "repeat" or not _repeats(subject, worn, axis):
                continue
            pixels = _lines(worn.image.pixels[..., : min(3, worn.image.channels)], axis)
            score = seam_score(pixels, name)
            if score > 1 and _stands_out(pixels, 1 - axis):
                told = f"its border {way} has a seam score of {score:.2f}, expected at most 1"
                yield finding("SEAM_VISIBLE", worn.place, told)


def _lines(pixels: NDArray[Any], axis: int) -> NDArray[Any]:
    """At most so many of the lines that run across the border: enough for their mean."""
    step = max(1, pixels.shape[axis] // LINES)
    return pixels[::step] if axis == 0 else pixels[:, ::step]


def _stands_out(pixels: NDArray[Any], axis: int) -> bool:
    """Whether no step inside is as large: joints of boards and tiles are, and lie on the border too."""
    lines = np.moveaxis(pixels, axis, 0).reshape(pixels.shape[axis], -1).astype(np.float32)
    border = float(np.abs(lines[0] - lines[-1]).mean())
    return all(float(np.abs(b - a).mean()) < border for a, b in pairwise(lines))


def _repeats(subject: Subject, worn: Worn, axis: int) -> bool:
    for item, texture in subject.wearers(worn):
        uv = item.uv(texture)
        if uv is None:
            continue
        crossed = float(np.ptp(uv[..., axis])) > REPEATED
        if crossed or (axis == 0 and is_sky(item)):
            return True
    return False
