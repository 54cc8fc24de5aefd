"""The plan as values: rooms, walls, what hangs and stands where, and the way through. Pure numbers.

Plan frame: metres, x along the enfilade, z across it, y up; a plan point is (x, z). The visitor enters
at the low end of x, turns right (+z) and walks round each room with the walls to the right. A wall is
measured in s, metres from its left end as seen from inside the room.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
SideName = Literal["entry", "right", "far", "left"]
OpeningKind = Literal["door", "entrance", "window", "glass"]
Mount = Literal["mat", "frame", "canvas"]


@dataclass(frozen=True, slots=True)
class Opening:
    """A rectangular hole in a wall (an `entrance` is the closed door in the first wall)."""

    kind: OpeningKind
    """What fills it."""
    s0: float
    """Left edge along the wall."""
    s1: float
    """Right edge along the wall."""
    y0: float
    """Sill above the floor."""
    y1: float
    """Head above the floor."""


@dataclass(frozen=True, slots=True)
class Side:
    """One wall of a room, from its left end `a` to its right end `b` as seen from inside."""

    name: SideName
    """Which."""
    a: Point
    """Left end."""
    b: Point
    """Right end."""
    solid: bool
    """Whether works may hang here."""
    openings: tuple[Opening, ...] = ()
    """From left to right, not overlapping."""

    @property
    def length(self) -> float:
        """Metres from a to b (walls run along x or z)."""
        return abs(self.b[0] - self.a[0]) + abs(self.b[1] - self.a[1])

    @property
    def along(self) -> Point:
        """Unit plan vector from a to b."""
        return ((self.b[0] - self.a[0]) / self.length, (self.b[1] - self.a[1]) / self.length)

    @property
    def inward(self) -> Point:
        """Unit plan vector into the room: along x up."""
        x, z = self.along
        return (-z, x)

    def at(self, s: float, out: float = 0.0) -> Point:
        """Plan point at `s` along the wall and `out` metres into the room."""
        (x, z), (nx, nz) = self.along, self.inward
        return (self.a[0] + x * s + nx * out, self.a[1] + z * s + nz * out)

    def stretches(self) -> tuple[tuple[float, float], ...]:
        """Free runs (s0, s1) of wall between the openings, in visiting order: from right to left."""
        if not self.solid:
            return ()
        edges = [0.0]
        for opening in self.openings:
            edges += [opening.s0, opening.s1]
        edges.append(self.length)
        runs = [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2)]
        return tuple(run for run in reversed(runs) if run[1] - run[0] > 1e-6)


@dataclass(frozen=True, slots=True)
class Size:
    """A picture with what surrounds it."""

    width: float
    """Of the picture, metres."""
    height: float
    """Of the picture, metres."""
    mount: Mount
    """`mat`: mat and frame; `frame`: frame alone; `canvas`: wrapped edges, no frame."""
    mat: float
    """Width of the visible mat, 0 without."""
    frame: float
    """Width of the frame's face, 0 without."""

    @property
    def outer(self) -> tuple[float, float]:
        """Width and height with mat and frame."""
        rim = 2 * (self.mat + self.frame)
        return self.width + rim, self.height + rim


@dataclass(frozen=True, slots=True)
class Hung:
    """A picture on a wall."""

    work: int
    """Index into the works given to `plan`."""
    side: int
    """Index into the room's sides."""
    s: float
    """Centre along the wall."""
    y: float
    """Centre above the floor."""
    size: Size
    """How large, and in what."""
    plaque: tuple[float, float]
    """Centre (s, y) of its plaque, right of the work."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A sculpture on a plinth."""

    work: int
    """Index into the works given to `plan`."""
    centre: Point
    """Of the plinth."""
    footprint: float
    """Side of the square plinth."""
    plinth: float
    """Height of the plinth."""
    height: float
    """Height of the sculpture as shown."""
    facing: float
    """+1 when it is seen from +z, -1 from -z."""


@dataclass(frozen=True, slots=True)
class Box:
    """Something on the floor that nobody walks through."""

    kind: Literal["bench"]
    """What it is."""
    centre: Point
    """Plan centre."""
    length: float
    """Along x."""
    width: float
    """Along z."""

    @property
    def rect(self) -> tuple[float, float, float, float]:
        """(x0, x1, z0, z1)."""
        (x, z), a, b = self.centre, self.length / 2, self.width / 2
        return (x - a, x + a, z - b, z + b)


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangular room; for the pavilion a bay under the common roof."""

    name: str
    """`room_1`, or as the works' `room` says."""
    x0: float
    x1: float
    z0: float
    z1: float
    height: float
    """Floor to ceiling."""
    sides: tuple[Side, Side, Side, Side]
    """entry, right, far, left."""
    hung: tuple[Hung, ...] = ()
    """In visiting order."""
    stands: tuple[Stand, ...] = ()
    """In visiting order, after the pictures."""
    boxes: tuple[Box, ...] = ()
    """Benches."""

    def obstacles(self) -> tuple[tuple[float, float, float, float], ...]:
        """Plan rectangles (x0, x1, z0, z1) of everything on the floor."""
        plinths = tuple(
            (
                s.centre[0] - s.footprint / 2,
                s.centre[0] + s.footprint / 2,
                s.centre[1] - s.footprint / 2,
                s.centre[1] + s.footprint / 2,
            )
            for s in self.stands
        )
        return plinths + tuple(box.rect for box in self.boxes)

    @property
    def items(self) -> tuple[Hung | Stand, ...]:
        """All works in visiting order."""
        works: tuple[Hung | Stand, ...] = self.hung
        return works + self.stands

    def side(self, name: SideName) -> Side:
        """The wall of that name."""
        return next(side for side in self.sides if side.name == name)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a camera stands in front of a work."""

    work: int
    """Index into the works; -1 for the overview."""
    eye: tuple[float, float, float]
    """Metres."""
    target: tuple[float, float, float]
    """What it looks at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole gallery in numbers."""

    style: str
    """Name of the style."""
    seed: int
    """What chance was drawn from."""
    rooms: tuple[Room, ...]
    """In visiting order."""
    stops: tuple[Stop, ...]
    """One a work, in visiting order."""
    overview: Stop
    """The establishing view."""
    route: tuple[Point, ...]
    """A way past all works that crosses no wall and nothing on the floor."""
    notes: tuple[str, ...] = ()
    """What had to be decided against a wish: works shown smaller than they are."""

    def visits(self) -> Iterator[tuple[int, Room, Hung | Stand]]:
        """(visit number from 1, room, how it is shown) in visiting order."""
        number = 0
        for room in self.rooms:
            for item in room.items:
                number += 1
                yield number, room, item
