"""Floor: the polygons that feet may be in, out of level surfaces and of what stands on them.

Drawn on a grid of a few centimetres, which any mesh can be, and taken back to polygons: a body's width away
from every edge and obstacle, reachable from where the visit begins. The obstacles inside are joined to the
outline by a seam that is walked there and back, so that the even-odd rule of our viewers leaves them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.scene.words.ground import Ground

CELL = 0.02
"""Metres of a cell of the grid."""
MOST_CELLS = 3000
"""Along the longer side: cells grow beyond it."""
STEP, HEAD = 0.12, 1.95
"""Metres above the floor: what lies lower is stepped on, what lies higher is walked under."""
KNEE = 0.5
"""Metres above the floor from where the inside of a solid is told."""
Floats = NDArray[np.float64]
Mask = NDArray[np.uint8]
_SHIFT = 6


@dataclass(frozen=True, slots=True)
class Floor:
    """Where feet may be."""

    polygons: tuple[tuple[tuple[float, float], ...], ...]
    """Plan points [x, z] in metres."""
    height: float
    """Metres."""
    spawn: tuple[float, float]
    """A place inside: the one asked for, else the widest."""


def floor_of(
    ground: Ground, obstacles: Sequence[Floats], *, body: float, start: tuple[float, float] | None = None
) -> Floor | None:
    """The floor of a ground without its obstacles (T, 3, 3 each), reachable from `start` (x, z).

    None when nothing is left of it, or when `start` lies outside.
    """
    height = round(float(np.median(ground.triangles[..., 1])), 4) + 0.0
    grid = _Grid.over(ground.triangles)
    free = grid.drawn([ground.triangles])
    free[grid.drawn([_within(part, height) for part in obstacles]) > 0] = 0
    for part in obstacles:
        if len(part) and np.ptp(part.reshape(-1, 3), axis=0)[[0, 2]].min() > 2 * body:  # else nobody fits in
            _take_out_solid(free, part, height, grid)
    room = np.asarray(cv2.distanceTransform(np.pad(free, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))[1:-1, 1:-1]
    inside = (room >= body / grid.cell + 1.5).astype(np.uint8)
    if start is None:
        if not inside.any():
            return None
        row, column = divmod(int(room.argmax()), room.shape[1])
    else:
        column, row = grid.cell_of(start)
        if not (0 <= row < inside.shape[0] and 0 <= column < inside.shape[1] and inside[row, column]):
            return None
    _, labels = cv2.connectedComponents(inside, connectivity=4)
    mine: Mask = (np.asarray(labels) == labels[row, column]).astype(np.uint8)
    spawn = start if start is not None else grid.point(column, row)
    return Floor(tuple(_polygons(mine, grid)), height, spawn)


@dataclass(frozen=True, slots=True)
class _Grid:
    origin: tuple[float, float]
    cell: float
    shape: tuple[int, int]

    @classmethod
    def over(cls, triangles: Floats) -> _Grid:
        flat = triangles[..., [0, 2]].reshape(-1, 2)
        low, high = flat.min(axis=0), flat.max(axis=0)
        cell = max(CELL, float((high - low).max()) / MOST_CELLS)
        columns, rows = (int(n) + 3 for n in np.ceil((high - low) / cell))
        return cls((float(low[0]) - cell, float(low[1]) - cell), cell, (rows, columns))

    def cell_of(self, point: tuple[float, float]) -> tuple[int, int]:
        return (
            round((point[0] - self.origin[0]) / self.cell),
            round((point[1] - self.origin[1]) / self.cell),
        )

    def point(self, column: float, row: float) -> tuple[float, float]:
        return (
            round(float(self.origin[0] + column * self.cell), 4),
            round(float(self.origin[1] + row * self.cell), 4),
        )

    def cells(self, triangles: Floats) -> Floats:
        """(T, 3, 2) column and row of the corners of triangles."""
        return np.asarray((triangles[..., [0, 2]] - self.origin) / self.cell)

    def drawn(self, parts: Sequence[Floats]) -> Mask:
        """A mask of all cells that triangles cover in plan, their borders included."""
        mask: Mask = np.zeros(self.shape, np.uint8)
        for triangles in parts:
            flat = self.cells(triangles)
            limit = 4.0 * max(self.shape)  # far corners would not fit OpenCV's fixed point
            fixed = np.round(np.clip(flat, -limit, limit) * (1 << _SHIFT)).astype(np.int32)
            for corners in fixed:
                cv2.fillConvexPoly(mask, corners, 1, lineType=cv2.LINE_8, shift=_SHIFT)
        return mask


def _within(triangles: Floats, height: float) -> Floats:
    """Those that a body of that floor would meet."""
    low, high = triangles[..., 1].min(axis=1), triangles[..., 1].max(axis=1)
    return np.asarray(triangles[(high > height + STEP) & (low < height + HEAD)])


def _take_out_solid(free: Mask, triangles: Floats, height: float, grid: _Grid) -> None:
    """Take the inside of a closed thing that stands on the floor out of what is free there.

    Whatever goes up from inside leaves it once more than it enters it; a room under a roof is outside.
    """
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    lift = cross[:, 1]
    if not len(_within(triangles, height)) or abs(lift.sum()) > 0.01 * np.abs(lift).sum():
        return
    above = (triangles[..., 1].min(axis=1) > height + KNEE) & (np.abs(lift) > 1e-9)
    corners = grid.cells(triangles[above])
    if not len(corners):
        return
    low = np.clip(np.floor(corners.min(axis=(0, 1))).astype(int) - 2, 0, None)
    high = np.minimum(np.ceil(corners.max(axis=(0, 1))).astype(int) + 3, grid.shape[::-1])
    if (high <= low).any():
        return
    count = np.zeros((high[1] - low[1], high[0] - low[0]), np.int16)
    for corner, up in zip(corners - low, lift[above] > 0, strict=True):
        first = np.clip(np.floor(corner.min(axis=0)).astype(int), 0, None)
        last = np.minimum(np.ceil(corner.max(axis=0)).astype(int) + 1, count.shape[::-1])
        if (last <= first).any():
            continue
        one: Mask = np.zeros((last[1] - first[1], last[0] - first[0]), np.uint8)
        fixed = np.round((corner - first) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillConvexPoly(one, fixed, 1, lineType=cv2.LINE_8, shift=_SHIFT)
        count[first[1] : last[1], first[0] : last[0]] += np.where(up, 1, -1) * one.astype(np.int16)
    # where triangles meet both are drawn: such seams are thinner than anything solid
    solid = cv2.morphologyEx((count > 0).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    free[low[1] : high[1], low[0] : high[0]][solid > 0] = 0


def _polygons(mask: Mask, grid: _Grid) -> list[tuple[tuple[float, float], ...]]:
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = [cv2.approxPolyDP(contour, 0.9, True)[:, 0, :] for contour in contours]
    out = []
    for number, ring in enumerate(rings):
        if tree[0][number][3] >= 0 or len(ring) < 3:
            continue
        holes = [rings[k] for k in range(len(rings)) if tree[0][k][3] == number and len(rings[k]) >= 3]
        joined = _joined(ring.astype(np.float64), [hole.astype(np.float64) for hole in holes])
        out.append(tuple(grid.point(float(column), float(row)) for column, row in joined))
    return out


def _joined(ring: Any, holes: list[Any]) -> Any:
    """One ring around all: from the nearest corner to a hole, round it, and the same way back."""
    while holes:
        gaps = [np.linalg.norm(ring[:, None] - hole[None], axis=2) for hole in holes]
        number = int(np.argmin([gap.min() for gap in gaps]))
        at, first = np.unravel_index(int(gaps[number].argmin()), gaps[number].shape)
        hole = np.roll(holes.pop(number), -int(first), axis=0)
        ring = np.concatenate([ring[: at + 1], hole, hole[:1], ring[at:]])
    return ring
