"""Tessellation: a facet cut into triangles that are small where its light bends and large elsewhere.

Greedy insertion (Garland and Heckbert 1995) in batches: wherever the light drawn between the corners
of a triangle misses the lightmap by more than the tolerance, the worst texel becomes a corner. Border
and holes are kept by splitting their edges until the Delaunay triangulation contains them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial import Delaunay

from vrgen.bake.facets import Facet, signed_areas, weld
from vrgen.bake.receivers import Grid

ROUNDS = 12
SPACING = 2.0
"""Metres between border points at most."""
SHORTEST = 0.03
"""Metres: a border edge is not split below this."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


Key = tuple[tuple[int, ...], tuple[int, ...]]
"""A border edge by its ends in tenths of millimetres, so that both its neighbours find it."""
Stops = dict[Key, set[float]]
"""Places in (0, 1) along border edges, from the first end of the key to the second."""


@dataclass(frozen=True, eq=False, slots=True)
class Patch:
    """A tessellated facet."""

    points: Floats
    """(n, 2) in the facet's plane."""
    triangles: Ints
    """(t, 3), counter-clockwise."""
    error: float
    """Largest miss of the shown light at a texel, in steps of sRGB between 0 and 1."""


def border(facet: Facet) -> tuple[Floats, Ints]:
    """Points (n, 2) and edges (m, 2) around the facet and its holes, the facet on the left."""
    corners = facet.flat.reshape(-1, 2)
    vertex = weld(corners)
    first = np.unique(vertex, return_index=True)[1]
    faces = vertex.reshape(-1, 3)
    ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    count = len(first)
    there, back = ends[:, 0] * count + ends[:, 1], ends[:, 1] * count + ends[:, 0]
    edges = ends[~np.isin(there, back)]
    used, local = np.unique(edges, return_inverse=True)
    return corners[first[used]], local.reshape(-1, 2)


def sample(grid: Grid, values: NDArray[np.floating], points: Floats) -> NDArray[np.float32]:
    """(n, k) values (rows, columns, k) at points (n, 2) of the plane, between texel centres; clamped."""
    place = np.stack([points[:, 1] / grid.step[0] - 0.5, points[:, 0] / grid.step[1] - 0.5])
    layers = [
        map_coordinates(values[..., k], place, order=1, mode="nearest") for k in range(values.shape[-1])
    ]
    return np.stack(layers, axis=-1).astype(np.float32)


class Tessellator:
    """One facet with the light it shows; asked once or again with another tolerance."""

    def __init__(self, grid: Grid, shown: NDArray[np.float32]) -> None:
        """shown: (rows, columns) luminance as sRGB values in [0, 1]."""
        self._grid, self._shown = grid, shown[..., None]
        self._points, self._edges = border(grid.facet)
        self._scale = np.array(grid.step[::-1])
        ends = np.round(grid.facet.to_world(self._points)[self._edges] / 1e-4).astype(np.int64).tolist()
        self._turned = [tuple(one) > tuple(two) for one, two in ends]
        self._keys: list[Key] = [(min(tuple(a), tuple(b)), max(tuple(a), tuple(b))) for a, b in ends]

    def stops(self, tolerance: float) -> Stops:
        """Where border edges want to be split: halved until light along them is straight, and below 2 m."""
        start, end = self._points[self._edges].transpose(1, 0, 2)
        length = np.linalg.norm(end - start, axis=1)
        edge = np.arange(len(length))
        spans = np.stack([np.zeros(len(edge)), np.ones(len(edge))], axis=1)
        done: list[tuple[Ints, Floats]] = []
        while len(edge):
            way, inner = end - start, np.linspace(0, 1, 9)[:, None]
            along = spans[:, 0] + inner * (spans[:, 1] - spans[:, 0])
            points = start[edge] + along[..., None] * way[edge]
            light = sample(self._grid, self._shown, points.reshape(-1, 2)).reshape(9, -1)
            bent = np.abs(light - (light[0] + inner * (light[-1] - light[0]))).max(axis=0) > tolerance
            long = (spans[:, 1] - spans[:, 0]) * length[edge]
            split = (long > SPACING) | (bent & (long > 2 * SHORTEST))
            done.append((edge[split], along[4, split]))
            halves = [
                np.stack([spans[split, 0], along[4, split]], 1),
                np.stack([along[4, split], spans[split, 1]], 1),
            ]
            edge, spans = np.tile(edge[split], 2), np.concatenate(halves)
        at, where = (np.concatenate(column) for column in zip(*done, strict=True))
        return {key: self._canonical(number, where[at == number]) for number, key in enumerate(self._keys)}

    def _canonical(self, edge: int, where: Floats) -> set[float]:
        """Turn places along an edge into places along the same edge as its neighbour knows it, and back."""
        return set((1 - where if self._turned[edge] else where).tolist())

    def cut(self, tolerance: float, stops: Stops) -> Patch:
        """Triangles whose light misses that of the texels by at most `tolerance` (sRGB, of 1).

        stops: those of this facet's own border edges and what its neighbours want besides.
        """
        mesh = _Mesh(*self._split_border(stops))
        free = self._free_texels(mesh.border)
        for _ in range(ROUNDS):
            patch = mesh.patch()
            values = sample(self._grid, self._shown, patch.points)[:, 0].astype(np.float64)
            where, texel, weights = _cover(patch, self._scale, self._grid.shape)
            told = (values[patch.triangles[where]] * weights).sum(axis=1)
            miss = np.where(free[texel], np.abs(told - self._shown.reshape(-1)[texel]), 0.0)
            worst = float(miss.max(initial=0.0))
            if worst <= tolerance:
                return replace(patch, error=worst)
            chosen = np.unique(texel[_worst_each(where, miss, tolerance)])
            free[chosen] = False
            row, column = np.divmod(chosen, self._grid.shape[1])
            mesh.insert((np.stack([column, row], axis=1) + 0.5) * self._scale)
        return replace(mesh.patch(), error=worst)

    def _split_border(self, stops: Stops) -> tuple[Floats, Ints]:
        points, edges = [self._points], []
        count = len(self._points)
        for number, (start, end) in enumerate(self._edges):
            where = np.array(sorted(self._canonical(number, np.array(list(stops[self._keys[number]])))))
            points.append(self._points[start] + where[:, None] * (self._points[end] - self._points[start]))
            chain = np.concatenate([[start], count + np.arange(len(where)), [end]])
            edges.append(np.stack([chain[:-1], chain[1:]], axis=1))
            count += len(where)
        return np.concatenate(points), np.concatenate(edges)

    def _free_texels(self, edges: Floats) -> NDArray[np.bool_]:
        """(texels,) whether a texel has its own light and is far enough from the border to be a corner."""
        rows, columns = np.nonzero(self._grid.own)
        points = (np.stack([columns, rows], axis=1) + 0.5) * self._scale
        free = np.zeros(self._grid.own.size, dtype=bool)
        clear = _clear_of_border(points, edges, 0.35 * float(self._scale.min()))
        free[(rows * self._grid.shape[1] + columns)[clear]] = True
        return free


def _halve(points: Floats, edges: Ints, split: NDArray[np.bool_]) -> tuple[Floats, Ints]:
    middle = len(points) + np.arange(int(split.sum()))
    start, end = edges[split].T
    halves = [edges[~split], np.stack([start, middle], axis=1), np.stack([middle, end], axis=1)]
    return np.concatenate([points, (points[start] + points[end]) / 2]), np.concatenate(halves)


class _Mesh:
    """Points, border edges and the Delaunay triangles inside."""

    def __init__(self, points: Floats, edges: Ints) -> None:
        self._points, self._edges = points, edges

    @property
    def border(self) -> Floats:
        """(m, 2, 2) ends of the border's edges."""
        return self._points[self._edges]

    def insert(self, points: Floats) -> None:
        """Add inner points (n, 2)."""
        self._points = np.concatenate([self._points, points])

    def patch(self) -> Patch:
        """Triangulate; border edges that are missing are halved until they are there."""
        for _ in range(24):
            triangles = _delaunay(self._points)
            missing = ~_has_edges(triangles, self._edges, len(self._points))
            if not missing.any():
                break
            self._points, self._edges = _halve(self._points, self._edges, missing)
        inside = _inside(self._points[triangles].mean(axis=1), self.border)
        return Patch(self._points, triangles[inside], 0.0)


def _delaunay(points: Floats) -> Ints:
    """Triangles (t, 3), counter-clockwise; a far frame of points keeps the hull away."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, reach = (low + high) / 2, float((high - low).max()) * 2 + 1
    frame = middle + reach * np.array([[-1.0, -0.9], [1.1, -1.0], [1.0, 0.9], [-0.9, 1.1]])
    found = Delaunay(np.concatenate([points, frame])).simplices.astype(np.int64)
    found = found[(found < len(points)).all(axis=1)]
    areas = signed_areas(points[found])
    found[areas < 0] = found[areas < 0][:, ::-1]
    return np.asarray(found[np.abs(areas) > 1e-10])


def _has_edges(triangles: Ints, edges: Ints, count: int) -> NDArray[np.bool_]:
    sides = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1).reshape(-1, 2)
    known = sides.min(axis=1) * count + sides.max(axis=1)
    return np.isin(edges.min(axis=1) * count + edges.max(axis=1), known)


def _inside(points: Floats, edges: Floats) -> NDArray[np.bool_]:
    """(n,) whether points (n, 2) lie inside closed borders (m, 2, 2), by counting crossings to the right."""
    out = np.zeros(len(points), dtype=bool)
    for start in range(0, len(points), 2048):
        x, y = points[start : start + 2048, None].transpose(2, 0, 1)
        (ax, ay), (bx, by) = edges[:, 0].T, edges[:, 1].T
        spans = (ay[None] > y) != (by[None] > y)
        height = np.where(by == ay, 1.0, by - ay)
        crossing = ax + (y - ay) / height * (bx - ax)
        out[start : start + 2048] = (spans & (x < crossing)).sum(axis=1) % 2 == 1
    return out


def _clear_of_border(points: Floats, edges: Floats, distance: float) -> NDArray[np.bool_]:
    """(n,) points inside the border and no closer than `distance` to it: closer ones would make slivers."""
    clear = _inside(points, edges)
    start, way = edges[:, 0], edges[:, 1] - edges[:, 0]
    square = np.maximum((way**2).sum(axis=1), 1e-20)
    for first in range(0, len(points), 2048):
        from_start = points[first : first + 2048, None] - start
        along = np.clip(np.einsum("nmk,mk->nm", from_start, way) / square, 0, 1)
        gap = np.linalg.norm(from_start - along[..., None] * way, axis=-1)
        clear[first : first + 2048] &= gap.min(axis=1) > distance
    return clear


def _cover(patch: Patch, scale: Floats, shape: tuple[int, int]) -> tuple[Ints, Ints, Floats]:
    """Every (triangle, texel centre inside it), with the weights (n, 3) of the triangle's corners."""
    corners = patch.points[patch.triangles] / scale - 0.5
    low = np.maximum(np.ceil(corners.min(axis=1) - 1e-9).astype(np.int64), 0)
    high = np.minimum(np.floor(corners.max(axis=1) + 1e-9).astype(np.int64), np.array(shape[::-1]) - 1)
    size = np.maximum(high - low + 1, 0)
    count = size.prod(axis=1)
    where = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(where)) - np.repeat(np.cumsum(count) - count, count)
    y, x = np.divmod(within, size[where, 0])
    x, y = x + low[where, 0], y + low[where, 1]
    a, b, c = corners.transpose(1, 0, 2)
    double = 2 * signed_areas(corners)
    one = _turn(b, c, where, x, y) / double[where]
    two = _turn(c, a, where, x, y) / double[where]
    weights = np.stack([one, two, 1 - one - two], axis=1)
    inside = (weights >= -1e-9).all(axis=1)
    return where[inside], (y * shape[1] + x)[inside], weights[inside]


def _turn(start: Floats, end: Floats, where: Ints, x: Ints, y: Ints) -> Floats:
    """Twice the area of (start, end, (x, y)) for triangles `where`."""
    way = end - start
    return np.asarray(way[where, 0] * (y - start[where, 1]) - way[where, 1] * (x - start[where, 0]))


def _worst_each(where: Ints, miss: Floats, tolerance: float) -> Ints:
    """The texel that misses most in each triangle, where that is too much."""
    order = np.lexsort((-miss, where))
    first = np.concatenate([[True], where[order][1:] != where[order][:-1]])
    chosen = order[first]
    return np.asarray(chosen[miss[chosen] > tolerance])
