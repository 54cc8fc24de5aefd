"""What `vrgen maps` is asked for, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vrgen.errors import UsageProblem

SIZES = (64, 8192)
MULTIPLE = 16
"""Sizes are multiples of what the estimator works on at once (photo_maps.DOWN)."""


@dataclass(frozen=True, slots=True)
class MapsOptions:
    """A PBR set from a photo: base colour, normal, roughness, height and occlusion."""

    size: int | None = None
    """Pixels along the long side, a multiple of 16 from 64 to 8192 [as many as the photo gives, at most
    4096]."""
    metres: float = 1.0
    """Metres of the surface along the short side of the photo."""
    seamless: bool = True
    """Close the photo to a tile, so that all maps tile."""
    delight: bool = True
    """Even out the slow change of brightness across the photo."""
    keep_aspect: bool = False
    """Use the whole photo instead of the square in its middle."""
    relief: float = 2.0
    """How deep. 1 is the estimate itself, which is timid wherever the photo does not tell: its slopes are a
    quarter of what real sets have. 2 looks more like them, 0 is flat."""
    roughness: float = 0.6
    """Mean roughness, 0 mirror to 1 matt. A photo in even light does not tell it: 0.3 suits glazed tiles,
    0.85 soil and old brick. What varies about the mean is estimated."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the estimator runs."""


def check_maps(options: MapsOptions) -> None:
    """Raise UsageProblem for a size, a length or a depth that cannot be."""
    size = options.size
    if size is not None and not (SIZES[0] <= size <= SIZES[1] and size % MULTIPLE == 0):
        nearest = min(max(round(size / MULTIPLE) * MULTIPLE, SIZES[0]), SIZES[1])
        raise UsageProblem(
            f"got size {size}, expected a multiple of {MULTIPLE}, {SIZES[0]} to {SIZES[1]}; {nearest} is near"
        )
    if not 0.001 <= options.metres <= 1000.0:
        raise UsageProblem(
            f"got metres {options.metres}, expected 0.001 to 1000; it is the photo's short side"
        )
    if not 0.0 <= options.roughness <= 1.0:
        raise UsageProblem(
            f"got roughness {options.roughness}, expected 0 (mirror) to 1 (matt); 0.6 is usual"
        )
    if not 0.0 <= options.relief <= 10.0:
        raise UsageProblem(f"got relief {options.relief}, expected 0 to 10; 2 is usual")
