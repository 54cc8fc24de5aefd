"""Walls: the pieces of building that styles share: shadow gaps, jambs, doors, glazing, roofs, the ground."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vrgen.scene.layout import Opening, Room, Side
from vrgen.scene.mason import Hole, Mason

GAP_DEPTH = 0.025
"""How far a shadow gap goes back into the wall."""


def wall_start(room: Room, index: int) -> float:
    """Metres of wall before a side, going round the room: texture runs on around corners."""
    return sum(side.length for side in room.sides[:index])


def holes_of(side: Side) -> list[Hole]:
    """The openings of a side as holes."""
    return [(o.s0, o.s1, o.y0, o.y1) for o in side.openings if o.kind != "entrance"]


def doorways(side: Side) -> list[Opening]:
    """What interrupts the foot of a wall."""
    return [o for o in side.openings if o.y0 <= 1e-6]


def face(
    mason: Mason, room: Room, index: int, *, role: str, foot: float = 0.0, top: float | None = None
) -> None:
    """The inner face of one wall, with its openings, above a foot of so many metres."""
    side = room.sides[index]
    high = room.height if top is None else top
    mason.wall(role, side.a, side.b, (foot, high), holes=holes_of(side), u0=wall_start(room, index))


def shadow_gap(mason: Mason, side: Side, *, role: str, height: float) -> None:
    """A recess along the foot of a wall: the wall hovers over a dark line."""
    for s0, s1 in _between(side):
        _recess(mason, side, (s0, s1), role=role, height=height)


def _between(side: Side) -> list[tuple[float, float]]:
    edges = [0.0]
    for opening in doorways(side):
        edges += [opening.s0, opening.s1]
    edges.append(side.length)
    return [(edges[i], edges[i + 1]) for i in range(0, len(edges), 2) if edges[i + 1] - edges[i] > 1e-6]


def _recess(mason: Mason, side: Side, run: tuple[float, float], *, role: str, height: float) -> None:
    s0, s1 = run
    deep = -GAP_DEPTH
    # at a corner the recess meets its neighbour's; at a doorway a small cheek closes it
    left = s0 - GAP_DEPTH if s0 < 1e-6 else s0
    right = s1 + GAP_DEPTH if s1 > side.length - 1e-6 else s1
    mason.wall(role, side.at(left, deep), side.at(right, deep), (0.0, height))
    (ax, az), (bx, bz) = side.at(s0), side.at(s1)
    (cx, cz), (dx, dz) = side.at(right, deep), side.at(left, deep)
    mason.quad(role, [(dx, height, dz), (cx, height, cz), (bx, height, bz), (ax, height, az)])
    if s0 > 1e-6:
        mason.wall(role, side.at(s0), side.at(s0, deep), (0.0, height))
    if s1 < side.length - 1e-6:
        mason.wall(role, side.at(s1, deep), side.at(s1), (0.0, height))


def jambs(
    mason: Mason, side: Side, opening: Opening, *, role: str, depth: float, sill: str | None = None
) -> None:
    """The thickness of a wall round an opening: two cheeks, the head, the sill when it has one."""
    s0, s1, y0, y1 = opening.s0, opening.s1, opening.y0, opening.y1
    mason.wall(role, side.at(s0), side.at(s0, -depth), (y0, y1))
    mason.wall(role, side.at(s1, -depth), side.at(s1), (y0, y1))
    (ax, az), (bx, bz) = side.at(s0), side.at(s1)
    (cx, cz), (dx, dz) = side.at(s1, -depth), side.at(s0, -depth)
    mason.quad(role, [(dx, y1, dz), (cx, y1, cz), (bx, y1, bz), (ax, y1, az)])
    if y0 > 1e-6:
        mason.quad(sill or role, [(ax, y0, az), (bx, y0, bz), (cx, y0, cz), (dx, y0, dz)])


def threshold(mason: Mason, side: Side, opening: Opening, *, role: str, start: float, depth: float) -> None:
    """The floor inside a doorway, from `start` to `depth` metres behind the wall's face."""
    (ax, az), (bx, bz) = side.at(opening.s0, -start), side.at(opening.s1, -depth)
    rect = (min(ax, bx), max(ax, bx), min(az, bz), max(az, bz))
    mason.flat(role, rect, 0.0)


def closed_door(mason: Mason, side: Side, opening: Opening, *, role: str, frame: str, height: float) -> None:
    """A pair of closed doors set on the face of a wall, with a slim frame and two pulls."""
    s0, s1, rim, proud = opening.s0, opening.s1, 0.05, 0.030
    _slab(mason, side, (s0, s0 + rim, 0.0, height), proud + 0.012, frame)
    _slab(mason, side, (s1 - rim, s1, 0.0, height), proud + 0.012, frame)
    _slab(mason, side, (s0 + rim, s1 - rim, height - rim, height), proud + 0.012, frame)
    middle, line = (s0 + s1) / 2, 0.004
    _slab(mason, side, (s0 + rim, middle - line, 0.006, height - rim), proud, role)
    _slab(mason, side, (middle + line, s1 - rim, 0.006, height - rim), proud, role)
    for s in (middle - 0.09, middle + 0.06):
        _bar(mason, side, (s, s + 0.03, 0.85, 1.45), (proud + 0.03, proud + 0.05), frame)


def _slab(mason: Mason, side: Side, area: Hole, proud: float, role: str) -> None:
    """A box whose back lies on a wall."""
    _bar(mason, side, area, (0.0, proud), role, back=False)


def _bar(
    mason: Mason, side: Side, area: Hole, out: tuple[float, float], role: str, *, back: bool = True
) -> None:
    """A box in a wall's own axes: (s0, s1, y0, y1) and how far out it begins and ends."""
    s0, s1, y0, y1 = area
    near, far = side.at(s0, out[0]), side.at(s1, out[1])
    low = (min(near[0], far[0]), y0, min(near[1], far[1]))
    high = (max(near[0], far[0]), y1, max(near[1], far[1]))
    (nx, nz) = side.inward
    hidden = {(1, 0): "-x", (-1, 0): "+x", (0, 1): "-z", (0, -1): "+z"}[(round(nx), round(nz))]
    without = ["-y"] if y0 < 1e-6 else []
    mason.box(role, low, high, without=without if back else [*without, hidden])


def glazing(
    mason: Mason,
    side: Side,
    opening: Opening,
    *,
    frame: str,
    grid: tuple[int, int],
    bars: tuple[float, float],
    set_back: float,
    depth: float = 0.06,
) -> None:
    """A window in an opening: an outer frame and slender bars in a grid of panes, and the glass.

    bars: widths of the outer frame and of the inner bars; set_back: from the wall's face to the frame.
    """
    s0, s1, y0, y1 = opening.s0, opening.s1, opening.y0, opening.y1
    rim, thin = bars
    out = (-set_back - depth, -set_back)
    for area in ((s0, s0 + rim, y0, y1), (s1 - rim, s1, y0, y1)):
        _bar(mason, side, area, out, frame)
    for area in ((s0 + rim, s1 - rim, y0, y0 + rim), (s0 + rim, s1 - rim, y1 - rim, y1)):
        _bar(mason, side, area, out, frame)
    inner = (-set_back - depth * 0.75, -set_back - depth * 0.2)
    across, down = grid
    for i in range(1, across):
        s = s0 + (s1 - s0) * i / across
        _bar(mason, side, (s - thin / 2, s + thin / 2, y0 + rim, y1 - rim), inner, frame)
    cross = (-set_back - depth * 0.7, -set_back - depth * 0.25)
    for j in range(1, down):
        y = y0 + (y1 - y0) * j / down
        _bar(mason, side, (s0 + rim, s1 - rim, y - thin / 2, y + thin / 2), cross, frame)
    pane = -set_back - depth / 2
    mason.wall("glass", side.at(s0 + rim, pane), side.at(s1 - rim, pane), (y0 + rim, y1 - rim))


def shell(
    mason: Mason, room: Room, *, role: str, low: float, high: float, thick: float, ends: Sequence[bool]
) -> None:
    """Coarse outer faces of a room, so that the house has an outside: front, back and the free ends."""
    x0, x1 = room.x0 - (thick if ends[0] else thick / 2), room.x1 + (thick if ends[1] else thick / 2)
    z0, z1 = room.z0 - thick, room.z1 + thick
    left = room.side("left")
    holes = [(o.s0 + room.x0 - x0, o.s1 + room.x0 - x0, o.y0, o.y1) for o in left.openings]
    # seen from outside, left and right are exchanged
    length = x1 - x0
    mirrored = [(length - s1, length - s0, y0, y1) for s0, s1, y0, y1 in holes]
    mason.wall(role, (x1, z0), (x0, z0), (low, high), holes=mirrored)
    mason.wall(role, (x0, z1), (x1, z1), (low, high))
    if ends[0]:
        mason.wall(role, (x0, z0), (x0, z1), (low, high))
    if ends[1]:
        mason.wall(role, (x1, z1), (x1, z0), (low, high))
    mason.flat(role, (x0, x1, z0, z1), high)


def steps(length: float, near: float) -> int:
    """How many equal parts of about `near` metres make a length."""
    return max(1, math.floor(length / near + 0.5))
