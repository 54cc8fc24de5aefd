"""Tone: from lux to what a screen shows, on the light alone; the products' colours stay their own.

A white matt surface under illuminance E sends out E / pi; exposure times that is the value x below.
Up to `KNEE` it is kept, above it bends softly towards 1; a gentle power gives some depth back. Hue is
kept: the three channels are scaled alike, and only light too strong for the screen moves to white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE

KNEE = 0.6
"""Where the shoulder begins."""
CONTRAST = 1.08
"""Power of the light: a screen in a lit room, or a headset's lenses, take a little depth away."""
KEY = 1.05
"""Value x of well-lit walls: with white paint they come out near sRGB 220."""
SUNLIT_KEY = 0.68
"""The same where sun lies on the floor: walls step back, near sRGB 195, so that the sun can be seen."""


ADAPTED = 0.7
"""How far the eye takes the light's own colour for white: 0 not at all, 1 fully."""

VIVIDNESS = 0.75
"""Factor of the light's remaining colour: the eye makes up for part of it, place by place."""


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """How light becomes what is shown."""

    exposure: float
    """Factor from cd/m2 to screen values."""
    balance: NDArray[np.float64]
    """(3,) factors of R, G, B that take the light's own colour out, luminance kept."""

    @classmethod
    def of(
        cls,
        light: NDArray[np.floating],
        area: NDArray[np.floating],
        exposure: float | None = None,
        *,
        key: float = KEY,
    ) -> Look:
        """From the light (n, 3) in lux on areas (n,); an exposure that is given is kept."""
        return cls(exposure or find_exposure(light, area, key=key), find_balance(light, area))

    def shown(self, light: NDArray[np.floating]) -> NDArray[np.float32]:
        """(..., 3) linear values in [0, 1] of white surfaces under illuminance (..., 3) in lux."""
        lux = np.asarray(light, dtype=np.float64)
        bright = (lux @ LUMINANCE)[..., None]
        return self.seen((bright + VIVIDNESS * (lux - bright)) / np.pi)

    def seen(self, radiance: NDArray[np.floating]) -> NDArray[np.float32]:
        """(..., 3) linear values in [0, 1] of radiance (..., 3) in cd/m2."""
        return tone(np.asarray(radiance) * (self.balance * self.exposure))


def find_balance(light: NDArray[np.floating], area: NDArray[np.floating]) -> NDArray[np.float64]:
    """(3,) von Kries factors for 70 % adaptation to the mean colour of light (n, 3) on areas (n,).

    Walls lit through trees are green to a light meter, and white to whoever stands there.
    """
    if not len(light) or float(np.sum(light)) <= 0:
        return np.ones(3)
    mean = np.average(np.asarray(light, np.float64), axis=0, weights=area)
    colour = np.clip(mean / (mean @ LUMINANCE), 0.25, 4.0)
    factors = colour**-ADAPTED
    return np.asarray(factors * ((mean @ LUMINANCE) / ((mean * factors) @ LUMINANCE)))


def find_exposure(light: NDArray[np.floating], area: NDArray[np.floating], *, key: float = KEY) -> float:
    """Exposure that puts the 60th percentile (by area) of wall light (n, 3) in lux at the key."""
    lux = light @ LUMINANCE
    if not len(lux) or float(area.sum()) <= 0 or float(lux.max()) <= 0:
        return 1.0
    order = np.argsort(lux, kind="stable")
    below = np.cumsum(area[order]) / area.sum()
    usual = float(lux[order][np.searchsorted(below, 0.6)])
    return key * np.pi / max(usual, 1e-3 * float(lux.max()))


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
    """Values in [0, 1) for luminances of any size: straight but for the contrast, then a long shoulder.

    The shoulder is Reinhard's (2002) moved to the knee: a court in the sun keeps its shapes behind the glass.
    """
    deep = np.asarray(value, dtype=np.float64) ** CONTRAST
    over = np.maximum(deep - KNEE, 0.0)
    return np.where(deep > KNEE, 1.0 - (1.0 - KNEE) / (1.0 + over / (1.0 - KNEE)), deep)
