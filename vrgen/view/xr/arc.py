"""Arc: the throw that a teleport follows, and where it lands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.view.xr.floors import Floors
from vrgen.view.xr.pointing import Pointing

SPEED = 7.0
"""Metres a second with which it leaves the hand: at 45 degrees it lands 6 m away."""
GRAVITY = 9.81
LONGEST = 2.2
"""Seconds that it flies."""
PIECES = 32
CLEAR = 0.03
"""Metres above the floor below which nothing is felt for: thresholds, and the floor itself."""


@dataclass(frozen=True, eq=False, slots=True)
class Arc:
    """A throw from the hand, cut off where it ends."""

    points: NDArray[np.float64]
    """(N, 3) metres in the world, from the hand to where it ends."""
    landing: tuple[float, float, float] | None
    """The floor point that it leads to, its end; None where one may not stand."""


def arc(
    aim: NDArray[np.float64], floors: Floors, pointing: Pointing, *, eye: NDArray[np.float64] | None = None
) -> Arc:
    """The throw along -Z of a (4, 4) world pose: onto the floor, never through anything solid.

    With `eye` (3,), the wearer's in the world, a hand that is held through a wall throws nowhere.
    """
    start, velocity = aim[:3, 3], -aim[:3, 2] * SPEED
    end = LONGEST
    if floors.polygons:  # the floor is where they say, whatever is drawn there
        drop = float(start[1]) - floors.height
        root = velocity[1] ** 2 + 2 * GRAVITY * drop
        end = min((velocity[1] + root**0.5) / GRAVITY, LONGEST) if root > 0 else LONGEST
    times = np.linspace(0.0, end, PIECES + 1)[:, None]
    points = start + velocity * times - (0.0, GRAVITY / 2, 0.0) * times**2
    felt = _above(points, floors)
    struck = pointing.blocked(felt if eye is None else np.concatenate([eye[None], felt]))
    if struck is not None:
        piece, point, normal = struck
        piece -= eye is not None
        if piece < 0:  # between the eye and the hand
            return Arc(points[:2], None)
        points = np.concatenate([points[: piece + 1], point[None]])
        return Arc(points, None if floors.polygons else _landing(point, floors, normal))
    return Arc(points, _landing(points[-1], floors, None) if floors.polygons else None)


def _above(points: NDArray[np.float64], floors: Floors) -> NDArray[np.float64]:
    """The part that may strike something: where the floor is known, all that is clearly above it."""
    if not floors.polygons:
        return points
    low = np.flatnonzero(points[:, 1] < floors.height + CLEAR)
    first = int(low[0]) if len(low) and low[0] > 0 else len(points)
    if first == len(points):
        return points
    a, b = points[first - 1], points[first]
    share = (a[1] - floors.height - CLEAR) / max(float(a[1] - b[1]), 1e-9)
    return np.concatenate([points[:first], (a + (b - a) * np.clip(share, 0.0, 1.0))[None]])


def _landing(
    point: NDArray[np.float64], floors: Floors, normal: NDArray[np.float64] | None
) -> tuple[float, float, float] | None:
    if not floors.bears(point, normal):
        return None
    x, y, z = (float(part) for part in point)
    return x, floors.height if floors.polygons else y, z
