"""Tessellation: a facet cut into triangles that are small where its light bends and large elsewhere.

Greedy insertion (Garland and Heckbert 1995) in batches: wherever the light drawn between the corners
of a triangle misses the lightmap by more than the tolerance, the worst texel becomes a corner. Border
and holes, and the feet of what stands there, are kept by splitting their edges until the Delaunay
triangulation contains them. Corners at feet take the light of their own side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.sparse import csr_array, diags_array, vstack
from scipy.spatial import Delaunay, cKDTree

from vrgen.bake.facets import Facet, signed_areas, weld
from vrgen.bake.feet import PUSH, Boxes, find_feet
from vrgen.bake.lines import Lines, inside, near
from vrgen.bake.receivers import Grid
from vrgen.bake.sides import Sides
from vrgen.bake.stage import Stage

ROUNDS = 12
SPACING = 2.0
"""Metres between border points at most."""
SHORTEST = 0.03
"""Metres: a border edge is not split below this."""
CLEAR = 0.35
"""Texels from the border and from feet within which no texel becomes a corner."""
BESIDE = 2.0
"""Texels from a foot within which border points take the light of their own side."""

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
    takes: csr_array
    """(n, texels) weights of the texels whose light each point takes."""
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

    def __init__(self, stage: Stage, boxes: Boxes, grid: Grid, shown: NDArray[np.float32]) -> None:
        """boxes: of the stage's triangles; shown: (rows, columns) luminance as sRGB values in [0, 1]."""
        self._grid, self._shown = grid, shown[..., None]
        self._points, self._edges = border(grid.facet)
        self._scale = np.array(grid.step[::-1])
        self._sides = Sides(grid, stage.receivers, stage.tracer)
        around = Lines.of(self._points, self._edges, np.zeros_like(self._points))
        self._feet = find_feet(stage, boxes, grid, self._sides, shown, around)
        ends = np.round(grid.facet.to_world(self._points)[self._edges] / 1e-4).astype(np.int64).tolist()
        self._turned = [tuple(one) > tuple(two) for one, two in ends]
        self._keys: list[Key] = [(min(tuple(a), tuple(b)), max(tuple(a), tuple(b))) for a, b in ends]

    def stops(self, tolerance: float) -> Stops:
        """Where border edges want to be split: halved until light along them is straight, and below 2 m; and
        where feet end on them."""
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
        feet = np.flatnonzero(self._feet.border >= 0)
        done.append((self._feet.border[feet], self._feet.share[feet]))
        at, where = (np.concatenate(column) for column in zip(*done, strict=True))
        return {key: self._canonical(number, where[at == number]) for number, key in enumerate(self._keys)}

    def _canonical(self, edge: int, where: Floats) -> set[float]:
        """Turn places along an edge into places along the same edge as its neighbour knows it, and back."""
        return set((1 - where if self._turned[edge] else where).tolist())

    def cut(self, tolerance: float, stops: Stops) -> Patch:
        """Triangles whose light misses that of the texels by at most `tolerance` (sRGB, of 1).

        stops: those of this facet's own border edges and what its neighbours want besides.
        """
        mesh = self._begun(tolerance, stops)
        free = self._free_texels(mesh.fixed)
        takes, shown = self._takes(mesh.points[:0], mesh.push[:0]), self._shown.reshape(-1)
        for _ in range(ROUNDS):
            triangles = mesh.triangles()
            known = takes.shape[0]
            takes = vstack([takes, self._takes(mesh.points[known:], mesh.push[known:])], format="csr")
            values = takes @ shown.astype(np.float64)
            where, texel, weights = _cover(mesh.points, triangles, self._scale, self._grid.shape)
            told = (values[triangles[where]] * weights).sum(axis=1)
            miss = np.where(free[texel], np.abs(told - shown[texel]), 0.0)
            worst = float(miss.max(initial=0.0))
            if worst <= tolerance:
                return Patch(mesh.points, triangles, takes, worst)
            chosen = np.unique(texel[_worst_each(where, miss, tolerance)])
            free[chosen] = False
            row, column = np.divmod(chosen, self._grid.shape[1])
            mesh.insert((np.stack([column, row], axis=1) + 0.5) * self._scale)
        triangles = mesh.triangles()
        known = takes.shape[0]
        takes = vstack([takes, self._takes(mesh.points[known:], mesh.push[known:])], format="csr")
        return Patch(mesh.points, triangles, takes, worst)

    def _takes(self, points: Floats, push: Floats) -> csr_array:
        """(n, texels) weights of the texels that points (n, 2) take light from: those around them, or where
        `push` (n, 2) is no nan, those seen from a little to that side."""
        out = self._sides.plain(points)
        rows = np.flatnonzero(~np.isnan(push[:, 0]))
        if not len(rows):
            return out
        seen = self._sides.seen(points[rows], points[rows] + push[rows])
        lucky = np.flatnonzero(np.diff(seen.indptr) > 0)
        rows, seen = rows[lucky], seen[lucky]
        keep = np.ones(len(points))
        keep[rows] = 0.0
        put = csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(points), len(rows)))
        return csr_array(diags_array(keep) @ out + put @ seen)

    def _begun(self, tolerance: float, stops: Stops) -> _Mesh:
        """Border and feet, cut where their light bends."""
        points, edges = self._split_border(stops)
        feet = self._split_feet(tolerance)
        push = np.full_like(points, np.nan)
        if not len(feet.edges):
            return _Mesh(points, push, edges, np.zeros((0, 2), np.int64))
        beside = near(points, feet.points[feet.edges], BESIDE * float(self._scale.max()))
        push[beside] = PUSH * _inward(points, edges)[beside]
        used = np.unique(feet.edges)
        inner = used[feet.border[used] < 0]
        number = np.full(len(feet.points), -1)
        number[inner] = len(points) + np.arange(len(inner))
        ends = used[feet.border[used] >= 0]
        number[ends] = cKDTree(points).query(feet.points[ends])[1]
        points, push = np.concatenate([points, feet.points[inner]]), np.concatenate([push, feet.push[inner]])
        lines = Lines.of(points, number[feet.edges], push)
        return _Mesh(points, push, edges, lines.edges)

    def _split_feet(self, tolerance: float) -> Lines:
        """Lines at feet, halved where light along them bends."""
        feet, shown = self._feet, self._shown.reshape(-1).astype(np.float64)
        inner = np.linspace(0, 1, 5)[:, None]
        fresh = np.ones(len(feet.edges), dtype=bool)
        while fresh.any():
            start, end = feet.edges[fresh].T
            along, push = (
                (values[start] + inner[..., None] * (values[end] - values[start])).reshape(-1, 2)
                for values in (feet.points, feet.push)
            )
            light = (self._takes(along, push) @ shown).reshape(5, -1)
            bent = np.abs(light - (light[0] + inner * (light[-1] - light[0]))).max(axis=0) > tolerance
            long = np.linalg.norm(feet.points[end] - feet.points[start], axis=1)
            split = np.zeros(len(feet.edges), dtype=bool)
            split[fresh] = (long > SPACING) | (bent & (long > 2 * float(self._scale.max())))
            feet = feet.halved(split)
            fresh = np.arange(len(feet.edges)) >= len(feet.edges) - 2 * int(split.sum())
        return feet

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
        """(texels,) whether a texel has its own light and is far enough from the border and from feet to be
        a corner: closer ones would make slivers."""
        known = np.flatnonzero(self._sides.together())
        rows, columns = np.divmod(known, self._grid.shape[1])
        points = (np.stack([columns, rows], axis=1) + 0.5) * self._scale
        free = np.zeros(self._grid.own.size, dtype=bool)
        clear = ~near(points, edges, CLEAR * float(self._scale.min()))
        clear[clear] = inside(points[clear], self._points[self._edges])
        free[known[clear]] = True
        return free


def _inward(points: Floats, edges: Ints) -> Floats:
    """(n, 2) unit vectors from border points into the facet, which lies to the left of edges (m, 2)."""
    way = points[edges[:, 1]] - points[edges[:, 0]]
    left = np.stack([-way[:, 1], way[:, 0]], axis=1)
    left /= np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-12)
    out = np.zeros_like(points)
    np.add.at(out, edges.reshape(-1), np.repeat(left, 2, axis=0))
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12))


class _Mesh:
    """Points, edges of the border and at feet, and the Delaunay triangles inside."""

    def __init__(self, points: Floats, push: Floats, edges: Ints, feet: Ints) -> None:
        self.points, self.push, self._edges, self._feet = points, push, edges, feet

    @property
    def fixed(self) -> Floats:
        """(m, 2, 2) ends of the edges that must be there."""
        ends: Floats = self.points[np.concatenate([self._edges, self._feet])]
        return ends

    def insert(self, points: Floats) -> None:
        """Add inner points (n, 2)."""
        self._add(points, np.full_like(points, np.nan))

    def triangles(self) -> Ints:
        """(t, 3) inside the border; edges that are missing are halved until they are there."""
        for _ in range(24):
            triangles = _delaunay(self.points)
            known = _sides(triangles, len(self.points))
            missing = ~_has_edges(known, self._edges, len(self.points))
            lost = ~_has_edges(known, self._feet, len(self.points))
            ends = self.points[self._feet]
            lost &= np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) > SHORTEST
            if not missing.any() and not lost.any():
                break
            self._edges = self._halved(self._edges, missing)
            self._feet = self._halved(self._feet, lost)
        return triangles[inside(self.points[triangles].mean(axis=1), self.points[self._edges])]

    def _halved(self, edges: Ints, split: NDArray[np.bool_]) -> Ints:
        start, end = edges[split].T
        middle = len(self.points) + np.arange(len(start))
        self._add((self.points[start] + self.points[end]) / 2, (self.push[start] + self.push[end]) / 2)
        halves = [edges[~split], np.stack([start, middle], axis=1), np.stack([middle, end], axis=1)]
        return np.concatenate(halves)

    def _add(self, points: Floats, push: Floats) -> None:
        self.points = np.concatenate([self.points, points])
        self.push = np.concatenate([self.push, push])


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


def _sides(triangles: Ints, count: int) -> Ints:
    """Keys of the sides of triangles between `count` points."""
    sides = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1).reshape(-1, 2)
    return np.asarray(sides.min(axis=1) * count + sides.max(axis=1))


def _has_edges(known: Ints, edges: Ints, count: int) -> NDArray[np.bool_]:
    """(m,) whether edges (m, 2) are among `known` sides."""
    return np.isin(edges.min(axis=1) * count + edges.max(axis=1), known)


def _cover(
    points: Floats, triangles: Ints, scale: Floats, shape: tuple[int, int]
) -> tuple[Ints, Ints, Floats]:
    """Every (triangle, texel centre inside it), with the weights (n, 3) of the triangle's corners."""
    corners = points[triangles] / scale - 0.5
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
