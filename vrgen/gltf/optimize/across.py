"""Across: meshes of nodes that never move and nothing asks for by name become one, where they look alike."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import Mesh
from vrgen.core.motion import NodeName
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.wearers import record_for
from vrgen.gltf.optimize.instances import LEAST
from vrgen.gltf.optimize.join import joined, kind_of

MOST_VERTICES, MOST_TRIANGLES = 65_535, 32_768
"""Of a joined mesh: indices stay 16 bit, and what is out of sight is left out in pieces."""
APART = ("plaques", "sky")
"""Words in names of surfaces that viewers look for under a node's own name."""
ROOM = {"vrgen": {"room"}}
"""What the extras of a node may say whose meshes go elsewhere: the room it is, and nothing else."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A mesh that may go elsewhere."""

    node: str
    mesh: Mesh
    world: NDArray[np.float64]


def gathered(scene: Scene, *, instances: bool) -> Scene:
    """The scene with meshes of different nodes joined in new nodes at the root, where they look alike.

    Nodes keep their names, places and extras, and give their meshes up. Left where they are: what blends, is
    skinned, morphed, animated or named in extras or extensions, and whatever hangs below such a node; nodes
    whose extras say more than which room they are (works, colliders); plaques and skies; a generated material
    that a node wears alone, for its name means that; with `instances`, what stands in three places or more. A
    joined mesh has at most 32,768 triangles, in the order of the nodes, so that neighbours go together.
    """
    copies = Counter(id(mesh) for node, _ in scene.walk() for mesh in node.meshes)
    least = LEAST if instances else math.inf
    pieces = [piece for piece in _pieces(scene) if copies[id(piece.mesh)] < least]
    groups = [group for group in _groups(pieces) if len({piece.node for piece in group}) > 1]
    gone = {(piece.node, id(piece.mesh)) for group in groups for piece in group}
    if not gone:
        return scene
    names = {node.name for node, _ in scene.walk()}
    new = tuple(_one(group, names) for group in groups)

    def change(node: Node) -> Node:
        left = tuple(mesh for mesh in node.meshes if (node.name, id(mesh)) not in gone)
        return node if len(left) == len(node.meshes) else replace(node, meshes=left)

    bare = scene.map_nodes(change)
    return replace(bare, nodes=(*bare.nodes, *new))


def _pieces(scene: Scene) -> Iterator[_Piece]:
    """Every mesh that may go elsewhere, with its place."""
    bound = {channel.node for animation in scene.animations for channel in animation.channels}
    bound |= set(_said(scene.extras)) | set(_said(scene.kept))
    for node, _ in scene.walk():
        bound |= set(_said(node.kept)) | set(_said(node.mesh_kept)) | set(_said(node.extras))
        bound |= set(node.skin.joints) if node.skin is not None else set()
    for root in scene.nodes:
        yield from _below(scene, root, np.eye(4), bound)


def _below(scene: Scene, node: Node, parent: NDArray[np.float64], bound: set[str]) -> Iterator[_Piece]:
    says = {key: set(value) if isinstance(value, Mapping) else value for key, value in node.extras.items()}
    held = node.kept or node.mesh_kept or node.strokes or node.skin is not None or node.weights is not None
    if held or node.name in bound or says not in ({}, ROOM):
        return
    world = parent @ node.matrix
    made = [mesh for mesh in node.meshes if record_for(scene, mesh.surface) is not None]
    for mesh in node.meshes:
        named = len(made) == 1 and mesh is made[0]
        apart = any(word in mesh.surface.name for word in APART) or not isinstance(kind_of(mesh), tuple)
        if len(mesh.indices) and not (named or apart):
            yield _Piece(node.name, mesh, world)
    for child in node.children:
        yield from _below(scene, child, world, bound)


def _said(value: Any) -> Iterator[str]:
    """Every string and name of a node in JSON."""
    if isinstance(value, NodeName):
        yield value.name
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _said(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _said(inner)


def _groups(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Pieces that can be one, no group larger than a mesh may be."""
    found: dict[Hashable, list[list[_Piece]]] = {}
    for piece in pieces:
        groups = found.setdefault(kind_of(piece.mesh), [[]])
        whole = [*(one.mesh for one in groups[-1]), piece.mesh]
        vertices = sum(len(mesh.positions) for mesh in whole)
        triangles = sum(len(mesh.indices) for mesh in whole)
        if groups[-1] and (vertices > MOST_VERTICES or triangles > MOST_TRIANGLES):
            groups.append([])
        groups[-1].append(piece)
    return [group for groups in found.values() for group in groups]


def _one(group: list[_Piece], names: set[str]) -> Node:
    (mesh,) = joined([_placed(piece) for piece in group])
    name = f"all_{mesh.surface.name or 'plain'}"
    count = 1
    while name in names:
        count += 1
        name = f"all_{mesh.surface.name or 'plain'}_{count}"
    names.add(name)
    return Node(name, meshes=(mesh,))


def _placed(piece: _Piece) -> Mesh:
    """The mesh in the world's frame."""
    mesh, linear = piece.mesh, piece.world[:3, :3]
    changed: dict[str, Any] = {"positions": mesh.positions @ linear.T + piece.world[:3, 3]}
    mirrored = np.linalg.det(linear) < 0
    if mirrored:
        changed["indices"] = mesh.indices[:, ::-1]
    if mesh.normals is not None:
        changed["normals"] = _unit(mesh.normals @ np.linalg.pinv(linear))
    if mesh.tangents is not None:
        sign = mesh.tangents[:, 3:] * (-1 if mirrored else 1)
        changed["tangents"] = np.concatenate([_unit(mesh.tangents[:, :3] @ linear.T), sign], axis=1)
    return replace(mesh, **changed)


def _unit(rows: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
