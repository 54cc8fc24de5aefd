"""Stroke: points or lines of a file, which are kept for it and drawn by nobody here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import Mesh

Mode = Literal[0, 1, 2, 3]


@dataclass(frozen=True, eq=False, slots=True)
class Stroke:
    """A glTF primitive of points or lines."""

    mode: Mode
    """As glTF counts: 0 points, 1 lines, 2 a loop, 3 a strip."""
    mesh: Mesh
    """Its vertices, surface, extras and extensions; it has no triangles."""
    order: NDArray[np.uint32] | None = None
    """(N,) uint32 into the vertices; None takes them as they come."""
