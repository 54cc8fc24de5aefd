"""Along: a head path of our own, past all stops of a scene, for a replay without a recording."""

from __future__ import annotations

import math

import numpy as np

from vrgen.core.scene import Scene
from vrgen.view.head_path import MOST_FRAMES, HeadPath
from vrgen.view.viewpoint import first_eye, stay_at, tour
from vrgen.view.walk import GLIDE, Stance, glided

RATE = 72
"""Pictures a second."""
STAY = 1.0
"""Seconds before each work."""
EYE_SIZE = (1680, 1760)
"""Pixels of one eye as a Quest 3 asks for them."""
APART = 0.063
"""Metres between the eyes."""
OUT, IN, UP, DOWN = (math.radians(degrees) for degrees in (54.0, 42.0, 45.0, 50.0))
"""How far an eye of such a headset sees to its own side, to the nose, up and down."""


def along(scene: Scene, *, eye_size: tuple[int, int] = EYE_SIZE) -> HeadPath:
    """A walk past every camera of a scene in its order, gliding from one to the next and staying a while.

    A scene without cameras is looked at from where a preview would, turning once all around.
    """
    known = tour(scene)
    places = {name: Stance.of(world) for name, (_, world) in known.items()} or _around(scene)
    stances: list[Stance] = []
    stops: list[tuple[int, str]] = []
    before: Stance | None = None
    stays = {name: stay_at(scene, name, STAY) / STAY for name in known}
    steps, stay = _steps(max(len(places), math.ceil(sum(stays.values()))))
    for name, place in places.items():
        if before is not None:
            stances += [glided(before, place, k / steps) for k in range(1, steps)]
        if name in known:
            stops.append((len(stances), name))
        stances += [place] * max(1, round(stay * stays.get(name, 0.0)))
        before = place
    frames = [(k / RATE, *stance.position, *_turn(stance)) for k, stance in enumerate(stances)]
    return HeadPath(scene.name, 1 / RATE, eye_size, np.array(frames), _eyes(), tuple(stops))


def _steps(count: int) -> tuple[int, int]:
    """Frames from one stop to the next, and at each: fewer where they would be too many for a path."""
    share = min(1.0, MOST_FRAMES / max(1, count) / RATE / (GLIDE + STAY))
    return max(2, int(GLIDE * RATE * share)), max(1, int(STAY * RATE * share))


def _turn(stance: Stance) -> tuple[float, float, float, float]:
    """Quaternion x, y, z, w that turns -Z onto the gaze: yaw after pitch."""
    yaw, pitch = math.radians(270.0 - stance.azimuth) / 2, math.radians(stance.elevation) / 2
    (sy, cy), (sp, cp) = ((math.sin(half), math.cos(half)) for half in (yaw, pitch))
    return cy * sp, sy * cp, -sy * sp, cy * cp


def _around(scene: Scene) -> dict[str, Stance]:
    start = Stance.of(np.asarray(np.linalg.inv(first_eye(scene, aspect=1.0).view), np.float64))
    turns = range(0, 361, 60)
    return {
        str(turn): Stance(start.position, (start.azimuth + turn) % 360, start.elevation) for turn in turns
    }


def _eyes() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    left = (-APART / 2, 0, 0, 0, 0, 0, 1, -OUT, IN, UP, -DOWN)
    right = (APART / 2, 0, 0, 0, 0, 0, 1, -IN, OUT, UP, -DOWN)
    return np.array([left, right], np.float64)
