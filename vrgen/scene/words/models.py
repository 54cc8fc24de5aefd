"""Models: what a [[mesh]] looks like, the middle of its foot at the origin, at its own size in metres."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Mesh, Node, Scene, Surface
from vrgen.scene.words import shapes
from vrgen.scene.words.tables import MeshTable

SORTS = 6
"""Boulders of one table that differ; copies take turns."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """One look of a mesh."""

    meshes: tuple[Mesh, ...]
    """In the frame of its place."""
    nodes: tuple[Node, ...] = ()
    """The tree of a file that keeps its own materials, in the same frame."""
    metric: bool = True
    """Whether UV is in metres, so that it grows with the mesh."""

    def triangles(self) -> Floats:
        """(T, 3, 3) metres."""
        parts = [mesh.positions[mesh.indices].astype(np.float64) for mesh in self.meshes]
        return np.concatenate(parts) if parts else np.zeros((0, 3, 3))


def models_of(
    table: MeshTable, *, surfaces: Mapping[str, Surface], files: Mapping[str, Scene], seed: int, copies: bool
) -> tuple[Model, ...]:
    """The looks of a mesh, several of a stone that has `copies`, at the size that the table asks for.

    surfaces: by name of material; files: scenes by the name that `file` says.
    """
    names = (table.material,) if isinstance(table.material, str) else table.material or ()
    if table.file is not None:
        scene = files[table.file]
        return tuple(_of_file(table, scene, surfaces[name]) for name in names) or (
            _of_file(table, scene, None),
        )
    # checked: what is no file wears something
    looks = [look for name in names for look in _shaped(table, surfaces[name], seed, copies)]
    return tuple(_sized(Model(meshes), table) for meshes in looks)


def _shaped(table: MeshTable, surface: Surface, seed: int, copies: bool) -> list[tuple[Mesh, ...]]:
    name, lighting = table.name, table.lighting
    if table.box is not None:
        return [shapes.box(table.box, surface, name=name, lighting=lighting)]
    if table.plane is not None:
        return [shapes.plane(table.plane, surface, name=name, lighting=lighting)]
    if table.stone is not None:
        first = zlib.crc32(f"{seed}/{name}".encode())
        return [
            shapes.stone(table.stone, surface, name=name, seed=first + sort, lighting=lighting)
            for sort in range(SORTS if copies else 1)
        ]
    profile = table.lathe
    if table.cylinder is not None:
        radius, height = table.cylinder
        profile = ((radius, 0.0), (radius, height))
    assert profile is not None  # checked: one shape is there
    return [shapes.lathe(profile, surface, name=name, sides=table.sides, lighting=lighting)]


def _sized(model: Model, table: MeshTable) -> Model:
    factor = table.scale
    if table.height is not None:
        points = model.triangles().reshape(-1, 3)
        factor = table.height / max(float(np.ptp(points[:, 1])), 1e-6)
    return model if factor == 1.0 else replace(model, meshes=tuple(_grown(m, factor) for m in model.meshes))


def _grown(mesh: Mesh, factor: float) -> Mesh:
    uv = None if mesh.uv0 is None else mesh.uv0 * np.float32(factor)
    return replace(mesh, positions=mesh.positions * np.float32(factor), uv0=uv)


def _of_file(table: MeshTable, scene: Scene, worn: Surface | None) -> Model:
    low, high = scene.bounds()
    factor = table.scale if table.height is None else table.height / max(float(high[1] - low[1]), 1e-6)
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    root = np.eye(4) * factor
    root[:3, 3], root[3, 3] = -foot * factor, 1.0
    meshes = tuple(
        moved(_still(mesh, table), root @ world)
        for node, world in scene.walk()
        for mesh in node.meshes
        if len(mesh.indices)
    )
    if worn is not None:
        dressed = (shapes.projected(replace(mesh, surface=worn, colours=None)) for mesh in meshes)
        return Model(tuple(dressed))
    nodes = tuple(_named(node, f"{table.name}_{i}", table) for i, node in enumerate(scene.nodes))
    top = Node(f"{table.name}_model", translation=-foot * factor, scale=np.full(3, factor), children=nodes)
    return Model(meshes, (top,), metric=False)


def _named(node: Node, name: str, table: MeshTable) -> Node:
    """The same tree under names of its own, at rest; cameras stay out, since the stops are the scene's."""
    children = tuple(_named(child, f"{name}_{i}", table) for i, child in enumerate(node.children))
    return Node(
        name,
        translation=node.translation,
        rotation=node.rotation,
        scale=node.scale,
        meshes=tuple(_still(mesh, table) for mesh in node.meshes),
        light=node.light,
        children=children,
        extras=node.extras,
    )


def _still(mesh: Mesh, table: MeshTable) -> Mesh:
    """The mesh as it stands in the file, without what would move it."""
    return Mesh(
        mesh.positions,
        mesh.indices,
        mesh.surface,
        normals=mesh.normals,
        tangents=mesh.tangents,
        uv0=mesh.uv0,
        uv1=mesh.uv1,
        colours=mesh.colours,
        lighting=table.lighting,
        name=mesh.name,
    )


def moved(mesh: Mesh, matrix: Floats) -> Mesh:
    """The mesh in another frame; a mirrored one keeps its outside outside."""
    turn = np.linalg.inv(matrix[:3, :3]).T
    indices = mesh.indices
    if np.linalg.det(matrix[:3, :3]) < 0:
        indices = np.ascontiguousarray(indices[:, ::-1])
    tangents = mesh.tangents
    if tangents is not None:
        along = unit(tangents[:, :3] @ matrix[:3, :3].T)
        sign = tangents[:, 3:] * np.sign(np.linalg.det(matrix[:3, :3]))
        tangents = np.concatenate([along, sign], axis=1).astype(np.float32)
    return replace(
        mesh,
        positions=(mesh.positions @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32),
        indices=indices,
        normals=None if mesh.normals is None else unit(mesh.normals @ turn.T).astype(np.float32),
        tangents=tangents,
    )


def unit(vectors: Floats) -> Floats:
    """Vectors (n, 3) at length 1; those of no length stay."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
