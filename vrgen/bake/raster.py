"""Raster: which triangle lies under each texel of a sheet, and where on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EDGE = 1e-7
"""Barycentric weight below zero that still counts as inside: neighbours leave no gap."""


@dataclass(frozen=True, eq=False, slots=True)
class Covered:
    """Texels under triangles, each once; arrays (n, ...)."""

    texel: NDArray[np.int64]
    """(n,) row * width + column, rising."""
    triangle: NDArray[np.int64]
    """(n,) the triangle that covers it; the last one where several do."""
    weights: NDArray[np.float64]
    """(n, 3) of its corners."""


def cover(
    corners: NDArray[np.float64], *, width: int, height: int, at: tuple[float, float] = (0.5, 0.5)
) -> Covered:
    """What triangles (t, 3, 2), in texels of a sheet, cover of its points `at` (across, down) each texel."""
    shifted = corners - np.asarray(at)
    low = np.clip(np.ceil(shifted.min(axis=1) - 1e-9), 0, (width, height)).astype(np.int64)
    high = np.clip(np.floor(shifted.max(axis=1) + 1e-9), -1, (width - 1, height - 1)).astype(np.int64)
    size = np.maximum(high - low + 1, 0)
    a, b, c = shifted[:, 0], shifted[:, 1], shifted[:, 2]
    double = _turn(b - a, c - a)
    count = np.where(np.abs(double) > 1e-14, size.prod(axis=1), 0)
    found = [_inside(rows, count, size, low, shifted, double, width) for rows in _batches(count)]
    texel, triangle, weights = (np.concatenate(column) for column in zip(*found, strict=True))
    # The last triangle of a texel: unique keeps the first, so look from the end.
    kept, first = np.unique(texel[::-1], return_index=True)
    return Covered(kept, triangle[::-1][first], weights[::-1][first])


def _batches(count: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Runs of triangles with some four million points to ask, which bounds memory."""
    run = np.cumsum(count) // 4_000_000
    return np.split(np.arange(len(count)), np.flatnonzero(np.diff(run)) + 1)


def _inside(
    rows: NDArray[np.int64],
    count: NDArray[np.int64],
    size: NDArray[np.int64],
    low: NDArray[np.int64],
    corners: NDArray[np.float64],
    double: NDArray[np.float64],
    width: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    mine = count[rows]
    which = np.repeat(rows, mine)
    within = np.arange(len(which)) - np.repeat(np.cumsum(mine) - mine, mine)
    y, x = np.divmod(within, np.maximum(size[which, 0], 1))
    x, y = x + low[which, 0], y + low[which, 1]
    point = np.stack([x, y], axis=1).astype(np.float64)
    a, b, c = (corners[which, k] for k in range(3))
    one = _turn(c - b, point - b) / double[which]
    two = _turn(a - c, point - c) / double[which]
    weights = np.stack([one, two, 1 - one - two], axis=1)
    inside = (weights >= -EDGE).all(axis=1)
    return (y * width + x)[inside], which[inside], weights[inside]


def _turn(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
