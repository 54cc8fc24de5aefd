"""Noise that depends on nothing but a counter and a seed, so every machine and thread draws the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PLASTIC = 1.32471795724474602596
"""Roberts 2018, "The unreasonable effectiveness of quasirandom sequences": the R2 sequence."""


def hashed(counter: NDArray[np.integer], seed: int) -> NDArray[np.float64]:
    """(n, 2) uniform in [0, 1) from counters (n,) (SplitMix64's finaliser, Steele et al. 2014)."""
    key = np.uint64((seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**64)
    x = counter.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    low, high = x & np.uint64(0xFFFFFFFF), x >> np.uint64(32)
    return np.stack([low, high], axis=-1).astype(np.float64) / 2.0**32


def spread_out(rotation: NDArray[np.float64], samples: NDArray[np.integer]) -> NDArray[np.float64]:
    """(n, s, 2) the R2 points numbered `samples` (s,), shifted by rotation (n, 2) (Cranley-Patterson)."""
    step = np.array([1 / PLASTIC, 1 / PLASTIC**2])
    points = (samples[:, None] * step + 0.5) % 1.0
    return np.asarray((points[None] + rotation[:, None]) % 1.0)


def disc(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2) points of the unit disc, evenly spread, from points (n, 2) of the unit square."""
    radius, angle = np.sqrt(square[:, 0]), 2 * np.pi * square[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
