"""Texels: light gathered on an atlas of charts instead of on the facets' own grids.

A `ChartedStage` is a stage whose only receivers are texels of one sheet, and whose triangles ask the
sheet who speaks for a point on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from vrgen.bake.atlas import Atlas
from vrgen.bake.cutouts import Cutouts, told_of
from vrgen.bake.facets import crosses, gradients
from vrgen.bake.pack import GUTTER, Sheet
from vrgen.bake.parts import Part, oriented, unit
from vrgen.bake.place import COVER, TILE, Placer, Roll, repeat_valid
from vrgen.bake.raster import cover
from vrgen.bake.rays import LIFT, Hits, Tracer
from vrgen.bake.receivers import PLACES
from vrgen.bake.stage import Stage

SPOTS = ((0.125, 0.625), (0.375, 0.125), (0.625, 0.875), (0.875, 0.375))
"""Where light is gathered within a texel: four depths for straight edges, whichever way they run."""


@dataclass(frozen=True, eq=False, slots=True)
class Tile:
    """The texels of a chart, as a small picture."""

    shape: tuple[int, int]
    """Rows, columns."""
    receiver: NDArray[np.int64]
    """(rows, columns) the receiver that speaks for each texel: its own, or the nearest."""
    own: NDArray[np.bool_]
    """(rows, columns) whether the texel has its own receiver."""


@dataclass(frozen=True, eq=False, slots=True)
class ChartedStage(Stage):
    """A stage whose receivers are texels of a sheet."""

    sheet: Sheet
    """Where charts lie."""
    tiles: list[Tile]
    """One for each chart of the sheet."""
    texel: NDArray[np.int64]
    """(height, width) receiver of each texel; -1 where no chart is near."""
    laid: NDArray[np.float32]
    """(T, 3, 2) corners of the blocking triangles on the sheet; -1 for what has no chart."""
    part_of: NDArray[np.int64]
    """(n,) part of each receiver."""

    def speaks(self, hits: Hits, points: NDArray[np.floating]) -> NDArray[np.int64]:
        """(n,) the receiver that speaks for each hit; len(receivers) for nobody."""
        corners = self.laid[np.maximum(hits.triangle, 0)]
        weights = np.stack([1 - hits.u - hits.v, hits.u, hits.v], axis=1)
        place = np.einsum("nck,nc->nk", corners, weights)
        high = (self.sheet.width - 1, self.sheet.height - 1)
        column, row = np.clip(place.astype(np.int64), 0, high).T
        out = self.texel[row, column]
        silent = (hits.triangle < 0) | (corners[:, 0, 0] < 0) | (out < 0)
        return np.asarray(np.where(silent, len(self.receivers), out))


@dataclass(frozen=True, eq=False, slots=True)
class _Soup:
    """All blocking triangles, after one of no size which no ray meets; arrays (T, ...)."""

    corners: NDArray[np.float64]
    owner: NDArray[np.int32]
    laid: NDArray[np.float32]
    told: NDArray[np.float32]


def set_charted_stage(parts: list[Part], sheet: Sheet) -> ChartedStage:
    """Lay texels on all charts of a sheet, where there is air above them."""
    soup = _soup(parts, sheet)
    normals = unit(crosses(soup.corners))
    two_sided = np.array([part.mesh.surface.double_sided for part in parts])[soup.owner]
    tracer = Tracer(soup.corners, Cutouts.of(parts, soup.owner, soup.told))
    placer = Placer(tracer, normals, two_sided, np.full(len(normals), -1, np.int32), Roll())
    tiles, part_of = _lay(parts, sheet, placer)
    receivers = placer.roll.receivers(placer.roll.count)
    return ChartedStage(
        parts=parts,
        grids=[],
        loose=[],
        receivers=receivers,
        tracer=placer.tracer,
        corners=soup.corners.astype(np.float32),
        normals=normals.astype(np.float32),
        owner=soup.owner,
        grid_of=placer.grid_of,
        speaker=np.full((len(normals), 3), len(receivers), np.int64),
        two_sided=two_sided,
        told=soup.told,
        atlas=Atlas.of([]),
        sheet=sheet,
        tiles=tiles,
        texel=_spoken(sheet, tiles),
        laid=soup.laid,
        part_of=part_of,
    )


def _soup(parts: list[Part], sheet: Sheet) -> _Soup:
    laid = [np.full((len(part.mesh.indices), 3, 2), -1, np.float32) for part in parts]
    for number, chart in enumerate(sheet.charts):
        laid[chart.part][chart.triangles] = sheet.places(number)
    blocking = [place for place, part in enumerate(parts) if part.blocks]
    corners = [np.zeros((1, 3, 3)), *(parts[place].corners() for place in blocking)]
    owner = [0, *(place for place in blocking for _ in range(len(parts[place].mesh.indices)))]
    nowhere = np.full((1, 3, 2), -1, np.float32)
    return _Soup(
        np.concatenate(corners),
        np.array(owner, np.int32),
        np.concatenate([nowhere, *(laid[place] for place in blocking)]),
        np.concatenate([np.zeros((1, 3, 3), np.float32), *(told_of(parts[place]) for place in blocking)]),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Spots:
    """Points of a sheet on the surfaces under them; arrays (n, ...), row by row."""

    texel: NDArray[np.int64]
    """(n,) row * width + column."""
    chart: NDArray[np.int64]
    """(n,) chart of each."""
    part: NDArray[np.int64]
    """(n,) part of each."""
    triangle: NDArray[np.int64]
    """(n,) triangle of the part."""
    weights: NDArray[np.float64]
    """(n, 3) of the triangle's corners."""


def spots(sheet: Sheet, at: tuple[float, float], *, finer: int = 1) -> Spots:
    """What lies at the point `at` (across, down) of every texel of a sheet that is `finer` times as fine."""
    places = [sheet.places(number) for number in range(len(sheet.charts))]
    count = [len(chart.triangles) for chart in sheet.charts]
    found = cover(
        np.concatenate(places) * finer, width=sheet.width * finer, height=sheet.height * finer, at=at
    )
    chart = np.repeat(np.arange(len(count)), count)
    part = np.repeat([chart.part for chart in sheet.charts], count)
    triangle = np.concatenate([chart.triangles for chart in sheet.charts])
    return Spots(
        found.texel, chart[found.triangle], part[found.triangle], triangle[found.triangle], found.weights
    )


def _lay(parts: list[Part], sheet: Sheet, placer: Placer) -> tuple[list[Tile], NDArray[np.int64]]:
    """A tile for each chart, its receivers enrolled, and the part of every receiver."""
    layers = [spots(sheet, at) for at in SPOTS]
    starts = [_by_chart(layer, len(sheet.charts)) for layer in layers]
    tiles, part_of = [], []
    for number, chart in enumerate(sheet.charts):
        mine = [_some(layer, rows[number]) for layer, rows in zip(layers, starts, strict=True)]
        tile, count = _lay_chart(number, parts[chart.part], sheet, mine, placer)
        tiles.append(tile)
        part_of.append(np.full(count, chart.part, np.int64))
    return tiles, np.concatenate(part_of)


def _by_chart(layer: Spots, charts: int) -> list[NDArray[np.int64]]:
    order = np.argsort(layer.chart, kind="stable")
    return np.split(order, np.cumsum(np.bincount(layer.chart, minlength=charts))[:-1])


def _some(layer: Spots, rows: NDArray[np.int64]) -> Spots:
    return Spots(
        layer.texel[rows], layer.chart[rows], layer.part[rows], layer.triangle[rows], layer.weights[rows]
    )


def _lay_chart(
    number: int, part: Part, sheet: Sheet, layers: list[Spots], placer: Placer
) -> tuple[Tile, int]:
    columns, rows = sheet.extent[number].tolist()
    left, top = sheet.corner[number].tolist()
    points = np.zeros((rows * columns, PLACES, 3))
    flat, smooth = np.zeros_like(points), np.zeros_like(points)
    have = np.zeros((rows * columns, PLACES), dtype=bool)
    for k, layer in enumerate(layers):
        y, x = np.divmod(layer.texel, sheet.width)
        cell = (y - top) * columns + (x - left)
        good = (x >= left) & (x < left + columns) & (y >= top) & (y < top + rows)
        cell, triangle, weights = cell[good], layer.triangle[good], layer.weights[good]
        points[cell, k], flat[cell, k], smooth[cell, k] = surface_at(part, triangle, weights)
        have[cell, k] = True
    if not have.any():  # smaller than a texel: one point stands for all of it
        one = sheet.charts[number].triangles[:1]
        points[0, 0], flat[0, 0], smooth[0, 0] = surface_at(part, one, np.full((1, 3), 1 / 3))
        have[0, 0] = True
    lifted = points + flat * (LIFT if part.mesh.normals is None else 2 * LIFT)
    valid = placer.on_one_side(points, flat, _with_air(lifted, flat, have, placer, part))
    return _enrol(lifted, smooth, valid, sheet, number, part, placer)


def surface_at(
    part: Part, triangle: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """World points (n, 3), the triangles' normals and the shading's, where weights (n, 3) say."""
    faces = oriented(part.mesh.indices, part.world)[triangle]
    corners = part.to_world(part.mesh.positions[faces])
    points = np.einsum("nck,nc->nk", corners, weights)
    flat = unit(crosses(corners))
    if part.mesh.normals is None:
        return points, flat, flat
    smooth = unit(np.einsum("nck,nc->nk", part.normals_to_world(part.mesh.normals[faces]), weights))
    smooth = np.where(np.einsum("nk,nk->n", smooth, flat)[:, None] > 0.1, smooth, flat)
    return points, flat, smooth


def _with_air(
    lifted: NDArray[np.float64],
    flat: NDArray[np.float64],
    have: NDArray[np.bool_],
    placer: Placer,
    part: Part,
) -> NDArray[np.bool_]:
    """(n, 4) the places that nothing covers; all there are where everything is covered."""
    rows = have.reshape(-1)
    reach = COVER if part.mesh.normals is None else 0.01
    covered, inside = placer.covered(lifted.reshape(-1, 3)[rows], flat.reshape(-1, 3)[rows], cover=reach)
    if inside.sum() > 0.9 * len(inside):
        inside = np.zeros_like(inside)  # its roof is one-sided and looks out: a back says nothing here
    valid = np.zeros_like(have)
    valid.reshape(-1)[rows] = ~covered & ~inside
    return valid if valid.any() else have


def _enrol(
    lifted: NDArray[np.float64],
    smooth: NDArray[np.float64],
    valid: NDArray[np.bool_],
    sheet: Sheet,
    number: int,
    part: Part,
    placer: Placer,
) -> tuple[Tile, int]:
    columns, rows = sheet.extent[number].tolist()
    own: NDArray[np.bool_] = np.asarray(valid.any(axis=1))
    tile = _tile(np.arange(rows * columns), columns)
    order = np.argsort(tile, kind="stable")
    order = order[own[order]]
    places = np.take_along_axis(lifted[order], repeat_valid(valid[order])[..., None], axis=1)
    normals = unit(np.where(valid[order][..., None], smooth[order], 0.0).sum(axis=1))
    sizes = np.unique(tile[order], return_counts=True)[1]
    tangents = _tangents(sheet, number, part, normals)
    receiver = np.zeros(rows * columns, np.int64)
    receiver[order] = placer.roll.add(places, normals, tangents, part.albedo, sizes)
    spoken = own.reshape(rows, columns)
    nearest = distance_transform_edt(~spoken, return_distances=False, return_indices=True)
    return Tile((rows, columns), receiver.reshape(rows, columns)[tuple(nearest)], spoken), len(order)


def _tile(texels: NDArray[np.int64], columns: int) -> NDArray[np.int64]:
    y, x = np.divmod(texels, columns)
    return np.asarray((y // TILE) * (columns // TILE + 1) + x // TILE)


def _tangents(sheet: Sheet, number: int, part: Part, normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) unit, square to the normals and along the sheet's rows, by the chart's largest triangle."""
    chart = sheet.charts[number]
    corners = part.corners()[chart.triangles]
    cross = crosses(corners)
    best = int(np.linalg.norm(cross, axis=1).argmax())
    way = gradients(corners[best : best + 1], unit(cross[best : best + 1]), chart.flat[best : best + 1])[0, 0]
    way = unit(way) if np.isfinite(way).all() else np.zeros(3)
    along = way - normals * (normals @ way)[:, None]
    weak = np.linalg.norm(along, axis=1) < 0.1
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    return np.where(weak[:, None], unit(np.cross(helper, normals)), unit(along))


def _spoken(sheet: Sheet, tiles: list[Tile]) -> NDArray[np.int64]:
    """(height, width) receivers, each chart's own border carried on through its gutter; -1 elsewhere."""
    out = np.full((sheet.height, sheet.width), -1, np.int64)
    for (left, top), tile in zip(sheet.corner.tolist(), tiles, strict=True):
        edged = np.pad(tile.receiver, GUTTER, mode="edge")
        rows, columns = edged.shape
        out[top - GUTTER : top - GUTTER + rows, left - GUTTER : left - GUTTER + columns] = edged
    return out
