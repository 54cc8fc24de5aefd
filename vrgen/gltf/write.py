"""Write a Scene as one GLB file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib

from vrgen.core.mesh import Mesh
from vrgen.core.motion import NodeName
from vrgen.core.node import Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.core.stroke import Stroke
from vrgen.core.surface import Surface
from vrgen.errors import ValueProblem
from vrgen.gltf import provenance
from vrgen.gltf.builder import Builder
from vrgen.gltf.container import plain, write_glb
from vrgen.gltf.kept import Dangling, filed, levels_of, merged
from vrgen.gltf.to_material import Materials, encode_all
from vrgen.gltf.write_lens import camera_json, light_json
from vrgen.gltf.write_mesh import check_mesh, primitive_extras, primitive_json, stroke_json
from vrgen.gltf.write_motion import Motion

LIGHTS = "KHR_lights_punctual"


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a scene becomes a file."""

    quality: int = 92
    """JPEG quality of colour textures, 1 to 100; from 95 on with whole chroma (4:4:4).
    Data textures (normal, ORM) always take 95 with whole chroma. Images that came from
    another glTF are written back as they were, but for colour where less than 92 is asked for."""
    portable: bool = False
    """Make PNG or JPEG of pictures that came as KTX2 or WebP, which not every reader takes; else they are
    written back as they were."""
    copyright: str = ""
    """Copyright notice of the whole file (`asset.copyright`); '' keeps the scene's."""
    drop_unused: bool = False
    """Leave out UV sets and tangents that no texture of the surface uses; smaller, but they are lost."""
    threads: int | None = None
    """Threads that encode textures; None takes what the machine has. The bytes do not depend on it."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What was written."""

    path: Path
    """The file."""
    bytes: int
    """Its size on disk."""
    meshes: int
    """Different glTF meshes."""
    textures: int
    """Different images."""
    triangles: int
    """Triangles drawn, those of repeated meshes each time."""
    draw_calls: int
    """Primitives drawn."""
    texture_bytes: int
    """Memory of all images on the GPU with mipmaps: as RGBA8, of KTX2 as packed."""


def write(
    scene: Scene,
    path: Path | str,
    options: WriteOptions | None = None,
    *,
    progress: Progress = SILENT,
) -> WriteReport:
    """Write `scene` to the GLB file `path`; the same scene gives the same bytes.

    Equal images, textures, surfaces and geometry are written once; meshes without triangles are left
    out. `scene.sky` has no place in glTF and is not written. Vertex colours are 16 bit, because 8 bit
    linear bands in the dark; textures are 8 bit.
    Where a surface has a normal map, missing tangents are made (see `tangents`). What moves a node or a
    skin that is no longer in the scene is left out with a note.
    Raises ValueProblem for values that glTF cannot hold, OutputProblem when the file cannot be written.
    """
    options = options or WriteOptions()
    if not 1 <= options.quality <= 100:
        raise ValueProblem(f"quality: got {options.quality}, expected 1 to 100")
    nodes = list(_all(scene.nodes))
    options = replace(options, copyright=options.copyright or scene.copyright)
    surfaces = [
        surface
        for node in nodes
        for mesh in (*filter(_has_triangles, node.meshes), *(stroke.mesh for stroke in node.strokes))
        for surface in (mesh.surface, *surfaces_in(mesh.kept))
    ]
    encoded = encode_all(
        surfaces,
        quality=options.quality,
        portable=options.portable,
        threads=options.threads,
        progress=progress,
    )
    writer = _Writer(scene, encoded, options=options, progress=progress)
    with progress.stage("write nodes", len(nodes)) as advance:
        roots = [writer.node(node, advance) for node in scene.nodes]
    builder = writer.builder
    animations = writer.motion.animations(scene.animations, writer.materials)
    for animation in animations:
        builder.append("animations", animation)
    written = merged(
        plain(pygltflib.Scene(name=scene.name or None, nodes=roots, extras=dict(scene.extras))),
        writer.kept(scene.kept, "the scene"),
    )
    size = write_glb(Path(path), writer.document(scene, written), builder.blobs)
    images = builder.lists.get("images", [])
    return WriteReport(
        path=Path(path),
        bytes=size,
        meshes=len(builder.lists.get("meshes", [])),
        textures=len(images),
        triangles=writer.triangles,
        draw_calls=writer.draw_calls,
        texture_bytes=sum(writer.materials.memory.values()),
    )


def _all(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node, depth first, with coarser ones that are kept of them; unlike `Scene.walk` it computes no
    transforms, which may be bad ones yet."""
    for node in nodes:
        yield node
        yield from _all(node.children)
        yield from _all(levels_of(node))


def surfaces_in(value: Any) -> Iterator[Surface]:
    """The surfaces in what is kept of a primitive: those of its variants."""
    if isinstance(value, Surface):
        yield value
    elif isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from surfaces_in(item)


class _Writer:
    """Walks the tree once."""

    def __init__(
        self,
        scene: Scene,
        encoded: dict[Any, tuple[bytes | memoryview, str]],
        *,
        options: WriteOptions,
        progress: Progress,
    ):
        self.builder = Builder()
        self.triangles = 0
        self.draw_calls = 0
        self.materials = Materials(self.builder, encoded)
        self.motion = Motion(scene, self.builder, progress)
        self._options = options
        self._progress = progress
        self._parts: dict[tuple[int, bool], dict[str, Any]] = {}

    def node(self, node: Node, advance: Callable[[int], None]) -> int:
        """Index of the written node, its children before it."""
        children = [self.node(child, advance) for child in node.children]
        skin = self.motion.skin(node)
        written = pygltflib.Node(
            name=node.name or None,
            children=children,
            mesh=self._mesh(node, skinned=skin is not None),
            extras=dict(node.extras),
            **_transform(node),
        )
        if node.camera is not None:
            camera = merged(camera_json(node.camera, node), self.kept(node.camera.kept, node.name))
            written.camera = self.builder.add("cameras", camera)
        if written.mesh is not None:
            written.skin = skin
        if node.light is not None:
            self.builder.extensions.add(LIGHTS)
            light = merged(light_json(node.light, node), self.kept(node.light.kept, node.name))
            written.extensions = {LIGHTS: {"light": self.builder.add("lights", light)}}
        advance(1)
        whole = merged(plain(written), self.kept(node.kept, node.name))
        if written.mesh is not None and node.weights is not None and self.motion.morphs(node):
            whole["weights"] = list(node.weights)
        return self.builder.append("nodes", whole)

    def kept(self, kept: Mapping[str, Any], where: str) -> dict[str, Any]:
        """What is kept of a property, as it stands in this file; what points at nothing is left out."""
        found = {name: value for name, value in kept.items() if name != "extensions"}
        extensions: dict[str, Any] = {}
        for name, value in kept.get("extensions", {}).items():
            try:
                extensions[name] = filed(value, self._index, self.builder.extensions)
                self.builder.extensions.add(name)
            except Dangling as problem:
                self._progress.note(f"{where}: {name} was left out ({problem})")
        return {**found, "extensions": extensions} if extensions else found

    def _index(self, value: Any, key: str) -> Any:
        if isinstance(value, Surface):
            return self.materials.index(value)
        if isinstance(value, NodeName):
            return self.motion.index(value.name)
        if isinstance(value, Mesh):
            return self._shape(value)
        if isinstance(value, Node):
            return self._level(value)
        if isinstance(value, np.ndarray):
            return self.builder.data(value)
        raise ValueProblem(f"{key}: got a {type(value).__name__} in what is kept, expected JSON")

    def _level(self, node: Node) -> int:
        """Index of a coarser node, which is drawn in the place of another and not counted."""
        counted = self.triangles, self.draw_calls
        index = self.node(node, lambda _: None)
        self.triangles, self.draw_calls = counted
        return index

    def _shape(self, mesh: Mesh) -> int:
        """Index of a mesh that no node draws: its triangles alone."""
        check_mesh(mesh)
        bare = Mesh(mesh.positions, mesh.indices)
        written: dict[str, Any] = {
            "primitives": [primitive_json(bare, self.builder, moves=False, drop_unused=True)]
        }
        if mesh.name:
            written["name"] = mesh.name
        return self.builder.add("meshes", written)

    def _mesh(self, node: Node, *, skinned: bool) -> int | None:
        meshes = list(filter(_has_triangles, node.meshes))
        if len(meshes) < len(node.meshes):
            self._progress.note(f"node {node.name}: a mesh without triangles was left out")
        if not meshes and not node.strokes:
            return None
        self.draw_calls += len(meshes) + len(node.strokes)
        self.triangles += sum(len(mesh.indices) for mesh in meshes)
        name = meshes[0].name if meshes else node.strokes[0].mesh.name
        primitives = [self._primitive(mesh, name, skinned=skinned) for mesh in meshes]
        primitives += [self._stroke(stroke, skinned=skinned) for stroke in node.strokes]
        written: dict[str, Any] = {"primitives": primitives}
        if name:
            written["name"] = name
        more = self.kept(node.mesh_kept, node.name)
        if not any("targets" in primitive for primitive in primitives):
            more.pop("weights", None)
        return self.builder.add("meshes", merged(written, more))

    def _primitive(self, mesh: Mesh, group: str, *, skinned: bool) -> dict[str, Any]:
        moves = self.motion.moves(mesh, skinned=skinned)
        key = (id(mesh), moves)
        if key not in self._parts:
            check_mesh(mesh)
            drop = self._options.drop_unused
            found = primitive_json(mesh, self.builder, moves=moves, drop_unused=drop)
            found["material"] = self.materials.index(mesh.surface)
            self._parts[key] = merged(found, self.kept(mesh.kept, f"mesh {mesh.name}"))
        extras = primitive_extras(mesh, group)
        return {**self._parts[key], "extras": extras} if extras else self._parts[key]

    def _stroke(self, stroke: Stroke, *, skinned: bool) -> dict[str, Any]:
        check_mesh(stroke.mesh)
        moves = self.motion.moves(stroke.mesh, skinned=skinned)
        found = stroke_json(stroke, self.builder, moves=moves)
        found["material"] = self.materials.index(stroke.mesh.surface)
        return merged(found, self.kept(stroke.mesh.kept, f"mesh {stroke.mesh.name}"))

    def document(self, scene: Scene, written: dict[str, Any]) -> dict[str, Any]:
        """The whole JSON document, with what was kept of the file as a whole and how the scene was made."""
        from vrgen import __version__

        generator = f"vrgen {__version__}"
        whole = self.kept({k: v for k, v in scene.document.items() if k not in ("asset", "required")}, "file")
        said = self.kept(scene.document.get("asset", {}), "asset")
        asset: dict[str, Any] = {"version": "2.0", "generator": generator}
        if self._options.copyright:
            asset["copyright"] = self._options.copyright
        extensions: dict[str, Any] = dict(whole.get("extensions", {}))
        if scene.records:
            ours = provenance.xmp_packet(
                scene.name, scene.records, generator=generator, copyright_notice=self._options.copyright
            )
            asset["extras"] = provenance.with_records(said.get("extras"), scene.records)
            place, extensions[provenance.XMP] = provenance.with_packet(extensions.get(provenance.XMP), ours)
            asset["extensions"] = {provenance.XMP: {"packet": place}}
            self.builder.extensions.add(provenance.XMP)
        document = self.builder.document(merged(asset, said), written)
        if "lights" in document:
            extensions[LIGHTS] = {"lights": document.pop("lights")}
        asked = set(scene.document.get("required", ())) & self.builder.extensions
        required = sorted(asked | self.builder.required)
        if required:
            document["extensionsRequired"] = required
        if "extras" in whole:
            document["extras"] = whole["extras"]
        return {**document, "extensions": extensions} if extensions else document


def _has_triangles(mesh: Mesh) -> bool:
    return len(mesh.indices) > 0


def _transform(node: Node) -> dict[str, list[float]]:
    length = float(np.linalg.norm(node.rotation))
    parts = np.concatenate([node.translation, node.rotation, node.scale])
    if not np.isfinite(parts).all() or length < 1e-12:
        raise ValueProblem(f"node {node.name}: its place, rotation or scale is no finite number; mend it")
    rotation = node.rotation if abs(length - 1.0) <= 1e-6 else node.rotation / length
    values = {
        "translation": (node.translation, [0.0] * 3),
        "rotation": (np.clip(rotation, -1.0, 1.0), [0.0, 0.0, 0.0, 1.0]),
        "scale": (node.scale, [1.0] * 3),
    }
    return {name: value.tolist() for name, (value, default) in values.items() if value.tolist() != default}
