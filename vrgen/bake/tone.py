"""Tone: from lux to what a screen shows, on the light alone; the products' colours stay their own.

A white matt surface under illuminance E sends out E / pi; exposure times that is the value x below.
Up to `KNEE` it is kept, above it bends softly towards 1; shadows are opened by a gentle power. Hue is
kept: the three channels are scaled alike, and only light too strong for the screen moves to white.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE

KNEE = 0.5
"""Where the shoulder begins."""
OPENING = 0.85
"""Power that opens the shadows; 1 would be the light meter's picture."""
KEY = 0.97
"""Value x of well-lit walls: with white paint they come out near sRGB 220."""


def find_exposure(light: NDArray[np.floating], area: NDArray[np.floating]) -> float:
    """Exposure that puts the 75th percentile (by area) of wall light (n, 3) in lux at the key."""
    lux = light @ LUMINANCE
    if not len(lux) or float(area.sum()) <= 0 or float(lux.max()) <= 0:
        return 1.0
    order = np.argsort(lux, kind="stable")
    below = np.cumsum(area[order]) / area.sum()
    key = float(lux[order][np.searchsorted(below, 0.75)])
    return KEY * np.pi / max(key, 1e-3 * float(lux.max()))


def shown(light: NDArray[np.floating], exposure: float) -> NDArray[np.float32]:
    """(..., 3) linear values in [0, 1] for illuminance (..., 3) in lux."""
    return tone(np.asarray(light) * (exposure / np.pi))


def tone(value: NDArray[np.floating]) -> NDArray[np.float32]:
    """(..., 3) linear values in [0, 1] for exposed linear values (..., 3) of any size."""
    value = np.maximum(np.asarray(value, dtype=np.float64), 0.0)
    bright = value @ LUMINANCE
    target = curve(bright)
    scaled = value * (target / np.maximum(bright, 1e-12))[..., None]
    peak = scaled.max(axis=-1)
    # Too strong in one channel: mix with grey of the same luminance until it fits.
    room = np.clip((1.0 - target) / np.maximum(peak - target, 1e-12), 0.0, 1.0)[..., None]
    return np.asarray(
        np.clip(target[..., None] + (scaled - target[..., None]) * room, 0, 1), dtype=np.float32
    )


def curve(value: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values in [0, 1) for luminances of any size: shadows opened, straight, then a soft shoulder."""
    opened = np.asarray(value, dtype=np.float64) ** OPENING
    over = np.maximum(opened - KNEE, 0.0)
    return np.where(opened > KNEE, 1.0 - (1.0 - KNEE) * np.exp(-over / (1.0 - KNEE)), opened)
