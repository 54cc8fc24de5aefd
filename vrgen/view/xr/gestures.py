"""Gestures: what the buttons and the stick of one hand mean, edge by edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vrgen.view.xr.frame import Hand

FLICK, REST = 0.7, 0.35
"""How far the stick goes to count, and below which it counts as let go: between them nothing changes."""
REPEAT = 0.35
"""Seconds after which a stick that is kept to one side counts once more, where it may."""

Throw = Literal["none", "aiming", "thrown"]


@dataclass(frozen=True, slots=True)
class Gesture:
    """One hand in one frame."""

    down: bool = False
    """Select is down."""
    pressed: bool = False
    """Select went down."""
    released: bool = False
    """Select came up."""
    held: float = 0.0
    """Seconds that select has been down, in the frame of its release too."""
    turn: int = 0
    """1 or -1 when the stick was flicked to the right or left: once a flick."""
    nudge: tuple[int, int] = (0, 0)
    """Like `turn`, right and ahead, but counted again while the stick is kept there."""
    throw: Throw = "none"
    """The stick is pushed ahead, or was let go after that."""
    next: bool = False
    """The button for the next work went down."""
    previous: bool = False
    """The button for the work before went down."""


class Gestures:
    """Reads one hand, frame by frame."""

    def __init__(self) -> None:
        self._before = Hand()
        self._since = 0.0
        self._turning = False
        self._throwing = False
        self._nudged: tuple[int, int] = (0, 0)
        self._nudged_at = 0.0

    def read(self, hand: Hand, time: float) -> Gesture:
        """What happened since the frame before; `time` in seconds."""
        before, self._before = self._before, hand
        pressed, released = hand.select and not before.select, before.select and not hand.select
        if pressed:
            self._since = time
        return Gesture(
            down=hand.select,
            pressed=pressed,
            released=released,
            held=time - self._since if hand.select or released else 0.0,
            turn=self._turn(hand),
            nudge=self._nudge(hand, time),
            throw=self._throw(hand),
            next=hand.next and not before.next,
            previous=hand.previous and not before.previous,
        )

    def _turn(self, hand: Hand) -> int:
        x, y = hand.stick
        if self._turning:
            self._turning = abs(x) > REST
            return 0
        if self._throwing or abs(x) < FLICK or abs(x) <= abs(y):
            return 0
        self._turning = True
        return 1 if x > 0 else -1

    def _throw(self, hand: Hand) -> Throw:
        x, y = hand.stick
        if hand.aim is None:
            self._throwing = False
        elif self._throwing:
            self._throwing = max(abs(x), abs(y)) > REST
            return "aiming" if self._throwing else "thrown"
        elif y > FLICK and y >= abs(x) and not self._turning:
            self._throwing = True
        return "aiming" if self._throwing else "none"

    def _nudge(self, hand: Hand, time: float) -> tuple[int, int]:
        x, y = hand.stick
        if max(abs(x), abs(y)) < REST:
            self._nudged = (0, 0)
            return 0, 0
        far = max(abs(x), abs(y)) > FLICK
        way = (_sign(x), 0) if abs(x) > abs(y) else (0, _sign(y))
        if not far or (way == self._nudged and time - self._nudged_at < REPEAT):
            return 0, 0
        self._nudged, self._nudged_at = way, time
        return way


def _sign(value: float) -> int:
    return 1 if value > 0 else -1
