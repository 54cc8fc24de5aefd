"""Cues: all that a visit asks to be shown and felt in one frame. Plain values, in metres in the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.exhibits import Exhibit
from vrgen.view.xr.frame import Side
from vrgen.view.xr.pointing import Hit
from vrgen.view.xr.rig import Rig

RayState = Literal["idle", "work", "floor", "holding"]
"""idle meets nothing that answers; work meets a work or a plaque; floor would carry the wearer there (select
is held); holding is about to make a material anew, or does."""


@dataclass(frozen=True, eq=False, slots=True)
class Ray:
    """One hand's pointer."""

    side: Side
    """Which hand."""
    start: NDArray[np.float64]
    """(3,) at the hand."""
    end: NDArray[np.float64]
    """(3,) where it meets something, or fades."""
    state: RayState = "idle"
    """Its colour."""
    touches: bool = False
    """Whether `end` lies on something: draw a dot there."""


@dataclass(frozen=True, eq=False, slots=True)
class Ring:
    """Where the wearer would stand."""

    centre: NDArray[np.float64]
    """(3,) on the floor, or where a throw ends that leads nowhere."""
    valid: bool
    """Whether one may stand there."""


@dataclass(frozen=True, eq=False, slots=True)
class Card:
    """The plaque of a work, held up to be read."""

    exhibit: Exhibit
    """Whose words."""
    pose: NDArray[np.float64]
    """(4, 4) its middle: upright, +X to its right, +Z towards the wearer. It stays where it appeared."""
    distance: float
    """Metres from the eyes when it appeared: there, letters of one degree are 0.0175 times that high."""


@dataclass(frozen=True, eq=False, slots=True)
class Reroll:
    """A wish for another material (or sky), told anew whenever it changes while select is held.

    Both figures count from how the material was when the hold began: 0, 0 is as it was.
    """

    hit: Hit
    """What was pointed at: its kind, mesh and surface (as worn when the hold began)."""
    seed_step: int
    """How many seeds further (or back)."""
    slider: int
    """How many notches of the material's slider to the right (or left: below 0)."""
    done: bool
    """The wearer let go: this is the last word."""


@dataclass(frozen=True, eq=False, slots=True)
class Cues:
    """One frame of a visit."""

    rig: Rig
    """Where the session's space lies in the world: eyes are at rig.world(view.pose)."""
    rays: tuple[Ray, ...] = ()
    """Pointers of the tracked hands; none while a throw is aimed with that hand."""
    arc: NDArray[np.float64] | None = None
    """(N, 3) the throw that is being aimed."""
    ring: Ring | None = None
    """Its end, or the place on the floor that select is held on."""
    plaque: Card | None = None
    """The card to show."""
    ticks: tuple[Side, ...] = ()
    """Hands that feel one short tick now."""
    vignette: float = 0.0
    """0 none to 1: how much the edge of the view is darkened."""
    fade: float = 0.0
    """0 clear to 1 black."""
    hold: float = 0.0
    """0 to 1: how much of the time has passed after which a held select makes a material anew."""
    hold_at: NDArray[np.float64] | None = None
    """(3,) what that is shown at."""
    reroll: Reroll | None = None
    """A wish that was made or changed in this frame."""
    busy: bool = False
    """A material is being made: say so at `hold_at`, or at the end of the rays."""
    arrived: str | None = None
    """Name of the stop that the wearer was brought to in this frame."""
