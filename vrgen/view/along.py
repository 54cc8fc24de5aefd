"""Along: head paths of our own: past all stops of a scene, and what a headset records."""

from __future__ import annotations

import math

import numpy as np

from vrgen.core.scene import Scene
from vrgen.view.head_path import EYE_NUMBERS, FRAME_NUMBERS, MOST_FRAMES, HeadPath, pose_numbers
from vrgen.view.viewpoint import cameras, first_eye
from vrgen.view.walk import GLIDE, Stance, glided
from vrgen.view.xr.frame import Frame
from vrgen.view.xr.rig import Rig

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
    known = cameras(scene)
    places = {name: Stance.of(world) for name, (_, world) in known.items()} or _around(scene)
    stances: list[Stance] = []
    stops: list[tuple[int, str]] = []
    before: Stance | None = None
    steps, stay = _steps(len(places))
    for name, place in places.items():
        if before is not None:
            stances += [glided(before, place, k / steps) for k in range(1, steps)]
        if name in known:
            stops.append((len(stances), name))
        stances += [place] * (stay if name in known else 1)
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


class Recording:
    """Writes down a visit while it happens; `path` is what there is of it so far."""

    def __init__(self, scene: str, eye_size: tuple[int, int]) -> None:
        self._scene, self._size = scene, eye_size
        self._frames: list[tuple[float, ...]] = []
        self._eyes = np.zeros((2, EYE_NUMBERS))
        self._period = 1 / RATE
        self._stops: list[tuple[int, str]] = []

    def add(self, frame: Frame, rig: Rig, *, arrived: str | None = None) -> None:
        """One frame as it was shown; `arrived` names the stop that the wearer was brought to in it."""
        if not frame.shown or len(self._frames) >= MOST_FRAMES:
            return
        if arrived is not None:
            self._stops.append((len(self._frames), arrived))
        self._frames.append((frame.time, *pose_numbers(rig.world(frame.head))))
        self._period = frame.period
        inverse = np.linalg.inv(frame.head)
        self._eyes[:] = [(*pose_numbers(inverse @ view.pose), *view.angles) for view in frame.views]

    def path(self) -> HeadPath | None:
        """The path; None before the first frame that was shown."""
        if not self._frames:
            return None
        frames = np.array(self._frames).reshape(-1, FRAME_NUMBERS)
        return HeadPath(self._scene, self._period, self._size, frames, self._eyes, tuple(self._stops))
