"""UV scale: how many UV units of a mesh lie on a metre, and whether a tiling material can lie on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.facets import crosses, gradients
from vrgen.bake.parts import unit

EVEN = 1.3
"""Factor from the usual scale within which a triangle shows a material true enough."""
SERVING = 0.85
"""Share of the area that must be so."""
UPRIGHT = 0.9
"""Cosine between the picture's up and the sky's, from which courses of bricks lie level."""
SKEW = 0.35
"""Cosine between the ways of u and v on the surface from which bricks lean too far."""


@dataclass(frozen=True, slots=True)
class UvScale:
    """UV units a metre, as most of a mesh's area has them."""

    across: float
    """Along u."""
    along: float
    """Along v."""
    mirrored: bool
    """Whether pictures are seen mirrored on most of the area."""
    even: float
    """Share of the area, 0 to 1, within a factor of 1.3 of both, not skewed, and mirrored as most is."""
    upright: float
    """Share of the upright area, 0 to 1, where the picture's up points up; 1 where nothing is upright."""

    @property
    def serves(self) -> bool:
        """Whether a tiling material lies true on these UVs."""
        return self.even >= SERVING and self.upright >= SERVING


def measure_uv(corners: NDArray[np.float64], uv: NDArray[np.float64]) -> UvScale | None:
    """The scale of UVs (t, 3, 2) on world triangles (t, 3, 3) in metres; None where UVs have no extent."""
    cross = crosses(corners)
    area = 0.5 * np.linalg.norm(cross, axis=1)
    real = area > 1e-10
    if not real.any():
        return None
    corners, uv, area = corners[real], uv[real], area[real]
    slope = gradients(corners, unit(cross[real]), uv)
    length = np.linalg.norm(slope, axis=2)
    known = (length > 1e-6).all(axis=1)
    if area[known].sum() < SERVING * area.sum():
        return None
    across, along = (_median(length[known, axis], area[known]) for axis in (0, 1))
    ratio = np.maximum(length / (across, along), (across, along) / np.maximum(length, 1e-12)).max(axis=1)
    lean = np.abs(np.einsum("tk,tk->t", slope[:, 0], slope[:, 1])) / np.maximum(length.prod(axis=1), 1e-20)
    turn = np.einsum("tk,tk->t", np.cross(slope[:, 0], slope[:, 1]), cross[real])
    # v grows downwards: seen from outside, an upright picture turns clockwise.
    mirrored = bool(area[turn > 0].sum() > 0.5 * area.sum())
    alike = (turn > 0) == mirrored  # halves that share a picture: one of them would be seen mirrored
    even = float(area[(ratio < EVEN) & (lean < SKEW) & alike].sum() / area.sum())
    return UvScale(across, along, mirrored, even, _upright(unit(cross[real]), slope[:, 1], area))


def _upright(normals: NDArray[np.float64], down: NDArray[np.float64], area: NDArray[np.float64]) -> float:
    """Share of the upright area on which v grows downwards, of triangles with these ways of v (t, 3)."""
    stands = np.abs(normals[:, 1]) < 0.5
    if area[stands].sum() < 0.05 * area.sum():
        return 1.0
    steepest = np.sqrt(1 - normals[stands, 1] ** 2)  # how far down the plane itself can point
    level = -unit(down[stands])[:, 1] / steepest > UPRIGHT
    return float(area[stands][level].sum() / area[stands].sum())


def _median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, 0.5 * below[-1])])
