"""Periodic fields on a square: noise, cells, courses. All wrap around, so what is made of them tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates, zoom
from scipy.spatial import cKDTree

Field = NDArray[np.float64]


@dataclass(frozen=True)
class Pieces:
    """A square cut into pieces: bricks, planks, tiles, stones."""

    edge: Field
    """(N, N) distance to the piece's border, in tile widths."""
    which: NDArray[np.int64]
    """(N, N) number of the piece."""
    u: Field
    """(N, N) along the piece, in tile widths from its left end (its centre for stones)."""
    v: Field
    """(N, N) across the piece."""


def places(size: int) -> tuple[Field, Field]:
    """(N, N) x and y of pixel centres in [0, 1)."""
    axis = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(axis, axis)
    return x, y


def noise(
    rng: np.random.Generator, size: int, cells: int | tuple[int, int], octaves: int = 5, gain: float = 0.5
) -> Field:
    """Smooth noise of mean 0 and spread 1: random lattices of `cells` (rows, columns), then twice as fine."""
    rows, columns = (cells, cells) if isinstance(cells, int) else cells
    total = np.zeros((size, size))
    for octave in range(octaves):
        shape = rows * 2**octave, columns * 2**octave
        if max(shape) > size:
            break
        grid = rng.standard_normal(shape)
        scale = size / shape[0], size / shape[1]
        total += gain**octave * zoom(grid, scale, order=3, mode="grid-wrap", grid_mode=True)
    return (total - total.mean()) / total.std()


def speckle(rng: np.random.Generator, size: int, pixels: float) -> Field:
    """White noise, blurred by `pixels`; mean 0, spread 1."""
    field = gaussian_filter(rng.standard_normal((size, size)), pixels, mode="wrap")
    return field / field.std()


def blurred(field: Field, width: float) -> Field:
    """Gaussian blur; `width` in tile widths."""
    return gaussian_filter(field, width * len(field), mode="wrap")


def warped(field: Field, dx: Field, dy: Field) -> Field:
    """The field, read at places moved by (dx, dy) tile widths."""
    size = len(field)
    rows, columns = np.mgrid[0:size, 0:size]
    return map_coordinates(field, [rows + dy * size, columns + dx * size], order=1, mode="grid-wrap")


def step(field: Field, low: float, high: float) -> Field:
    """0 below low, 1 above high, smooth between."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def courses(
    rng: np.random.Generator,
    size: int,
    rows: int,
    columns: int,
    *,
    shift: float = 0.5,
    uneven: float = 0.0,
    wobble: tuple[Field, Field] | None = None,
) -> Pieces:
    """Rows of equal height; each row cut into `columns`, shifted by `shift` of a piece (or at random when
    negative), lengths `uneven` by a share of a piece; borders bent by `wobble` (dx, dy)."""
    x, y = places(size)
    if wobble is not None:
        x, y = x + wobble[0], y + wobble[1]
    row = np.floor(y * rows).astype(np.int64) % rows
    v = (y * rows % 1.0) / rows
    starts = rng.random(rows) if shift < 0 else np.arange(rows) * shift % 1.0
    along = (x + starts[row] / columns) % 1.0
    cuts = np.linspace(0, 1, columns + 1)[None].repeat(rows, axis=0)
    cuts[:, 1:-1] += rng.uniform(-0.5, 0.5, (rows, columns - 1)) * uneven / columns
    column = np.zeros_like(row)
    for index in range(1, columns):
        column += along >= cuts[row, index]
    left, right = cuts[row, column], cuts[row, column + 1]
    u = along - left
    edge = np.minimum(np.minimum(u, right - along), np.minimum(v, 1 / rows - v))
    return Pieces(edge, row * columns + column, u, v)


def stones(points: Field, size: int, *, wobble: tuple[Field, Field] | None = None) -> Pieces:
    """Voronoi cells of points (M, 2) on the torus; `edge` is half of the second distance less the first."""
    x, y = places(size)
    if wobble is not None:
        x, y = x + wobble[0], y + wobble[1]
    at = np.stack([x, y], axis=-1) % 1.0
    distance, which = cKDTree(points % 1.0, boxsize=1.0).query(at.reshape(-1, 2), k=2)
    nearest = which[:, 0].reshape(size, size)
    offset = (at - points[nearest] % 1.0 + 0.5) % 1.0 - 0.5
    edge = (distance[:, 1] - distance[:, 0]).reshape(size, size) / 2
    return Pieces(edge, nearest, offset[..., 0], offset[..., 1])


def scattered(rng: np.random.Generator, across: int, jitter: float) -> Field:
    """(across^2, 2) points: a lattice whose odd rows are shifted by half, moved by a share of a cell."""
    rows, columns = np.mgrid[0:across, 0:across]
    lattice = np.stack([columns + 0.5 * (rows % 2), rows], axis=-1).reshape(-1, 2) + 0.5
    return (lattice + jitter * rng.uniform(-0.5, 0.5, lattice.shape)) / across % 1.0
