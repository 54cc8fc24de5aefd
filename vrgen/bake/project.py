"""Projection: UVs in metres for a mesh that has none that serve, as paper is laid round a box.

Each flat stretch is papered in its own plane, everything else along the axis it faces most. Upright
surfaces have the picture's up towards the sky, level ones towards -Z; nothing is mirrored.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from vrgen.bake.facets import crosses, shared_edges, weld
from vrgen.bake.parts import oriented, unit
from vrgen.core.mesh import Mesh
from vrgen.core.remap import remapped

FLAT = 1 - 1e-5
"""Cosine from which two neighbours lie in one plane."""
WORTH = 0.02
"""Square metres from which a flat stretch is papered in its own plane."""


def with_metre_uvs(mesh: Mesh, world: NDArray[np.float64], *, origin: bool = True) -> Mesh:
    """The mesh with uv0 in metres of the world, vertices split where the paper is cut.

    world: (4, 4) from the mesh's frame. origin: lay the paper from the world's origin, so that walls side
    by side continue each other; else from the mesh's own, so that instances share it.
    """
    faces = oriented(mesh.indices, world)
    place = world if origin else without_origin(world)
    points = mesh.positions.astype(np.float64) @ place[:3, :3].T + place[:3, 3]
    corners = points[faces]
    cross = crosses(corners)
    if mesh.normals is not None:  # a triangle of no size follows its vertices
        told = mesh.normals.astype(np.float64)[faces].mean(axis=1) @ np.linalg.inv(place[:3, :3])
        cross = np.where(np.linalg.norm(cross, axis=1, keepdims=True) < 1e-12, told, cross)
    normals, _ = papered(corners, unit(cross), 0.5 * np.linalg.norm(cross, axis=1))
    label = np.unique(normals, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    right, down = axes(normals)
    uv = np.stack([np.einsum("tck,tk->tc", corners, way) for way in (right, down)], axis=-1)
    key = np.stack([faces, np.broadcast_to(label[:, None], faces.shape)], axis=-1).reshape(-1, 2)
    kept, first, corner = np.unique(key, axis=0, return_index=True, return_inverse=True)
    indices = oriented(corner.reshape(-1, 3), world)
    made = remapped(mesh, kept[:, 0], indices)
    return replace(made, uv0=uv.reshape(-1, 2)[first].astype(np.float32), tangents=None)


def without_origin(world: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) the turn and size of a transform, without its place."""
    turned = world.copy()
    turned[:3, 3] = 0.0
    return turned


def papered(
    corners: NDArray[np.float64], normals: NDArray[np.float64], areas: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(t, 3) the normal of the plane that each triangle (t, 3, 3) is papered in, the same one for all of a
    plane, and whether that is its own: flat stretches have theirs, the rest the axis it faces most."""
    group = _flat_groups(corners, normals)
    total = np.bincount(group, weights=areas)
    flat = total[group] >= WORTH
    axis = np.abs(normals).argmax(axis=1)
    faced = np.zeros_like(normals)
    rows = np.arange(len(normals))
    faced[rows, axis] = np.where(normals[rows, axis] < 0, -1.0, 1.0)
    planes = np.where(flat[:, None], normals, faced)
    # The same plane for triangles that differ by rounding.
    return unit(np.round(planes, 4)), np.asarray(flat)


def _flat_groups(corners: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.int64]:
    one, two = shared_edges(weld(corners.reshape(-1, 3)).reshape(-1, 3))
    join = np.einsum("ek,ek->e", normals[one], normals[two]) > FLAT
    links = coo_array((np.ones(int(join.sum())), (one[join], two[join])), shape=(len(corners),) * 2)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def axes(normals: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ways (t, 3) of u and v in planes of unit normals (t, 3), seen from their outside."""
    level = np.abs(normals[:, 1:2]) > 0.94  # steeper than 20 degrees is a slope, with an up of its own
    up = np.where(level, [[0.0, 0.0, -1.0]], [[0.0, 1.0, 0.0]])
    right = unit(np.cross(up, normals))
    return right, -np.cross(normals, right)
