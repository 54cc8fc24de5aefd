"""Remaking: holding select on a wall, a floor, a frame or the sky, and what the stick says meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vrgen.core.change import slider_names
from vrgen.view.xr.cues import Reroll
from vrgen.view.xr.gestures import Gesture
from vrgen.view.xr.pointing import Hit

HOLD = 0.6
"""Seconds that select is held before a material is made anew."""
BEGIN = 0.2
"""Seconds after which one sees that it is going to be."""
STEADY = 4.0
"""Degrees that the hand may turn meanwhile: who turns it further is aiming."""


def changeable(hit: Hit) -> bool:
    """Whether what was hit can be made anew: a wall, a floor, a frame or a sky that a generator made."""
    if hit.surface is None or hit.kind not in ("surface", "sky"):
        return False
    return bool(slider_names(hit.surface))


class Remaking:
    """One hand's press of select, from its first moment."""

    def __init__(self, hit: Hit, aim: NDArray[np.float64], may: Callable[[Hit], bool]) -> None:
        self.hit = hit
        """What was pointed at."""
        self._ahead = -aim[:3, 2]
        self._may = may(hit)
        self._seed, self._slider, self._chosen = 0, 0, False
        self.active = False
        """Whether the wish has been made: letting go is no click any more."""

    def progress(self, held: float) -> float:
        """0 to 1: how far it is on the way to a wish; 0 where none can be made."""
        return min(max((held - BEGIN) / (HOLD - BEGIN), 0.0), 1.0) if self._may else 0.0

    def step(self, gesture: Gesture, aim: NDArray[np.float64] | None) -> Reroll | None:
        """The wish of this frame, if it is a new one."""
        if self.active:
            return self._steer(gesture)
        if aim is not None and float(-aim[:3, 2] @ self._ahead) < np.cos(np.radians(STEADY)):
            self._may = False
        if not self._may or gesture.released or gesture.held < HOLD:
            return None
        self.active = True
        self._seed = 1
        return self._wish()

    def _steer(self, gesture: Gesture) -> Reroll | None:
        """Sideways moves the slider, of the old seed unless one was chosen; ahead and back choose a seed."""
        right, ahead = gesture.nudge
        if ahead:
            self._seed, self._chosen = self._seed + ahead, True
        if right:
            self._seed = self._seed if self._chosen else 0
            self._slider, self._chosen = self._slider + right, True
        if right or ahead or gesture.released:
            return self._wish(done=gesture.released)
        return None

    def _wish(self, *, done: bool = False) -> Reroll:
        return Reroll(self.hit, self._seed, self._slider, done)
