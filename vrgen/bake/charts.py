"""Charts: the surface of a scene's meshes cut into pieces that lie flat, in metres, for an atlas.

Flat stretches keep their shape and their straight edges; the rest is unwrapped by xatlas, with a limit on
a chart's area, without which it takes minutes for what takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from vrgen.bake.facets import Facet, crosses, find_facets, shared_edges, weld
from vrgen.bake.parts import Part, oriented, unit
from vrgen.core.progress import Progress
from vrgen.errors import MissingPart

CHART_TRIANGLES = 2000
"""Triangles of a chart, on average, from which a mesh is cut into smaller ones."""
MIN_EDGE = 1e-5
"""Metres: a triangle without any longer side is a point, and gets no light of its own."""


@dataclass(frozen=True, eq=False, slots=True)
class Chart:
    """A piece of a part that lies flat."""

    part: int
    """Place of its part."""
    triangles: NDArray[np.int64]
    """(t,) places in the part's triangles."""
    flat: NDArray[np.float64]
    """(t, 3, 2) their corners in metres, from (0, 0); x to the right and y down, as seen from outside."""

    @property
    def size(self) -> NDArray[np.float64]:
        """(2,) extent in metres."""
        return np.asarray(self.flat.reshape(-1, 2).max(axis=0))


def cut(parts: list[Part], wanted: list[int], *, progress: Progress) -> list[Chart]:
    """Charts of all triangles of the parts numbered `wanted`; no two charts share a triangle."""
    bare = [replace(part, mesh=replace(part.mesh, uv0=None)) for part in parts]
    chosen = set(wanted)
    facets = [facet for facet in find_facets(bare) if facet.part in chosen]
    charts = [_of_facet(facet) for facet in facets]
    taken: dict[int, list[NDArray[np.int64]]] = {}
    for facet in facets:
        taken.setdefault(facet.part, []).append(facet.triangles)
    unwrapper = _Unwrapper()
    with progress.stage("unwrapping", len(wanted)) as advance:
        for place in wanted:
            rest = np.ones(len(parts[place].mesh.indices), dtype=bool)
            for members in taken.get(place, []):
                rest[members] = False
            if rest.any():
                charts += unwrapper.charts(place, parts[place], np.flatnonzero(rest))
            advance(1)
    return charts


def _of_facet(facet: Facet) -> Chart:
    flat = facet.flat * np.array([1.0, -1.0])
    return Chart(facet.part, facet.triangles, flat - flat.reshape(-1, 2).min(axis=0))


class _Unwrapper:
    """Unwraps each mesh once at each turn and size: instances lie alike, each with a place of its own."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bytes, bytes], list[Chart]] = {}

    def charts(self, place: int, part: Part, rows: NDArray[np.int64]) -> list[Chart]:
        """The charts of triangles `rows` of the part numbered `place`."""
        key = (id(part.mesh), part.world[:3, :3].tobytes(), rows.tobytes())
        if key not in self._known:
            self._known[key] = list(_unwrap(place, part, rows))
        return [replace(chart, part=place) for chart in self._known[key]]


def _unwrap(place: int, part: Part, rows: NDArray[np.int64]) -> Iterator[Chart]:
    """Charts of some triangles of a part."""
    corners = part.corners()[rows]
    cross = crosses(corners)
    area = 0.5 * np.linalg.norm(cross, axis=1)
    real = area > 1e-12
    yield from _slivers(place, corners[~real], rows[~real])
    if not real.any():
        return
    rows, corners, area = rows[real], corners[real], area[real]
    # Whole edges only where the shading is whole: a chart that bends round a crease would smear its light.
    points = corners.reshape(-1, 3)
    normals = _normals(part, rows, unit(cross[real]))
    vertex = weld(np.concatenate([points, normals * 0.01], axis=1))
    first = np.unique(vertex, return_index=True)[1]
    faces = vertex.reshape(-1, 3)
    degenerate = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
    yield from _slivers(place, corners[degenerate], rows[degenerate])
    keep = ~degenerate
    rows, corners, faces, area = rows[keep], corners[keep], faces[keep], area[keep]
    if len(rows):
        flat = _xatlas(points[first], normals[first], faces, float(area.sum()))
        yield from _pieces(place, rows, corners, flat)


def _normals(part: Part, rows: NDArray[np.int64], flat: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3 t, 3) world normals of the corners of triangles `rows` (t,), by whose normals `flat` they turn."""
    if part.mesh.normals is None:
        return np.repeat(flat, 3, axis=0)
    return part.normals_to_world(part.mesh.normals)[oriented(part.mesh.indices, part.world)[rows].reshape(-1)]


def _xatlas(
    points: NDArray[np.float64], normals: NDArray[np.float64], faces: NDArray[np.int64], area: float
) -> NDArray[np.float64]:
    """(t, 3, 2) corners of triangles in the sheet that xatlas lays them on, in metres."""
    try:
        import xatlas
    except ImportError as problem:
        raise MissingPart(f"an atlas needs xatlas ({problem}); install it: pip install xatlas") from problem
    atlas = xatlas.Atlas()
    atlas.add_mesh(points.astype(np.float32), faces.astype(np.uint32), normals.astype(np.float32))
    options, packing = xatlas.ChartOptions(), xatlas.PackOptions()
    options.max_chart_area = area * min(1.0, CHART_TRIANGLES / len(faces))
    options.normal_deviation_weight = 2.0
    packing.rotate_charts_to_axis = True
    packing.rotate_charts = False
    packing.padding = 1
    packing.texels_per_unit = 256.0 / max(np.sqrt(area), 1e-6)
    atlas.generate(options, packing)
    _, indices, uv = atlas.get_mesh(0)
    sheet = uv.astype(np.float64) * (atlas.width, atlas.height) / packing.texels_per_unit
    return np.asarray(sheet[indices], dtype=np.float64)


def _pieces(
    place: int, rows: NDArray[np.int64], corners: NDArray[np.float64], flat: NDArray[np.float64]
) -> Iterator[Chart]:
    """Charts of triangles that lie side by side on the sheet and on the mesh, turned to face outwards."""
    step = max(float(np.ptp(flat.reshape(-1, 2), axis=0).max()) * 1e-6, 1e-9)
    both = np.concatenate([corners / 1e-4, flat / step], axis=2).reshape(-1, 5)
    one, two = shared_edges(weld(both, step=1.0).reshape(-1, 3))
    links = coo_array((np.ones(len(one)), (one, two)), shape=(len(rows),) * 2)
    count, label = connected_components(links, directed=False)
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label, minlength=count))
    for members in np.split(order, ends[:-1]):
        yield from _true_size(place, rows[members], corners[members], flat[members])


def _true_size(
    place: int, rows: NDArray[np.int64], corners: NDArray[np.float64], flat: NDArray[np.float64]
) -> Iterator[Chart]:
    """A chart at the area its triangles have; one that xatlas folded to nothing is laid out as slivers."""
    a, b = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    signed = 0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    area = 0.5 * np.linalg.norm(crosses(corners), axis=1).sum()
    if np.abs(signed).sum() < 1e-9 * area:
        yield from _slivers(place, corners, rows)
        return
    turned = flat * (np.sqrt(area / np.abs(signed).sum()))
    if signed.sum() > 0:  # y grows down: what is seen from outside turns the other way
        turned = turned * np.array([1.0, -1.0])
    yield Chart(place, rows, turned - turned.reshape(-1, 2).min(axis=0))


def _slivers(place: int, corners: NDArray[np.float64], rows: NDArray[np.int64]) -> Iterator[Chart]:
    """One chart for triangles of no area, all on one spot: they are not seen, but need a place."""
    if len(rows):
        yield Chart(place, rows, np.zeros((len(rows), 3, 2)))
