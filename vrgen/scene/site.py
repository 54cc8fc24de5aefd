"""Site: where a style builds. One mason a room, the light outside in figures, lamps as they are hung."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Node, Surface
from vrgen.core.frames import look_rotation
from vrgen.core.mesh import Lighting
from vrgen.scene.layout import Plan, Room, Side
from vrgen.scene.mason import Mason
from vrgen.scene.work import Work

if TYPE_CHECKING:
    from vrgen.scene.styles.style import Style

UNLIT_ROLES: dict[str, Lighting] = {"glass": "none", "glow": "none", "laylight": "none", "shell": "none"}
"""What the bake leaves as it is; the shell nobody sees: it only keeps light out."""


@dataclass(frozen=True, slots=True)
class Daylight:
    """The light outside, as far as an architect needs it."""

    horizontal: float
    """Illuminance in lux of open ground, sun included."""


class Site:
    """What a style's builder works on; everything it raises is collected here."""

    def __init__(
        self,
        plan: Plan,
        works: Sequence[Work],
        *,
        style: Style,
        surfaces: Mapping[str, Surface],
        daylight: Daylight,
    ) -> None:
        self.plan = plan
        self.works = works
        self.style = style
        self.surfaces: dict[str, Surface] = dict(surfaces)
        self.daylight = daylight
        self.masons = [Mason() for _ in plan.rooms]
        self.outside = Mason()
        self.lamps: list[Node] = []
        self.wall_lux = 200.0
        """Daylight expected on the hung walls; the style sets it, the lamps follow it."""

    def rooms(self) -> list[tuple[Room, Mason]]:
        """Every room with its mason."""
        return list(zip(self.plan.rooms, self.masons, strict=True))


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a wall with its own axes: right along the wall, up, out into the room."""

    origin: NDArray[np.float64]
    right: NDArray[np.float64]
    out: NDArray[np.float64]

    @classmethod
    def on(cls, side: Side, s: float, y: float) -> Spot:
        """The place `s` along a wall, `y` above the floor."""
        (x, z), (ax, az), (nx, nz) = side.at(s), side.along, side.inward
        return cls(np.array([x, y, z]), np.array([ax, 0.0, az]), np.array([nx, 0.0, nz]))

    def points(self, local: Sequence[tuple[float, float, float]]) -> NDArray[np.float64]:
        """(N, 3) world points of (right, up, out) metres."""
        r, u, o = np.asarray(local, dtype=np.float64).T
        up = np.array([0.0, 1.0, 0.0])
        world: NDArray[np.float64] = (
            self.origin + r[:, None] * self.right + u[:, None] * up + o[:, None] * self.out
        )
        return world

    @property
    def rotation(self) -> NDArray[np.float64]:
        """Quaternion xyzw that turns +x to right and +z out of the wall."""
        return look_rotation(-self.out)


def slug(text: str) -> str:
    """`a-z0-9_` of a title, at most 32 characters."""
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in text.lower())
    words = [word for word in kept.split("_") if word]
    return "_".join(words)[:32].strip("_") or "untitled"


def yaw(radians: float) -> NDArray[np.float64]:
    """Quaternion xyzw of a turn about +y."""
    return np.array([0.0, math.sin(radians / 2), 0.0, math.cos(radians / 2)])
