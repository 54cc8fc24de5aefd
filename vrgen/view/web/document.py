"""Document: what the JSON of a GLB says about the file, without decoding any of it.

A browser shows what vrgen itself does not read: Draco, meshopt and KTX2. For such files `skeleton` gives a
Scene whose meshes are the boxes that the file states: enough to find its works and to stand before them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np

from vrgen.core.frames import quaternion_from_matrix
from vrgen.core.mesh import Mesh
from vrgen.core.node import Camera, Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.errors import InputProblem, ValueProblem

HEADER = Struct("<4sIIII")
JSON_CHUNK = 0x4E4F534A
DEEPEST = 256
"""Nodes below one another that are followed; deeper trees are damaged or hostile."""
FULL = {5120: 127.0, 5121: 255.0, 5122: 32767.0, 5123: 65535.0}
"""What stands for 1 in a normalised accessor, by component type."""
CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64)
SIDES = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6)]


@dataclass(frozen=True, slots=True)
class Needs:
    """Decoders that a file asks of the browser."""

    ktx2: bool = False
    """KHR_texture_basisu: textures that stay compressed on the graphics card."""
    draco: bool = False
    """KHR_draco_mesh_compression."""
    meshopt: bool = False
    """EXT_meshopt_compression, or its KHR form."""

    def __bool__(self) -> bool:
        return self.ktx2 or self.draco or self.meshopt


@dataclass(frozen=True, eq=False, slots=True)
class Document:
    """The JSON of a GLB, and what it says."""

    path: Path
    """Where it came from, for messages."""
    json: Mapping[str, Any]
    """The parsed JSON chunk."""
    needs: Needs
    """Decoders."""
    draw_calls: int
    """Primitives drawn."""
    triangles: int
    """Triangles drawn, those of repeated meshes each time."""
    whole: bool
    """Whether it refers to no other file."""


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """JSON of any shape comes in; what does not fit glTF becomes one InputProblem."""
    try:
        yield
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
        ValueProblem,
    ) as problem:
        raise InputProblem(
            f"{path}: its JSON does not describe a scene ({type(problem).__name__}); "
            "run Khronos' validator on it, or export it again"
        ) from problem


def document_of(glb: bytes, path: Path) -> Document:
    """What a GLB says of itself; `path` is for the messages. Raises InputProblem for what is no GLB."""
    if len(glb) < HEADER.size:
        raise InputProblem(f"{path}: ends after {len(glb)} bytes, expected a GLB; copy it again")
    magic, version, length, size, kind = HEADER.unpack_from(glb)
    if magic != b"glTF" or version != 2 or kind != JSON_CHUNK:
        raise InputProblem(f"{path}: is no GLB of glTF 2.0; export it again")
    if length > len(glb) or HEADER.size + size > len(glb):
        raise InputProblem(f"{path}: its header says {length} bytes, it has {len(glb)}; copy it again")
    with _translated(path):
        said = json.loads(glb[HEADER.size : HEADER.size + size])
        used = {*said.get("extensionsUsed", ()), *said.get("extensionsRequired", ())}
        draws = list(_draws(said))
        return Document(
            path=path,
            json=said,
            needs=Needs(
                ktx2="KHR_texture_basisu" in used,
                draco="KHR_draco_mesh_compression" in used,
                meshopt=bool({"EXT_meshopt_compression", "KHR_meshopt_compression"} & used),
            ),
            draw_calls=len(draws),
            triangles=sum(_triangles(said, primitive) for primitive in draws),
            whole=_whole(said),
        )


def _whole(said: Mapping[str, Any]) -> bool:
    uris = [part.get("uri") for group in ("buffers", "images") for part in said.get(group, ())]
    return all(uri is None or uri.startswith("data:") for uri in uris)


def _walk(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Nodes of the scene, depth first; a tree that returns to itself ends in a RecursionError."""
    nodes = said.get("nodes", [])

    def below(index: int, depth: int) -> Iterator[Mapping[str, Any]]:
        if depth > DEEPEST:
            raise RecursionError("nodes")
        yield nodes[index]
        for child in nodes[index].get("children", ()):
            yield from below(child, depth + 1)

    for root in _roots(said):
        yield from below(root, 0)


def _roots(said: Mapping[str, Any]) -> list[int]:
    scenes = said.get("scenes", [])
    return list(scenes[said.get("scene", 0)].get("nodes", ())) if scenes else []


def _draws(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for node in _walk(said):
        if "mesh" in node:
            yield from said["meshes"][node["mesh"]]["primitives"]


def _triangles(said: Mapping[str, Any], primitive: Mapping[str, Any]) -> int:
    accessor = primitive.get("indices", primitive["attributes"].get("POSITION"))
    count = int(said["accessors"][accessor]["count"]) if accessor is not None else 0
    mode = primitive.get("mode", 4)
    return count // 3 if mode == 4 else max(0, count - 2) if mode in (5, 6) else 0


def skeleton(document: Document) -> Scene:
    """The scene with a box in the place of every mesh: nodes, cameras and extras as they are.

    Raises InputProblem where the JSON does not fit together.
    """
    said = document.json
    with _translated(document.path):
        scene = (said.get("scenes") or [{}])[said.get("scene", 0)]
        list(_walk(said))  # refuses a tree without an end before it is built
        return Scene(
            str(scene.get("name") or document.path.stem),
            tuple(_node(said, index) for index in _roots(said)),
            extras=dict(scene.get("extras") or {}),
        )


def _node(said: Mapping[str, Any], index: int) -> Node:
    node = said["nodes"][index]
    return Node(
        str(node.get("name") or f"node_{index}"),
        **_place(node),
        meshes=tuple(_boxes(said, node)),
        camera=_camera(said, node),
        children=tuple(_node(said, child) for child in node.get("children", ())),
        extras=dict(node.get("extras") or {}),
    )


def _place(node: Mapping[str, Any]) -> dict[str, Any]:
    if "matrix" not in node:
        names = [name for name in ("translation", "rotation", "scale") if name in node]
        return {name: np.array(node[name], np.float64) for name in names}
    matrix = np.array(node["matrix"], np.float64).reshape(4, 4).T
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    scale[0] *= np.sign(np.linalg.det(matrix[:3, :3])) or 1.0
    turn = matrix[:3, :3] / np.where(scale == 0, 1.0, scale)
    return {"translation": matrix[:3, 3], "rotation": quaternion_from_matrix(turn), "scale": scale}


def _boxes(said: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mesh]:
    """The box of each primitive, from what its POSITION accessor states."""
    primitives = said["meshes"][node["mesh"]]["primitives"] if "mesh" in node else ()
    for primitive in primitives:
        accessor = said["accessors"][primitive["attributes"]["POSITION"]]
        low, high = np.array(accessor["min"], np.float64), np.array(accessor["max"], np.float64)
        if accessor.get("normalized"):
            low, high = (np.maximum(side / FULL[accessor["componentType"]], -1.0) for side in (low, high))
        unlit = "KHR_materials_unlit" in _material(said, primitive).get("extensions", {})
        yield Mesh((low + CORNERS * (high - low)).astype(np.float32), SIDES, Surface(unlit=unlit))  # type: ignore[arg-type]


def _material(said: Mapping[str, Any], primitive: Mapping[str, Any]) -> Mapping[str, Any]:
    index = primitive.get("material")
    found: Mapping[str, Any] = {} if index is None else said["materials"][index]
    return found


def _camera(said: Mapping[str, Any], node: Mapping[str, Any]) -> Camera | None:
    lens = said["cameras"][node["camera"]].get("perspective") if "camera" in node else None
    if lens is None:
        return None
    return Camera(float(lens["yfov"]), lens.get("aspectRatio"), float(lens["znear"]), lens.get("zfar"))
