"""Sides: which texels of a facet a point on it can see, and the light that it takes from them.

A texel under a wall has no light of its own, and a point at the wall's foot must not take that of the
other side: so each point asks the texels around it and leaves out those behind something.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from vrgen.bake.place import EYE
from vrgen.bake.rays import Tracer
from vrgen.bake.receivers import Grid, Receivers

REACH = 2
"""Texels each way that a point asks."""
SOFT = 0.15
"""Squared texels added to squared distances: nearly the nearest, without steps along a wall."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Sides:
    """The texels of one grid as points on its facet see them."""

    def __init__(self, grid: Grid, receivers: Receivers, tracer: Tracer) -> None:
        self._grid, self._tracer = grid, tracer
        self._scale = np.array(grid.step[::-1])
        facet = grid.facet
        own = grid.own.reshape(-1)
        places = receivers.places[grid.receiver.reshape(-1)[own]].mean(axis=1, dtype=np.float64)
        self._at = np.full((len(own), 2), np.nan)
        self._at[own] = (places - facet.origin) @ facet.axes[:2].T
        """(texels, 2) where each gathers light, in the plane; nan for those without their own."""

    def together(self) -> NDArray[np.bool_]:
        """(texels,) whether a texel's middle sees where its light is gathered."""
        known = np.flatnonzero(self._grid.own)
        rows, columns = np.divmod(known, self._grid.shape[1])
        middle = (np.stack([columns, rows], axis=1) + 0.5) * self._scale
        out = np.zeros(self._grid.own.size, dtype=bool)
        out[known] = self._sees(middle, self._at[known])
        return out

    def plain(self, points: Floats) -> csr_array:
        """(n, texels) weights of the four texels around points (n, 2), whatever stands between."""
        rows, columns = self._grid.shape
        place = np.clip(points / self._scale - 0.5, 0, [columns - 1, rows - 1])
        low = np.floor(place).astype(np.int64)
        part = place - low
        high = np.minimum(low + 1, [columns - 1, rows - 1])
        texels = [y * columns + x for y in (low[:, 1], high[:, 1]) for x in (low[:, 0], high[:, 0])]
        weights = [v * u for v in (1 - part[:, 1], part[:, 1]) for u in (1 - part[:, 0], part[:, 0])]
        return self._matrix(np.stack(texels, axis=1), np.stack(weights, axis=1))

    def seen(self, points: Floats, eyes: Floats) -> csr_array:
        """(n, texels) weights of texels around points (n, 2) that eyes (n, 2) see, the nearest most; a row
        of zeros where they see none."""
        texels, here = self.around(points)
        at = self._at[texels]
        each, kind = np.nonzero(here & ~np.isnan(at[..., 0]))
        clear = self._sees(eyes[each], at[each, kind])
        each, kind = each[clear], kind[clear]
        distance = (((at[each, kind] - points[each]) / self._scale) ** 2).sum(axis=1)
        weights = np.zeros(texels.shape)
        weights[each, kind] = (distance + SOFT) ** -2
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        return self._matrix(texels, weights)

    def around(self, points: Floats) -> tuple[Ints, NDArray[np.bool_]]:
        """(n, 25) texels around points (n, 2), and whether there are any."""
        rows, columns = self._grid.shape
        x, y = np.floor(points / self._scale).astype(np.int64).T
        step = np.arange(-REACH, REACH + 1)
        x, y = x[:, None, None] + step, y[:, None, None] + step[:, None]
        here = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        texels = np.clip(y, 0, rows - 1) * columns + np.clip(x, 0, columns - 1)
        return texels.reshape(-1, len(step) ** 2), here.reshape(-1, len(step) ** 2)

    def _sees(self, eyes: Floats, targets: Floats) -> NDArray[np.bool_]:
        facet = self._grid.facet
        start = facet.to_world(eyes) + EYE * facet.axes[2]
        way = (targets - eyes) @ facet.axes[:2]
        still = np.linalg.norm(way, axis=1) < 1e-6
        way[still] = 1e-6 * facet.axes[2]
        return ~self._tracer.blocked(start, way, np.ones(len(way)))

    def _matrix(self, texels: Ints, weights: Floats) -> csr_array:
        start = np.arange(len(texels) + 1) * texels.shape[1]
        found = csr_array(
            (weights.reshape(-1), texels.reshape(-1), start), shape=(len(texels), self._grid.own.size)
        )
        found.eliminate_zeros()
        return found
