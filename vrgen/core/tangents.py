"""Tangents of a mesh: MikkTSpace on its vertices, split where its triangles want two."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import Mesh
from vrgen.core.mikktspace import NOBODY, corner_tangents
from vrgen.core.remap import remapped
from vrgen.core.surface import Texture


def tangent_mesh(mesh: Mesh, texture: Texture) -> Mesh:
    """The mesh with MikkTSpace tangents for a normal map that lies on it as `texture` does.

    glTF 2.0, 3.7.2.1: w is the bitangent's sign, and v grows downwards, so it is the negative of what the
    algorithm says. A texture that is turned or mirrored by its transform gets the tangents of what is seen.
    Vertices are split where two groups meet, appended after those there were; a vertex without any group
    (no UV area around it) gets some tangent in its plane. Raises nothing; without UVs the mesh comes back.
    """
    uv = mesh.uv1 if texture.uv_set else mesh.uv0
    if uv is None:
        return mesh
    if mesh.normals is None:
        mesh = flat_shaded(mesh)
        uv = mesh.uv1 if texture.uv_set else mesh.uv0
    assert mesh.normals is not None and uv is not None
    made = corner_tangents(mesh.positions, mesh.indices, mesh.normals, _laid(uv, texture))
    vertices, indices, group = _split(mesh, made.group)
    if len(vertices) > len(mesh.positions):
        mesh = remapped(mesh, vertices, indices)
    assert mesh.normals is not None
    normals = mesh.normals.astype(np.float64)
    known = group != NOBODY
    tangent, sign = np.zeros((len(group), 3)), np.full(len(group), -1.0)
    tangent[known], sign[known] = made.tangent[group[known]], made.sign[group[known]]
    lost = np.sum(tangent * tangent, axis=1) < 0.5
    tangent[lost] = _some_way(normals[lost])
    whole = np.concatenate([tangent, -sign[:, None]], axis=1).astype(np.float32)
    return replace(mesh, tangents=whole)


def flat_shaded(mesh: Mesh) -> Mesh:
    """The mesh with three vertices a triangle and the triangle's normal on them."""
    chosen = mesh.indices.ravel()
    corners = mesh.positions[chosen].reshape(-1, 3, 3).astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(cross, axis=1, keepdims=True)
    normals = np.where(length > 1e-30, cross / np.maximum(length, 1e-30), [[0.0, 1.0, 0.0]])
    indices = np.arange(len(chosen), dtype=np.uint32).reshape(-1, 3)
    made = remapped(replace(mesh, tangents=None), chosen, indices)
    return replace(made, normals=np.repeat(normals, 3, axis=0).astype(np.float32))


def _laid(uv: NDArray[np.float32], texture: Texture) -> NDArray[np.float32]:
    """UVs (V, 2) as the texture's transform turns and mirrors them (KHR_texture_transform)."""
    if texture.rotation == 0 and min(texture.scale) > 0:  # changes no tangent: leave the numbers as they are
        return uv
    cos, sin = np.cos(texture.rotation), np.sin(texture.rotation)
    matrix = np.array([[cos, sin], [-sin, cos]])  # the specification's, for columns (u, v)
    return np.asarray(uv.astype(np.float64) * texture.scale @ matrix.T, dtype=np.float32)


def _split(
    mesh: Mesh, group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Old vertices (n,) of the new ones, triangles (T, 3) of those, and the group (n,) of each.

    The first group of a vertex stays where the vertex was; corners without a group take that one.
    """
    count = len(mesh.positions)
    vertex, mine = mesh.indices.reshape(-1).astype(np.int64), group.reshape(-1)
    known = mine != NOBODY
    pairs, place = np.unique(np.stack([vertex[known], mine[known]], axis=1), axis=0, return_inverse=True)
    first = np.concatenate([[True], pairs[1:, 0] != pairs[:-1, 0]])[: len(pairs)]
    number = pairs[:, 0].copy()
    number[~first] = count + np.arange(int((~first).sum()))
    corner = vertex.copy()
    corner[known] = number[place.reshape(-1)]
    owner = np.full(count, NOBODY, np.int64)
    owner[pairs[first, 0]] = pairs[first, 1]
    return (
        np.concatenate([np.arange(count), pairs[~first, 0]]),
        corner.reshape(-1, 3),
        np.concatenate([owner, pairs[~first, 1]]),
    )


def _some_way(normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) unit vectors square to normals (n, 3)."""
    axis = np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
    flat = axis - normals * np.sum(normals * axis, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-30))
