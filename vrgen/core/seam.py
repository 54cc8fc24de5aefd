"""Seam score: does it tile? One definition for training, tests, benchmarks and cards."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray


def seam_score(pixels: NDArray[np.floating], axis: Literal["u", "v"]) -> float:
    """Mean absolute step across the border / the 99th percentile of the same over inner columns or rows.

    `pixels` is (height, width) or (height, width, channels), any unit. At most 1 for what tiles; 0 when flat.
    """
    across = np.asarray(pixels, np.float64)
    across = np.moveaxis(across, 1 if axis == "u" else 0, 0)
    steps = (
        np.abs(np.diff(np.concatenate([across, across[:1]]), axis=0)).reshape(len(across), -1).mean(axis=1)
    )
    usual = float(np.percentile(steps[:-1], 99))
    return float(steps[-1] / usual) if usual > 0 else float(steps[-1] > 0)
