"""Ground: what is level of a mesh, to stand on and to strew things over."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LEVEL = math.cos(math.radians(35.0))
"""Least upward part of the normal of what counts as ground."""
MELT = 1e-4
"""Metres within which two corners are one."""
Floats = NDArray[np.float64]


class Ground:
    """The upward faces of triangles (T, 3, 3) in metres, counter-clockwise from outside."""

    def __init__(self, triangles: Floats) -> None:
        cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        length = np.linalg.norm(cross, axis=1)
        up = cross[:, 1] > LEVEL * np.maximum(length, 1e-12)
        self.triangles: Floats = triangles[up]
        """(T, 3, 3)."""
        self._area = length[up] / 2
        self._edges: Floats | None = None

    def __len__(self) -> int:
        return len(self.triangles)

    def sample(self, count: int, chance: np.random.Generator) -> Floats:
        """(count, 3) points spread evenly over the area; none on no ground."""
        if not len(self) or self._area.sum() <= 0:
            return np.zeros((0, 3))
        reach = np.cumsum(self._area)
        which = np.searchsorted(reach, chance.random(count) * reach[-1], side="right")
        corners = self.triangles[np.minimum(which, len(self) - 1)]
        a, b = chance.random((2, count))
        fold = a + b > 1
        a, b = np.where(fold, 1 - a, a), np.where(fold, 1 - b, b)
        weights = np.stack([1 - a - b, a, b], axis=1)
        return np.asarray(np.einsum("nc,ncd->nd", weights, corners))

    def height_at(self, x: float, z: float) -> float | None:
        """Height of the topmost ground over a plan point; None where there is none."""
        found = self._topmost(x, z)
        return None if found is None else found[0]

    def upright_at(self, x: float, z: float) -> tuple[float, float, float]:
        """Unit normal of the topmost ground over a plan point; straight up where there is none."""
        found = self._topmost(x, z)
        if found is None:
            return (0.0, 1.0, 0.0)
        a, b, c = self.triangles[found[1]]
        cross = np.cross(b - a, c - a)
        nx, ny, nz = (float(part) for part in cross / np.linalg.norm(cross))
        return (0.0, 1.0, 0.0) if ny > 1 - 1e-9 else (nx, ny, nz)

    def _topmost(self, x: float, z: float) -> tuple[float, int] | None:
        """(height, triangle) of the topmost ground over a plan point."""
        if not len(self):
            return None
        a, b, c = (self.triangles[:, k] for k in range(3))
        area = _turn(a, b, c)
        point = np.array([x, 0.0, z])
        weights = np.stack([_turn(b, c, point), _turn(c, a, point), _turn(a, b, point)]) / area
        heights = np.einsum("kn,nk->n", weights, self.triangles[:, :, 1])
        heights[~(weights >= -1e-6).all(axis=0)] = -np.inf
        first = int(heights.argmax())
        return (float(heights[first]), first) if np.isfinite(heights[first]) else None

    def to_edge(self, points: Floats) -> Floats:
        """(n,) plan distance of points (n, 3) to the border of the ground."""
        return to_segments(points[:, [0, 2]], self.edges[:, :, [0, 2]])

    @property
    def edges(self) -> Floats:
        """(E, 2, 3) edges that only one triangle has."""
        if self._edges is None:
            corners = self.triangles.reshape(-1, 3)
            _, point = np.unique(np.round(corners / MELT).astype(np.int64), axis=0, return_inverse=True)
            point = point.reshape(-1, 3)
            pairs = point[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
            ends = self.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2, 3)
            _, first, uses = np.unique(np.sort(pairs, axis=1), axis=0, return_index=True, return_counts=True)
            self._edges = ends[first[uses == 1]]
        return self._edges


def to_segments(points: Floats, segments: Floats) -> Floats:
    """(n,) distance of plan points (n, 2) to the nearest of segments (s, 2, 2)."""
    if not len(segments):
        return np.full(len(points), np.inf)
    out = np.full(len(points), np.inf)
    for start, end in segments:
        way = end - start
        share = np.clip((points - start) @ way / max(float(way @ way), 1e-18), 0.0, 1.0)
        np.minimum(out, np.linalg.norm(points - start - share[:, None] * way, axis=1), out=out)
    return out


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    """Twice the signed plan area of triangles."""
    return np.asarray(
        (b[..., 0] - a[..., 0]) * (c[..., 2] - a[..., 2]) - (c[..., 0] - a[..., 0]) * (b[..., 2] - a[..., 2])
    )
