"""Placing: where copies stand. Pure laws: rows, grids, and chance that keeps its distances."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.scene.words.ground import Ground, to_segments

TRIES = 60
"""Throws for each copy that is wanted before a surface counts as full."""
Floats = NDArray[np.float64]
Plan = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """Place of one copy."""

    at: tuple[float, float, float]
    """Metres."""
    turn: float = 0.0
    """Degrees about +y."""
    size: float = 1.0
    """Factor."""
    look: int | None = None
    """Which of a mesh's looks; None takes turns."""
    up: tuple[float, float, float] = (0.0, 1.0, 0.0)
    """Unit vector that its own +y points along, after the turn."""

    @property
    def tilted(self) -> bool:
        """Whether it does not stand upright."""
        return self.up != (0.0, 1.0, 0.0)

    @property
    def matrix(self) -> Floats:
        """(4, 4) for column vectors."""
        angle = math.radians(self.turn)
        c, s = math.cos(angle) * self.size, math.sin(angle) * self.size
        matrix = np.array([[c, 0, s, 0], [0, self.size, 0, 0], [-s, 0, c, 0], [0, 0, 0, 1.0]])
        if self.tilted:
            matrix[:3, :3] = _tilt(self.up) @ matrix[:3, :3]
        matrix[:3, 3] = self.at
        return matrix


def _tilt(up: tuple[float, float, float]) -> Floats:
    """(3, 3) the least rotation that brings +y to a unit vector that does not point down (Rodrigues)."""
    x, y, z = up
    k = np.array([[0.0, x, 0.0], [-x, 0.0, -z], [0.0, z, 0.0]])
    return np.asarray(np.eye(3) + k + k @ k / (1.0 + y))


def in_grid(count: tuple[int, int], step: tuple[float, float]) -> list[Plan]:
    """Plan points of rows and columns around the origin."""
    xs, zs = ((np.arange(n) - (n - 1) / 2) * gap for n, gap in zip(count, step, strict=True))
    return [(float(x), float(z)) for z in zs for x in xs]


def in_row(start: Plan, end: Plan, *, count: int | None, spacing: float | None) -> list[Plan]:
    """Plan points from start to end, both included: `count`, or about `spacing` apart. One comes to the
    middle."""
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    if count is None:
        count = 1 + max(0, round(length / spacing)) if spacing else 2
    shares = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])
    return [
        (float(start[0] + (end[0] - start[0]) * t), float(start[1] + (end[1] - start[1]) * t)) for t in shares
    ]


def bearing(start: Plan, end: Plan) -> float:
    """Degrees about +y that bring +x onto the way from start to end."""
    return math.degrees(math.atan2(-(end[1] - start[1]), end[0] - start[0]))


def strewn(
    ground: Ground,
    *,
    count: int,
    spacing: float,
    margin: float,
    taken: Callable[[Floats], NDArray[np.bool_]],
    chance: np.random.Generator,
) -> Floats:
    """Up to `count` places (n, 3) on a ground by dart throwing (a Poisson disc sample).

    No two are nearer than `spacing` metres, none lies within `margin` of the ground's edge or where `taken`
    says so, of points (n, 3). Fewer come out when `TRIES` throws for each found no room.
    """
    cells: dict[tuple[int, int, int], list[Floats]] = {}
    placed: list[Floats] = []
    left = TRIES * count
    while left > 0 and len(placed) < count:
        throws = ground.sample(min(left, 2048), chance)
        left -= len(throws)
        free = (ground.to_edge(throws) >= margin) & ~taken(throws)
        for point in throws[free]:
            i, j, k = (int(v) for v in np.floor(point / spacing))
            around = (
                other
                for di in (-1, 0, 1)
                for dj in (-1, 0, 1)
                for dk in (-1, 0, 1)
                for other in cells.get((i + di, j + dj, k + dk), ())
            )
            if all(float(((other - point) ** 2).sum()) >= spacing**2 for other in around):
                cells.setdefault((i, j, k), []).append(point)
                placed.append(point)
                if len(placed) == count:
                    break
    return np.array(placed).reshape(-1, 3)


def near_any(points: Floats, triangles: Floats, reach: float) -> NDArray[np.bool_]:
    """Which of points (n, 3) lie over, under or within `reach` metres of triangles (T, 3, 3), in plan."""
    near = np.zeros(len(points), bool)
    flat = points[:, [0, 2]]
    for triangle in triangles[:, :, [0, 2]]:
        low, high = triangle.min(axis=0) - reach, triangle.max(axis=0) + reach
        asked = np.flatnonzero(~near & ((flat >= low) & (flat <= high)).all(axis=1))
        if len(asked):
            edges = np.stack([triangle, np.roll(triangle, -1, axis=0)], axis=1)
            near[asked] = (to_segments(flat[asked], edges) <= reach) | _within(flat[asked], triangle)
    return near


def _within(points: Floats, triangle: Floats) -> NDArray[np.bool_]:
    sides = []
    for k in range(3):
        a, b = triangle[k], triangle[(k + 1) % 3]
        way, to = b - a, points - a
        sides.append(way[0] * to[:, 1] - way[1] * to[:, 0])
    signs = np.stack(sides)
    return np.asarray((signs >= 0).all(axis=0) | (signs <= 0).all(axis=0))
