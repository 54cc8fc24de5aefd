"""Feet: the lines along which things stand on a facet, where its light has to be cut.

Light at vertices is drawn straight from one to the next, under a wall as well. A line on either side of the
wall, a millimetre off it, ends the light of each side there; what lies between is under the wall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter
from scipy.spatial import cKDTree

from vrgen.bake.facets import Facet
from vrgen.bake.lines import Lines, cut_at_border, noded, simplified
from vrgen.bake.receivers import Grid
from vrgen.bake.sides import Sides
from vrgen.bake.stage import Stage

RISE = 0.005
"""Metres above the facet at which feet are looked for."""
KNEE = 0.06
"""Metres that a thing must be high: rugs and kerbs cast no shadow that leaks."""
ASIDE = 0.001
"""Metres between a foot and its line."""
TIGHT = 0.003
"""Metres: ends of lines closer than this are one, and bends smaller than this are straight."""
PIECE = 0.25
"""Metres along which a foot is looked at, to tell whether it is seen and parts light."""
PUSH = 0.006
"""Metres before a line from which its light is looked for."""
JUMP = 0.02
"""Steps of sRGB, of 1, between texels around a foot; below that nothing leaks that could be seen."""
AROUND = 0.5
"""Metres around a foot within which light is compared."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Boxes:
    """All blocking triangles in the world and the boxes around them."""

    low: NDArray[np.float32]
    """(T, 3)."""
    high: NDArray[np.float32]
    """(T, 3)."""

    @staticmethod
    def of(stage: Stage) -> Boxes:
        """Those of a stage."""
        return Boxes(stage.corners.min(axis=1), stage.corners.max(axis=1))


def find_feet(
    stage: Stage, boxes: Boxes, grid: Grid, sides: Sides, shown: NDArray[np.float32], border: Lines
) -> Lines:
    """Lines on a grid's facet a millimetre off what stands there, where its light (rows, columns; sRGB in
    [0, 1]) is not the same on both sides; cut where they cross, and at the facet's border."""
    ends, outward = _contacts(stage, boxes, grid.facet)
    ends, outward = _pieces(ends, outward)
    kept = _parts_light(ends, grid, shown)
    ends, outward = ends[kept], outward[kept]
    kept = _stands(stage, grid.facet, ends, outward)
    ends, outward = ends[kept], outward[kept]
    if not len(ends):
        return Lines.none()
    middle = ends.mean(axis=1)
    seen = sides.seen(middle, middle + (ASIDE + PUSH) * outward).sum(axis=1) > 0
    ends, outward = ends[seen], outward[seen]
    if not len(ends):
        return Lines.none()
    return cut_at_border(noded(simplified(_joined(ends, outward), TIGHT)), border)


def _contacts(stage: Stage, boxes: Boxes, facet: Facet) -> tuple[Floats, Floats]:
    """(m, 2, 2) where blocking triangles cross the plane just above a facet, and (m, 2) unit vectors towards
    where they are seen from."""
    reach = np.array([[0.0, 0.0], [facet.size[0], 0.0], [0.0, facet.size[1]], facet.size])
    box = np.concatenate([facet.to_world(reach), facet.to_world(reach) + 2 * RISE * facet.axes[2]])
    near = (boxes.low <= box.max(axis=0)) & (boxes.high >= box.min(axis=0))
    rows = np.flatnonzero(near.all(axis=1))
    local = (stage.corners[rows].astype(np.float64) - facet.origin) @ facet.axes.T
    above = local[..., 2] > RISE
    across = above.any(axis=1) & ~above.all(axis=1)
    rows, local, above = rows[across], local[across], above[across]
    odd = above.sum(axis=1) == 1  # the corner that is alone on its side of the plane
    lone = np.where(odd, above.argmax(axis=1), (~above).argmax(axis=1))
    each = np.arange(len(rows))
    tip = local[each, lone]
    ends = []
    for k in (1, 2):
        other = local[each, (lone + k) % 3]
        share = (RISE - tip[:, 2]) / (other[:, 2] - tip[:, 2])
        ends.append((tip + share[:, None] * (other - tip))[:, :2])
    found = np.stack(ends, axis=1)
    normals = stage.normals[rows].astype(np.float64) @ facet.axes[:2].T
    length = np.linalg.norm(normals, axis=1)
    good = (length > 0.2) & (np.linalg.norm(found[:, 1] - found[:, 0], axis=1) > 1e-6)
    found, outward, both = found[good], normals[good] / length[good, None], stage.two_sided[rows[good]]
    inside = ((found.max(axis=1) > 0) & (found.min(axis=1) < facet.size)).all(axis=1)
    found, outward, both = found[inside], outward[inside], both[inside]
    return np.concatenate([found, found[both]]), np.concatenate([outward, -outward[both]])


def _pieces(ends: Floats, outward: Floats) -> tuple[Floats, Floats]:
    """The same segments, none longer than PIECE."""
    count = np.maximum(np.ceil(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) / PIECE), 1).astype(np.int64)
    each = np.repeat(np.arange(len(ends)), count)
    place = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    way = (ends[:, 1] - ends[:, 0])[each]
    shares = np.stack([place, place + 1], axis=1) / count[each, None]
    return ends[each, :1] + shares[..., None] * way[:, None], outward[each]


def _parts_light(ends: Floats, grid: Grid, shown: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(m,) whether texels around a piece differ, those behind a wall of half a metre among them."""
    size = [2 * int(np.ceil(AROUND / step)) + 1 for step in grid.step]
    most = maximum_filter(np.where(grid.own, shown, -np.inf), size)
    least = minimum_filter(np.where(grid.own, shown, np.inf), size)
    out = np.zeros(len(ends), dtype=bool)
    for points in (ends[:, 0], ends.mean(axis=1), ends[:, 1]):
        column, row = np.clip(
            (points / grid.step[::-1]).astype(np.int64), 0, np.array(grid.shape[::-1]) - 1
        ).T
        out |= most[row, column] - least[row, column] > JUMP
    return out


def _stands(stage: Stage, facet: Facet, ends: Floats, outward: Floats) -> NDArray[np.bool_]:
    """(m,) whether what touches the facet there is as high as a knee."""
    before = facet.to_world(ends.mean(axis=1) + 0.02 * outward) + KNEE * facet.axes[2]
    way = -0.05 * outward @ facet.axes[:2]
    return stage.tracer.blocked(before, way, np.ones(len(way)))


def _joined(ends: Floats, outward: Floats) -> Lines:
    """Lines beside the segments, those joined whose ends meet and that look the same way round a corner."""
    points = (ends + ASIDE * outward[:, None]).reshape(-1, 2)
    facing = np.repeat(outward, 2, axis=0)
    order = np.lexsort(np.round(points / 1e-4).T)
    points, facing = points[order], facing[order]
    # Opposite sides of a sheet are 2 mm apart and must stay two.
    pairs = cKDTree(np.concatenate([points, 1.5 * ASIDE * facing], axis=1)).query_pairs(
        TIGHT, output_type="ndarray"
    )
    leader = np.arange(len(points))
    for a, b in pairs[np.lexsort(pairs.T[::-1])].tolist():
        if leader[a] == a and leader[b] == b:
            leader[b] = a
    used, local = np.unique(leader, return_inverse=True)
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    edges = local[back].reshape(-1, 2)
    summed = np.zeros((len(used), 2))
    np.add.at(summed, local, facing)
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return Lines.of(points[used], edges, PUSH * summed / np.maximum(length, 1e-9))
