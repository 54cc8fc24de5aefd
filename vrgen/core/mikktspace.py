"""MikkTSpace: tangents that every baker and viewer of normal maps agrees on.

Mikkelsen, "Simulation of Wrinkled Surfaces Revisited" (2008), section 3.3, and the rules of mikktspace.com,
for triangles, with the usual angular threshold of 180 degrees: corners share a tangent where they lie in one
fan around a vertex (one position, normal and UV, triangles joined by edges) whose UVs turn the same way. It
is the mean of the triangles' own, laid into the normal's plane and weighted by the corner's angle there.
The reference leaves out of it what points exactly the other way, which only folded needles do; we don't.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
TINY = np.finfo(np.float32).tiny
"""A UV area below this is none."""
NOBODY = -1
TINIEST_ANGLE = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class CornerTangents:
    """Tangents by the corners of triangles."""

    group: Ints
    """(T, 3) number of the group that each corner is in; -1 where a triangle without UV area meets none."""
    tangent: Floats
    """(G, 3) unit tangent of each group, in the plane of its vertex's normal."""
    sign: Floats
    """(G,) 1 where UVs turn as the triangles do, else -1; glTF, whose v grows down, stores the negative."""


@dataclass(frozen=True, eq=False, slots=True)
class _Flats:
    """What each triangle says by itself; arrays (T, ...)."""

    along_s: Floats
    """(T, 3) unit way of growing u, turned so that mirroring does not matter."""
    preserving: NDArray[np.bool_]
    """(T,) whether UVs turn as the triangle does."""
    joins_any: NDArray[np.bool_]
    """(T,) whether it has no UV area, and takes its neighbours' side."""


def corner_tangents(
    positions: NDArray[np.floating],
    indices: NDArray[np.integer],
    normals: NDArray[np.floating],
    uv: NDArray[np.floating],
) -> CornerTangents:
    """The tangents of triangles (T, 3) with positions and unit normals (V, 3) and UVs (V, 2).

    Works in float32 where it decides and in float64 where it sums. Corners of triangles that are a point or a
    line take the tangent of the first proper triangle at their vertex.
    """
    vertex = _welded(positions, normals, uv)[indices]
    corners = np.asarray(positions, np.float32)[indices]
    lines = (corners == np.roll(corners, -1, axis=1)).all(axis=2).any(axis=1)
    proper = np.flatnonzero(~lines)
    group = np.full(indices.shape, NOBODY, np.int64)
    flats = _flats(corners[proper], np.asarray(uv, np.float32)[indices[proper]])
    group[proper] = _groups(vertex[proper], flats)
    normal = _unit(np.asarray(normals, np.float64))[indices[proper]]
    tangent, sign = _summed(group[proper], corners[proper].astype(np.float64), normal, flats)
    _follow(group, vertex, lines)
    return CornerTangents(group, tangent, sign)


def _welded(positions: NDArray[np.floating], normals: NDArray[np.floating], uv: NDArray[np.floating]) -> Ints:
    """(V,) numbers that are equal where vertices are the same in place, normal and UV."""
    rows = np.concatenate([positions, normals, uv], axis=1).astype(np.float32) + np.float32(0.0)  # no -0
    key = np.zeros(len(rows), np.uint64)
    for column in np.ascontiguousarray(rows).view(np.uint32).T:  # 64-bit mixing, as of a hash table
        key = (key ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return np.unique(key, return_inverse=True)[1].astype(np.int64).reshape(-1)


def _flats(corners: NDArray[np.float32], uv: NDArray[np.float32]) -> _Flats:
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    d1, d2 = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]
    ways = np.stack([d2[:, 1:] * one - d1[:, 1:] * two, d1[:, :1] * two - d2[:, :1] * one])
    length = np.linalg.norm(ways.astype(np.float64), axis=2)
    known = (np.abs(area) > TINY) & (length > TINY * np.maximum(np.abs(area), TINY)).all(axis=0)
    preserving = area > 0
    turned = ways[0].astype(np.float64) * np.where(preserving, 1.0, -1.0)[:, None]
    return _Flats(_unit(turned), preserving, ~known)


def _neighbours(vertex: Ints) -> tuple[Ints, Ints]:
    """Pairs (n,) of edges (3 * triangle + first corner) that are one edge, run both ways.

    Where more than two triangles share an edge, the first that still wants one gets the first that fits.
    """
    start, end = vertex.reshape(-1), np.roll(vertex, -1, axis=1).reshape(-1)
    forward = start < end
    key = np.minimum(start, end) * (int(vertex.max(initial=0)) + 1) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else np.zeros(0, int)
    count = np.diff(np.append(first, len(key)))
    twice = first[count == 2]
    one, two = order[twice], order[twice + 1]
    good = forward[one] != forward[two]
    pairs = [(one[good], two[good])]
    for place, many in zip(first[count > 2].tolist(), count[count > 2].tolist(), strict=True):
        found = _matched(order[place : place + many].tolist(), forward)
        pairs.append((found[:, 0], found[:, 1]))
    return np.concatenate([pair[0] for pair in pairs]), np.concatenate([pair[1] for pair in pairs])


def _matched(edges: list[int], forward: NDArray[np.bool_]) -> Ints:
    """(n, 2) edges of one place, each with the first free one that runs the other way."""
    found = []
    free = list(edges)
    while free:
        one = free.pop(0)
        other = next((edge for edge in free if forward[edge] != forward[one]), None)
        if other is not None:
            free.remove(other)
            found.append((one, other))
    return np.array(found, np.int64).reshape(-1, 2)


def _groups(vertex: Ints, flats: _Flats) -> Ints:
    """(t, 3) groups of the corners, numbered from 0; -1 for corners that only triangles without UVs have."""
    one, two = _neighbours(vertex)
    # Across an edge two corners meet two: where it starts here it ends there.
    after_one, after_two = one - one % 3 + (one + 1) % 3, two - two % 3 + (two + 1) % 3
    links = np.concatenate([np.stack([one, after_two]), np.stack([after_one, two])], axis=1)
    triangle = links // 3
    sure = ~flats.joins_any[triangle].any(axis=0)
    alike = flats.preserving[triangle[0]] == flats.preserving[triangle[1]]
    label = _components(vertex.size, links[:, sure & alike])
    if flats.joins_any.any():
        label = _joined(label, links[:, ~sure], flats, links[:, sure & alike], vertex)
    out = np.full(vertex.size, NOBODY, np.int64)
    told = label != NOBODY
    out[told] = np.unique(label[told], return_inverse=True)[1].reshape(-1)
    return out.reshape(vertex.shape)


def _components(count: int, links: Ints) -> Ints:
    """(count,) the smallest member of everything that links (2, n) tie together."""
    label = np.arange(count)
    while True:
        low = np.minimum(label[links[0]], label[links[1]])
        new = label.copy()
        for side in links:
            np.minimum.at(new, label[side], low)
        new = new[new]
        if np.array_equal(new, label):
            return label
        label = new


def _joined(label: Ints, loose: Ints, flats: _Flats, tied: Ints, vertex: Ints) -> Ints:
    """Labels where triangles without UV area take the side of the first group that reaches them.

    That is a matter of order, triangle by triangle; only vertices that have such triangles are asked.
    """
    any_ = np.repeat(flats.joins_any, 3)
    label = np.where(any_, NOBODY, label)
    flat = vertex.reshape(-1)
    asked = np.isin(flat, np.unique(flat[any_]))
    ways: dict[int, list[int]] = defaultdict(list)
    for links in (loose, tied):
        for one, two in links[:, asked[links[0]]].T.tolist():
            ways[one].append(two)
            ways[two].append(one)
    side = {int(t): None for t in np.flatnonzero(flats.joins_any)}
    done: dict[int, int] = {}
    for start in np.flatnonzero(asked & ~any_).tolist():
        if start in done:
            continue
        turn, reached = bool(flats.preserving[start // 3]), [start]
        while reached:
            corner = reached.pop()
            triangle = corner // 3
            if corner in done:
                continue
            if triangle in side and side[triangle] is None:
                side[triangle] = turn  # type: ignore[assignment]
            mine = side[triangle] if triangle in side else bool(flats.preserving[triangle])
            if mine != turn:
                continue
            done[corner] = start
            reached += ways[corner]
    label[list(done)] = list(done.values())
    return label


def _summed(group: Ints, corners: Floats, normal: Floats, flats: _Flats) -> tuple[Floats, Floats]:
    """Tangents (G, 3) and signs (G,) of groups, of triangles (t, 3, 3) with normals at their corners."""
    count = int(group.max(initial=-1)) + 1
    along = _unit(_in_plane(flats.along_s[:, None], normal))
    ahead = _unit(_in_plane(np.roll(corners, -1, axis=1) - corners, normal))
    behind = _unit(_in_plane(np.roll(corners, 1, axis=1) - corners, normal))
    angle = np.arccos(np.clip(np.einsum("tck,tck->tc", ahead, behind), -1, 1))
    speaks = (group != NOBODY) & ~flats.joins_any[:, None]
    mine, ways = group[speaks], along[speaks]
    # Where all angles are zero (a needle's tip) the ways themselves are left to ask.
    some = np.bincount(mine, angle[speaks], minlength=count) > TINIEST_ANGLE
    weighted = ways * np.where(some[mine], angle[speaks], 1.0)[:, None]
    sums = [np.bincount(mine, weighted[:, axis], minlength=count) for axis in range(3)]
    sign = np.ones(count)
    sign[mine] = np.where(np.broadcast_to(flats.preserving[:, None], group.shape)[speaks], 1.0, -1.0)
    return _unit(np.stack(sums, axis=1)), sign


def _follow(group: Ints, vertex: Ints, lines: NDArray[np.bool_]) -> None:
    """Corners of triangles that are lines join the first group at their vertex, in place."""
    if not lines.any():
        return
    told, first = np.unique(vertex[~lines].reshape(-1), return_index=True)
    if not len(told):
        return
    asked = vertex[lines]
    place = np.minimum(np.searchsorted(told, asked), len(told) - 1)
    known = group[~lines].reshape(-1)[first[place]]
    group[lines] = np.where(told[place] == asked, known, NOBODY)


def _in_plane(vectors: Floats, normals: Floats) -> Floats:
    """Vectors (..., 3) without what they have along unit normals (..., 3)."""
    return np.asarray(vectors - normals * np.sum(vectors * normals, axis=-1, keepdims=True))


def _unit(vectors: Floats) -> Floats:
    """Vectors (..., 3) of length 1; those of no length stay so."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    out: Floats = np.divide(vectors, length, out=np.zeros(vectors.shape), where=length > 1e-30)
    return out
