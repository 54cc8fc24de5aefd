"""Placing: texels laid on facets and receivers on vertices, where there is air above them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from vrgen.bake.facets import Facet, weld
from vrgen.bake.parts import Part, unit
from vrgen.bake.rays import LIFT, Tracer
from vrgen.bake.receivers import PLACES, Grid, Loose, Receivers

COVER = 0.05
"""Metres: what lies closer above a texel than this covers it."""
EYE = 0.006
"""Metres above a surface along which places look at each other: above dust, below furniture."""
TILE = 16
"""Texels along the side of a cluster; also the square root of a vertex cluster's size."""


class Roll:
    """Receivers under construction."""

    def __init__(self) -> None:
        """Nobody yet."""
        self.count = 0
        self._rows: list[list[NDArray[np.float32]]] = []
        self._sizes: list[NDArray[np.int64]] = []

    def add(
        self,
        places: NDArray[np.float64],
        normals: NDArray[np.float64],
        tangents: NDArray[np.float64],
        albedo: NDArray[np.float64],
        sizes: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Take places (n, 4, 3), the rest (n, 3) or one for all (3,), and the clusters' sizes.

        Returns the receivers' numbers (n,).
        """
        count = len(places)
        rest = [np.broadcast_to(x, (count, 3)).astype(np.float32) for x in (normals, tangents, albedo)]
        self._rows.append([places.astype(np.float32), *rest])
        self._sizes.append(sizes)
        self.count += count
        return np.arange(self.count - count, self.count)

    def receivers(self, texels: int) -> Receivers:
        """All of them, the first `texels` being texels."""
        columns = [np.concatenate(column) for column in zip(*self._rows, strict=True)]
        sizes = np.concatenate(self._sizes)
        bounds = np.concatenate([[0], np.cumsum(sizes[sizes > 0])])
        return Receivers(columns[0], columns[1], columns[2], columns[3], bounds, texels)


@dataclass(frozen=True, eq=False, slots=True)
class Placer:
    """Finds the places where light is gathered, and enrols them."""

    tracer: Tracer
    """Rays against all that blocks."""
    normals: NDArray[np.float64]
    """(T, 3) of the blocking triangles."""
    two_sided: NDArray[np.bool_]
    """(T,) whether a triangle has no back."""
    grid_of: NDArray[np.int32]
    """(T,) grid of each triangle, -1 for none."""
    roll: Roll
    """Where receivers are enrolled."""

    def lay_texels(self, number: int, facet: Facet, part: Part, texel: float) -> Grid:
        """Grid `number`: texels of about `texel` metres on a facet of a part."""
        columns, rows = (max(1, int(np.ceil(side / texel - 1e-6))) for side in facet.size)
        step = (facet.size[1] / rows, facet.size[0] / columns)
        flat = _spread(rows, columns) * (step[1], step[0])
        places = facet.to_world(flat.reshape(-1, 2))
        valid = self._valid(number, places, facet.axes[2], part.blocks).reshape(rows * columns, PLACES)
        if not valid.any():
            valid[:] = True  # hidden everywhere: take it as it is
        valid = self.on_one_side(places.reshape((*valid.shape, 3)), facet.axes[2], valid)
        own: NDArray[np.bool_] = np.asarray(valid.any(axis=1))
        order = _tile_order(rows, columns)
        order = order[own[order]]
        lifted = (places + LIFT * facet.axes[2]).reshape(rows * columns, PLACES, 3)[order]
        mine = np.take_along_axis(lifted, repeat_valid(valid[order])[..., None], axis=1)
        sizes = np.unique(_tile(order, columns), return_counts=True)[1]
        receiver = np.zeros(rows * columns, np.int64)
        receiver[order] = self.roll.add(mine, facet.axes[2], facet.axes[0], part.albedo, sizes)
        spoken: NDArray[np.bool_] = own.reshape(rows, columns)
        nearest = distance_transform_edt(~spoken, sampling=step, return_distances=False, return_indices=True)
        return Grid(facet, (rows, columns), step, receiver.reshape(rows, columns)[tuple(nearest)], spoken)

    def place_vertices(self, item: Loose, part: Part) -> Loose:
        """The loose triangles with receivers: up to four places a vertex, drawn in towards its triangles."""
        vertex = weld(np.concatenate([item.positions, item.normals * 0.01], axis=1))
        first = np.unique(vertex, return_index=True)[1]
        points = item.positions[item.triangles]
        inward = points.mean(axis=1, keepdims=True) - points
        length = np.linalg.norm(inward, axis=-1, keepdims=True)
        pulled = (points + inward * np.minimum(0.25, 0.04 / np.maximum(length, 1e-9))).reshape(-1, 3)
        chosen, have = _few_each(vertex[item.triangles].reshape(-1), len(first))
        normals = item.normals[first]
        places = pulled[chosen] + 2 * LIFT * normals[:, None]
        ways = np.broadcast_to(normals[:, None], places.shape).reshape(-1, 3)
        covered, inside = self.covered(places.reshape(-1, 3), ways, cover=0.01)
        good = have & ~(covered | inside).reshape(have.shape)
        good = np.where(good.any(axis=1, keepdims=True), good, have)
        mine = np.take_along_axis(places, repeat_valid(good)[..., None], axis=1)
        helper = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
        full, rest = divmod(len(first), TILE * TILE)
        sizes = np.array([TILE * TILE] * full + [rest], np.int64)
        numbers = self.roll.add(mine, normals, unit(np.cross(helper, normals)), part.albedo, sizes)
        return replace(item, receiver=numbers[vertex])

    def _valid(
        self, number: int, places: NDArray[np.float64], normal: NDArray[np.float64], blocks: bool
    ) -> NDArray[np.bool_]:
        """(n,) whether a place lies on grid `number`, with air above it."""
        normals = np.broadcast_to(normal, places.shape)
        covered, inside = self.covered(places + LIFT * normal, normals, cover=COVER)
        if not blocks:
            return ~covered & ~inside
        down = self.tracer.closest(places + COVER * normal, -normals)
        on = (down.triangle >= 0) & (np.abs(down.distance - COVER) < 2e-3)
        on &= self.grid_of[np.maximum(down.triangle, 0)] == number
        if (inside & on).sum() > 0.9 * on.sum():
            inside = np.zeros_like(inside)  # the roof is one-sided and looks out: its back says nothing here
        return np.asarray(on & ~covered & ~inside)

    def on_one_side(
        self, places: NDArray[np.float64], normals: NDArray[np.float64], valid: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """(n, 4) of the valid places (n, 4, 3) of each texel those that see each other, the most of them:
        where a thin wall stands within a texel, its light is that of one side. normals: (3,) or (n, 4, 3)."""
        rows = np.flatnonzero(valid.sum(axis=1) > 1)
        eyes = (places + EYE * normals)[rows]
        first = eyes[np.arange(len(rows)), valid[rows].argmax(axis=1)]
        way = (eyes - first[:, None]).reshape(-1, 3)
        start = np.repeat(first, PLACES, axis=0)
        apart = self.tracer.blocked(start, way, np.ones(len(way))) & (np.abs(way).max(axis=1) > 1e-6)
        there, here = (valid[rows] & side.reshape(-1, PLACES) for side in (apart, ~apart))
        out = valid.copy()
        out[rows] = np.where((there.sum(axis=1) > here.sum(axis=1))[:, None], there, here)
        return out

    def covered(
        self, places: NDArray[np.float64], normals: NDArray[np.float64], *, cover: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(n,) twice: something within `cover` metres above; the back of something above (so inside it)."""
        hits = self.tracer.closest(places, normals)
        triangle = np.maximum(hits.triangle, 0)
        back = np.einsum("nk,nk->n", self.normals[triangle], normals) > 0
        met = hits.triangle >= 0
        return met & (hits.distance < cover), met & back & ~self.two_sided[triangle]


def _spread(rows: int, columns: int) -> NDArray[np.float64]:
    """(rows * columns, 4, 2) places in units of texels (across, along).

    A turned square, the same in every texel: straight edges meet it at four different depths, and all
    along an edge alike, so that the shadow of a frame does not come out in beads.
    """
    turned = np.array([[0.125, 0.625], [0.375, 0.125], [0.625, 0.875], [0.875, 0.375]])
    y, x = np.divmod(np.arange(rows * columns), columns)
    return np.asarray(np.stack([x, y], axis=1)[:, None, :] + turned)


def _tile_order(rows: int, columns: int) -> NDArray[np.int64]:
    """All texels, tile by tile."""
    texels = np.arange(rows * columns)
    return np.asarray(np.argsort(_tile(texels, columns), kind="stable"), dtype=np.int64)


def _tile(texels: NDArray[np.int64], columns: int) -> NDArray[np.int64]:
    y, x = np.divmod(texels, columns)
    return np.asarray((y // TILE) * (columns // TILE + 1) + x // TILE)


def repeat_valid(valid: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n, 4) places to use: the valid ones of (n, 4), repeated in order until there are four."""
    order = np.argsort(~valid, axis=1, kind="stable")
    count = np.maximum(valid.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.take_along_axis(order, np.arange(valid.shape[1])[None, :] % count, axis=1))


def _few_each(groups: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(count, 4) first elements of each group of `groups` (n,), and whether there are so many."""
    order = np.argsort(groups, kind="stable")
    start = np.cumsum(np.bincount(groups, minlength=count)) - np.bincount(groups, minlength=count)
    rank = np.arange(len(groups)) - start[groups[order]]
    few = rank < PLACES
    chosen = np.zeros((count, PLACES), np.int64)
    have = np.zeros((count, PLACES), dtype=bool)
    chosen[groups[order][few], rank[few]] = order[few]
    have[groups[order][few], rank[few]] = True
    return chosen, have
