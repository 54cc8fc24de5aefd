"""Route: the way past all works, a camera stop in front of each, and the establishing view.

A room is a ring of four aisles (entry, right, far, left) around what stands in the middle. Each aisle
is convex and empty, so a step inside one, or from one to the next through the corner that they share,
crosses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from vrgen.scene.hang import viewing_distance
from vrgen.scene.layout import Hung, Point, Room, Stand, Stop
from vrgen.scene.styles.style import Style

_ENTRY, _RIGHT, _FAR, _LEFT = range(4)


def stops_of(rooms: Sequence[Room]) -> tuple[Stop, ...]:
    """One stop a work, in visiting order."""
    return tuple(_stop(room, item) for room in rooms for item in room.items)


def _stop(room: Room, item: Hung | Stand) -> Stop:
    if isinstance(item, Stand):
        away = max(1.3, item.height * 1.05 + 0.35) + item.footprint / 2
        x, z = item.centre
        middle = item.plinth + item.height / 2
        return Stop(item.work, (x, 1.5, z + item.facing * away), (x, (1.5 + middle) / 2, z))
    wall = room.sides[item.side]
    x, z = wall.at(item.s, viewing_distance(item.size))
    tx, tz = wall.at(item.s)
    # level with the middle of most works: their edges stay upright in the picture
    return Stop(item.work, (x, min(item.y, 1.62), z), (tx, item.y, tz))


def _zone(item: Hung | Stand) -> int:
    if isinstance(item, Stand):
        return _RIGHT if item.facing > 0 else _LEFT
    return item.side


def route_of(rooms: Sequence[Room]) -> tuple[Point, ...]:
    """Plan points from the entrance past every stop to the last one."""
    points: list[Point] = []
    for number, room in enumerate(rooms):
        points += _round(room, leave=number + 1 < len(rooms))
    return tuple(points)


def _round(room: Room, *, leave: bool) -> list[Point]:
    corners = _corners(room)
    points: list[Point] = [(room.x0 + 0.5, 0.0), corners[_LEFT]]
    zone = _ENTRY
    for item in room.items:
        target = _zone(item)
        points += _pass(corners, zone, target)
        eye = _stop(room, item).eye
        points.append((eye[0], eye[2]))
        zone = target
    if leave:
        points += _pass(corners, zone, _FAR)
        points += [corners[_FAR], (room.x1 - 0.5, 0.0)]
    return points


def _corners(room: Room) -> dict[int, Point]:
    """The corner that each aisle shares with the next; the left two lie on the line of doorways."""
    inset = 1.0
    return {
        _ENTRY: (room.x0 + inset, room.z1 - inset),
        _RIGHT: (room.x1 - inset, room.z1 - inset),
        _FAR: (room.x1 - inset, 0.0),
        _LEFT: (room.x0 + inset, 0.0),
    }


def _pass(corners: dict[int, Point], zone: int, target: int) -> list[Point]:
    """Corners on the shorter way round from one aisle to another."""
    ahead = (target - zone) % 4
    if ahead <= 2:
        return [corners[(zone + i) % 4] for i in range(ahead)]
    return [corners[(zone - 1) % 4]]


def overview_of(room: Room, style: Style) -> Stop:
    """The establishing view: from a corner by the entrance, along the longest sight."""
    depth = room.z1 - room.z0
    if style.left == "solid":
        return Stop(-1, (room.x0 + 0.8, 1.62, 0.1), (room.x1, 1.55, room.z0 + 0.60 * depth))
    return Stop(-1, (room.x0 + 0.8, 1.62, room.z0 + 0.66 * depth), (room.x1, 1.68, room.z0 + 0.46 * depth))
