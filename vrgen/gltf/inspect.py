"""Inspect a glTF file: what is in it, and what it costs a headset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vrgen.core.node import Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.gltf.read import Reader
from vrgen.gltf.texture_memory import texture_memory


@dataclass(frozen=True, slots=True)
class NodeReport:
    """A node of the tree."""

    name: str
    """Its name."""
    depth: int
    """0 for a root."""
    holds: tuple[str, ...]
    """`3 meshes`, `camera`, `spot light`."""
    triangles: int
    """Triangles of its own meshes."""


@dataclass(frozen=True, slots=True)
class TextureReport:
    """An image that a mesh of the scene wears."""

    index: int
    """Its index in the file."""
    mime: str
    """`image/png`, `image/jpeg`, `image/webp`, or '' when the file does not say."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    bytes: int
    """Size in the file."""
    memory: int
    """Bytes on the GPU as RGBA8 with mipmaps."""


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
    records: tuple[Record, ...]
    """How it was made."""


def inspect(path: Path | str, *, progress: Progress = SILENT) -> Report:
    """Read a .glb or .gltf and report on it. Raises InputProblem as `read` does."""
    reader = Reader.open(Path(path), progress)
    scene = reader.scene()
    images = reader.images
    textures = tuple(
        TextureReport(
            index=index,
            mime=images.mime(index),
            width=width,
            height=height,
            bytes=len(images.encoded(index)),
            memory=texture_memory(width, height),
        )
        for index, (width, height) in sorted(images.sizes().items())
    )
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
        records=scene.records,
    )


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
    return NodeReport(node.name, depth, tuple(holds), sum(len(mesh.indices) for mesh in node.meshes))
