"""noise: smooth periodic patterns of a seed, the same at every size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FINEST = 64
"""Waves along a side, at most: sizes below twice that lose the finest."""


def waves(
    rng: np.random.Generator, shape: tuple[int, int], *, lowest: float, fall: float
) -> NDArray[np.float32]:
    """A periodic pattern (H, W), mean 0 and variance 1, of waves whose height falls as frequency ** -fall.

    `lowest` is the frequency, in waves along a side, below which there is little. The number of values drawn
    does not depend on the shape.
    """
    side = 2 * FINEST
    drawn = np.fft.fft2(rng.standard_normal((side, side)))
    down, right = np.meshgrid(np.fft.fftfreq(side, 1 / side), np.fft.fftfreq(side, 1 / side), indexing="ij")
    frequency = np.hypot(down, right)
    weight = np.maximum(frequency, 0.5) ** -fall * (1 - np.exp(-((frequency / lowest) ** 4)))
    rows, columns = (np.fft.fftfreq(length, 1 / length).astype(np.int64) for length in shape)
    kept = [np.abs(part) < min(FINEST, (len(part) + 1) // 2) for part in (rows, columns)]
    spectrum = np.zeros(shape, np.complex128)
    spectrum[np.ix_(*kept)] = (drawn * weight)[np.ix_(rows[kept[0]] % side, columns[kept[1]] % side)]
    pattern = np.fft.ifft2(spectrum).real
    pattern -= pattern.mean()
    return np.asarray(pattern / max(float(pattern.std()), 1e-12), np.float32)


def ranked(pattern: NDArray[np.floating]) -> NDArray[np.float32]:
    """The pattern with its values spread evenly over [0, 1): below x lies the share x of the area."""
    flat = pattern.ravel()
    ordered = np.sort(flat)
    place = np.searchsorted(ordered, flat, side="left") / flat.size
    return np.asarray(place.reshape(pattern.shape), np.float32)
