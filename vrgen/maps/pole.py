"""Pole score: is a panorama calm where its columns meet? One definition for tests, benchmarks and cards."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

NEAR, FAR = 5.0, (12.0, 45.0)
"""Degrees from the pole: within the first lies the pole, between the others what is usual."""
LEAST = 24
"""Samples of the smallest ring."""


def pole_score(panorama: NDArray[np.floating], pole: Literal["up", "down"]) -> float:
    """Mean step within 5 degrees of a pole / the 99th percentile of the same over pieces of rings around.

    Rings around the centre of the cube face that looks up or down, one row apart: steps are mean absolute
    differences from ring to ring, and along a ring over the same arc. `panorama` is (H, 2H, channels), any
    unit (log for radiance). At most 1 for what is calm, no pinwheel and no knot; 0 when flat.
    """
    height = panorama.shape[0]
    rows = np.asarray(panorama if pole == "up" else panorama[::-1], np.float32)
    near, start, end = (max(2, round(degrees / 180.0 * height)) for degrees in (NEAR, *FAR))
    at_pole = float(np.mean([_steps(rows, ring).mean(axis=1) for ring in range(near)], axis=0).max())
    pieces = [_in_pieces(_steps(rows, ring)) for ring in range(start, end)]
    usual = float(np.percentile(np.concatenate(pieces), 99))
    return at_pole / usual if usual > 0 else float(at_pole > 0)


def _in_pieces(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over runs of 24 samples, all in one row."""
    whole = steps.shape[1] // LEAST * LEAST
    return np.asarray(steps[:, :whole].reshape(-1, LEAST).mean(axis=1))


def _steps(rows: NDArray[np.float32], ring: int) -> NDArray[np.float32]:
    """(2, samples) absolute steps from a ring to the next, and along it over the same arc."""
    length = 2 * np.pi * (ring + 0.5)
    count = max(LEAST, int(length))
    here = _ring(rows[ring], count)
    outwards = np.abs(_ring(rows[ring + 1], count) - here).mean(axis=1)
    along = np.abs(_ring(rows[ring], count, turn=count / length) - here).mean(axis=1)
    return np.stack([outwards, along])


def _ring(row: NDArray[np.float32], count: int, *, turn: float = 0.0) -> NDArray[np.float32]:
    """`count` samples (count, channels) around a row (W, channels), from `turn` samples on."""
    width = len(row)
    at = ((np.arange(count) + turn) * width / count) % width
    left = at.astype(int) % width
    share = (at - at.astype(int))[:, None].astype(np.float32)
    return np.asarray(row[left] * (1 - share) + row[(left + 1) % width] * share)
