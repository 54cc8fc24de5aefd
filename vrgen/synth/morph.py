"""morph: from one latent map to another, patch by patch, so that every step is as sharp as its ends.

A mean of two latent maps shows both at once. Here every cell is of one map or of the other: the second map is
turned on its torus to where it fits the first one best, the torus is parted into patches whose borders run
where the two differ least (watershed of their difference), and the patches change over one after the other,
in the order of a smooth noise.

Source: watershed by flooding (Meyer 1994); the order and the torus are ours.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.synth.noise import ranked, waves
from vrgen.synth.quilt import principal

Latent = NDArray[np.float32]
COMPONENTS = 12
PATCH = 6
"""Cells between the middles of patches."""


@dataclass(frozen=True, eq=False, slots=True)
class Walk:
    """Two maps that fit each other and the order in which their patches change over."""

    start: Latent
    """(C, H, W)."""
    end: Latent
    """(C, H, W), turned to where it fits."""
    order: NDArray[np.float32]
    """(H, W), in [0, 1): when each cell changes over; the same throughout a patch."""
    calm: tuple[int, int]
    """Row and column of cells through which every step may be cut: both maps change little there."""

    def at(self, way: float) -> Latent:
        """The map (C, H, W) at `way` from 0 to 1: that share of the area is the end's."""
        if way >= 1.0:
            return self.end
        return np.where(self.order < way, self.end, self.start)


def walk(start: Latent, end: Latent, rng: np.random.Generator) -> Walk:
    """The walk between two periodic maps (C, H, W) of one shape."""
    seen = principal(np.concatenate([start, end], axis=1), COMPONENTS)
    first, second = np.split(seen, 2, axis=1)
    shift = _best_shift(first, second)
    end, second = (np.roll(part, shift, axis=(1, 2)) for part in (end, second))
    patches = _patches(((first - second) ** 2).sum(axis=0), rng)
    noise = waves(rng, patches.shape, lowest=1.5, fall=1.6)
    mean = np.bincount(patches.ravel(), noise.ravel()) / np.maximum(np.bincount(patches.ravel()), 1)
    calm = _calmest(np.concatenate([first, second]))
    return Walk(start, end, ranked(mean[patches] + 1e-9 * patches), calm)


def _calmest(seen: Latent) -> tuple[int, int]:
    """The row and the column of cells (K, H, W) that differ least from both of their neighbours."""
    found = []
    for axis, along in ((1, 2), (2, 1)):
        step = np.abs(seen - np.roll(seen, 1, axis=axis)).mean(axis=(0, along))
        found.append(int((step + np.roll(step, -1)).argmin()))
    return found[0], found[1]


def _best_shift(first: Latent, second: Latent) -> tuple[int, int]:
    """How far (down, right) the second must be turned to be nearest to the first."""
    spectra = (np.fft.rfft2(part.astype(np.float64)) for part in (first, second))
    fit = np.fft.irfft2((next(spectra) * np.conj(next(spectra))).sum(axis=0), s=first.shape[1:])
    down, right = np.unravel_index(int(fit.argmax()), fit.shape)
    return int(down), int(right)


def _patches(difference: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.int64]:
    """Number of the patch (H, W) of every cell: grown from jittered middles, least alike cells first.

    A patch that reaches a spot where the maps differ takes all of it, so fronts meet where they are alike.
    """
    height, width = difference.shape
    number = np.full(difference.shape, -1, np.int64)
    counts = [max(2, round(length / PATCH)) for length in (height, width)]
    heap: list[tuple[float, int, int, int, int]] = []
    turn = 0
    for i in range(counts[0]):
        for j in range(counts[1]):
            spot = (np.array([i, j]) + rng.uniform(0.1, 0.9, 2)) / counts * (height, width)
            heap.append((-np.inf, turn, int(spot[0]) % height, int(spot[1]) % width, turn))
            turn += 1
    level = -difference.astype(np.float64)
    while heap:  # heaped by level, then by age
        _, _, row, column, patch = heapq.heappop(heap)
        if number[row, column] >= 0:
            continue
        number[row, column] = patch
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            near = ((row + down) % height, (column + right) % width)
            if number[near] < 0:
                turn += 1
                heapq.heappush(heap, (float(level[near]), turn, *near, patch))
    return number
