"""Skinned meshes, put once into the pose that the file's nodes have (glTF 2.0, 3.7.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import Mesh
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.part import Part


def joint_matrices(
    skin: Part, accessors: Accessors, worlds: dict[int, NDArray[np.float64]], *, nodes: int
) -> NDArray[np.float64]:
    """(J, 4, 4) of a skin: each joint's world transform times its inverse bind matrix.

    `worlds` holds the world transforms of the nodes of the scene; a joint outside it stands at the origin.
    """
    joints = skin.references("joints", nodes)
    if not joints:
        skin.fail("is empty, expected joints", "joints")
    placed = np.stack([worlds.get(joint, np.eye(4)) for joint in joints])
    if not skin.has("inverseBindMatrices"):
        return placed
    bind = accessors.floats(skin, "inverseBindMatrices", widths=(16,))
    if len(bind) < len(joints):
        skin.fail(f"has {len(bind)} matrices for {len(joints)} joints", "inverseBindMatrices")
    columns = bind[: len(joints)].astype(np.float64).reshape(-1, 4, 4)
    return placed @ columns.transpose(0, 2, 1)


def posed(mesh: Mesh, attributes: Part, accessors: Accessors, matrices: NDArray[np.float64]) -> Mesh:
    """The mesh moved by its joints: positions, normals and tangents; as it is where it names none.

    `matrices` (J, 4, 4) lead to the frame in which the mesh shall stand. Only the first four joints of a
    vertex count. Raises InputProblem for a joint that the skin lacks.
    """
    if not (attributes.has("JOINTS_0") and attributes.has("WEIGHTS_0")):
        return mesh
    joints = accessors.integers(attributes, "JOINTS_0", width=4)
    weights = accessors.floats(attributes, "WEIGHTS_0", widths=(4,)).astype(np.float64)
    for name, values in (("JOINTS_0", joints), ("WEIGHTS_0", weights)):
        if len(values) != len(mesh.positions):
            attributes.fail(f"has {len(values)} elements, POSITION has {len(mesh.positions)}", name)
    joints = np.where(weights > 0, joints, 0)
    if int(joints.max()) >= len(matrices):
        attributes.fail(f"reach joint {int(joints.max())} of {len(matrices)}", "JOINTS_0")
    total = weights.sum(axis=1, keepdims=True)
    weights = np.where(total > 0, weights / np.where(total > 0, total, 1.0), [1.0, 0.0, 0.0, 0.0])
    # One joint at a time: four (V, 4, 4) arrays at once would be sixty times the vertices' own size.
    blend = np.zeros((len(joints), 4, 4))
    for corner in range(4):
        blend += weights[:, corner, None, None] * matrices[joints[:, corner]]
    if not np.isfinite(blend).all():
        attributes.fail("leave the range of numbers when the skin is applied", "JOINTS_0")
    moved = np.einsum("vij,vj->vi", blend[:, :3, :3], mesh.positions) + blend[:, :3, 3]
    changes: dict[str, Any] = {"positions": moved}
    if mesh.normals is not None:
        inverse = np.linalg.pinv(blend[:, :3, :3])
        changes["normals"] = _unit(np.einsum("vji,vj->vi", inverse, mesh.normals))
    if mesh.tangents is not None:
        turned = _unit(np.einsum("vij,vj->vi", blend[:, :3, :3], mesh.tangents[:, :3]))
        changes["tangents"] = np.concatenate([turned, mesh.tangents[:, 3:]], axis=1)
    return replace(mesh, **changes)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float64] = vectors / np.where(lengths > 1e-30, lengths, 1.0)
    return unit
