"""Inspect a glTF file: what is in it, and what it costs a headset."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.core.wearers import distinct, look_of, record_for
from vrgen.gltf.images import Images
from vrgen.gltf.made import licences
from vrgen.gltf.read import Reader
from vrgen.gltf.to_material import textures_of


@dataclass(frozen=True, slots=True)
class NodeReport:
    """A node of the tree."""

    name: str
    """Its name."""
    depth: int
    """0 for a root."""
    holds: tuple[str, ...]
    """`3 meshes`, `camera`, `spot light`, `dynamic body`, `collider`."""
    triangles: int
    """Triangles of its own meshes."""


@dataclass(frozen=True, slots=True)
class TextureReport:
    """An image that a mesh of the scene wears."""

    index: int
    """Its index in the file."""
    mime: str
    """`image/png`, `image/jpeg`, `image/webp`, `image/ktx2`, or '' when the file does not say."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    bytes: int
    """Size in the file."""
    memory: int
    """Bytes on the GPU with mipmaps: as RGBA8, of KTX2 as packed."""
    digest: str
    """SHA-256 hex of its bytes in the file."""
    worn: tuple[str, ...]
    """Where: surface and slot, `wall_plaster base_colour`."""
    record: Record | None
    """How the surface that wears it was made; None where it does not say (works of art, paint, foreign)."""


@dataclass(frozen=True, slots=True)
class SurfaceReport:
    """A material that meshes of the scene wear."""

    name: str
    """Its name."""
    kind: str
    """Kind of material, or ''."""
    size_m: tuple[float, ...]
    """Width and height in metres of one tile; empty where it does not say."""
    unlit: bool
    """Whether light is baked into it, or it glows: viewers show it as it is."""
    meshes: tuple[str, ...]
    """Names of the meshes that wear it (of the nodes, where meshes have none), in the tree's order."""
    triangles: int
    """Triangles drawn with it."""
    work: str
    """Title of the work of art that it shows, or ''."""
    textures: Mapping[str, int]
    """Index of the image by slot: base_colour, metallic_roughness, normal, occlusion, emissive, lightmap."""
    record: Record | None
    """How it was made; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds."""

    path: Path
    """The file."""
    bytes: int
    """Its size, without files it refers to."""
    name: str
    """Title of the scene."""
    generator: str
    """Program that wrote it."""
    nodes: tuple[NodeReport, ...]
    """The tree, depth first."""
    meshes: int
    """Different primitives."""
    draw_calls: int
    """Primitives drawn."""
    triangles: int
    """Triangles drawn."""
    textures: tuple[TextureReport, ...]
    """Images, in the file's order."""
    texture_memory: int
    """Bytes of all textures on the GPU."""
    surfaces: tuple[SurfaceReport, ...]
    """Materials, in the tree's order."""
    licences: tuple[str, ...]
    """SPDX names of all that went in and says so, sorted."""
    models: Mapping[str, str]
    """SHA-256 hex of the weights by name of each model that made a part."""
    records: tuple[Record, ...]
    """How it was made."""


def inspect(path: Path | str, *, progress: Progress = SILENT) -> Report:
    """Read a .glb or .gltf and report on it. Raises InputProblem as `read` does."""
    reader = Reader.open(Path(path), progress)
    scene = reader.scene()
    images = reader.images
    surfaces = _surfaces(scene, images)
    textures = tuple(
        _texture(images, index, size, surfaces) for index, size in sorted(images.sizes().items())
    )
    told = [*scene.records, *(surface.record for surface in surfaces)]
    drawn = [mesh for node, _ in scene.walk() for mesh in node.meshes]
    return Report(
        path=Path(path),
        bytes=Path(path).stat().st_size,
        name=scene.name,
        generator=reader.generator,
        nodes=_tree(scene),
        meshes=len({id(mesh) for mesh in drawn}),
        draw_calls=len(drawn),
        triangles=sum(len(mesh.indices) for mesh in drawn),
        textures=textures,
        texture_memory=sum(texture.memory for texture in textures),
        surfaces=surfaces,
        licences=licences(told),
        models={one.model: one.model_digest or "" for one in told if one is not None and one.model},
        records=scene.records,
    )


def _texture(
    images: Images, index: int, size: tuple[int, int], surfaces: tuple[SurfaceReport, ...]
) -> TextureReport:
    encoded = images.encoded(index)
    worn = [
        (surface, slot) for surface in surfaces for slot, image in surface.textures.items() if image == index
    ]
    return TextureReport(
        index=index,
        mime=images.mime(index),
        width=size[0],
        height=size[1],
        bytes=len(encoded),
        memory=images.memory(index),
        digest=hashlib.sha256(encoded).hexdigest(),
        worn=tuple(f"{surface.name} {slot}".strip() for surface, slot in worn),
        record=next((surface.record for surface, _ in worn if surface.record is not None), None),
    )


def _surfaces(scene: Scene, images: Images) -> tuple[SurfaceReport, ...]:
    """Every material once, those without a picture too."""
    places = {
        id(images.image(index, space)): index for index in images.sizes() for space in ("srgb", "linear")
    }
    wearers: dict[object, list[tuple[Node, Mesh]]] = {}
    for node, _ in scene.walk():
        for mesh in node.meshes:
            wearers.setdefault(look_of(mesh.surface), []).append((node, mesh))
    worn = distinct(mesh.surface for node, _ in scene.walk() for mesh in node.meshes)
    return tuple(_surface(scene, one, wearers[look_of(one)], places) for one in worn)


def _surface(
    scene: Scene, surface: Surface, worn: list[tuple[Node, Mesh]], places: Mapping[int, int]
) -> SurfaceReport:
    ours = _ours(surface.extras)
    works = (_ours(node.extras).get("work") for node, _ in worn)
    titles = (work.get("title") for work in works if isinstance(work, Mapping))
    kind, size = ours.get("kind"), ours.get("size_m")
    sides = size if isinstance(size, list) and all(isinstance(side, int | float) for side in size) else []
    slots = {name: places.get(id(texture.image)) for name, texture in textures_of(surface)}
    return SurfaceReport(
        name=surface.name,
        kind=kind if isinstance(kind, str) else "",
        size_m=tuple(float(side) for side in sides),
        unlit=surface.unlit,
        meshes=tuple(mesh.name or node.name for node, mesh in worn),
        triangles=sum(len(mesh.indices) for _, mesh in worn),
        work=next((title for title in titles if isinstance(title, str)), ""),
        textures={name: index for name, index in slots.items() if index is not None},
        record=record_for(scene, surface),
    )


def _ours(extras: Mapping[str, Any]) -> Mapping[str, Any]:
    ours = extras.get("vrgen")
    return ours if isinstance(ours, Mapping) else {}


def _tree(scene: Scene) -> tuple[NodeReport, ...]:
    found: list[NodeReport] = []

    def visit(node: Node, depth: int) -> None:
        found.append(_node(node, depth))
        for child in node.children:
            visit(child, depth + 1)

    for root in scene.nodes:
        visit(root, 0)
    return tuple(found)


def _node(node: Node, depth: int) -> NodeReport:
    holds = []
    if node.meshes:
        holds.append(f"{len(node.meshes)} mesh{'es' if len(node.meshes) > 1 else ''}")
    if node.camera is not None:
        holds.append("camera")
    if node.light is not None:
        holds.append(f"{node.light.kind} light")
    body = node.kept.get("extensions", {}).get("OMI_physics_body")
    if isinstance(body, Mapping):
        moves = body.get("motion")
        holds += [f"{moves['type']} body"] if isinstance(moves, Mapping) and "type" in moves else []
        holds += [kind for kind in ("collider", "trigger") if kind in body]
    return NodeReport(node.name, depth, tuple(holds), sum(len(mesh.indices) for mesh in node.meshes))
