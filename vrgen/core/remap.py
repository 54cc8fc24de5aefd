"""Remapping: a mesh with other vertices, each a copy of one it had."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import ATTRIBUTES, Mesh


def remapped(mesh: Mesh, vertices: NDArray[np.integer], indices: NDArray[np.integer]) -> Mesh:
    """The mesh whose vertex i is the old vertex `vertices[i]` (n,), with triangles (t, 3) of the new ones."""
    rows = np.asarray(vertices, np.int64)
    arrays: dict[str, Any] = {
        name: getattr(mesh, name)[rows] for name in ATTRIBUTES if getattr(mesh, name) is not None
    }
    if mesh.further is not None:  # what moves the vertices of skins and morphs
        arrays["further"] = mesh.further.taken(rows)
    return replace(mesh, positions=mesh.positions[rows], indices=indices.astype(np.uint32), **arrays)
