"""LODs: coarser levels of what has many triangles, to be drawn where it is small on the screen (MSFT_lod).

Level n of a node is called NAME_LODn and stands in no scene. Few viewers read the extension (Babylon.js does;
three.js, glTFast and Godot do not), the names are for importers that go by them (Unity's, Unreal's).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.gltf.kept import LEVELS
from vrgen.gltf.optimize.simplify import Coarse, coarser

COVERAGE = "MSFT_screencoverage"
LEAST = 2_000
"""Triangles of a node from which levels are worth their bytes."""
FEWER = 0.7
"""A level has at most this part of the triangles of the one before, or there is none."""
FIRST, FURTHER = 4.0, 3.0
"""Radii of a node from which the first level is drawn, and how many times farther the next."""
PIXELS = 0.5
"""Of the device, that a level may be off at the distance where it is first drawn. With a whole one the rim of
a tea pot tore, and reflections jumped."""
MOST_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Levels:
    """What a node is drawn as."""

    node: str
    """Its name."""
    triangles: tuple[int, ...]
    """Of itself and of each level."""
    errors: tuple[float, ...]
    """Metres that each level may be off, in the node's own frame: half a pixel at its distance."""
    distances: tuple[float, ...]
    """Metres from which each level is drawn, in the node's own frame."""


def coverage_at(radii: float) -> float:
    """Part of a square picture with a field of view of 90 degrees that a ball covers, `radii` away.

    What MSFT_screencoverage counts, as Babylon.js does; 0.049 at 4, 0.0055 at 12.
    """
    return min(1.0, math.pi / 4 / radii**2)


def leveled(scene: Scene, levels: int, *, pixels_per_degree: float) -> tuple[Scene, tuple[Levels, ...]]:
    """The scene with up to `levels` coarser levels of every node with many triangles, and what they are.

    A level may be off by half a pixel where it is first drawn, at 4, 12, 36 ... radii of the node. UV seams
    stay shut, open edges where they are, light in the vertices and normals nearly as they were. Left out:
    nodes that are skinned, morphed, hold children, a light or a camera, or have levels; a sky. Nodes that
    share meshes share levels. Raises MissingPart without node, OutputProblem when the simplifier fails.
    """
    steps = [FIRST * FURTHER**number for number in range(min(levels, MOST_LEVELS))]
    chosen = {tuple(map(id, node.meshes)): node.meshes for node, _ in scene.walk() if _worth(node)}
    radii = {key: _radius(meshes) for key, meshes in chosen.items()}
    pixel = math.radians(PIXELS / pixels_per_degree)
    asked = {key: [radius * step * pixel for step in steps] for key, radius in radii.items()}
    every = [(mesh, asked[key]) for key, meshes in chosen.items() for mesh in meshes]
    if not every or not steps:
        return scene, ()
    made = iter(coarser([mesh for mesh, _ in every], [errors for _, errors in every]))
    kept = {key: _kept(meshes, [next(made) for _ in meshes]) for key, meshes in chosen.items()}
    names = {node.name for node, _ in scene.walk()}
    report = []

    def change(node: Node) -> Node:
        key = tuple(map(id, node.meshes))
        found = kept.get(key, []) if _worth(node) else []
        if not found:
            return node
        places = [number for number, _ in found]
        counts = [sum(len(m.indices) for m in meshes) for meshes in (node.meshes, *(m for _, m in found))]
        distances = tuple(radii[key] * steps[n] for n in places)
        report.append(
            Levels(node.name, tuple(counts), tuple(asked[key][number] for number in places), distances)
        )
        return _with_levels(node, [meshes for _, meshes in found], [steps[n] for n in places], names)

    return scene.map_nodes(change), tuple(report)


def _worth(node: Node) -> bool:
    apart = node.children or node.camera or node.light or node.skin or node.weights is not None
    known = LEVELS in node.kept.get("extensions", {}) or COVERAGE in node.extras
    sky = any("sky" in mesh.surface.name for mesh in node.meshes)
    return not (apart or known or sky) and sum(len(mesh.indices) for mesh in node.meshes) >= LEAST


def _radius(meshes: Sequence[Mesh]) -> float:
    """Of a ball around the middle of their box."""
    low = np.min([mesh.positions.min(axis=0) for mesh in meshes if len(mesh.positions)], axis=0)
    high = np.max([mesh.positions.max(axis=0) for mesh in meshes if len(mesh.positions)], axis=0)
    return float(np.linalg.norm(high - low)) / 2


def _kept(meshes: Sequence[Mesh], made: Sequence[Sequence[Coarse]]) -> list[tuple[int, tuple[Mesh, ...]]]:
    """(number, meshes) of the levels that are coarser by enough than the one before."""
    found: list[tuple[int, tuple[Mesh, ...]]] = []
    before = sum(len(mesh.indices) for mesh in meshes)
    for number in range(len(made[0])):
        level = tuple(one[number].mesh for one in made)
        count = sum(len(mesh.indices) for mesh in level)
        if count <= FEWER * before:
            found.append((number, tuple(mesh for mesh in level if len(mesh.indices))))
            before = count
    return [one for one in found if one[1]]


def _with_levels(
    node: Node, levels: Sequence[tuple[Mesh, ...]], steps: Sequence[float], names: set[str]
) -> Node:
    ids = []
    for number, meshes in enumerate(levels, 1):
        name = f"{node.name}_LOD{number}"
        while name in names:
            name += "_"
        names.add(name)
        ids.append(Node(name, node.translation, node.rotation, node.scale, meshes))
    extensions = {**node.kept.get("extensions", {}), LEVELS: {"ids": tuple(ids)}}
    coverage = [*(round(coverage_at(step), 6) for step in steps), 0.0]
    return replace(
        node, kept={**node.kept, "extensions": extensions}, extras={**node.extras, COVERAGE: coverage}
    )
