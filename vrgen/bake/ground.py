"""Ground: what a painter knows of the surface under each pixel of a sheet.

Gutters are part of it: a pixel beside a chart lies on the plane of the triangle next to it, so what depends
on the place in space goes on there as it does on the chart across the seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from vrgen.bake.facets import crosses
from vrgen.bake.pack import GUTTER, Sheet
from vrgen.bake.parts import Part, oriented, unit
from vrgen.bake.raster import cover
from vrgen.bake.triplanar import facing
from vrgen.core.mesh import Mesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BAND = 1_000_000
"""Pixels that are painted at once, which bounds memory."""
FAR = 1.5
"""Barycentric weight beyond which normals of a triangle's corners say nothing about its surroundings."""
STRETCH = 2.0
"""How much further in space than on the sheet a gutter may lie from its chart: charts bend needles."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """The triangles of all parts, in the parts' order; arrays (T, 3, ...)."""

    corners: Floats
    """(T, 3, 3) in the world."""
    normals: Floats
    """(T, 3, 3) of the shading."""
    blend: Floats
    """(T, 3, 3) normals that say how axes are mixed."""
    plane: Floats
    """(T, 3) of flat stretches; 0 elsewhere."""
    tangents: Floats
    """(T, 3, 4) in the world, of the sheet's UVs, w as glTF has it."""
    uv: Floats
    """(T, 3, 2) the UVs that the meshes came with; 0 without."""
    start: Ints
    """(parts,) the first triangle of each part."""

    @classmethod
    def of(cls, parts: list[Part], laid: dict[int, Mesh]) -> Ground:
        """Of parts with normals; laid: each part's mesh as it goes out, with tangents, triangles in order."""
        columns = [_columns(part, laid[place]) for place, part in enumerate(parts)]
        count = [len(column[0]) for column in columns]
        whole = [np.concatenate(column) for column in zip(*columns, strict=True)]
        starts = np.cumsum(np.array(count, np.int64)) - count
        return cls(whole[0], whole[1], whole[2], whole[3], whole[4], whole[5], starts)


def _columns(part: Part, laid: Mesh) -> tuple[Floats, ...]:
    mesh, world = part.mesh, part.world
    assert mesh.normals is not None and laid.tangents is not None
    faces, after = oriented(mesh.indices, world), oriented(laid.indices, world)
    corners, normals = part.corners(), part.normals_to_world(mesh.normals)[faces]
    way = laid.tangents.astype(np.float64)[after]
    tangents = np.concatenate([unit(way[..., :3] @ world[:3, :3].T), way[..., 3:]], axis=-1)
    told = facing(corners, normals)
    uv = np.zeros((*faces.shape, 2)) if mesh.uv0 is None else mesh.uv0.astype(np.float64)[faces]
    return corners, normals, told.blend, told.plane, tangents, uv


@dataclass(frozen=True, eq=False, slots=True)
class Pixels:
    """Pixels of a sheet and where they lie; arrays (n, ...), by rising pixel."""

    pixel: Ints
    """(n,) row * width + column."""
    part: Ints
    """(n,)."""
    triangle: Ints
    """(n,) of the ground."""
    weights: Floats
    """(n, 3) of its corners, for places; beyond 0 and 1 in gutters."""
    held: Floats
    """(n, 3) of its corners, for directions; those of the nearest pixel inside where a gutter is too far."""
    inside: NDArray[np.bool_]
    """(n,) whether a chart covers it."""

    def on(self, values: Floats) -> Floats:
        """(n, k) places, of values (T, 3, k) at the triangles' corners."""
        return np.asarray(np.einsum("nck,nc->nk", values[self.triangle], self.weights))

    def along(self, values: Floats) -> Floats:
        """(n, k) directions, of values (T, 3, k) at the triangles' corners."""
        return np.asarray(np.einsum("nck,nc->nk", values[self.triangle], self.held))

    def some(self, rows: Ints) -> Pixels:
        """Of those rows."""
        return replace(
            self,
            pixel=self.pixel[rows],
            part=self.part[rows],
            triangle=self.triangle[rows],
            weights=self.weights[rows],
            held=self.held[rows],
            inside=self.inside[rows],
        )


def bands(sheet: Sheet, ground: Ground, *, finer: int) -> Iterator[Pixels]:
    """All pixels on and beside charts, of a sheet `finer` times as fine, from the top down."""
    laid = _laid(sheet, ground, finer)
    width, height = sheet.width * finer, sheet.height * finer
    step = max(BAND // width, 1)
    for top in range(0, height, step):
        rows = (top, min(top + step, height))
        yield _band(laid, ground, rows, (width, height), GUTTER * finer)


@dataclass(frozen=True, eq=False, slots=True)
class _Laid:
    """Triangles on a sheet; arrays (m, ...)."""

    asked: Floats
    """(m, 3, 2) pixels that ask for them."""
    places: Floats
    """(m, 3, 2) pixels where their corners lie."""
    part: Ints
    """(m,)."""
    triangle: Ints
    """(m,) of the ground."""


def _laid(sheet: Sheet, ground: Ground, finer: int) -> _Laid:
    """All triangles of all charts; before them, for charts too thin for any pixel's middle, whole boxes."""
    charts = sheet.charts
    count = [len(chart.triangles) for chart in charts]
    places = np.concatenate([sheet.places(number) for number in range(len(charts))]) * finer
    part = np.repeat([chart.part for chart in charts], count)
    triangle = np.concatenate([chart.triangles + ground.start[chart.part] for chart in charts])
    chart_of = np.repeat(np.arange(len(charts)), count)
    flat = np.bincount(chart_of, 0.5 * _area(np.pad(places, ((0, 0), (0, 0), (0, 1)))), minlength=len(charts))
    thin = (sheet.extent.min(axis=1) == 1) | (flat < 2 * sheet.extent.max(axis=1) * finer)
    some = np.flatnonzero(thin[chart_of])
    found = cover(places[some], width=sheet.width * finer, height=sheet.height * finer)
    bare = np.setdiff1d(chart_of[some], chart_of[some[found.triangle]])
    size = _area(ground.corners[triangle])
    first = np.cumsum(count) - count
    largest = np.array([first[n] + size[first[n] : first[n] + count[n]].argmax() for n in bare], np.int64)
    low, high = sheet.corner[bare] * finer, (sheet.corner[bare] + sheet.extent[bare]) * finer
    a, c = low.astype(np.float64), high.astype(np.float64)
    b, d = np.stack([c[:, 0], a[:, 1]], axis=1), np.stack([a[:, 0], c[:, 1]], axis=1)
    boxes = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    rows = np.concatenate([largest, largest, np.arange(len(places))])
    return _Laid(np.concatenate([boxes, places]), places[rows], part[rows], triangle[rows])


def _band(laid: _Laid, ground: Ground, rows: tuple[int, int], size: tuple[int, int], gutter: int) -> Pixels:
    width, height = size
    first, last = max(rows[0] - gutter, 0), min(rows[1] + gutter, height)
    up = np.array([0.0, first])
    low, high = laid.asked[..., 1].min(axis=1), laid.asked[..., 1].max(axis=1)
    near = np.flatnonzero((high > first - 1) & (low < last + 1))
    found = cover(laid.asked[near] - up, width=width, height=last - first)
    which = np.full((last - first) * width, -1, np.int64)
    which[found.texel] = near[found.triangle]
    pixel, source = _with_gutter(which.reshape(last - first, width), gutter)
    row = pixel // width + first
    mine = (row >= rows[0]) & (row < rows[1])
    pixel, source = pixel[mine], source[mine]
    row = which[source]
    here, there = _middles(pixel, width), _middles(source, width)
    sheet, triangle = laid.places[row] - up, laid.triangle[row]
    corners = ground.corners[triangle]
    closest = np.clip(_weights(sheet, there), 0, 1)
    closest /= closest.sum(axis=1, keepdims=True)
    weights = np.where((pixel == source)[:, None], closest, _weights(sheet, here))
    away = np.linalg.norm(np.einsum("nck,nc->nk", corners, weights - closest), axis=1)
    scale = np.sqrt(_area(corners) / np.maximum(_area(np.pad(sheet, ((0, 0), (0, 0), (0, 1)))), 1e-12))
    wild = away > STRETCH * scale * np.linalg.norm(here - there, axis=1) + 1e-9
    weights = np.where(wild[:, None], closest, weights)
    held = np.where(np.abs(weights).max(axis=1, keepdims=True) > FAR, closest, weights)
    return Pixels(pixel + first * width, laid.part[row], triangle, weights, held, pixel == source)


def _middles(pixel: Ints, width: int) -> Floats:
    return np.stack([pixel % width, pixel // width], axis=1).astype(np.float64) + 0.5


def _area(corners: Floats) -> Floats:
    return np.asarray(np.linalg.norm(crosses(corners), axis=1))


def _with_gutter(which: Ints, gutter: int) -> tuple[Ints, Ints]:
    """Pixels (n,) with a triangle or near one, and the nearest pixel (n,) that has one, maybe itself."""
    bare = which < 0
    if bare.all():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    away, nearest = distance_transform_edt(bare, return_indices=True)
    pixel = np.flatnonzero(away.reshape(-1) <= gutter)
    row, column = nearest.astype(np.int64)
    return pixel, (row * which.shape[1] + column).reshape(-1)[pixel]


def _weights(corners: Floats, points: Floats) -> Floats:
    """(n, 3) barycentric weights of points (n, 2) in triangles (n, 3, 2)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    one, two, out = b - a, c - a, points - a
    double = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    double = np.where(np.abs(double) > 1e-12, double, np.inf)
    u = (out[:, 0] * two[:, 1] - out[:, 1] * two[:, 0]) / double
    v = (one[:, 0] * out[:, 1] - one[:, 1] * out[:, 0]) / double
    return np.stack([1 - u - v, u, v], axis=1)
