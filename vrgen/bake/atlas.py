"""Atlas: all grids at once, so that many points find their texels in one go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.receivers import Grid


@dataclass(frozen=True, eq=False, slots=True)
class Atlas:
    """All grids at once, for looking up many points."""

    origin: NDArray[np.float32]
    """(g, 3)."""
    slope: NDArray[np.float32]
    """(g, 2, 3): columns and rows a metre."""
    shape: NDArray[np.int64]
    """(g, 2) columns, rows."""
    start: NDArray[np.int64]
    """(g,) first texel of each in `receiver`."""
    receiver: NDArray[np.int64]
    """Speakers of all texels, grid by grid, row by row."""

    @classmethod
    def of(cls, grids: list[Grid]) -> Atlas:
        """The atlas of these grids."""
        shape = np.array([grid.shape[::-1] for grid in grids], np.int64).reshape(-1, 2)
        slope = [grid.facet.axes[:2] / np.array(grid.step[::-1])[:, None] for grid in grids]
        texels = [grid.receiver.reshape(-1) for grid in grids]
        sizes = shape.prod(axis=1)
        return cls(
            np.array([grid.facet.origin for grid in grids], np.float32).reshape(-1, 3),
            np.array(slope, np.float32).reshape(-1, 2, 3),
            shape,
            np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)[: len(grids)],
            np.concatenate(texels) if texels else np.zeros(0, np.int64),
        )

    def look_up(self, grid: NDArray[np.integer], points: NDArray[np.floating]) -> NDArray[np.int64]:
        """(n,) speakers of world points (n, 3) on grids (n,)."""
        place = np.einsum("nak,nk->na", self.slope[grid], points - self.origin[grid])
        cell = np.clip(place.astype(np.int64), 0, self.shape[grid] - 1)
        return np.asarray(self.receiver[self.start[grid] + cell[:, 1] * self.shape[grid, 0] + cell[:, 0]])
