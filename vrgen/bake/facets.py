"""Facets: flat stretches of a mesh (a wall, a floor with its holes) that get a grid of light texels.

Triangles of one mesh belong to one facet when they share an edge, lie in one plane and continue each
other's UV map; so a point of the facet has one place in the plane and one UV, both affine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from vrgen.bake.carried import moves
from vrgen.bake.parts import Part, unit

MIN_AREA = 0.15
"""Square metres below which a flat stretch is lit at its vertices."""
MIN_WIDTH = 0.12
"""Metres: narrower strips are lit at their vertices too."""
SMOOTH = np.cos(np.radians(3.0))
"""A vertex normal further than this from the triangle's marks a curved surface."""


@dataclass(frozen=True, eq=False, slots=True)
class Facet:
    """A flat stretch in its own plane: point = origin + x * across + y * along."""

    part: int
    """Which part it belongs to."""
    triangles: NDArray[np.int64]
    """Places in the part's triangles."""
    origin: NDArray[np.float64]
    """(3,) world position of the plane's (0, 0), the lower corner of the box around the facet."""
    axes: NDArray[np.float64]
    """(3, 3) rows: across, along, normal; right-handed and orthonormal."""
    size: tuple[float, float]
    """Extent across and along in metres."""
    flat: NDArray[np.float64]
    """(t, 3, 2) corners of its triangles in the plane, counter-clockwise."""

    @property
    def area(self) -> float:
        """Square metres."""
        return float(signed_areas(self.flat).sum())

    def to_world(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 3) world positions of points (n, 2) of the plane."""
        return self.origin + points @ self.axes[:2]


def signed_areas(triangles: NDArray[np.float64]) -> NDArray[np.float64]:
    """(t,) signed areas of plane triangles (t, 3, 2); counter-clockwise is positive."""
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    return np.asarray(0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]))


def crosses(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 3) normals of triangles (T, 3, 3), as long as twice their area."""
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def find_facets(parts: list[Part]) -> list[Facet]:
    """All facets worth a texel grid, part by part."""
    flat = [(place, part) for place, part in enumerate(parts) if part.lit and not moves(part.mesh)]
    return [facet for place, part in flat for facet in _facets_of(place, part)]


def _facets_of(place: int, part: Part) -> list[Facet]:
    corners = part.corners()
    cross = crosses(corners)
    areas = 0.5 * np.linalg.norm(cross, axis=1)
    if areas.sum() < MIN_AREA:
        return []
    normals = unit(cross)
    usable = (areas > 1e-9) & _is_flat(part, normals)
    group = _groups(part, corners, normals, usable)
    total = np.bincount(group, weights=areas * usable)
    found = []
    for number in np.flatnonzero(total >= MIN_AREA):
        members = np.flatnonzero((group == number) & usable)
        facet = _facet(place, members, corners[members], normals[members[0]])
        if min(facet.size) >= MIN_WIDTH:
            found.append(facet)
    return found


def _is_flat(part: Part, normals: NDArray[np.float64]) -> NDArray[np.bool_]:
    if part.mesh.normals is None:
        return np.ones(len(normals), dtype=bool)
    at_corners = part.normals_to_world(part.mesh.normals)[part.mesh.indices]
    agree = np.einsum("tck,tk->tc", at_corners, normals) > SMOOTH
    return np.asarray(agree.all(axis=1))


def weld(points: NDArray[np.float64], *, step: float = 1e-4) -> NDArray[np.int64]:
    """Numbers (n,) that are equal where points (n, k) agree to about `step`."""
    rows = np.round(points / step).astype(np.int64).astype(np.uint64)
    key = np.zeros(len(rows), np.uint64)
    for column in rows.T:  # 64-bit mixing: a collision among millions of points is not to be feared
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


def shared_edges(vertices: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of triangles that share an edge, of welded corners (T, 3)."""
    ends = np.sort(np.stack([vertices, np.roll(vertices, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    key = ends[:, 0] * (int(vertices.max()) + 1) + ends[:, 1]
    order = np.argsort(key, kind="stable")
    same = key[order[1:]] == key[order[:-1]]
    return order[:-1][same] // 3, order[1:][same] // 3


def _groups(
    part: Part, corners: NDArray[np.float64], normals: NDArray[np.float64], usable: NDArray[np.bool_]
) -> NDArray[np.int64]:
    one, two = shared_edges(weld(corners.reshape(-1, 3)).reshape(-1, 3))
    join = usable[one] & usable[two]
    join &= np.einsum("ek,ek->e", normals[one], normals[two]) > 1 - 1e-6
    if part.mesh.uv0 is not None:
        join &= _one_uv_map(part, corners, normals, one, two)
    links = coo_array((np.ones(int(join.sum())), (one[join], two[join])), shape=(len(corners),) * 2)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def gradients(
    corners: NDArray[np.float64], normals: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(T, k, 3) world gradients within each triangle of values (T, 3, k) at its corners."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    first, second = np.cross(two, normals), np.cross(normals, one)
    scale = np.einsum("tk,tk->t", one, first)
    scale = np.where(np.abs(scale) < 1e-20, np.inf, scale)[:, None]
    du, dv = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    return np.asarray(du[:, :, None] * (first / scale)[:, None] + dv[:, :, None] * (second / scale)[:, None])


def _one_uv_map(
    part: Part,
    corners: NDArray[np.float64],
    normals: NDArray[np.float64],
    one: NDArray[np.int64],
    two: NDArray[np.int64],
) -> NDArray[np.bool_]:
    assert part.mesh.uv0 is not None
    faces = part.mesh.indices if np.linalg.det(part.world[:3, :3]) > 0 else part.mesh.indices[:, ::-1]
    uv = part.mesh.uv0[faces].astype(np.float64)
    slope = gradients(corners, normals, uv)
    reach = corners[two] - corners[one, :1]  # every corner of the neighbour, told by this one's map
    told = uv[one, :1] + np.einsum("eck,euk->ecu", reach, slope[one])
    size = 1e-3 + 1e-3 * np.abs(uv[two]).max(axis=(1, 2))
    return np.asarray(np.abs(told - uv[two]).max(axis=(1, 2)) < size)


def _facet(
    place: int, members: NDArray[np.int64], corners: NDArray[np.float64], normal: NDArray[np.float64]
) -> Facet:
    across = _main_direction(_outline(corners), normal)
    along = np.cross(normal, across)
    axes = np.stack([across, along, normal])
    flat = corners @ axes[:2].T
    low, high = flat.reshape(-1, 2).min(axis=0), flat.reshape(-1, 2).max(axis=0)
    origin = low @ axes[:2] + normal * float(corners[0, 0] @ normal)
    width, height = (high - low).tolist()
    return Facet(place, members, origin, axes, (width, height), flat - low)


def _outline(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, 3) edges of triangles (t, 3, 3) that no other triangle shares: diagonals say nothing of a shape."""
    vertex = weld(corners.reshape(-1, 3)).reshape(-1, 3)
    ends = np.sort(np.stack([vertex, np.roll(vertex, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    _, place, count = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    edges = (np.roll(corners, -1, axis=1) - corners).reshape(-1, 3)
    return np.asarray(edges[count[place.reshape(-1)] == 1])


def _main_direction(edges: NDArray[np.float64], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction that most edge length runs along or square to, so that grids lie along walls."""
    length = np.linalg.norm(edges, axis=1)
    longest = unit(edges[np.argsort(-length, kind="stable")[:12]])
    return np.asarray(longest[int(np.argmax([_aligned(edges, way, normal) for way in longest]))])


def _aligned(
    edges: NDArray[np.float64], direction: NDArray[np.float64], normal: NDArray[np.float64]
) -> float:
    length = np.linalg.norm(edges, axis=1)
    cosine = np.maximum(np.abs(edges @ direction), np.abs(edges @ np.cross(normal, direction)))
    return float(length[cosine > length * 0.9999].sum())
