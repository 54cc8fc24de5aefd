"""Order: which pieces are in the picture, and in which order their batches are drawn. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vrgen.view.eye import Eye, visible
from vrgen.view.pieces import STAGES


class Run(NamedTuple):
    """One call: some pieces of one batch."""

    batch: int
    """Index of the batch."""
    members: NDArray[np.int64]
    """Indices of its pieces, in the order to draw them."""


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """All pieces of a scene as columns of N rows."""

    low: NDArray[np.float64]
    """(N, 3) corners of their boxes in the world."""
    high: NDArray[np.float64]
    """(N, 3)."""
    batch: NDArray[np.int64]
    """Batch of each."""
    member: NDArray[np.int64]
    """Its number in that batch."""
    stage: NDArray[np.int64]
    """0 opaque, 1 mask, 2 blend."""
    triangles: NDArray[np.int64]
    """Triangles of each."""

    def seen(self, eyes: Sequence[Eye]) -> NDArray[np.int64]:
        """Rows that are in the picture of any eye."""
        some = np.zeros(len(self.low), bool)
        for eye in eyes:
            some |= visible(eye, self.low, self.high)
        return np.flatnonzero(some)

    def runs(self, rows: NDArray[np.int64], position: NDArray[np.float64]) -> tuple[list[Run], list[Run]]:
        """(solid, clear): opaque then masked batches, the nearest first and front to back within; blended
        pieces back to front, one call for neighbours of one batch. `position` (3,) is between the eyes."""
        low, high = self.low[rows], self.high[rows]
        near = np.linalg.norm(np.clip(position, low, high) - position, axis=1)
        blended = self.stage[rows] == STAGES["blend"]
        return self._solid(rows[~blended], near[~blended]), self._clear(rows[blended], position)

    def _solid(self, rows: NDArray[np.int64], near: NDArray[np.float64]) -> list[Run]:
        batch = self.batch[rows]
        nearest = np.full(int(self.batch.max(initial=-1)) + 1, np.inf)
        np.minimum.at(nearest, batch, near)
        order = np.lexsort((near, batch, nearest[batch], self.stage[rows]))
        return self._split(rows[order])

    def _clear(self, rows: NDArray[np.int64], position: NDArray[np.float64]) -> list[Run]:
        middle = np.linalg.norm((self.low[rows] + self.high[rows]) / 2 - position, axis=1)
        return self._split(rows[np.argsort(-middle, kind="stable")])

    def _split(self, rows: NDArray[np.int64]) -> list[Run]:
        """Runs of rows of one batch each."""
        if not len(rows):
            return []
        batch = self.batch[rows]
        cuts = np.flatnonzero(np.diff(batch)) + 1
        return [Run(int(self.batch[part[0]]), self.member[part]) for part in np.split(rows, cuts)]
