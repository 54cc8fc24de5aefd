"""Carried: what moves the vertices of a mesh (joints, morph targets), taken along to its lit copy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.further import Further
from vrgen.core.mesh import Mesh

MOVERS = ("JOINTS", "WEIGHTS")


def moves(mesh: Mesh) -> bool:
    """Whether joints or morph targets move its vertices, which then must stay the ones they are."""
    further = mesh.further
    return further is not None and bool(
        further.rest or further.targets or any(name.startswith(MOVERS) for name in further.attributes)
    )


def carried(mesh: Mesh, made: Mesh) -> Further | None:
    """What `mesh` carries, for its lit copy `made` whose vertices repeat its own in another order.

    Where nothing moves the vertices they are other ones, and what they carried has lost its meaning: None.
    """
    if mesh.further is None or not moves(mesh):
        return None
    from scipy.spatial import cKDTree

    extent = float(np.ptp(mesh.positions, axis=0).max(initial=0.0)) or 1.0
    shared = [name for name in ("normals", "uv0") if getattr(mesh, name) is not None]
    shared = [name for name in shared if getattr(made, name) is not None]

    def told(one: Mesh) -> NDArray[np.float64]:
        """(V, N): the place, and a trace of what sets vertices of one place apart."""
        columns = [one.positions, *(1e-3 * extent * getattr(one, name) for name in shared)]
        return np.concatenate(columns, axis=1, dtype=np.float64)

    return mesh.further.taken(cKDTree(told(mesh)).query(told(made))[1])
