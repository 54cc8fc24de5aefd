"""Triangles: where rays meet the triangles of a scene. A balanced tree of boxes in plain arrays.

The tree is split at medians, level by level for all boxes at once, so that leaves are equally full and the
children of box k are boxes 8 k to 8 k + 7 of the next level: a query descends with a few array operations,
for one ray or for all the pieces of a curve together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAF = 24
"""Most triangles of a leaf."""
FAN = 3
"""Splits from one level of boxes to the next: 8 children."""
SLACK = 1e-7
"""Share of an edge by which a ray may miss: nothing slips through where two triangles meet."""
AT_ONCE = 12
"""Leaves a ray that are tried together, nearest first."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Crossings:
    """The nearest triangle on each of N rays."""

    distance: Floats
    """(N,) along the ray in lengths of its direction; inf for none."""
    triangle: Whole
    """(N,) number of the triangle as it was handed over; -1 for none."""


class Triangles:
    """T triangles, (T, 3, 3) corners in metres, counter-clockwise where they are seen.

    `single` (T,) says which are seen from their front alone, `clear` (T,) which one sees through.
    """

    def __init__(self, corners: Floats, single: NDArray[np.bool_], clear: NDArray[np.bool_]) -> None:
        self.count = len(corners)
        """How many there are."""
        if not self.count:
            return
        order, leaves = _split(corners)
        self._order = order.reshape(leaves, -1)
        placed = corners[self._order]  # (leaves, size, 3 corners, 3)
        a = placed[..., 0, :]
        parts = (a, placed[..., 1, :] - a, placed[..., 2, :] - a)
        self._parts = np.ascontiguousarray(np.concatenate([np.moveaxis(part, -1, 0) for part in parts]))
        self._single, self._clear = single[self._order], clear[self._order]
        low, high = placed.min(axis=(1, 2)), placed.max(axis=(1, 2))
        self._levels = _levels(low - 1e-6, high + 1e-6)  # a hair larger, so that flat boxes have an inside

    def nearest(self, origins: Floats, directions: Floats, reach: Floats, *, gaze: bool) -> Crossings:
        """The first triangle on each of N rays (N, 3) within `reach` (N,) lengths of its direction.

        A `gaze` passes what is clear, and what is seen from its front alone from behind; a body does not.
        """
        best, found = reach.astype(np.float64), np.full(len(origins), -1, np.int64)
        if self.count:
            rays, leaves, enter = self._descend(origins, directions, best)
            step = AT_ONCE * len(origins)
            for start in range(0, len(rays), step):
                part = slice(start, start + step)
                near = enter[part] < best[rays[part]]
                if not near.any():
                    break  # the leaves are sorted: all others are further away
                self._try(rays[part][near], leaves[part][near], (origins, directions), best, found, gaze)
        return Crossings(np.where(found < 0, np.inf, best), found)

    def _descend(self, origins: Floats, directions: Floats, reach: Floats) -> tuple[Whole, Whole, Floats]:
        """(ray, leaf, where the ray enters it) of every leaf that a ray may meet, nearest first."""
        inverse = 1.0 / np.where(np.abs(directions) < 1e-12, 1e-12, directions)
        first = len(self._levels[0][0])
        rays = np.repeat(np.arange(len(origins)), first)
        boxes = np.tile(np.arange(first), len(origins))
        enter = np.zeros(0)
        for depth, (low, high) in enumerate(self._levels):
            if depth:
                boxes = (boxes[:, None] * 2**FAN + np.arange(2**FAN)).ravel()
                rays = np.repeat(rays, 2**FAN)
            start, slope = origins[rays], inverse[rays]
            one, other = (low[boxes] - start) * slope, (high[boxes] - start) * slope
            enter = np.maximum(np.minimum(one, other).max(axis=1), 0.0)
            leave = np.minimum(np.maximum(one, other).min(axis=1), reach[rays])
            met = np.flatnonzero(enter <= leave)
            rays, boxes, enter = rays[met], boxes[met], enter[met]
        order = np.argsort(enter, kind="stable")
        return rays[order], boxes[order], enter[order]

    def _try(
        self,
        rays: Whole,
        leaves: Whole,
        lines: tuple[Floats, Floats],
        best: Floats,
        found: Whole,
        gaze: bool,
    ) -> None:
        """Moller & Trumbore 1997 for pairs of a ray and a leaf; what is nearer goes into `best`, `found`."""
        ox, oy, oz = (lines[0][rays, axis, None] for axis in range(3))
        dx, dy, dz = (lines[1][rays, axis, None] for axis in range(3))
        ax, ay, az, ex, ey, ez, fx, fy, fz = self._parts[:, leaves]
        px, py, pz = dy * fz - dz * fy, dz * fx - dx * fz, dx * fy - dy * fx
        facing = ex * px + ey * py + ez * pz  # positive from the front
        missed = np.abs(facing) < 1e-14
        if gaze:
            missed |= ((facing < 0) & self._single[leaves]) | self._clear[leaves]
        scale = 1.0 / np.where(missed, 1.0, facing)
        sx, sy, sz = ox - ax, oy - ay, oz - az
        u = (sx * px + sy * py + sz * pz) * scale
        qx, qy, qz = sy * ez - sz * ey, sz * ex - sx * ez, sx * ey - sy * ex
        v = (dx * qx + dy * qy + dz * qz) * scale
        t = (fx * qx + fy * qy + fz * qz) * scale
        missed |= (u < -SLACK) | (v < -SLACK) | (u + v > 1 + SLACK) | (t < 0)
        t[missed] = np.inf
        column = t.argmin(axis=1)
        row = np.arange(len(rays))
        t = t[row, column]
        order = np.argsort(-t, kind="stable")  # of several for one ray, the nearest is written last
        order = order[t[order] < best[rays[order]]]
        best[rays[order]] = t[order]
        found[rays[order]] = self._order[leaves, column][order]


def _split(corners: Floats) -> tuple[Whole, int]:
    """Triangles in the order of the leaves, the last repeated until all are equally full; how many leaves."""
    count = len(corners)
    depth = max(0, int(np.ceil(np.log2(count / LEAF))))
    leaves = 2**depth
    middles = corners.mean(axis=1)
    order = np.arange(-(-count // leaves) * leaves)
    order[count:] = count - 1
    for level in range(depth):
        groups = order.reshape(2**level, -1)
        places = middles[groups]
        axis = np.ptp(places, axis=1).argmax(axis=1)
        along = np.take_along_axis(places, axis[:, None, None], axis=2)[..., 0]
        half = np.argpartition(along, groups.shape[1] // 2, axis=1)
        order = np.take_along_axis(groups, half, axis=1).ravel()
    return order, leaves


def _levels(low: Floats, high: Floats) -> list[tuple[Floats, Floats]]:
    """Boxes from the coarsest level to the leaves."""
    levels: list[tuple[Floats, Floats]] = [(low, high)]
    while len(levels[0][0]) > 2 ** (FAN + 1):
        a, b = levels[0]
        levels.insert(0, (_pooled(a, np.minimum), _pooled(b, np.maximum)))
    return levels


def _pooled(corners: Floats, smaller: np.ufunc) -> Floats:
    return np.asarray(smaller.reduce(corners.reshape(-1, 2**FAN, 3), axis=1))


def joined(parts: Sequence[Floats]) -> Floats:
    """(T, 3, 3) of several such arrays, none of them too."""
    return np.concatenate(parts) if parts else np.zeros((0, 3, 3))
