"""Style: what a gallery looks like, as data and one function that raises a room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from vrgen.scene.finish import SurfaceRequest

if TYPE_CHECKING:
    from vrgen.scene.site import Site

FrameLook = Literal["slim", "deep"]


@dataclass(frozen=True, slots=True)
class Style:
    """Proportions for the plan, surfaces for the generators, and the builder of the walls."""

    name: str
    """As the user says it."""
    summary: str
    """One line."""
    surfaces: tuple[SurfaceRequest, ...]
    """Every role that is worn, each with what is asked of the generators."""
    structure: Callable[[Site], None]
    """Raises walls, floors, ceilings, lamps of all rooms into the site."""
    same: dict[str, str] = field(default_factory=dict)
    """Roles that wear another role's surface."""
    height: float = 4.2
    """Least floor to ceiling."""
    left: Literal["solid", "window", "glass"] = "solid"
    """What the long wall on the left is."""
    stub: float = 0.9
    """Wall between the left wall and the doorway."""
    door: tuple[float, float | None] = (1.8, 2.6)
    """Doorway width and height; None reaches the ceiling."""
    thickness: float = 0.30
    """Of the walls between rooms."""
    bay: float = 0.0
    """Room lengths are multiples of this (windows, beams); 0 for any."""
    mats: bool = True
    """Whether smaller works have a mat."""
    mat_up_to: float = 1.1
    """Longest side of a work with a mat."""
    frame_up_to: float = 1.9
    """Longest side of a work with a frame; above, canvas with wrapped edges."""
    frame_face: float = 0.024
    """Width of the frame's face."""
    frame_depth: float = 0.034
    """From the wall to the frame's front."""
    plinth: float = 0.95
    """Usual height of plinths."""
    title_colour: tuple[int, int, int] = (38, 38, 38)
    """sRGB of the title on the wall."""
    extras: dict[str, float] = field(default_factory=dict)
    """Figures only the style's own builder reads."""
