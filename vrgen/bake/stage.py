"""Stage: a scene made ready for light. What blocks, what is lit, and who speaks for each triangle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from vrgen.bake.facets import Facet, find_facets, weld
from vrgen.bake.parts import Part, collect, oriented, unit
from vrgen.bake.rays import LIFT, Hits, Tracer
from vrgen.bake.receivers import PLACES, Grid, Loose, Receivers
from vrgen.bake.subdivide import subdivide
from vrgen.core.scene import Scene

COVER = 0.05
"""Metres: what lies closer above a texel than this covers it."""
TILE = 16
"""Texels along the side of a cluster; also the square root of a vertex cluster's size."""
LONGEST = 0.5
"""Metres: longest edge of a triangle that is lit at its vertices."""


@dataclass(frozen=True, eq=False, slots=True)
class Stage:
    """All that light needs to know."""

    parts: list[Part]
    """Every mesh where it stands."""
    grids: list[Grid]
    """Flat stretches with texels."""
    loose: list[Loose]
    """Everything else that is lit."""
    receivers: Receivers
    """Texels, then vertices."""
    tracer: Tracer
    """Rays against `corners`."""
    corners: NDArray[np.float32]
    """(T, 3, 3) all blocking triangles."""
    normals: NDArray[np.float32]
    """(T, 3) unit."""
    owner: NDArray[np.int32]
    """(T,) part of each."""
    grid_of: NDArray[np.int32]
    """(T,) grid of each, -1 for the others."""
    speaker: NDArray[np.int64]
    """(T, 3) receivers at the corners of loose triangles; len(receivers) where nobody speaks."""
    two_sided: NDArray[np.bool_]
    """(T,) whether the back is lit like the front."""
    atlas: Atlas
    """The grids, for looking up hits."""

    def speaks(self, hits: Hits, points: NDArray[np.floating]) -> NDArray[np.int64]:
        """(n,) the receiver that speaks for each hit at points (n, 3); len(receivers) for nobody."""
        nobody = len(self.receivers)
        triangle = np.maximum(hits.triangle, 0)
        weights = np.stack([1 - hits.u - hits.v, hits.u, hits.v], axis=1)
        out = self.speaker[triangle, weights.argmax(axis=1)]
        grid = self.grid_of[triangle]
        flat = np.flatnonzero((grid >= 0) & (hits.triangle >= 0))
        out[flat] = self.atlas.look_up(grid[flat], points[flat])
        out[hits.triangle < 0] = nobody
        return out


@dataclass(frozen=True, eq=False, slots=True)
class Atlas:
    """All grids at once, for looking up many points."""

    origin: NDArray[np.float32]
    """(g, 3)."""
    slope: NDArray[np.float32]
    """(g, 2, 3): columns and rows a metre."""
    shape: NDArray[np.int64]
    """(g, 2) columns, rows."""
    start: NDArray[np.int64]
    """(g,) first texel of each in `receiver`."""
    receiver: NDArray[np.int64]
    """Speakers of all texels, grid by grid, row by row."""

    @classmethod
    def of(cls, grids: list[Grid]) -> Atlas:
        """The atlas of these grids."""
        shape = np.array([grid.shape[::-1] for grid in grids], np.int64).reshape(-1, 2)
        slope = [grid.facet.axes[:2] / np.array(grid.step[::-1])[:, None] for grid in grids]
        texels = [grid.receiver.reshape(-1) for grid in grids]
        sizes = shape.prod(axis=1)
        return cls(
            np.array([grid.facet.origin for grid in grids], np.float32).reshape(-1, 3),
            np.array(slope, np.float32).reshape(-1, 2, 3),
            shape,
            np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)[: len(grids)],
            np.concatenate(texels) if texels else np.zeros(0, np.int64),
        )

    def look_up(self, grid: NDArray[np.integer], points: NDArray[np.floating]) -> NDArray[np.int64]:
        """(n,) speakers of world points (n, 3) on grids (n,)."""
        place = np.einsum("nak,nk->na", self.slope[grid], points - self.origin[grid])
        cell = np.clip(place.astype(np.int64), 0, self.shape[grid] - 1)
        return np.asarray(self.receiver[self.start[grid] + cell[:, 1] * self.shape[grid, 0] + cell[:, 0]])


@dataclass(frozen=True, eq=False, slots=True)
class _Soup:
    corners: NDArray[np.float64]
    owner: NDArray[np.int32]
    grid_of: NDArray[np.int32]
    loose_of: NDArray[np.int32]
    within: NDArray[np.int64]


def set_stage(scene: Scene, *, texel_m: float, max_texels: int, seed: int) -> Stage:
    """Collect, find facets, lay texels, place receivers.

    texel_m: wanted side of a texel in metres; it grows when the facets need more than `max_texels`.
    """
    parts = collect(scene)
    facets = find_facets(parts)
    loose = _loose(parts, facets)
    soup = _soup(parts, facets, loose)
    tracer = Tracer(soup.corners)
    normals = unit(_crosses(soup.corners))
    area = sum(facet.size[0] * facet.size[1] for facet in facets)
    step = max(texel_m, float(np.sqrt(area / max_texels)))
    rng = np.random.Generator(np.random.Philox(key=seed))
    two_sided = np.array([part.mesh.surface.double_sided for part in parts], dtype=bool)
    back = _Back(tracer, normals, two_sided[soup.owner] if len(parts) else np.zeros(0, bool))
    gathered = _Gathered()
    grids = [
        _lay_texels(number, facet, parts[facet.part], step, soup, back, gathered, rng)
        for number, facet in enumerate(facets)
    ]
    texels = gathered.count
    loose = [_place_vertices(item, parts[item.part], back, gathered) for item in loose]
    receivers = gathered.receivers(texels)
    speaker = np.full((len(soup.owner), 3), len(receivers), np.int64)
    for number, item in enumerate(loose):
        mine = soup.loose_of == number
        speaker[mine] = item.receiver[item.triangles[soup.within[mine]]]
    return Stage(
        parts,
        grids,
        loose,
        receivers,
        tracer,
        soup.corners.astype(np.float32),
        normals.astype(np.float32),
        soup.owner,
        soup.grid_of,
        speaker,
        back.two_sided,
        Atlas.of(grids),
    )


def _crosses(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _loose(parts: list[Part], facets: list[Facet]) -> list[Loose]:
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
            out.append(_loosen(place, part, rest))
    return out


def _loosen(place: int, part: Part, rest: NDArray[np.bool_]) -> Loose:
    mesh = part.mesh
    faces = oriented(mesh.indices, part.world)[rest]
    points = part.to_world(mesh.positions)
    if mesh.normals is None:  # flat shading: every triangle has corners of its own
        corner = faces.reshape(-1)
        normals = np.repeat(unit(_crosses(points[faces])), 3, axis=0)
        faces = np.arange(len(corner)).reshape(-1, 3)
    else:
        corner, local = np.unique(faces, return_inverse=True)
        normals = part.normals_to_world(mesh.normals)[corner]
        faces = local.reshape(-1, 3)
    columns = [points[corner], normals]
    columns += [value[corner] for value in (mesh.uv0, mesh.colours) if value is not None]
    attributes, faces = subdivide(np.concatenate(columns, axis=1), faces, longest=LONGEST)
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


def _soup(parts: list[Part], facets: list[Facet], loose: list[Loose]) -> _Soup:
    """Blocking triangles: facets as they were given, loose ones as they were cut, then what is not lit."""
    corners: list[NDArray[np.float64]] = [np.zeros((0, 3, 3))]
    labels: list[NDArray[np.int64]] = [np.zeros((0, 4), np.int64)]

    def add(points: NDArray[np.float64], part: int, grid: int, item: int) -> None:
        if parts[part].blocks:
            corners.append(points)
            row = np.tile(np.array([part, grid, item, 0]), (len(points), 1))
            row[:, 3] = np.arange(len(points))
            labels.append(row)

    for number, facet in enumerate(facets):
        add(parts[facet.part].corners()[facet.triangles], facet.part, number, -1)
    for number, item in enumerate(loose):
        add(item.positions[item.triangles], item.part, -1, number)
    for place, part in enumerate(parts):
        if not part.lit:
            add(part.corners(), place, -1, -1)
    label = np.concatenate(labels)
    owner, grid_of, loose_of = label[:, :3].T.astype(np.int32)
    return _Soup(np.concatenate(corners), owner, grid_of, loose_of, label[:, 3])


@dataclass(frozen=True, eq=False, slots=True)
class _Back:
    """Tells whether a place lies inside or under something."""

    tracer: Tracer
    normals: NDArray[np.float64]
    two_sided: NDArray[np.bool_]

    def covered(
        self, places: NDArray[np.float64], normals: NDArray[np.float64], *, cover: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(n,) twice: something within `cover` metres above; the back of something above (so inside it)."""
        hits = self.tracer.closest(places, normals)
        met = hits.triangle >= 0
        faces = self.normals[np.maximum(hits.triangle, 0)] if len(self.normals) else np.zeros_like(normals)
        back = np.einsum("nk,nk->n", faces, normals) > 0
        if len(self.normals):
            back &= ~self.two_sided[np.maximum(hits.triangle, 0)]
        return met & (hits.distance < cover), met & back


class _Gathered:
    """Receivers under construction."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[tuple[NDArray[np.float32], ...]] = []
        self._sizes: list[NDArray[np.int64]] = []

    def add(
        self,
        places: NDArray[np.float64],
        normals: NDArray[np.float64],
        tangents: NDArray[np.float64],
        albedo: NDArray[np.float64],
        sizes: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Take (n, 4, 3) places and the rest; sizes of the clusters. Returns the receivers' numbers."""
        count = len(places)
        colour = np.broadcast_to(albedo, (count, 3))
        self._rows.append(tuple(x.astype(np.float32) for x in (places, normals, tangents, colour)))
        self._sizes.append(sizes)
        self.count += count
        return np.arange(self.count - count, self.count)

    def receivers(self, texels: int) -> Receivers:
        if not self._rows:
            nothing = np.zeros((0, 3), np.float32)
            return Receivers(
                np.zeros((0, PLACES, 3), np.float32), nothing, nothing, nothing, np.zeros(1, np.int64), 0
            )
        places, normals, tangents, albedo = (
            np.concatenate(column) for column in zip(*self._rows, strict=True)
        )
        sizes = np.concatenate(self._sizes)
        bounds = np.concatenate([[0], np.cumsum(sizes[sizes > 0])])
        return Receivers(places, normals, tangents, albedo, bounds, texels)


def _lay_texels(
    number: int,
    facet: Facet,
    part: Part,
    texel: float,
    soup: _Soup,
    back: _Back,
    gathered: _Gathered,
    rng: np.random.Generator,
) -> Grid:
    columns, rows = (max(1, int(np.ceil(side / texel - 1e-6))) for side in facet.size)
    step = (facet.size[1] / rows, facet.size[0] / columns)
    flat = _jittered(rows, columns, rng) * (step[1], step[0])
    places = facet.to_world(flat.reshape(-1, 2))
    normals = np.broadcast_to(facet.axes[2], places.shape)
    valid = _valid(number, places, normals, soup, back, part.blocks).reshape(rows * columns, PLACES)
    own = valid.any(axis=1)
    if not own.any():
        own[:] = True
        valid[:] = True
    order = _tile_order(rows, columns)
    order = order[own[order]]
    chosen = _repeat_valid(valid[order])
    lifted = (places + LIFT * normals).reshape(rows * columns, PLACES, 3)
    mine = np.take_along_axis(lifted[order], chosen[..., None], axis=1)
    tile = (order // columns // TILE) * (columns // TILE + 1) + order % columns // TILE
    sizes = np.unique(tile, return_counts=True)[1]
    shape = (len(order), 3)
    numbers = gathered.add(
        mine, np.broadcast_to(facet.axes[2], shape), np.broadcast_to(facet.axes[0], shape), part.albedo, sizes
    )
    receiver = np.zeros(rows * columns, np.int64)
    receiver[order] = numbers
    nearest = distance_transform_edt(
        ~own.reshape(rows, columns), sampling=step, return_distances=False, return_indices=True
    )
    return Grid(
        facet,
        (rows, columns),
        step,
        receiver.reshape(rows, columns)[tuple(nearest)],
        own.reshape(rows, columns),
    )


def _jittered(rows: int, columns: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(rows * columns, 4, 2) places in units of texels (across, along): one in each quarter of each texel."""
    quarter = np.array([[0.0, 0.0], [0.5, 0.5], [0.5, 0.0], [0.0, 0.5]])
    y, x = np.divmod(np.arange(rows * columns), columns)
    corner = np.stack([x, y], axis=1)[:, None, :].astype(np.float64)
    return corner + quarter + 0.5 * rng.random((rows * columns, PLACES, 2))


def _tile_order(rows: int, columns: int) -> NDArray[np.int64]:
    y, x = np.divmod(np.arange(rows * columns), columns)
    return np.asarray(np.lexsort((x, y, x // TILE, y // TILE)), dtype=np.int64)


def _valid(
    number: int,
    places: NDArray[np.float64],
    normals: NDArray[np.float64],
    soup: _Soup,
    back: _Back,
    blocks: bool,
) -> NDArray[np.bool_]:
    """(n,) whether a place lies on its facet, with air above it."""
    covered, inside = back.covered(places + LIFT * normals, normals, cover=COVER)
    if not blocks:
        return ~covered & ~inside
    down = back.tracer.closest(places + COVER * normals, -normals)
    met = down.triangle >= 0
    on = met & (np.abs(down.distance - COVER) < 2e-3) & (soup.grid_of[down.triangle] == number)
    if (inside & on).sum() > 0.9 * on.sum():
        inside = np.zeros_like(inside)  # the roof is one-sided and looks out: its back says nothing here
    return on & ~covered & ~inside


def _repeat_valid(valid: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n, 4) places to use: the valid ones of (n, 4), repeated in order until there are four."""
    order = np.argsort(~valid, axis=1, kind="stable")
    count = np.maximum(valid.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.take_along_axis(order, np.arange(valid.shape[1])[None, :] % count, axis=1))


def _place_vertices(item: Loose, part: Part, back: _Back, gathered: _Gathered) -> Loose:
    """Receivers for the vertices of loose triangles: up to four places each, drawn in towards the triangles."""
    key = np.concatenate([item.positions, item.normals * 0.01], axis=1)
    vertex = weld(key)
    first = np.unique(vertex, return_index=True)[1]
    corner = vertex[item.triangles]
    points = item.positions[item.triangles]
    inward = points.mean(axis=1, keepdims=True) - points
    length = np.linalg.norm(inward, axis=-1, keepdims=True)
    pulled = (points + inward * np.minimum(0.25, 0.04 / np.maximum(length, 1e-9))).reshape(-1, 3)
    rank, order = _ranks(corner.reshape(-1), len(first))
    chosen = np.zeros((len(first), PLACES), np.int64)
    have = np.zeros((len(first), PLACES), dtype=bool)
    few = rank < PLACES
    chosen[corner.reshape(-1)[order][few], rank[few]] = order[few]
    have[corner.reshape(-1)[order][few], rank[few]] = True
    normals = item.normals[first]
    places = pulled[chosen] + 2 * LIFT * normals[:, None]
    spread = np.broadcast_to(normals[:, None], places.shape).reshape(-1, 3)
    covered, inside = back.covered(places.reshape(-1, 3), spread, cover=0.01)
    good = have & ~(covered | inside).reshape(have.shape)
    good = np.where(good.any(axis=1, keepdims=True), good, have)
    mine = np.take_along_axis(places, _repeat_valid(good)[..., None], axis=1)
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    full, rest = divmod(len(first), TILE * TILE)
    sizes = np.array([TILE * TILE] * full + [rest], np.int64)
    numbers = gathered.add(mine, normals, unit(np.cross(helper, normals)), part.albedo, sizes)
    return replace(item, receiver=numbers[vertex])


def _ranks(groups: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place of each element within its group, and the order (stable by group) it is told in."""
    order = np.argsort(groups, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=count))[:-1]])
    return np.arange(len(groups)) - start[groups[order]], order
