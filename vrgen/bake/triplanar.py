"""Triplanar projection: a tiling material looked up along three axes at a point, as true sizes in metres.

Each axis counts by how much the surface faces it, sharply; where two meet, the higher material wins, so
that bricks interlock instead of ghosting through each other. Flat stretches with hard edges are looked up in
their own plane. Normals are blended as slopes in space (Mikkelsen, "Surface Gradient-Based Bump Mapping
Framework", 2020, section 5): whichever way the charts lie, both sides of a seam are bent alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.facets import SMOOTH, crosses, weld
from vrgen.bake.parts import unit
from vrgen.bake.project import axes, papered

Floats = NDArray[np.float64]
POWER = 6.0
"""How sharply axes part: at 1 they blend all over, at 20 they cut."""
LEAST = 0.02
"""Share from which an axis is asked at all."""
HEIGHT = 0.4
"""What the full height of the material is worth against an axis's share."""
SOFT = 0.2
"""How far below the winner a share still shows."""
CREASE = 0.5
"""Cosine of the angle between two triangles from which they blend as one surface."""
FACETED = 0.9
"""Share of the area with flat shading from which a mesh is one of facets."""
FACINGS = np.concatenate([np.eye(3), -np.eye(3)])


@dataclass(frozen=True, eq=False, slots=True)
class Lookups:
    """Where in the material points ask; several for one point; arrays (m, ...), in the points' order."""

    point: NDArray[np.int64]
    """(m,) which point asks."""
    uv: Floats
    """(m, 2) metres, v downwards."""
    right: Floats
    """(m, 3) unit way of u in space."""
    up: Floats
    """(m, 3) unit way against v in space."""
    share: Floats
    """(m,) how much it counts; a point's add up to about 1."""


@dataclass(frozen=True, eq=False, slots=True)
class Facing:
    """How the triangles of a mesh face the axes; arrays (T, ...)."""

    blend: Floats
    """(T, 3, 3) normals at the corners that say how axes are mixed: the shading's, or for a mesh of facets
    smooth ones up to creases."""
    plane: Floats
    """(T, 3) normal of the plane that a flat stretch is looked up in; 0 for all else."""


def facing(corners: Floats, normals: Floats) -> Facing:
    """Of world triangles (T, 3, 3) with shading normals (T, 3, 3)."""
    cross = crosses(corners)
    flat = unit(cross)
    plane, worth = papered(corners, flat, 0.5 * np.linalg.norm(cross, axis=1))
    hard = np.einsum("tck,tk->tc", normals, flat).min(axis=1) > SMOOTH
    alone = worth & hard
    area = np.linalg.norm(cross, axis=1)
    faceted = area[hard].sum() > FACETED * area.sum()
    blend = _smooth(corners, cross, flat) if faceted else normals
    return Facing(blend, np.where(alone[:, None], plane, 0.0))


def lookups(points: Floats, blend: Floats, plane: Floats) -> Lookups:
    """What points (n, 3) with blending normals (n, 3) ask; plane (n, 3) on flat stretches, else 0."""
    own = np.abs(plane).max(axis=1) > 0
    share = np.abs(unit(blend)) ** POWER
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-30)
    share[own] = (1.0, 0.0, 0.0)
    point, axis = np.nonzero(share > LEAST)
    side = np.where(blend[point, axis] < 0, axis + 3, axis)
    right, down = (way[side] for way in axes(FACINGS))
    mine = own[point]
    if mine.any():
        right[mine], down[mine] = axes(plane[point[mine]])
    place = points[point]
    uv = np.stack([np.einsum("mk,mk->m", place, way) for way in (right, down)], axis=1)
    return Lookups(point, uv, right, -down, share[point, axis])


def settled(asked: Lookups, height: NDArray[np.floating] | None, count: int) -> Floats:
    """(m,) final shares of `count` points' lookups, adding up to 1; height (m,) of the material in [0, 1]."""
    share = asked.share
    if height is not None:
        told = share + HEIGHT * height
        best = np.full(count, -np.inf)
        np.maximum.at(best, asked.point, told)
        share = share * np.maximum(told - best[asked.point] + SOFT, 0.0)
    # A share that is only just asked for counts nothing, so that none pops up.
    share = share * np.clip((asked.share - LEAST) / LEAST, 0.0, 1.0)
    return np.asarray(share / np.maximum(np.bincount(asked.point, share, count), 1e-30)[asked.point])


def _smooth(corners: Floats, cross: Floats, flat: Floats) -> Floats:
    """(T, 3, 3) normals at the corners, of all triangles there that turn by less than a crease."""
    vertex = weld(corners.reshape(-1, 3))
    order = np.argsort(vertex, kind="stable")
    count = np.bincount(vertex)
    start = np.cumsum(count) - count
    out = np.zeros((len(vertex), 3))
    # The k-th neighbour of every corner at once; a vertex of very many triangles asks the first few.
    for turn in range(min(int(count.max(initial=0)), 24)):
        have = np.flatnonzero(count[vertex] > turn)
        other = order[start[vertex[have]] + turn] // 3
        alike = np.einsum("nk,nk->n", flat[have // 3], flat[other]) > CREASE
        out[have[alike]] += cross[other[alike]]
    lost = np.linalg.norm(out, axis=1) < 1e-20
    out[lost] = np.repeat(flat, 3, axis=0)[lost]
    return unit(out).reshape(-1, 3, 3)
