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

from vrgen.bake.pack import GUTTER, Sheet
from vrgen.bake.parts import Part, oriented, unit
from vrgen.bake.raster import cover
from vrgen.bake.triplanar import facing
from vrgen.core.mesh import Mesh

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BAND = 1_000_000
"""Pixels that are painted at once, which bounds memory."""
FAR = 3.0
"""Barycentric weight beyond which a needle's plane says nothing about its surroundings."""


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
    """(n, 3) of its corners; beyond 0 and 1 in gutters."""
    inside: NDArray[np.bool_]
    """(n,) whether a chart covers it."""

    def on(self, values: Floats) -> Floats:
        """(n, k) of values (T, 3, k) at the triangles' corners."""
        return np.asarray(np.einsum("nck,nc->nk", values[self.triangle], self.weights))

    def some(self, rows: Ints) -> Pixels:
        """Of those rows."""
        return replace(
            self,
            pixel=self.pixel[rows],
            part=self.part[rows],
            triangle=self.triangle[rows],
            weights=self.weights[rows],
            inside=self.inside[rows],
        )


def bands(sheet: Sheet, ground: Ground, *, finer: int) -> Iterator[Pixels]:
    """All pixels on and beside charts, of a sheet `finer` times as fine, from the top down."""
    places = np.concatenate([sheet.places(number) for number in range(len(sheet.charts))]) * finer
    part = np.repeat([chart.part for chart in sheet.charts], [len(chart.triangles) for chart in sheet.charts])
    triangle = np.concatenate([chart.triangles + ground.start[chart.part] for chart in sheet.charts])
    width, height = sheet.width * finer, sheet.height * finer
    step = max(BAND // width, 1)
    for top in range(0, height, step):
        rows = (top, min(top + step, height))
        yield _band(places, part, triangle, rows, (width, height), GUTTER * finer)


def _band(
    places: Floats, part: Ints, triangle: Ints, rows: tuple[int, int], size: tuple[int, int], gutter: int
) -> Pixels:
    width, height = size
    first, last = max(rows[0] - gutter, 0), min(rows[1] + gutter, height)
    shifted = places - np.array([0.0, first])
    near = np.flatnonzero(
        (shifted[..., 1].max(axis=1) > -1) & (shifted[..., 1].min(axis=1) < last - first + 1)
    )
    found = cover(shifted[near], width=width, height=last - first)
    which = np.full((last - first) * width, -1, np.int64)
    which[found.texel] = near[found.triangle]
    pixel, laid, inside = _with_gutter(which.reshape(last - first, width), gutter)
    row = pixel // width + first
    mine = (row >= rows[0]) & (row < rows[1])
    pixel, laid, inside = pixel[mine], laid[mine], inside[mine]
    middle = np.stack([pixel % width, pixel // width], axis=1).astype(np.float64) + 0.5
    weights = _weights(shifted[laid], middle)
    return Pixels(pixel + first * width, part[laid], triangle[laid], weights, inside)


def _with_gutter(which: Ints, gutter: int) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Pixels (n,) with a triangle or near one, that triangle (n,), and whether it covers the pixel."""
    bare = which < 0
    if bare.all():
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool)
    away, nearest = distance_transform_edt(bare, return_indices=True)
    pixel = np.flatnonzero(away.reshape(-1) <= gutter)
    return pixel, which[tuple(nearest)].reshape(-1)[pixel], ~bare.reshape(-1)[pixel]


def _weights(corners: Floats, points: Floats) -> Floats:
    """(n, 3) barycentric weights of points (n, 2) in triangles (n, 3, 2); far ones are drawn inwards."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    one, two, out = b - a, c - a, points - a
    double = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    double = np.where(np.abs(double) > 1e-12, double, np.inf)
    u = (out[:, 0] * two[:, 1] - out[:, 1] * two[:, 0]) / double
    v = (one[:, 0] * out[:, 1] - one[:, 1] * out[:, 0]) / double
    weights = np.stack([1 - u - v, u, v], axis=1)
    far = np.abs(weights).max(axis=1, keepdims=True)
    return np.asarray(np.where(far > FAR, 1 / 3 + (weights - 1 / 3) / np.maximum(far, FAR) * FAR, weights))
