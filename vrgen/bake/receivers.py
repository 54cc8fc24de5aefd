"""Receivers: the places where light is gathered (texels of facets, vertices of everything else).

A receiver has one normal and up to four positions; positions that lie under or inside other things
(behind a frame, beneath a plinth, outside the polygon) are dropped, and a receiver without any is no
receiver: its light is filled from its neighbours, so that nothing dark creeps out of a joint.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.facets import Facet

PLACES = 4
"""Positions of a receiver."""


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """The texels of a facet."""

    facet: Facet
    """Where it lies."""
    shape: tuple[int, int]
    """Rows (along), columns (across)."""
    step: tuple[float, float]
    """Metres between texels (along, across)."""
    receiver: NDArray[np.int64]
    """(rows, columns) the receiver that speaks for each texel: its own, or the nearest."""
    own: NDArray[np.bool_]
    """(rows, columns) whether the texel has its own receiver."""


@dataclass(frozen=True, eq=False, slots=True)
class Loose:
    """Triangles of a part that are lit at their vertices, subdivided where they are long."""

    part: int
    """Which part."""
    positions: NDArray[np.float64]
    """(v, 3) world."""
    normals: NDArray[np.float64]
    """(v, 3) world, unit."""
    uv0: NDArray[np.float64] | None
    """(v, 2)."""
    colours: NDArray[np.float64] | None
    """(v, 4) the mesh's own vertex colours."""
    triangles: NDArray[np.int64]
    """(t, 3), counter-clockwise."""
    receiver: NDArray[np.int64]
    """(v,) the receiver of each vertex."""


@dataclass(frozen=True, eq=False, slots=True)
class Receivers:
    """All places where light is gathered; n of them, texels first."""

    places: NDArray[np.float32]
    """(n, 4, 3) positions, lifted off the surface; the valid ones repeated to fill."""
    normals: NDArray[np.float32]
    """(n, 3)."""
    tangents: NDArray[np.float32]
    """(n, 3) unit, square to the normal; one for all texels of a facet."""
    albedo: NDArray[np.float32]
    """(n, 3)."""
    bounds: NDArray[np.int64]
    """(clusters + 1,) cluster k is bounds[k]:bounds[k + 1]: a tile of one facet, or some vertices."""
    texels: int
    """How many of the receivers are texels."""

    def __len__(self) -> int:
        return len(self.normals)
