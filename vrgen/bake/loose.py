"""Loose triangles: what is lit at its vertices, because it is small, narrow or curved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.carried import moves
from vrgen.bake.facets import Facet, crosses
from vrgen.bake.parts import Part, oriented, unit
from vrgen.bake.rays import Tracer
from vrgen.bake.receivers import Loose
from vrgen.bake.subdivide import cut_at_feet, subdivide

LONGEST = 0.5
"""Metres: longest edge of a triangle that is lit at its vertices."""


def find_loose(parts: list[Part], facets: list[Facet]) -> list[Loose]:
    """What of each lit part no facet took, cut where it is long and where things stand on it; receivers come
    later."""
    blocking = [part.corners() for part in parts if part.blocks]
    corners = np.concatenate([np.zeros((1, 3, 3)), *blocking])
    tracer, normals = Tracer(corners), crosses(corners)
    taken: dict[int, list[NDArray[np.int64]]] = {}
    for facet in facets:
        taken.setdefault(facet.part, []).append(facet.triangles)
    out = []
    for place, part in enumerate(parts):
        if not part.lit:
            continue
        rest = np.ones(len(part.mesh.indices), dtype=bool)
        for members in taken.get(place, []):
            rest[members] = False
        if rest.any():
            out.append(_loosen(place, part, rest, tracer, normals))
    return out


def _loosen(
    place: int, part: Part, rest: NDArray[np.bool_], tracer: Tracer, walls: NDArray[np.float64]
) -> Loose:
    mesh = part.mesh
    faces = oriented(mesh.indices, part.world)[rest]
    points = part.to_world(mesh.positions)
    if mesh.normals is None:  # flat shading: every triangle has corners of its own
        corner = faces.reshape(-1)
        normals = np.repeat(unit(crosses(points[faces])), 3, axis=0)
        faces = np.arange(len(corner)).reshape(-1, 3)
    else:
        corner, local = np.unique(faces, return_inverse=True)
        normals = part.normals_to_world(mesh.normals)[corner]
        faces = local.reshape(-1, 3)
    columns: list[NDArray[np.floating]] = [points[corner], normals]
    columns += [value[corner] for value in (mesh.uv0, mesh.colours) if value is not None]
    longest = np.inf if moves(mesh) else LONGEST
    attributes, faces = subdivide(np.concatenate(columns, axis=1, dtype=np.float64), faces, longest=longest)
    if not moves(mesh):
        attributes, faces = cut_at_feet(attributes, faces, tracer, walls)
    split = 8 if mesh.uv0 is not None else 6
    return Loose(
        part=place,
        positions=attributes[:, :3],
        normals=unit(attributes[:, 3:6]),
        uv0=attributes[:, 6:8] if mesh.uv0 is not None else None,
        colours=attributes[:, split : split + 4] if mesh.colours is not None else None,
        triangles=faces,
        receiver=np.zeros(0, np.int64),
    )
