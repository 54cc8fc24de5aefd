"""Compose: what a SCENE.toml says, with its materials, files and sky at hand, as a Scene to be baked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Camera, Light, Mesh, Node, Scene, Sky, Surface
from vrgen.core.frames import look_rotation
from vrgen.core.mesh import ATTRIBUTES
from vrgen.core.progress import SILENT, Progress
from vrgen.scene.lamps import sun_node
from vrgen.scene.site import yaw
from vrgen.scene.words.collide import rounded, shapes_of
from vrgen.scene.words.dress import linear
from vrgen.scene.words.floor import Floor, floor_of
from vrgen.scene.words.ground import Ground
from vrgen.scene.words.models import Model, moved
from vrgen.scene.words.placing import Spot
from vrgen.scene.words.show import Show
from vrgen.scene.words.source import Source
from vrgen.scene.words.stand import Stood, stand
from vrgen.scene.words.tables import CameraTable, Described, LightTable, MeshTable

OVERVIEW = "overview"
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
        shapes = {one.table.name: shapes_of(one, seed=words.scene.seed) for one in stood}
    nodes = [node for one in stood for node in _nodes(one, shapes[one.table.name])]
    nodes += [_lamp(table) for table in words.light]
    first = 0 if parts.show is None else parts.show.stops
    nodes += _cameras(words.camera, stood, first)
    if parts.show is not None:
        nodes.append(parts.show.fitted({node.name for node in nodes}))
    sun = None if parts.sky is None else sun_node(parts.sky)
    if sun is not None:
        nodes.append(sun)
    extras = _extras(words, floor, parts.show, nodes)
    return Scene(words.scene.title, tuple(nodes), parts.sky, extras={"vrgen": extras})


def _nodes(stood: Stood, shapes: Sequence[list[dict[str, Any]]]) -> list[Node]:
    """A node for each copy that stands alone, else one for all, in the scene's own frame."""
    table, copies = stood.table, stood.copies()
    if len(copies) == 1 or table.separate:
        digits = len(str(len(copies)))
        many = len(copies) > 1
        names = [f"{table.name}_{k:0{digits}}" if many else table.name for k in range(1, len(copies) + 1)]
        return [
            _alone(name, model, spot, table, shape)
            for name, (model, spot), shape in zip(names, copies, shapes, strict=True)
        ]
    if not copies:
        return []
    said = _said(table, [shape for of_one in shapes for shape in of_one])
    return [Node(table.name, meshes=tuple(_merged(stood)), extras=said)]


def _alone(name: str, model: Model, spot: Spot, table: MeshTable, shapes: Sequence[dict[str, Any]]) -> Node:
    into = np.linalg.inv(spot.matrix)
    own = [_reframed(shape, into, spot) for shape in shapes]
    node = Node(
        name,
        translation=np.array(spot.at),
        rotation=yaw(math.radians(spot.turn)),
        meshes=() if model.nodes else model.meshes,
        children=tuple(_renamed(child, table.name, name) for child in model.nodes),
        extras=_said(table, own),
    )
    if spot.size == 1.0:
        return node
    return replace(node, scale=np.full(3, spot.size))


def _renamed(node: Node, old: str, new: str) -> Node:
    children = tuple(_renamed(child, old, new) for child in node.children)
    return replace(node, name=new + node.name.removeprefix(old), children=children)


def _reframed(shape: dict[str, Any], into: NDArray[Any], spot: Spot) -> dict[str, Any]:
    """A shape of the scene's frame in that of its node."""

    def local(point: Sequence[float]) -> list[float]:
        return rounded(into[:3, :3] @ np.asarray(point) + into[:3, 3])

    if shape["type"] == "convex":
        return {**shape, "points": [local(point) for point in shape["points"]]}
    size = rounded(np.asarray(shape["size"]) / spot.size)
    return {"type": "box", "size": size, "at": local(shape["at"])}


def _said(table: MeshTable, shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if shapes:
        said["collider"] = {"shapes": list(shapes)}
    if table.title is not None:
        said["work"] = {key: getattr(table, key) for key in ("title", "artist", "year", "text", "alt")}
    return {"vrgen": said} if said else {}


def _merged(stood: Stood) -> list[Mesh]:
    """The copies as one mesh a surface; UV in metres grows with each one's size."""
    groups: dict[tuple[Any, ...], list[Mesh]] = {}
    for model, spot in stood.copies():
        for mesh in model.meshes:
            placed = moved(mesh, spot.matrix)
            if model.metric and placed.uv0 is not None and spot.size != 1.0:
                placed = replace(placed, uv0=placed.uv0 * np.float32(spot.size))
            there = [name for name in ATTRIBUTES if getattr(placed, name) is not None]
            groups.setdefault((id(mesh.surface), mesh.lighting, *there), []).append(placed)
    return [_joined(meshes, key[2:], stood.table.name) for key, meshes in groups.items()]


def _joined(meshes: Sequence[Mesh], there: Sequence[str], name: str) -> Mesh:
    first = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])
    indices = [mesh.indices + np.uint32(start) for mesh, start in zip(meshes, first, strict=False)]
    arrays: dict[str, Any] = {key: np.concatenate([getattr(mesh, key) for mesh in meshes]) for key in there}
    return replace(
        meshes[0],
        positions=np.concatenate([mesh.positions for mesh in meshes]),
        indices=np.concatenate(indices),
        name=name,
        **arrays,
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


def _cameras(tables: Sequence[CameraTable], stood: Sequence[Stood], first: int) -> list[Node]:
    """Stops in the order of the file; the overview is stop 0, unless a gallery has one."""
    works = {one.table.name: one for one in stood}
    nodes = []
    number = max(first, 1)
    for table in tables:
        overview = table.name == OVERVIEW and first == 0
        said: dict[str, Any] = {"stop": 0 if overview else number}
        number += not overview
        look = table.look
        if table.of is not None:
            points = np.concatenate(works[table.of].triangles()).reshape(-1, 3)
            look = (points.min(axis=0) + points.max(axis=0)) / 2
            if works[table.of].table.title is not None and len(works[table.of].spots) == 1:
                said["work"] = table.of
        nodes.append(
            Node(
                f"camera_{table.name}",
                translation=np.array(table.at),
                rotation=look_rotation(np.subtract(look, table.at)),  # type: ignore[arg-type]
                camera=Camera(yfov=math.radians(table.fov)),
                extras={"vrgen": said},
            )
        )
    return nodes


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
    ways = [node.translation for node in nodes if node.camera is not None]
    if ways:
        route = [[round(float(way[0]), 4), round(float(way[2]), 4)] for way in ways]
        said["route"] = said.get("route", []) + route
    return said
