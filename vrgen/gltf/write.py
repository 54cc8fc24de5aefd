"""Write a Scene as one GLB file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib
from numpy.typing import NDArray

from vrgen.core.mesh import ATTRIBUTES, Mesh
from vrgen.core.node import Camera, Light, Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.scene import Scene
from vrgen.errors import ValueProblem
from vrgen.gltf import provenance
from vrgen.gltf.builder import Builder
from vrgen.gltf.container import write_glb
from vrgen.gltf.tangents import with_tangents
from vrgen.gltf.texture_memory import texture_memory
from vrgen.gltf.to_material import Materials, encode_all, textures_of

UNIT = 1e-3
"""How far from 1 a length may be before it is normalised; the validator's limit is 0.00674."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a scene becomes a file."""

    quality: int = 92
    """JPEG quality of colour textures, 1 to 100; from 95 on with whole chroma (4:4:4).
    Data textures (normal, ORM) always take 95 with whole chroma. Images that came from a JPEG or PNG of
    another glTF are written back as they were, but for colour where less than 92 is asked for."""
    copyright: str = ""
    """Copyright notice of the whole file (`asset.copyright`)."""
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
    """Memory of all images on the GPU as RGBA8 with mipmaps."""


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
    Where a surface has a normal map, missing tangents are made (see `tangents`).
    Raises ValueProblem for values that glTF cannot hold, OutputProblem when the file cannot be written.
    """
    options = options or WriteOptions()
    if not 1 <= options.quality <= 100:
        raise ValueProblem(f"quality: got {options.quality}, expected 1 to 100")
    nodes = list(_all(scene.nodes))
    surfaces = [mesh.surface for node in nodes for mesh in node.meshes if len(mesh.indices)]
    encoded = encode_all(surfaces, quality=options.quality, threads=options.threads, progress=progress)
    writer = _Writer(encoded, options=options, progress=progress)
    with progress.stage("write nodes", len(nodes)) as advance:
        roots = [writer.node(node, advance) for node in scene.nodes]
    written = pygltflib.Scene(name=scene.name or None, nodes=roots, extras=dict(scene.extras))
    builder = writer.builder
    size = write_glb(Path(path), _document(builder, scene, written, options), builder.blobs)
    images = builder.lists.get("images", [])
    return WriteReport(
        path=Path(path),
        bytes=size,
        meshes=len(builder.lists.get("meshes", [])),
        textures=len(images),
        triangles=writer.triangles,
        draw_calls=writer.draw_calls,
        texture_bytes=sum(texture_memory(*side) for side in writer.materials.sizes.values()),
    )


def _all(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node, depth first; unlike `Scene.walk` it computes no transforms, which may be bad ones yet."""
    for node in nodes:
        yield node
        yield from _all(node.children)


def _document(builder: Builder, scene: Scene, written: Any, options: WriteOptions) -> dict[str, Any]:
    from vrgen import __version__

    generator = f"vrgen {__version__}"
    asset = pygltflib.Asset(
        generator=generator,
        copyright=options.copyright or None,
        extras=provenance.asset_extras(scene.records),
    )
    if scene.records:
        builder.extensions.add(provenance.XMP)
        asset.extensions = {provenance.XMP: {"packet": 0}}
    document = builder.document(asset, written)
    extensions: dict[str, Any] = {}
    if scene.records:
        packet = provenance.xmp_packet(
            scene.name, scene.records, generator=generator, copyright_notice=options.copyright
        )
        extensions[provenance.XMP] = {"packets": [packet]}
    if "lights" in document:
        extensions["KHR_lights_punctual"] = {"lights": document.pop("lights")}
    return {**document, "extensions": extensions} if extensions else document


class _Writer:
    """Walks the tree once."""

    def __init__(self, encoded: dict[Any, tuple[bytes, str]], *, options: WriteOptions, progress: Progress):
        self.builder = Builder()
        self.triangles = 0
        self.draw_calls = 0
        self.materials = Materials(self.builder, encoded)
        self._options = options
        self._progress = progress
        self._parts: dict[int, dict[str, Any]] = {}

    def node(self, node: Node, advance: Callable[[int], None]) -> int:
        """Index of the written node, its children before it."""
        children = [self.node(child, advance) for child in node.children]
        written = pygltflib.Node(
            name=node.name or None,
            children=children,
            mesh=self._mesh(node),
            camera=None if node.camera is None else self.builder.add("cameras", _camera(node.camera, node)),
            extras=dict(node.extras),
            **_transform(node),
        )
        if node.light is not None:
            self.builder.extensions.add("KHR_lights_punctual")
            light = self.builder.add("lights", _light(node.light, node))
            written.extensions = {"KHR_lights_punctual": {"light": light}}
        advance(1)
        return self.builder.append("nodes", written)

    def _mesh(self, node: Node) -> int | None:
        meshes = [mesh for mesh in node.meshes if len(mesh.indices)]
        if len(meshes) < len(node.meshes):
            self._progress.note(f"node {node.name}: a mesh without triangles was left out")
        if not meshes:
            return None
        self.draw_calls += len(meshes)
        self.triangles += sum(len(mesh.indices) for mesh in meshes)
        name = meshes[0].name
        primitives = [
            pygltflib.Primitive(mode=None, extras=_primitive_extras(mesh, name), **self._primitive(mesh))
            for mesh in meshes
        ]
        return self.builder.add("meshes", pygltflib.Mesh(primitives=primitives, name=name or None))

    def _primitive(self, mesh: Mesh) -> dict[str, Any]:
        if id(mesh) not in self._parts:
            _check(mesh)
            full = with_tangents(mesh)  # the validator warns of a normal map without them
            self._parts[id(mesh)] = {
                "attributes": self._attributes(full),
                "indices": self.builder.indices(full.indices, len(full.positions)),
                "material": self.materials.index(mesh.surface),
            }
        return self._parts[id(mesh)]

    def _attributes(self, mesh: Mesh) -> Any:
        attribute = self.builder.attribute
        found = pygltflib.Attributes(POSITION=attribute(mesh.positions, bounds=True))
        if mesh.normals is not None:
            found.NORMAL = attribute(unit_vectors(mesh.normals))
        if mesh.tangents is not None and mesh.normals is not None and self._keeps(mesh, "tangents"):
            xyz = unit_vectors(mesh.tangents[:, :3])
            sign = np.where(mesh.tangents[:, 3:] < 0, -1, 1)
            found.TANGENT = attribute(np.concatenate([xyz, sign], axis=1).astype(np.float32))
        uv0 = mesh.uv0 if self._keeps(mesh, "uv0") else None
        uv1 = mesh.uv1 if self._keeps(mesh, "uv1") else None
        if uv0 is None and uv1 is not None:
            uv0 = uv1  # glTF wants set 0 before set 1; the same accessor costs nothing
        if uv0 is not None:
            found.TEXCOORD_0 = attribute(uv0)
        if uv1 is not None:
            found.TEXCOORD_1 = attribute(uv1)
        if mesh.colours is not None:
            found.COLOR_0 = attribute(sixteen_bit(mesh.colours), normalized=True)
        return found

    def _keeps(self, mesh: Mesh, name: str) -> bool:
        if not self._options.drop_unused:
            return True
        if name == "tangents":
            return mesh.surface.normal is not None
        wanted = {"uv0": 0, "uv1": 1}[name]
        return any(texture.uv_set == wanted for _, texture in textures_of(mesh.surface))


def _check(mesh: Mesh) -> None:
    """Raise ValueProblem for numbers that are none, and for textures that the mesh has no UVs for."""
    for name in ("positions", *ATTRIBUTES):
        array = getattr(mesh, name)
        if array is not None and not np.isfinite(array).all():
            raise ValueProblem(f"mesh {mesh.name}: {name} hold NaN or infinity; mend them first")
    for name, texture in textures_of(mesh.surface):
        if (mesh.uv1 if texture.uv_set else mesh.uv0) is None:
            raise ValueProblem(
                f"mesh {mesh.name}: {name} of its surface uses UV set {texture.uv_set}, which it lacks; "
                "unwrap it first"
            )


def unit_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(V, 3) float32 of length 1: as they are when all are, else normalised; zero vectors point up."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    if np.all(np.abs(lengths - 1.0) <= UNIT):
        return np.ascontiguousarray(vectors)
    zero = lengths < 1e-12
    out: NDArray[np.float32] = (vectors / np.where(zero, 1.0, lengths)[:, None]).astype(np.float32)
    out[zero] = (0.0, 1.0, 0.0)
    return out


def sixteen_bit(colours: NDArray[np.float32]) -> NDArray[np.uint16]:
    """(V, 4) uint16 full range of floats, clipped to [0, 1]."""
    return (np.clip(colours, 0.0, 1.0) * np.float32(65535.0) + np.float32(0.5)).astype(np.uint16)


def _primitive_extras(mesh: Mesh, group: str) -> dict[str, Any]:
    """What glTF has no field for: a name other than the group's, and what the bake does to it."""
    extras: dict[str, Any] = {}
    if mesh.name != group:
        extras["name"] = mesh.name
    if mesh.lighting != "baked":
        extras["lighting"] = mesh.lighting
    return {"vrgen": extras} if extras else {}


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


def _camera(camera: Camera, node: Node) -> Any:
    far = camera.zfar is None or camera.zfar > camera.znear
    if not (0 < camera.yfov < math.pi and camera.znear > 0 and far and (camera.aspect or 1.0) > 0):
        raise ValueProblem(f"node {node.name}: got {camera}, expected 0 < yfov < pi and 0 < znear < zfar")
    perspective = pygltflib.Perspective(
        yfov=float(camera.yfov), znear=float(camera.znear), zfar=camera.zfar, aspectRatio=camera.aspect
    )
    return pygltflib.Camera(type="perspective", perspective=perspective)


def _light(light: Light, node: Node) -> dict[str, Any]:
    cones = light.kind != "spot" or 0 <= light.inner_cone < light.outer_cone <= math.pi / 2
    colour = all(0 <= value <= 1 for value in light.colour)
    if not (cones and colour and light.intensity >= 0 and (light.range_m is None or light.range_m > 0)):
        raise ValueProblem(
            f"node {node.name}: got {light}, expected colours in [0, 1], no negative intensity or range, "
            "and 0 <= inner cone < outer cone <= pi/2"
        )
    written: dict[str, Any] = {"type": light.kind, "intensity": float(light.intensity)}
    written["color"] = [float(value) for value in light.colour]
    if light.range_m is not None and light.kind != "directional":
        written["range"] = float(light.range_m)
    if light.kind == "spot":
        written["spot"] = {
            "innerConeAngle": float(light.inner_cone),
            "outerConeAngle": float(light.outer_cone),
        }
    return written
