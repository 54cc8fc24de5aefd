"""Recording: where the head went in a visit, for `vrgen replay`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import quaternion_from_matrix
from vrgen.view.head_path import MOST_FRAMES, HeadPath
from vrgen.view.xr.cues import Cues
from vrgen.view.xr.frame import Frame


class Recording:
    """Is told every frame of a visit; `path` makes a head path of them. After an hour or so it is full."""

    def __init__(self, scene: str) -> None:
        self._scene = scene
        self._frames: list[tuple[float, ...]] = []
        self._stops: list[tuple[int, str]] = []
        self._last: Frame | None = None

    def add(self, frame: Frame, cues: Cues) -> None:
        """One frame, and what came of it."""
        if len(self._frames) >= MOST_FRAMES:
            return
        if cues.arrived is not None:
            self._stops.append((len(self._frames), cues.arrived))
        began = self._frames[-1][0] if self._frames else 0.0
        self._frames.append((max(frame.time, began), *_seven(cues.rig.world(frame.head))))
        self._last = frame

    def path(self, eye_size: tuple[int, int]) -> HeadPath | None:
        """The whole, seen with eyes of (width, height) pixels; None when not a frame came."""
        last = self._last
        if last is None:
            return None
        head = np.linalg.inv(last.head)
        eyes = [(*_seven(head @ view.pose), *view.angles) for view in last.views]
        return HeadPath(
            scene=self._scene,
            period=last.period,
            eye_size=eye_size,
            frames=np.array(self._frames),
            eyes=np.array(eyes),
            stops=tuple(self._stops),
        )


def _seven(pose: NDArray[np.float64]) -> tuple[float, ...]:
    """x, y, z and quaternion x, y, z, w of a (4, 4) pose."""
    return (*pose[:3, 3].tolist(), *quaternion_from_matrix(pose[:3, :3]).tolist())
