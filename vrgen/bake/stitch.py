"""Stitching: charts that part on a smooth surface show one light along their seam.

Both sides of a seam are asked, by the viewer's own filter, at points along it; texels change as little as
makes both answer alike (least squares, solved by conjugate gradients).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import cg

from vrgen.bake.facets import crosses, weld
from vrgen.bake.pack import Sheet
from vrgen.bake.parts import Part, oriented, unit

SMOOTH = 0.9
"""Cosine between the shading normals of both sides, above which they are one surface."""
HOLD = 0.05
"""How strongly a texel keeps its value, against the seam's points."""
ROUNDS = 60


@dataclass(frozen=True, eq=False, slots=True)
class _Edges:
    """Sides of triangles on the sheet; arrays (m, ...)."""

    ends: NDArray[np.float64]
    """(m, 2, 3) in the world, the smaller point first."""
    laid: NDArray[np.float64]
    """(m, 2, 2) texels of the sheet, in the same order."""
    normals: NDArray[np.float64]
    """(m, 2, 3) of the shading there."""
    chart: NDArray[np.int64]
    """(m,)."""


def stitch(picture: NDArray[np.float32], sheet: Sheet, parts: list[Part]) -> NDArray[np.float32]:
    """The picture (height, width, k) of a sheet with the seams of smooth surfaces closed."""
    one, two = _seams(_edges(sheet, parts))
    if not len(one.chart):
        return picture
    first, second = _points(one, two)
    height, width = picture.shape[:2]
    left, right = (_filter(points, width, height) for points in (first, second))
    asked = np.unique(np.concatenate([left[0].reshape(-1), right[0].reshape(-1)]))
    columns = [np.searchsorted(asked, side[0]) for side in (left, right)]
    count = len(first)
    rows = np.repeat(np.arange(count), 8)
    place = np.concatenate(columns, axis=1).reshape(-1)
    weight = np.concatenate([left[1], -right[1]], axis=1).reshape(-1)
    gap = csr_array((weight, (rows, place)), shape=(count, len(asked)))
    system = (gap.T @ gap + diags_array(np.full(len(asked), HOLD))).tocsr()
    out = picture.reshape(height * width, -1).copy()
    for channel in range(out.shape[1]):
        old = out[asked, channel].astype(np.float64)
        solved, _ = cg(system, HOLD * old, x0=old, maxiter=ROUNDS, rtol=1e-5)
        # Between what stands there and what stands across: nothing new is brighter or darker than both.
        out[asked, channel] = np.clip(solved, max(old.min(), 0.0), old.max())
    return np.asarray(out.reshape(picture.shape), dtype=np.float32)


def _edges(sheet: Sheet, parts: list[Part]) -> _Edges:
    ends: list[NDArray[np.float64]] = []
    laid: list[NDArray[np.float64]] = []
    normals: list[NDArray[np.float64]] = []
    charts: list[NDArray[np.int64]] = []
    for number, chart in enumerate(sheet.charts):
        part = parts[chart.part]
        corners = part.corners()[chart.triangles]
        faces = oriented(part.mesh.indices, part.world)[chart.triangles]
        if part.mesh.normals is None:
            shading = np.repeat(unit(crosses(corners))[:, None], 3, axis=1)
        else:
            shading = part.normals_to_world(part.mesh.normals[faces])
        for column, values in ((ends, corners), (laid, sheet.places(number)), (normals, shading)):
            column.append(
                np.stack([values, np.roll(values, -1, axis=1)], axis=2).reshape(-1, 2, values.shape[-1])
            )
        charts.append(np.full(3 * len(corners), number))
    return _ordered(
        np.concatenate(ends), np.concatenate(laid), np.concatenate(normals), np.concatenate(charts)
    )


def _ordered(
    ends: NDArray[np.float64],
    laid: NDArray[np.float64],
    normals: NDArray[np.float64],
    chart: NDArray[np.int64],
) -> _Edges:
    """Every edge from the corner with the smaller number, so that both sides run the same way."""
    vertex = weld(ends.reshape(-1, 3)).reshape(-1, 2)
    turned = (vertex[:, 0] > vertex[:, 1])[:, None, None]
    ends, laid, normals = (np.where(turned, x[:, ::-1], x) for x in (ends, laid, normals))
    return _Edges(ends, laid, normals, chart)


def _seams(edges: _Edges) -> tuple[_Edges, _Edges]:
    """Pairs of edges that are one in the world and two on the sheet, on a smooth surface."""
    vertex = weld(edges.ends.reshape(-1, 3)).reshape(-1, 2)
    key = vertex.min(axis=1) * (int(vertex.max(initial=0)) + 1) + vertex.max(axis=1)
    order = np.argsort(key, kind="stable")
    same = (key[order[1:]] == key[order[:-1]]) & (vertex[order[1:], 0] != vertex[order[1:], 1])
    one, two = order[:-1][same], order[1:][same]
    apart = np.abs(edges.laid[one] - edges.laid[two]).max(axis=(1, 2)) > 1e-3
    smooth = np.einsum("eck,eck->ec", edges.normals[one], edges.normals[two]).min(axis=1) > SMOOTH
    return _rows(edges, one[apart & smooth]), _rows(edges, two[apart & smooth])


def _rows(edges: _Edges, rows: NDArray[np.int64]) -> _Edges:
    return _Edges(edges.ends[rows], edges.laid[rows], edges.normals[rows], edges.chart[rows])


def _points(one: _Edges, two: _Edges) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 2) texels of both sides at points half a texel apart along the seams."""
    length = np.maximum(*(np.linalg.norm(side.laid[:, 1] - side.laid[:, 0], axis=1) for side in (one, two)))
    count = np.maximum(np.ceil(2 * length).astype(np.int64), 1)
    edge = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    share = ((within + 0.5) / count[edge])[:, None]
    first, second = (s.laid[edge, 0] * (1 - share) + s.laid[edge, 1] * share for s in (one, two))
    return first, second


def _filter(
    points: NDArray[np.float64], width: int, height: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The four texels (n, 4) that a bilinear filter reads at points (n, 2), and their weights."""
    place = np.clip(points - 0.5, 0, (width - 1, height - 1))
    low = np.minimum(place.astype(np.int64), (width - 2, height - 2))
    x, y = (place - low).T
    texel = low[:, 1] * width + low[:, 0]
    texels = np.stack([texel, texel + 1, texel + width, texel + width + 1], axis=1)
    return texels, np.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], axis=1)
