"""Stops: the cameras of a scene, and the waypoints of a visit through it."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from typing import Any

import numpy as np

from vrgen.core import Camera, Node
from vrgen.core.frames import look_rotation
from vrgen.core.toml_source import Source
from vrgen.scene.words.stand import Stood
from vrgen.scene.words.tables import CameraTable, Described, WaypointTable

OVERVIEW = "overview"


def cameras_of(
    words: Described, source: Source, stood: Sequence[Stood], *, floor: float, first: int
) -> list[Node]:
    """The overview, the waypoints in their order, then the other cameras: a node each, with its stop.

    floor: height in metres that waypoints stand on; first: number of the first stop that a gallery leaves.
    UsageProblem, with the line, for a waypoint that looks at where it stands.
    """
    things = {one.table.name: one for one in stood}
    before = {one.of for one in words.waypoint}
    overviews = [one for one in words.camera if one.name == OVERVIEW and first == 0]
    nodes = [_camera(one, things, 0, before) for one in overviews]
    number = max(first, 1)
    order = sorted(range(len(words.waypoint)), key=lambda k: _rank(words.waypoint[k], k))
    nodes += [
        _waypoint(words.waypoint[k], things, floor, stop, source, k) for stop, k in enumerate(order, number)
    ]
    others = [one for one in words.camera if one not in overviews]
    nodes += [_camera(one, things, k, before) for k, one in enumerate(others, number + len(order))]
    return nodes


def _rank(table: WaypointTable, place: int) -> tuple[float, int]:
    """Those that say their order first; the others follow as they stand in the file."""
    return (math.inf if table.order is None else table.order, place)


def _waypoint(
    table: WaypointTable, things: dict[str, Stood], floor: float, stop: int, source: Source, number: int
) -> Node:
    at = np.array([table.at[0], floor + table.eye, table.at[1]])
    look, said = _looked(table.look, table.of, things)
    if np.linalg.norm(look - at) < 1e-6:
        raise source.wrong(("waypoint", number, "look"), "is where its eye is; look somewhere else")
    said |= {"stop": stop, "waypoint": True, "stay": table.stay}
    return _node(table.name, at, look, 60.0, said)


def _camera(table: CameraTable, things: dict[str, Stood], stop: int, taken: Set[str | None]) -> Node:
    """`taken`: works that one stands before at a waypoint."""
    look, said = _looked(table.look, table.of, things)
    said = {} if table.of in taken else said
    return _node(table.name, np.array(table.at), look, table.fov, {**said, "stop": stop})


def _looked(
    look: tuple[float, float, float] | None, of: str | None, things: dict[str, Stood]
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], dict[str, Any]]:
    """Where it looks, and the work that it stands before."""
    if of is None:
        return np.array(look, np.float64), {}
    points = np.concatenate(things[of].triangles()).reshape(-1, 3)
    alone = things[of].table.title is not None and len(things[of].spots) == 1
    return (points.min(axis=0) + points.max(axis=0)) / 2, {"work": of} if alone else {}


def _node(name: str, at: Any, look: Any, fov: float, said: dict[str, Any]) -> Node:
    return Node(
        f"camera_{name}",
        translation=at,
        rotation=look_rotation(look - at),
        camera=Camera(yfov=math.radians(fov)),
        extras={"vrgen": said},
    )
