"""Tangents for meshes whose surface has a normal map but that carry none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import ATTRIBUTES, Mesh


def with_tangents(mesh: Mesh) -> Mesh:
    """The mesh with normals and tangents, where its surface has a normal map and its vertices the UVs for it.

    Without normals the mesh is flat: its triangles get vertices of their own. A tangent is the mean of
    dP/du over the triangles around a vertex, weighted by their area and made orthogonal to the normal
    (Lengyel 2001). MikkTSpace differs where triangles of one vertex disagree; a mesh that was baked for
    it should bring its own tangents.
    """
    texture = mesh.surface.normal
    if texture is None or (mesh.tangents is not None and mesh.normals is not None):
        return mesh
    if texture.uv_set > 1 or (mesh.uv1 if texture.uv_set else mesh.uv0) is None:
        return mesh
    if mesh.normals is None:
        mesh = _flat(mesh)
    uv = mesh.uv1 if texture.uv_set else mesh.uv0
    assert mesh.normals is not None and uv is not None
    return replace(mesh, tangents=tangents(mesh.positions, mesh.indices, mesh.normals, uv))


def tangents(
    positions: NDArray[np.float32],
    indices: NDArray[np.uint32],
    normals: NDArray[np.float32],
    uv: NDArray[np.float32],
) -> NDArray[np.float32]:
    """(V, 4) float32: unit tangents orthogonal to the normals (V, 3), w the sign of the bitangent."""
    corners = positions[indices].astype(np.float64)
    along, across = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    d = uv[indices].astype(np.float64)
    d1, d2 = d[:, 1] - d[:, 0], d[:, 2] - d[:, 0]
    turn = np.sign(d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1])[:, None]
    area = np.linalg.norm(np.cross(along, across), axis=1)[:, None]
    u = _unit((along * d2[:, 1:] - across * d1[:, 1:]) * turn) * area
    v = _unit((across * d1[:, :1] - along * d2[:, :1]) * turn) * area
    n = normals.astype(np.float64)
    tangent, bitangent = _gather(u, indices, len(n)), _gather(v, indices, len(n))
    tangent = _unit(tangent - n * np.sum(n * tangent, axis=1, keepdims=True))
    lost = np.sum(tangent * tangent, axis=1) < 0.5  # no UV area: any direction in the plane will do
    axis = np.where(np.abs(n[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
    tangent[lost] = _unit(axis - n * np.sum(n * axis, axis=1, keepdims=True))[lost]
    # v grows downwards in an image while a normal map's green points up: w is the sign of -dP/dv.
    sign = np.where(np.sum(np.cross(n, tangent) * bitangent, axis=1) > 0, -1.0, 1.0)
    return np.concatenate([tangent, sign[:, None]], axis=1).astype(np.float32)


def _flat(mesh: Mesh) -> Mesh:
    """The mesh with three vertices a triangle and the triangle's normal on them."""
    chosen = mesh.indices.ravel()
    arrays: dict[str, Any] = {
        name: getattr(mesh, name)[chosen] for name in ATTRIBUTES if getattr(mesh, name) is not None
    }
    positions = mesh.positions[chosen]
    corners = positions.reshape(-1, 3, 3).astype(np.float64)
    normals = _unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    normals[np.sum(normals * normals, axis=1) < 0.5] = (0.0, 1.0, 0.0)
    arrays["normals"] = np.repeat(normals, 3, axis=0)
    arrays.pop("tangents", None)
    indices = np.arange(len(chosen), dtype=np.uint32).reshape(-1, 3)
    further = None if mesh.further is None else mesh.further.taken(chosen)
    return replace(mesh, positions=positions, indices=indices, tangents=None, further=further, **arrays)


def _gather(values: NDArray[np.float64], indices: NDArray[np.uint32], count: int) -> NDArray[np.float64]:
    """(count, 3) sums of triangle values (T, 3) at their vertices."""
    corners = indices.T.ravel()
    columns = [np.bincount(corners, np.tile(values[:, i], 3), minlength=count) for i in range(3)]
    return np.stack(columns, axis=1)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Vectors (N, 3) of length 1; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float64] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-30)
    return unit
