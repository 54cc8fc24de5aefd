"""Frame: what a headset tells once a picture. Plain values, so that they can be recorded and made up.

Poses are (4, 4) float64 in the session's space: metres, +Y up, right-handed, -Z ahead, the floor at y = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Side = Literal["left", "right"]
"""Which hand."""


@dataclass(frozen=True, eq=False, slots=True)
class Hand:
    """What one hand does in one frame; whatever it holds or does not hold."""

    aim: NDArray[np.float64] | None = None
    """(4, 4) pose to point with: it looks along its own -Z. None when it is not tracked."""
    grip: NDArray[np.float64] | None = None
    """(4, 4) pose of the palm. None when it is not tracked."""
    stick: tuple[float, float] = (0.0, 0.0)
    """Thumbstick, or the trackpad where there is none: right and ahead, each -1 to 1."""
    select: bool = False
    """The trigger, the one button of a simple controller, or a pinch is held."""
    next: bool = False
    """The button for the next work is held (A; on Vive the grip)."""
    previous: bool = False
    """The button for the work before is held (B; on Vive the menu button)."""
    pinching: bool = False
    """The hand is bare: `select` comes from its thumb and index finger."""


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """One eye of one frame."""

    pose: NDArray[np.float64]
    """(4, 4) pose of the eye."""
    angles: tuple[float, float, float, float]
    """Left, right, up and down edge of what it sees, in radians; left and down are negative as a rule."""


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One picture that the runtime asks for."""

    number: int
    """Counted from 0."""
    time: float
    """Seconds from the first frame's display to this one's, as predicted."""
    period: float
    """Seconds between two pictures on this headset."""
    shown: bool
    """Whether it is worth drawing; False while the headset shows something else."""
    head: NDArray[np.float64]
    """(4, 4) pose between the eyes."""
    views: tuple[View, View]
    """The left and the right eye."""
    hands: Mapping[Side, Hand]
    """Both hands; an absent one is `Hand()`."""
    recentred: bool = False
    """The wearer recentred since the frame before: poses start anew."""
