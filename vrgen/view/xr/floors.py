"""Floors: where a visitor may stand, and how one glides there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vrgen.core.scene import Scene
from vrgen.view.walk import SPEED, STRIDE, Stance, Wish, inside, walked
from vrgen.view.xr.pointing import Pointing
from vrgen.view.xr.rig import Place

STEEPEST = 30.0
"""Degrees that a floor may slope."""
STEP = 0.4
"""Metres up or down that one walks in a stride, where the scene says nothing about its floor."""
GIRTH = 0.3
"""Metres that a visitor keeps from what is ahead, where the scene says nothing about its floor."""
KNEE = 0.5
"""Metres above the floor at which walls are felt for."""


class Floors:
    """The floor of a scene: its `walkable` polygons, else whatever is level enough to stand on."""

    def __init__(self, scene: Scene, pointing: Pointing) -> None:
        ours = scene.extras.get("vrgen", {})
        self.polygons = tuple(polygon for polygon in ours.get("walkable", ()) if len(polygon) >= 3)
        """[[x, z], ...] in metres; they may overlap. Empty where the scene says nothing."""
        self.height = float(ours.get("spawn", (0.0, 0.0, 0.0))[1])
        """Metres; of the polygons."""
        self._pointing = pointing

    def bears(self, point: ArrayLike, normal: NDArray[np.float64] | None = None) -> bool:
        """Whether one may stand at a point (3,) of the scene; `normal` (3,) is the surface's there."""
        x, y, z = (float(part) for part in np.asarray(point))
        if self.polygons:
            return abs(y - self.height) < 0.05 and inside(self.polygons, x, z)
        return normal is not None and normal[1] >= math.cos(math.radians(STEEPEST))

    def below(self, point: ArrayLike, *, reach: float = 100.0) -> Place | None:
        """The floor under a point (3,), up to `reach` metres deep; None for none."""
        x, y, z = (float(part) for part in np.asarray(point))
        if self.polygons:
            return (x, self.height, z) if inside(self.polygons, x, z) else None
        found = self._pointing.blocked(np.array([[x, y, z], [x, y - reach, z]]))
        if found is None or not self.bears(found[1], found[2]):
            return None
        return x, float(found[1][1]), z

    def crossed(self, origin: NDArray[np.float64], way: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """(3,) where a ray from `origin` (3,) along `way` (3,) comes down on the polygons, drawn or not."""
        if not self.polygons or way[1] > -1e-6 or origin[1] < self.height:
            return None
        point = np.asarray(origin + way * ((self.height - origin[1]) / way[1]), np.float64)
        return point if self.bears(point) else None

    def glided(self, start: Place, azimuth: float, *, ahead: float, metres: float) -> Place:
        """Where one is who glides up to `metres` along an azimuth (or back: `ahead` -1 to 1), past walls."""
        if self.polygons:
            stance = Stance(start, azimuth)
            return walked(stance, Wish(ahead=ahead), metres / SPEED, self.polygons).position
        angle = math.radians(azimuth)
        way = np.array([math.cos(angle), 0.0, math.sin(angle)]) * ahead
        place = start
        for _ in range(steps := max(1, math.ceil(metres / STRIDE))):
            place = self._stepped(place, way * (metres / steps))
        return place

    def _stepped(self, place: Place, way: NDArray[np.float64]) -> Place:
        """One stride, along a wall where there is one; it stays where the floor ends."""
        length = float(np.linalg.norm(way))
        if length < 1e-9:
            return place
        knee = np.add(place, (0.0, KNEE, 0.0))
        felt = self._pointing.blocked(np.array([knee, knee + way * (1 + GIRTH / length)]))
        if felt is not None:
            wall = felt[2] * (1.0, 0.0, 1.0)
            wall /= max(float(np.linalg.norm(wall)), 1e-9)
            way = way - wall * min(0.0, float(way @ wall))
            length = float(np.linalg.norm(way))
            along = np.array([knee, knee + way * (1 + GIRTH / max(length, 1e-9))])
            if length < 1e-9 or self._pointing.blocked(along) is not None:
                return place
        there = np.add(place, way)
        floor = self.below(np.add(there, (0.0, STEP, 0.0)), reach=2 * STEP)
        if floor is not None:
            return floor
        above_nothing = self.below(np.add(place, (0.0, STEP, 0.0)), reach=2 * STEP) is None
        x, y, z = (float(part) for part in there)
        return (x, y, z) if above_nothing else place
