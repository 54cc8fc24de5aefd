"""Walk: how a visitor moves. Pure arithmetic: no window, no OpenGL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import angles_from_direction, direction_from_angles

SPEED, RUN = 1.6, 3.0
"""Metres a second at a stroll, and how many times faster with Shift."""
STRIDE = 0.05
"""Longest step in metres that is tried at once: thinner walls are not stepped over."""
GLIDE = 1.1
"""Seconds from one camera stop to the next."""
TALLEST = 85.0
"""Degrees that one can look up or down."""

Polygon = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Stance:
    """Where a visitor stands and looks."""

    position: tuple[float, float, float]
    """Eye, metres."""
    azimuth: float = 270.0
    """Degrees, as in core.frames: 270 looks along -Z."""
    elevation: float = 0.0
    """Degrees above the horizon."""

    @property
    def direction(self) -> NDArray[np.float64]:
        """(3,) unit vector of the gaze."""
        return direction_from_angles(self.azimuth, self.elevation)

    @classmethod
    def of(cls, world: NDArray[np.float64]) -> Stance:
        """The stance of a camera at a (4, 4) world transform; a roll is lost."""
        azimuth, elevation = angles_from_direction(-world[:3, 2])
        x, y, z = (float(value) for value in world[:3, 3])
        return cls((x, y, z), azimuth, elevation)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the visitor asks for; each of the three in -1..1."""

    right: float = 0.0
    """Sideways."""
    ahead: float = 0.0
    """Forward."""
    rise: float = 0.0
    """Up."""
    run: bool = False
    """Faster."""


def inside(polygons: Sequence[Polygon], x: float, z: float) -> bool:
    """Whether a place on the floor lies in one of the polygons [[x, z], ...] (even-odd rule)."""
    return any(_in_polygon(polygon, x, z) for polygon in polygons)


def _in_polygon(polygon: Polygon, x: float, z: float) -> bool:
    within = False
    previous = polygon[-1]
    for corner in polygon:
        (xa, za), (xb, zb) = previous, corner
        if (za > z) != (zb > z) and x < (xb - xa) * (z - za) / (zb - za) + xa:
            within = not within
        previous = corner
    return within


def turned(stance: Stance, right: float, up: float) -> Stance:
    """The gaze turned by degrees to the right and up."""
    elevation = min(max(stance.elevation + up, -TALLEST), TALLEST)
    return replace(stance, azimuth=(stance.azimuth + right) % 360.0, elevation=elevation)


def walked(stance: Stance, wish: Wish, seconds: float, polygons: Sequence[Polygon] = ()) -> Stance:
    """The stance after `seconds`; who starts within the polygons stays there and slides along their edges."""
    azimuth = math.radians(stance.azimuth)
    ahead, right = (math.cos(azimuth), math.sin(azimuth)), (-math.sin(azimuth), math.cos(azimuth))
    way = [wish.ahead * ahead[k] + wish.right * right[k] for k in (0, 1)]
    length = math.hypot(*way)
    reach = SPEED * (RUN if wish.run else 1.0) * seconds
    x, y, z = stance.position
    y += wish.rise * reach
    if length < 1e-9:
        return replace(stance, position=(x, y, z))
    reach *= min(length, 1.0)
    steps = max(1, math.ceil(reach / STRIDE))
    dx, dz = (part / length * reach / steps for part in way)
    fenced = bool(polygons) and inside(polygons, x, z)
    for _ in range(steps):
        for step_x, step_z in ((dx, dz), (dx, 0.0), (0.0, dz)):
            if not fenced or inside(polygons, x + step_x, z + step_z):
                x, z = x + step_x, z + step_z
                break
    return replace(stance, position=(x, y, z))


def glided(start: Stance, end: Stance, share: float) -> Stance:
    """Between two stances, starting and stopping gently; `share` in 0..1. The gaze turns the shorter way."""
    t = min(max(share, 0.0), 1.0)
    t = t * t * (3 - 2 * t)
    turn = (end.azimuth - start.azimuth + 180.0) % 360.0 - 180.0
    x, y, z = (a + (b - a) * t for a, b in zip(start.position, end.position, strict=True))
    elevation = start.elevation + (end.elevation - start.elevation) * t
    return Stance((x, y, z), (start.azimuth + turn * t) % 360.0, elevation)
