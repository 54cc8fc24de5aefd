"""Stage: a scene made ready for light. What blocks, what is lit, and who speaks for each triangle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.atlas import Atlas
from vrgen.bake.cutouts import Cutouts, told_by, told_of
from vrgen.bake.facets import Facet, crosses, find_facets
from vrgen.bake.loose import find_loose
from vrgen.bake.parts import Part, collect, unit
from vrgen.bake.place import Placer, Roll
from vrgen.bake.rays import Hits, Tracer
from vrgen.bake.receivers import Grid, Loose, Receivers
from vrgen.core.scene import Scene


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
    told: NDArray[np.float32]
    """(T, 3, 3) UV and alpha of their corners (vrgen.bake.cutouts)."""
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
        return np.asarray(out)


def set_stage(scene: Scene, *, texel_m: float, max_texels: int) -> Stage | None:
    """Collect, find facets, lay texels, place receivers. None when nothing in the scene is lit.

    texel_m: wanted side of a texel in metres; it grows when the facets need more than `max_texels`.
    """
    parts = collect(scene)
    facets = find_facets(parts)
    loose = find_loose(parts, facets)
    if not facets and not loose:
        return None
    soup = _soup(parts, facets, loose)
    normals = unit(crosses(soup.corners))
    two_sided = np.array([part.mesh.surface.double_sided for part in parts])[soup.owner]
    tracer = Tracer(soup.corners, Cutouts.of(parts, soup.owner, soup.told))
    placer = Placer(tracer, normals, two_sided, soup.grid_of, Roll())
    area = sum(facet.size[0] * facet.size[1] for facet in facets)
    texel = max(texel_m, float(np.sqrt(area / max_texels)))
    grids = [
        placer.lay_texels(number, facet, parts[facet.part], texel) for number, facet in enumerate(facets)
    ]
    texels = placer.roll.count
    placed = [placer.place_vertices(item, parts[item.part]) for item in loose]
    receivers = placer.roll.receivers(texels)
    return Stage(
        parts=parts,
        grids=grids,
        loose=placed,
        receivers=receivers,
        tracer=placer.tracer,
        corners=soup.corners.astype(np.float32),
        normals=normals.astype(np.float32),
        owner=soup.owner,
        grid_of=soup.grid_of,
        speaker=_speakers(soup, placed, len(receivers)),
        two_sided=two_sided,
        told=soup.told,
        atlas=Atlas.of(grids),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Soup:
    """All blocking triangles and where they come from; arrays (T, ...)."""

    corners: NDArray[np.float64]
    owner: NDArray[np.int32]
    grid_of: NDArray[np.int32]
    told: NDArray[np.float32]
    """(T, 3, 3) what Cutouts asks of corners."""
    loose: dict[int, slice]
    """Rows of each loose item that blocks."""


def _soup(parts: list[Part], facets: list[Facet], loose: list[Loose]) -> _Soup:
    """Facets as they were given, loose triangles as they were cut, then what is not lit.

    First of all a triangle of no size, which no ray meets: so nothing is ever empty.
    """
    corners = [np.zeros((1, 3, 3))]
    labels = [np.array([[0, -1]])]
    told = [np.zeros((1, 3, 3), np.float32)]
    rows: dict[int, slice] = {}
    count = 1

    def add(points: NDArray[np.float64], alpha: NDArray[np.float32], part: int, grid: int) -> slice:
        nonlocal count
        corners.append(points)
        told.append(alpha)
        labels.append(np.tile(np.array([part, grid]), (len(points), 1)))
        count += len(points)
        return slice(count - len(points), count)

    for number, facet in enumerate(facets):
        if parts[facet.part].blocks:
            part = parts[facet.part]
            add(part.corners()[facet.triangles], told_of(part)[facet.triangles], facet.part, number)
    for number, item in enumerate(loose):
        if parts[item.part].blocks:
            alpha = told_by(item.triangles, item.uv0, item.colours)
            rows[number] = add(item.positions[item.triangles], alpha, item.part, -1)
    for place, part in enumerate(parts):
        if part.blocks and not part.lit:
            add(part.corners(), told_of(part), place, -1)
    owner, grid_of = np.concatenate(labels).T.astype(np.int32)
    return _Soup(np.concatenate(corners), owner, grid_of, np.concatenate(told), rows)


def _speakers(soup: _Soup, loose: list[Loose], nobody: int) -> NDArray[np.int64]:
    speaker = np.full((len(soup.owner), 3), nobody, np.int64)
    for number, rows in soup.loose.items():
        speaker[rows] = loose[number].receiver[loose[number].triangles]
    return speaker
