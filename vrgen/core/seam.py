"""Seam score: does it tile? One definition for training, tests, benchmarks and cards."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray


def seam_score(pixels: NDArray[Any], axis: Literal["u", "v"]) -> float:
    """Mean absolute step across the border / the 99th percentile of the same over inner columns or rows.

    `pixels` is (height, width) or (height, width, channels), any unit. At most 1 for what tiles; 0 when flat.
    """
    rows = np.moveaxis(np.asarray(pixels), 1 if axis == "u" else 0, 0)
    rows = np.ascontiguousarray(rows).reshape(len(rows), -1)
    steps = _steps(rows[1:], rows[:-1])
    border = float(_steps(rows[:1], rows[-1:])[0])
    usual = float(np.percentile(steps, 99)) if len(steps) else 0.0
    return border / usual if usual > 0 else float(border > 0)


def _steps(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.float64]:
    """(N,) mean absolute difference of each row from its partner; of bytes without leaving bytes."""
    if one.dtype == np.uint8:
        apart = np.maximum(one, other) - np.minimum(one, other)
        return np.asarray(apart.sum(axis=1, dtype=np.uint64) / one.shape[1], np.float64)
    return np.asarray(np.abs(one.astype(np.float64) - other).mean(axis=1), np.float64)
