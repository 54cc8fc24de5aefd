"""Smoothing: noise taken out of lightmaps by Open Image Denoise, no facet staining another."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vrgen.core.progress import Progress
from vrgen.errors import MissingPart

GUTTER = 8
"""Texels around each facet in the sheet, filled with its own border."""
WIDTH = 1024
HEIGHT = 1536
"""Texels: a sheet that is higher is begun anew, which bounds memory."""


class Tile(Protocol):
    """Texels that lie side by side: a facet's grid, or a chart."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""

    @property
    def receiver(self) -> NDArray[np.int64]:
        """(rows, columns) the receiver that speaks for each texel."""

    @property
    def own(self) -> NDArray[np.bool_]:
        """(rows, columns) whether the texel has its own receiver."""


def denoise(
    light: NDArray[np.float32], grids: Sequence[Tile], *, progress: Progress, least: int = GUTTER
) -> NDArray[np.float32]:
    """(n, 3) light of receivers, smoothed where they are texels of `grids`.

    least: texels around a tile that is itself no wider; with GUTTER, all have that.
    """
    out = light.copy()
    sheets = _sheets(grids, least)
    with progress.stage("denoising", len(sheets)) as advance:
        for sheet in sheets:
            _denoise_sheet(sheet, out, light)
            advance(1)
    return out


Placed = tuple[Tile, int, int, int]
"""A tile, its gutter, and its row and column inside a sheet."""


def _sheets(grids: Sequence[Tile], least: int) -> list[list[Placed]]:
    """Shelves of grids, highest first, each with its row and column inside a sheet."""
    sheets: list[list[Placed]] = []
    row = column = shelf = HEIGHT + 1
    for grid in sorted(grids, key=lambda grid: -grid.shape[0]):
        gutter = max(least, min(GUTTER, *grid.shape))
        rows, columns = grid.shape[0] + 2 * gutter, grid.shape[1] + 2 * gutter
        if column + columns > WIDTH and column > 0:
            row, column, shelf = row + shelf, 0, rows
        if not sheets or (row + rows > HEIGHT and row > 0):
            sheets.append([])
            row, column, shelf = 0, 0, rows
        shelf = max(shelf, rows)  # a lower tile may have the wider gutter
        sheets[-1].append((grid, gutter, row + gutter, column + gutter))
        column += columns
    return sheets


def _denoise_sheet(sheet: list[Placed], out: NDArray[np.float32], light: NDArray[np.float32]) -> None:
    height = max(row + grid.shape[0] + gutter for grid, gutter, row, _ in sheet)
    width = max(column + grid.shape[1] + gutter for grid, gutter, _, column in sheet)
    picture = np.zeros((height, width, 3), np.float32)
    for grid, gutter, row, column in sheet:
        edged = np.pad(light[grid.receiver], ((gutter, gutter), (gutter, gutter), (0, 0)), mode="symmetric")
        top, left = row - gutter, column - gutter
        picture[top : top + edged.shape[0], left : left + edged.shape[1]] = edged
    if not picture.any():
        return  # the filter would make a faint glow of it
    scale = float(picture.mean())  # the filter is at its best near 1, whatever the lamps' unit
    with _oidn():
        import pyoidn

        clean = pyoidn.denoise(picture / scale, filter_type="RTLightmap") * scale
    for grid, _, row, column in sheet:
        part = clean[row : row + grid.shape[0], column : column + grid.shape[1]]
        out[grid.receiver[grid.own]] = np.maximum(part[grid.own], 0.0)


@contextmanager
def _oidn() -> Iterator[None]:
    """Import pyoidn without torch, which it would load (seconds, hundreds of MB) and not need for arrays."""
    absent = object()
    torch = sys.modules.get("torch", absent)
    if torch is absent:
        sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        import pyoidn  # noqa: F401
    except ImportError as problem:
        raise MissingPart(
            f"denoising needs pyoidn ({problem}); install it: pip install pyoidn, or bake with denoise off"
        ) from problem
    finally:
        if torch is absent:
            del sys.modules["torch"]
    yield
