"""Compose: what a SCENE.toml says, with its materials, files and sky at hand, as a Scene to be baked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Light, Node, Scene, Sky, Surface
from vrgen.core.frames import look_rotation
from vrgen.core.progress import SILENT, Progress
from vrgen.core.toml_source import Source
from vrgen.scene.lamps import sun_node
from vrgen.scene.words.collide import solids_of
from vrgen.scene.words.dress import linear
from vrgen.scene.words.floor import Floor, floor_of
from vrgen.scene.words.ground import Ground
from vrgen.scene.words.nodes import nodes_of
from vrgen.scene.words.physics import Shapes
from vrgen.scene.words.show import Show
from vrgen.scene.words.stand import Stood, stand
from vrgen.scene.words.stops import cameras_of
from vrgen.scene.words.tables import Described, LightTable

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """What a description needs besides itself."""

    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    """By name of material."""
    files: Mapping[str, Scene] = field(default_factory=dict)
    """Models by what `file` says."""
    sky: Sky | None = None
    """The light outside."""
    show: Show | None = None
    """The gallery within, in its place."""


def compose(words: Described, source: Source, parts: Parts, *, progress: Progress = SILENT) -> Scene:
    """The scene, not lit yet. UsageProblem, with the line, for what cannot stand or be walked on."""
    with progress.stage("placing", 1):
        houses = {} if parts.show is None else {parts.show.house.name: parts.show.footprint()}
        stood = stand(
            words, source, surfaces=parts.surfaces, files=parts.files, houses=houses, progress=progress
        )
    with progress.stage("floor and colliders", 1):
        floor = _floor(words, source, stood, parts.show)
        solids = [solids_of(one, seed=words.scene.seed) for one in stood]
    shapes = Shapes()
    nodes = [node for one, own in zip(stood, solids, strict=True) for node in nodes_of(one, own, shapes)]
    nodes += [_lamp(table) for table in words.light]
    first = 0 if parts.show is None else parts.show.stops
    height = floor.height if floor is not None else 0.0
    nodes += cameras_of(words, source, stood, floor=height, first=first)
    if parts.show is not None:
        nodes.append(parts.show.fitted({node.name for node in nodes}))
    sun = None if parts.sky is None else sun_node(parts.sky)
    if sun is not None:
        nodes.append(sun)
    extras = _extras(words, floor, parts.show, nodes)
    return Scene(
        words.scene.title, tuple(nodes), parts.sky, extras={"vrgen": extras}, document=shapes.document()
    )


def _lamp(table: LightTable) -> Node:
    aim = (0.0, -1.0, 0.0) if table.aim is None else np.subtract(table.aim, table.at)
    strength = table.lux if table.kind == "sun" else table.candela
    assert strength is not None  # checked
    light = Light(
        "directional" if table.kind == "sun" else table.kind,
        strength,
        colour=linear(table.colour),
        inner_cone=math.radians(table.inner),
        outer_cone=math.radians(table.outer),
    )
    return Node(table.name, translation=np.array(table.at), rotation=look_rotation(aim), light=light)


def _floor(words: Described, source: Source, stood: Sequence[Stood], show: Show | None) -> Floor | None:
    if words.walkable is None:
        return None
    on = words.walkable.on
    triangles = [part for one in stood if one.table.name in on for part in one.triangles()]
    ground = Ground(np.concatenate(triangles))
    if not len(ground):
        raise source.wrong(("walkable", "on"), "has nothing level; name what can be stood on")
    heights = ground.triangles[..., 1]
    if np.ptp(heights) > 0.1:
        raise source.wrong(
            ("walkable", "on"),
            f"lies between {heights.min():g} and {heights.max():g} m, expected one height; name level meshes",
        )
    blocks = [
        part for one in stood if one.table.obstacle and one.table.name not in on for part in one.triangles()
    ]
    if show is not None:
        blocks.append(show.triangles())
    floor = floor_of(ground, blocks, body=words.walkable.body, start=words.spawn.at)
    if floor is None and words.spawn.at is None:
        raise source.wrong(("walkable", "on"), "leaves no room for a body; widen it, or lower `body`")
    if floor is None:
        raise source.wrong(("spawn", "at"), "does not lie on the walkable floor; move it to a free place")
    return floor


def _extras(
    words: Described, floor: Floor | None, show: Show | None, nodes: Sequence[Node]
) -> dict[str, Any]:
    """What view, page and replay read: as the gallery says it."""
    said: dict[str, Any] = {"seed": words.scene.seed}
    if show is not None:
        said |= show.extras
    if floor is not None:
        walkable = [[list(point) for point in polygon] for polygon in floor.polygons]
        said["walkable"] = walkable + said.get("walkable", [])
        said["spawn"] = [floor.spawn[0], round(floor.height, 4), floor.spawn[1]]
    elif words.spawn.at is not None:
        said["spawn"] = [words.spawn.at[0], 0.0, words.spawn.at[1]]
    stops = [node for node in nodes if node.camera is not None]
    marked = [node for node in stops if node.extras["vrgen"].get("waypoint")]
    ways = [node.translation for node in marked or stops]
    if ways:
        route = [[round(float(way[0]), 4), round(float(way[2]), 4)] for way in ways]
        said["route"] = said.get("route", []) + route
    return said
