"""Stops: where a visit begins, and the places before the works."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.core.exhibits import Exhibit, exhibits
from vrgen.core.frames import angles_from_direction
from vrgen.core.scene import Scene
from vrgen.view.viewpoint import EYE_HEIGHT, cameras, first_eye, tour
from vrgen.view.xr.floors import Floors
from vrgen.view.xr.rig import Place, heading

OVERVIEW = "camera_overview"
ROOM = 1.0
"""Metres that a visit keeps, at its beginning, from a scene that is looked at from outside."""


@dataclass(frozen=True, eq=False, slots=True)
class Stop:
    """A place to stand at."""

    name: str
    """Name of the camera node that marks it; '' where there is none."""
    floor: Place
    """On the floor, metres."""
    azimuth: float
    """Degrees, as in core.frames: where one looks."""
    exhibit: Exhibit | None = None
    """The work that one looks at."""


def stops(scene: Scene, floors: Floors) -> tuple[Stop, ...]:
    """The cameras of a scene in their order, each on the floor below it; the overview only if it is all."""
    works = {work.camera: work for work in exhibits(scene) if work.camera}
    known = tour(scene)
    names = [name for name in known if name != OVERVIEW] or list(known)
    return tuple(_stop(name, known[name][1], works.get(name), floors) for name in names)


def arrival(scene: Scene, floors: Floors) -> Stop:
    """Where a visit begins: at the scene's spawn, else at its overview, else where it is seen whole."""
    spawn = scene.extras.get("vrgen", {}).get("spawn")
    known = cameras(scene)
    eye = np.asarray(np.linalg.inv(first_eye(scene, aspect=1.0).view), np.float64)
    if spawn is not None:
        x, y, z = (float(part) for part in spawn)
        return Stop("", (x, y, z), heading(eye))
    if known:
        return _stop(OVERVIEW if OVERVIEW in known else next(iter(known)), eye, None, floors)
    return _outside(scene, floors, eye)


def _stop(name: str, world: NDArray[np.float64], work: Exhibit | None, floors: Floors) -> Stop:
    place = world[:3, 3]
    azimuth = heading(world)
    if work is not None and work.low is not None:
        towards = work.centre - place
        if math.hypot(towards[0], towards[2]) > 0.05:
            azimuth = angles_from_direction(towards)[0]
    x, y, z = (float(part) for part in place)
    level = floors.height if floors.polygons else y - EYE_HEIGHT
    return Stop(name, floors.below(place) or (x, level, z), azimuth, work)


def _outside(scene: Scene, floors: Floors, eye: NDArray[np.float64]) -> Stop:
    """A grown-up's distance from a thing on the floor, however near it would have to be for a portrait."""
    low, high = scene.bounds()
    place = eye[:3, 3].copy()
    if ((place < low) | (place > high)).any():
        middle = (low + high) / 2
        away = (place - middle) * (1.0, 0.0, 1.0)
        least = float(np.linalg.norm((high - low)[[0, 2]]) / 2 + ROOM)
        length = max(float(np.linalg.norm(away)), 1e-9)
        place = middle + away * max(1.0, least / length)
        place[1] = low[1] + EYE_HEIGHT
    x, _, z = (float(part) for part in place)
    return Stop("", floors.below(place) or (x, float(low[1]), z), heading(eye))
