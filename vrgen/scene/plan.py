"""Plan: from works to rooms, walls, doorways and a place for every work. Pure numbers, linear time.

Rooms stand in a row and share one line of doorways along the left wall, so that one looks through all
of them. A room is as deep as its works need to be seen whole, and as long as its walls need to be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vrgen.errors import UsageProblem
from vrgen.registry import styles
from vrgen.scene import hang
from vrgen.scene.furniture import stand_of
from vrgen.scene.layout import Box, Hung, Opening, Plan, Room, Side, SideName, Size, Stand
from vrgen.scene.route import overview_of, route_of, stops_of
from vrgen.scene.styles.style import Style
from vrgen.scene.work import Work

MOST_PICTURES, MOST_SCULPTURES = 12, 6
"""In one room."""
MOST_WALL = 24.0
"""Metres of hanging in one room."""
BENCH = (1.80, 0.46)
AISLE = 1.20
"""Metres between things on the floor, at least."""
SPARE = AISLE + 0.3
"""Metres between them as planned."""
_STEP = 0.25
_AIR = (0.0, 0.6, 1.2)
"""Rooms of one row differ in depth, so that coming from one into the next is felt."""
_USES: tuple[tuple[SideName, ...], ...] = (
    ("far",),
    ("right", "far"),
    ("right", "far", "left"),
    ("entry", "right", "far", "left"),
)
"""Which walls are hung, fewest first: the wall behind the visitor comes last."""


def plan(works: Sequence[Work], *, style: str, seed: int) -> Plan:
    """The gallery for 1 to 500 works in visiting order; the same for the same works, style and seed.

    Raises UsageProblem for an unknown style and for an empty list.
    """
    look = style_of(style)
    if not works:
        raise UsageProblem("gallery: got no works, expected at least one; add pictures to the folder")
    sizes, notes = hang.sizes_of(works, style=look, seed=seed)
    groups = _groups(works, sizes)
    rooms: list[Room] = []
    chance = np.random.default_rng([seed, 12])
    x0 = 0.0
    for number, (name, members) in enumerate(groups):
        items = [(i, size, works[i].order) for i in members if (size := sizes[i]) is not None]
        stands = [stand_of(i, works[i], look) for i in members if sizes[i] is None]
        ends = (number == 0, number == len(groups) - 1)
        room = _room(name, items, stands, style=look, x0=x0, ends=ends, air=float(chance.choice(_AIR)))
        rooms.append(room)
        x0 = room.x1 + look.thickness
    rooms = _even_heights(rooms, look)
    return Plan(
        style=look.name,
        seed=seed,
        rooms=tuple(rooms),
        stops=stops_of(rooms),
        overview=overview_of(rooms[0], look),
        route=route_of(rooms),
        notes=tuple(notes),
    )


def style_of(name: str) -> Style:
    """The style of that name; raises UsageProblem with the nearest right one."""
    style: Style = styles.load(name)
    return style


def _groups(works: Sequence[Work], sizes: Sequence[Size | None]) -> list[tuple[str, list[int]]]:
    """(room name, work indices) in visiting order: by named room, then at most a room's worth each."""
    named: dict[str | None, list[int]] = {}
    for index, work in enumerate(works):
        named.setdefault(work.room, []).append(index)
    groups: list[tuple[str, list[int]]] = []
    for name, members in named.items():
        widths = [hang.block_width(size) + 0.4 if (size := sizes[i]) else 0.0 for i in members]
        pictures = sum(1 for width in widths if width)
        count = max(
            1,
            math.ceil(pictures / MOST_PICTURES),
            math.ceil((len(members) - pictures) / MOST_SCULPTURES),
            math.ceil(sum(widths) / MOST_WALL),
        )
        loads = [max(width, 1.2) for width in widths]
        for part in _split(members, loads, count):
            label = name if name and count == 1 else f"{name or 'room'} {len(groups) + 1}"
            groups.append((label, part))
    return groups


def _split(members: Sequence[int], loads: Sequence[float], count: int) -> list[list[int]]:
    """Members in `count` consecutive parts of about the same load, none over a room's limits."""
    target = sum(loads) / count
    parts: list[list[int]] = [[]]
    filled = 0.0
    for member, load in zip(members, loads, strict=True):
        full = filled + load / 2 > target * len(parts)
        if parts[-1] and (full or len(parts[-1]) >= MOST_PICTURES + 2):
            parts.append([])
        parts[-1].append(member)
        filled += load
    return parts


def _room(
    name: str,
    items: Sequence[hang.Item],
    stands: Sequence[Stand],
    *,
    style: Style,
    x0: float,
    ends: tuple[bool, bool],
    air: float,
) -> Room:
    """A well-proportioned room for these works; `ends`: whether first, last; `air`: extra depth."""
    far_enough = max([hang.viewing_distance(size) for _, size, _ in items] + [1.5])
    aisle = max(2.0, far_enough + 0.4, *(s.height * 1.1 + s.footprint / 2 + 0.6 for s in stands), 0.0)
    rows = 2 if len(stands) > 3 else 1
    bench = far_enough < 3.3 and len(items) >= 3 and not (stands and rows == 2)
    footprint = max([s.footprint for s in stands] + [BENCH[1] if bench else 0.0])
    island = footprint * rows + SPARE * (rows - 1) if footprint else 0.0
    left_aisle = max(2.2, style.stub + style.door[0] + 0.1)
    if style.left == "solid" or rows == 2:
        left_aisle = max(left_aisle, aisle)
    depth = max(left_aisle + island + aisle, 7.4, 2.2 + style.stub + style.door[0])
    if not island:
        depth = max(far_enough + 1.4, 6.5, 2.4 + style.stub + style.door[0])
    depth = math.ceil((depth + air) / 0.1 - 1e-9) * 0.1
    pieces = _line(stands, rows=rows, bench=bench)
    line = sum(pieces) + SPARE * (len(pieces) - 1)
    least = 6.5 if len(items) + len(stands) < 4 else 9.0
    shortest = max(least, line + 2 * aisle if island else far_enough + 1.6)
    tall = max([hang.centre_height(size) + size.outer[1] / 2 for _, size, _ in items] + [0.0])
    height = max(style.height, tall + 0.75, style.height + 0.06 * (depth - 9.0))
    z0 = -(style.stub + style.door[0] / 2)
    shell = Room(
        name,
        x0,
        x0,
        z0,
        z0 + depth,
        round(height, 2),
        _sides(x0, x0 + 1, z0, z0 + depth, style, ends, height),
    )
    room = _fitted(shell, items, style=style, ends=ends, shortest=shortest)
    centre_z = z0 + left_aisle + island / 2 + (room.z1 - shell.z1 + air) / 2
    return _furnished(room, stands, rows=rows, bench=bench, z=centre_z)


def _fitted(
    shell: Room, items: Sequence[hang.Item], *, style: Style, ends: tuple[bool, bool], shortest: float
) -> Room:
    """The room at the least length at which everything hangs, on as few walls as looks right.

    A room that would be a corridor is made deeper, which lengthens its end walls.
    """
    for growth in (0.0, 1.0, 2.0, 3.0, 4.0):
        wide = replace(shell, z1=shell.z1 + growth)
        depth = wide.z1 - wide.z0
        uses = _USES if growth == 0.0 else _USES[-1:]
        for use in uses:
            limit = max((1.7 if use is _USES[-1] else 1.45) * depth, 9.0)
            room = _stretched(wide, items, use, style=style, ends=ends, lengths=(shortest, limit))
            if room is not None:
                return room
    room = _stretched(wide, items, _USES[-1], style=style, ends=ends, lengths=(shortest, 400.0))
    assert room is not None, "a long enough wall takes every work"
    return room


def _stretched(
    shell: Room,
    items: Sequence[hang.Item],
    use: Sequence[SideName],
    *,
    style: Style,
    ends: tuple[bool, bool],
    lengths: tuple[float, float],
) -> Room | None:
    """The room at the least length within limits at which all items hang on the walls of `use`."""
    step = style.bay or _STEP
    length = math.ceil(lengths[0] / step - 1e-9) * step
    while length <= max(lengths[1], lengths[0] + step):
        sides = _sides(shell.x0, shell.x0 + length, shell.z0, shell.z1, style, ends, shell.height)
        hung = _hang(items, sides, use)
        if hung is not None:
            return replace(shell, x1=shell.x0 + length, sides=sides, hung=tuple(hung))
        length += step
    return None


def _hang(items: Sequence[hang.Item], sides: Sequence[Side], use: Sequence[SideName]) -> list[Hung] | None:
    runs = [
        (index, run)
        for index, side in enumerate(sides)
        if side.name in use
        for run in side.stretches()
        if run[1] - run[0] > 1.2
    ]
    placed = hang.distribute(items, [run[1] - run[0] for _, run in runs])
    if placed is None:
        return None
    return [
        hung
        for (index, run), part in zip(runs, placed, strict=True)
        for hung in hang.hang_run(part, side=index, run=run, wall=sides[index])
    ]


def _sides(
    x0: float, x1: float, z0: float, z1: float, style: Style, ends: tuple[bool, bool], height: float
) -> tuple[Side, Side, Side, Side]:
    depth = z1 - z0
    width, head = style.door
    door = (style.stub, style.stub + width)
    top = height if head is None else head

    def way(s0: float, s1: float, closed: bool) -> tuple[Opening, ...]:
        if closed and head is None:
            return (Opening("glass", s0, s1, 0.0, top),)
        return (Opening("entrance" if closed else "door", s0, s1, 0.0, top),)

    entry = way(depth - door[1], depth - door[0], ends[0])
    far = () if ends[1] and head is not None else way(door[0], door[1], ends[1])
    return (
        Side("entry", (x0, z1), (x0, z0), True, entry),
        Side("right", (x1, z1), (x0, z1), True),
        Side("far", (x1, z0), (x1, z1), True, far),
        Side("left", (x0, z0), (x1, z0), style.left == "solid", _left_openings(x1 - x0, style, height)),
    )


def _left_openings(length: float, style: Style, height: float) -> tuple[Opening, ...]:
    if style.left == "glass":
        return (Opening("glass", 0.0, length, 0.0, height),)
    if style.left == "window":
        wide, sill, head = (style.extras[name] for name in ("window_width", "window_sill", "window_head"))
        count = max(1, round(length / style.bay))
        bay = length / count
        return tuple(
            Opening("window", (i + 0.5) * bay - wide / 2, (i + 0.5) * bay + wide / 2, sill, height - head)
            for i in range(count)
        )
    return ()


def _line(stands: Sequence[Stand], *, rows: int, bench: bool) -> list[float]:
    """Lengths along x of the columns of things in the middle; the bench is the middle one."""
    per_row = math.ceil(len(stands) / rows)
    pieces = [max(s.footprint for s in stands[column::per_row]) for column in range(per_row)]
    if bench:
        pieces.insert(len(pieces) // 2, BENCH[0])
    return pieces


def _furnished(room: Room, stands: Sequence[Stand], *, rows: int, bench: bool, z: float) -> Room:
    """Plinths and bench on the middle line, with aisles between them."""
    pieces = _line(stands, rows=rows, bench=bench)
    x = (room.x0 + room.x1 - sum(pieces) - SPARE * (len(pieces) - 1)) / 2
    centres = []
    for piece in pieces:
        centres.append(x + piece / 2)
        x += piece + SPARE
    boxes: tuple[Box, ...] = ()
    per_row = math.ceil(len(stands) / rows)
    if bench:
        boxes = (Box("bench", (centres.pop(per_row // 2), z), *BENCH),)
    apart = (max([s.footprint for s in stands] + [0.0]) + SPARE) / 2 if rows == 2 else 0.0
    placed = []
    for number, stand in enumerate(stands):
        row, column = divmod(number, per_row)
        facing = 1.0 if row == 0 else -1.0
        placed.append(replace(stand, centre=(centres[column], z + facing * apart), facing=facing))
    return replace(room, stands=tuple(placed), boxes=boxes)


def _even_heights(rooms: Sequence[Room], style: Style) -> list[Room]:
    """One roof line where the roof runs through: loft and pavilion."""
    if style.left == "solid":
        return list(rooms)
    height = max(room.height for room in rooms)
    out = []
    for number, room in enumerate(rooms):
        ends = (number == 0, number == len(rooms) - 1)
        sides = _sides(room.x0, room.x1, room.z0, room.z1, style, ends, height)
        out.append(replace(room, height=height, sides=sides))
    return out
