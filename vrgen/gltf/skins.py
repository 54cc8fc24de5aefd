"""Skinned and morphed meshes, put once into the pose that the file's nodes have (glTF 2.0, 3.7.2 and 3.7.3).

The pose is what is drawn and baked; the geometry before it stays in `Mesh.further.rest`, for the file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.further import Further
from vrgen.core.mesh import Mesh
from vrgen.gltf.accessors import Budget
from vrgen.gltf.part import Part

MOVED = {"POSITION": "positions", "NORMAL": "normals", "TANGENT": "tangents"}
BLOCK = 65536
"""Vertices that are moved at once: their (4, 4) matrices take ten times their own size."""


def morphed(mesh: Mesh, weights: tuple[float, ...], part: Part, budget: Budget) -> Mesh:
    """The mesh with the displacements of its targets added; targets without a weight count nothing."""
    further = mesh.further
    if further is None or not further.targets:
        return mesh
    changes: dict[str, Any] = {}
    for key, field in MOVED.items():
        start = getattr(mesh, field)
        moves = [(w, t[key]) for w, t in zip(weights, further.targets, strict=False) if w and key in t]
        if start is None or not moves:
            continue
        budget.spend(part, start.nbytes)
        moved = start.astype(np.float64)
        for weight, target in moves:
            moved[:, :3] += weight * target
        if not np.isfinite(moved).all() or np.abs(moved).max(initial=0.0) > 3e38:
            part.fail("leave the range of numbers when they are applied", "weights")
        if key != "POSITION":
            moved[:, :3] = _unit(moved[:, :3])
        changes[field] = moved
    if not changes:
        return mesh
    return replace(mesh, further=_resting(mesh, further), **changes)


def posed(mesh: Mesh, matrices: NDArray[np.float64], part: Part, budget: Budget) -> Mesh:
    """The mesh moved by its joints: positions, normals and tangents; as it is where it names none.

    `matrices` (J, 4, 4) lead to the frame in which the mesh shall stand. Only the first four joints of a
    vertex count. Raises InputProblem for a joint that the skin lacks.
    """
    further = mesh.further
    if further is None or not {"JOINTS_0", "WEIGHTS_0"} <= set(further.attributes):
        return mesh
    joints, weights = further.attributes["JOINTS_0"], further.attributes["WEIGHTS_0"]
    reach = int(np.where(weights > 0, joints, 0).max())
    if reach >= len(matrices):
        part.fail(f"has a mesh whose JOINTS_0 reach joint {reach} of {len(matrices)}")
    fields = [name for name in MOVED.values() if getattr(mesh, name) is not None]
    budget.spend(part, sum(getattr(mesh, name).nbytes for name in fields))
    out = {name: np.empty_like(getattr(mesh, name)) for name in fields}
    for start in range(0, len(joints), BLOCK):
        rows = slice(start, start + BLOCK)
        blend = _blend(joints[rows], weights[rows].astype(np.float64), matrices)
        if not np.isfinite(blend).all() or np.abs(blend).max() > 1e30:
            part.fail("has a mesh that leaves the range of numbers when its skin is applied")
        _move(mesh, rows, blend, out)
    if not all(np.isfinite(array).all() for array in out.values()):
        part.fail("has a mesh that leaves the range of numbers when its skin is applied")
    return replace(mesh, further=_resting(mesh, further), **out)


def _blend(
    joints: NDArray[Any], weights: NDArray[np.float64], matrices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(V, 4, 4): each vertex' joints by its weights."""
    joints = np.where(weights > 0, joints, 0)
    weights = np.maximum(weights, 0.0)
    total = weights.sum(axis=1, keepdims=True)
    weights = np.where(total > 0, weights / np.where(total > 0, total, 1.0), [1.0, 0.0, 0.0, 0.0])
    blend = np.zeros((len(joints), 4, 4))
    for corner in range(4):
        blend += weights[:, corner, None, None] * matrices[joints[:, corner]]
    return blend


def _move(mesh: Mesh, rows: slice, blend: NDArray[np.float64], out: dict[str, NDArray[np.float32]]) -> None:
    turn = blend[:, :3, :3]
    with np.errstate(over="ignore"):  # what leaves the range becomes infinite, which is refused in the end
        out["positions"][rows] = np.einsum("vij,vj->vi", turn, mesh.positions[rows]) + blend[:, :3, 3]
    if mesh.normals is not None:
        inverse = np.linalg.pinv(turn)
        out["normals"][rows] = _unit(np.einsum("vji,vj->vi", inverse, mesh.normals[rows]))
    if mesh.tangents is not None:
        out["tangents"][rows, :3] = _unit(np.einsum("vij,vj->vi", turn, mesh.tangents[rows, :3]))
        out["tangents"][rows, 3] = mesh.tangents[rows, 3]


def _resting(mesh: Mesh, further: Further) -> Further:
    """What the mesh carries, with its geometry as it is now kept as its rest, unless one is already."""
    if further.rest:
        return further
    rest = {name: value for name in MOVED.values() if (value := getattr(mesh, name)) is not None}
    return replace(further, rest=rest)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float64] = vectors / np.where(lengths > 1e-30, lengths, 1.0)
    return unit
