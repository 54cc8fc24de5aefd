"""Packing: charts on shelves of one sheet, with gutters that hold through the mips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.charts import Chart
from vrgen.core.progress import Progress

GUTTER = 2
"""Texels of its own light around each chart, each way."""
BLOCK = 4
"""Texels: sides of the sheet are whole blocks, as texture compression asks."""
LARGEST = 4096
"""Pixels: longest side of an atlas that every headset takes."""


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """Where each chart lies, in texels of light."""

    charts: list[Chart]
    """What lies there."""
    corner: NDArray[np.int64]
    """(n, 2) column and row of the first texel that a chart covers."""
    extent: NDArray[np.int64]
    """(n, 2) columns and rows that it covers, gutters aside."""
    per_metre: float
    """Texels a metre."""
    width: int
    """Columns of the sheet."""
    height: int
    """Rows of the sheet."""

    def places(self, number: int) -> NDArray[np.float64]:
        """(t, 3, 2) corners of a chart's triangles in texels of the sheet."""
        chart = self.charts[number]
        # Spread to whole texels, so that the edge of a wall is the edge of a texel.
        scale = np.where(chart.size > 0, self.extent[number] / np.maximum(chart.size, 1e-12), 0.0)
        whole = chart.size * self.per_metre >= 1.0
        scale = np.where(whole, scale, self.per_metre)
        middle = np.where(whole, 0.0, 0.5 * (1 - chart.size * self.per_metre))
        return np.asarray(self.corner[number] + middle + chart.flat * scale)

    @property
    def used(self) -> float:
        """Share of the sheet that is covered by boxes around charts."""
        return float(self.extent.prod(axis=1).sum()) / (self.width * self.height)


def pack(charts: list[Chart], *, per_metre: float, largest: int, progress: Progress) -> Sheet:
    """All charts on one sheet of at most `largest` texels a side; the density shrinks until they fit.

    The highest come first and the order of equals is theirs: the same charts lie in the same places.
    """
    wanted = per_metre
    while True:
        sheet = _shelved(charts, per_metre)
        if max(sheet.width, sheet.height) <= largest or per_metre < 1e-3:
            break
        per_metre *= 0.97 * largest / max(sheet.width, sheet.height)
    if per_metre < wanted:
        progress.note(f"{per_metre:.3g} texels of light a metre instead of {wanted:.3g}, so that all fit")
    return sheet


def _shelved(charts: list[Chart], per_metre: float) -> Sheet:
    sizes = np.array([chart.size for chart in charts]).reshape(-1, 2) * per_metre
    extent = np.maximum(np.round(sizes), 1).astype(np.int64)
    outer = extent + 2 * GUTTER
    order = np.lexsort((-outer[:, 0], -outer[:, 1]))
    width = _width(outer)
    corner = np.zeros_like(extent)
    x = y = shelf = 0
    for number in order:
        columns, rows = outer[number].tolist()
        if x + columns > width:
            x, y, shelf = 0, y + shelf, 0
        corner[number] = x + GUTTER, y + GUTTER
        x, shelf = x + columns, max(shelf, rows)
    return Sheet(charts, corner, extent, per_metre, width, _blocks(y + shelf))


def _width(outer: NDArray[np.int64]) -> int:
    """Columns of a sheet that comes out about square."""
    square = int(np.sqrt(outer.prod(axis=1).sum() * 1.1))
    return _blocks(min(max(square, int(outer[:, 0].max())), int(outer[:, 0].sum())))


def _blocks(side: int) -> int:
    return -(-side // BLOCK) * BLOCK
