"""Guide: where on its hemisphere a cluster of receivers finds light (windows, panels, sun patches).

A hemisphere is told by the unit square (u, v): sin^2 of the angle from the normal, and the turn about
it. On that square cosine-weighted light is sampled evenly, so a guide is a plain histogram there.
The idea is path guiding (Mueller et al. 2017) with one table a cluster, learnt from a first pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 8, 16
FLOOR = 0.3
"""Share of the samples that stays evenly spread, so that nothing is missed."""


@dataclass(frozen=True, eq=False, slots=True)
class Guide:
    """Densities over the square, one table a cluster."""

    density: NDArray[np.float64]
    """(clusters, 8, 16), mean 1."""

    @classmethod
    def learn(
        cls, cluster: NDArray[np.int64], square: NDArray[np.float64], light: NDArray[np.float64], count: int
    ) -> Guide:
        """From light (n,) found at square points (n, 2) by members of clusters (n,)."""
        cell = cluster * (ROWS * COLUMNS) + cells(square)
        size = count * ROWS * COLUMNS
        seen = np.bincount(cell, minlength=size)
        mean = np.bincount(cell, weights=light, minlength=size) / np.maximum(seen, 1)
        table = mean.reshape(count, ROWS, COLUMNS)
        average = table.mean(axis=(1, 2), keepdims=True)
        found = table / np.maximum(average, 1e-30)
        return cls(np.where(average > 0, FLOOR + (1 - FLOOR) * found, 1.0))

    @classmethod
    def even(cls, count: int) -> Guide:
        """No preference."""
        return cls(np.ones((count, ROWS, COLUMNS)))

    def at(self, cluster: NDArray[np.int64], square: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) densities at points (n, 2)."""
        return np.asarray(self.density.reshape(-1)[cluster * (ROWS * COLUMNS) + cells(square)])

    def bend(self, cluster: NDArray[np.int64], square: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) points whose density is the guide's, from evenly spread points (n, 2)."""
        rows = self.density.sum(axis=2)
        u, row = invert(rows, cluster, square[:, 0])
        v, _ = invert(self.density.reshape(-1, COLUMNS), cluster * ROWS + row, square[:, 1])
        return np.stack([u, v], axis=1)


def cells(square: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,) table cells of points (n, 2) of the unit square."""
    row = np.minimum((square[:, 0] * ROWS).astype(np.int64), ROWS - 1)
    return np.asarray(row * COLUMNS + np.minimum((square[:, 1] * COLUMNS).astype(np.int64), COLUMNS - 1))


def invert(
    tables: NDArray[np.float64], which: NDArray[np.int64], value: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Positions in [0, 1) where the running sums of tables (t, k) reach `value`, and their cells.

    which: (n,) table of each value; value: (n,) in [0, 1).
    """
    size = tables.shape[1]
    upper = np.cumsum(tables, axis=1)
    upper /= np.maximum(upper[:, -1:], 1e-300)
    steps = (upper + np.arange(len(tables))[:, None]).reshape(-1)
    spot = np.clip(np.searchsorted(steps, which + value, side="right"), which * size, which * size + size - 1)
    cell = spot - which * size
    below = np.where(cell > 0, upper.reshape(-1)[spot - 1], 0.0)
    width = np.maximum(upper.reshape(-1)[spot] - below, 1e-12)
    inside = np.clip((value - below) / width, 0.0, 1.0 - 1e-9)
    return (cell + inside) / size, cell


def hemisphere(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) directions in (tangent, bitangent, normal) from points (n, 2) of the square."""
    sine, turn = np.sqrt(square[:, 0]), 2 * np.pi * square[:, 1]
    upright = np.sqrt(np.maximum(1.0 - square[:, 0], 0.0))
    return np.stack([sine * np.cos(turn), sine * np.sin(turn), upright], axis=1)


def square_of(local: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `hemisphere`, for unit directions (n, 3)."""
    turn = np.arctan2(local[:, 1], local[:, 0]) / (2 * np.pi)
    return np.stack([np.clip(1.0 - local[:, 2] ** 2, 0.0, 1.0 - 1e-9), turn % 1.0], axis=1)
