"""Trim: a mesh without what nothing reads, every vertex once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import ATTRIBUTES, Mesh
from vrgen.gltf.to_material import textures_of


def trimmed(mesh: Mesh) -> Mesh:
    """The mesh without attributes that its surface does not read, equal vertices joined, collapsed triangles
    left out; it looks the same.

    An unlit surface reads no normals, and tangents serve a normal map alone. A mesh with further attributes,
    or a surface with extensions that are not read here, stays as it is.
    """
    if mesh.further is not None or mesh.surface.kept or mesh.kept.get("extensions"):
        return mesh
    surface = mesh.surface
    sets = {texture.uv_set for _, texture in textures_of(surface)}
    unread = {
        "normals": surface.unlit,
        "tangents": surface.unlit or surface.normal is None,
        "uv0": 0 not in sets,
        "uv1": 1 not in sets,
    }
    white = mesh.colours is not None and bool((mesh.colours == 1.0).all())
    dropped = [name for name, drop in (*unread.items(), ("colours", white)) if drop]
    gone: dict[str, Any] = dict.fromkeys(dropped)
    return welded(replace(mesh, **gone))


def welded(mesh: Mesh) -> Mesh:
    """The mesh with equal vertices joined, in the order of their first use, and no collapsed triangles."""
    if not len(mesh.indices):
        return mesh
    arrays: dict[str, NDArray[Any]] = {"positions": mesh.positions + np.float32(0.0)}  # no negative zeros
    arrays |= {name: array for name in ATTRIBUTES if (array := getattr(mesh, name)) is not None}
    rows = np.concatenate([np.ascontiguousarray(a, np.float32) for a in arrays.values()], axis=1)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))[:, 0]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    triangles = inverse[mesh.indices]
    sound = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    triangles = triangles[sound]
    if len(first) == len(mesh.positions) and sound.all():
        return mesh
    used, start = np.unique(triangles, return_index=True)
    order = used[np.argsort(start, kind="stable")]
    place = np.zeros(len(first), np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    taken = first[order]
    return replace(mesh, indices=place[triangles], **{name: array[taken] for name, array in arrays.items()})
