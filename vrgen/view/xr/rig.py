"""Rig: where the wearer's room lies in the scene. Moving about is moving it; the head is the wearer's own.

The session's space has its floor at y = 0, and so the rig's position is a place on the scene's floor: eyes
are as high above it as they are, standing or seated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Rig:
    """The session's space in the world: upright, of true size."""

    position: Place = (0.0, 0.0, 0.0)
    """Origin of the session's space in the world, metres."""
    yaw: float = 0.0
    """Degrees about +Y, counter-clockwise seen from above: 90 turns -Z to -X."""

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(4, 4) world_from_stage."""
        angle = math.radians(self.yaw)
        c, s = math.cos(angle), math.sin(angle)
        matrix = np.array([[c, 0, s, 0], [0, 1, 0, 0], [-s, 0, c, 0], [0, 0, 0, 1]], np.float64)
        matrix[:3, 3] = self.position
        return matrix

    def world(self, pose: NDArray[np.float64]) -> NDArray[np.float64]:
        """(4, 4) pose in the world of a pose in the session's space."""
        return self.matrix @ pose

    def below(self, head: NDArray[np.float64]) -> Place:
        """The place on the rig's floor under the head, a (4, 4) pose in the session's space."""
        x, _, z = self.world(head)[:3, 3]
        return float(x), self.position[1], float(z)

    def moved(self, by: ArrayLike) -> Rig:
        """Shifted by (3,) metres in the world."""
        x, y, z = (float(part) for part in np.asarray(self.position) + np.asarray(by, np.float64))
        return Rig((x, y, z), self.yaw)

    def lands(self, head: NDArray[np.float64], floor: ArrayLike) -> Rig:
        """Shifted so that the head, a (4, 4) pose in the session's space, is above a floor point (3,)."""
        return self.moved(np.asarray(floor, np.float64) - self.below(head))

    def turned(self, head: NDArray[np.float64], right: float) -> Rig:
        """Turned by degrees to the right about the head, whose place in the world stays."""
        return Rig(self.position, (self.yaw - right) % 360.0).lands(head, self.below(head))

    def faces(self, head: NDArray[np.float64], azimuth: float) -> Rig:
        """Turned about the head until it looks along an azimuth in degrees (core.frames)."""
        return self.turned(head, azimuth - heading(self.world(head)))


def heading(pose: NDArray[np.float64]) -> float:
    """Azimuth in degrees, as in core.frames, of the level part of where a (4, 4) pose looks.

    Who looks straight up or down heads where the top of the head does, or its opposite.
    """
    ahead = -pose[:3, 2]
    if math.hypot(ahead[0], ahead[2]) < 0.05:
        ahead = pose[:3, 1] * (-1.0 if ahead[1] > 0 else 1.0)
    return math.degrees(math.atan2(ahead[2], ahead[0])) % 360.0
