"""Subdivision: long triangles are cut at their edges' middles, neighbours alike, so no crack opens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.rays import Tracer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MAX_ROUNDS = 8
STRUCK = 0.15
"""Metres of an edge at least, for it to be cut where something stands on it."""
LIFTS = (0.005, 0.06)
"""Metres above an edge at which something stands on it: kerbs and rugs do not count."""
APART = 0.03
"""Metres between a cut and the ends of its edge at least: what is nearer is light of that end."""
ASIDE = 0.001
"""Metres between a cut and what stands there."""


def subdivide(attributes: Floats, triangles: Ints, *, longest: float) -> tuple[Floats, Ints]:
    """Cut until no edge is longer than `longest` metres (at most 8 halvings).

    attributes: (v, k), position in the first three columns; the rest is interpolated alike.
    triangles: (t, 3). Returns both anew; the winding is kept.
    """
    for _ in range(MAX_ROUNDS):
        ends, key = _edges(triangles, len(attributes))
        length = np.linalg.norm(attributes[ends[..., 0], :3] - attributes[ends[..., 1], :3], axis=-1)
        if not (length > longest).any():
            break
        marked, place = np.unique(key[length > longest], return_index=True)
        middles = attributes[ends[length > longest][place]].mean(axis=1)
        attributes, triangles = _put_in(attributes, triangles, key, marked, middles)
    return attributes, triangles


def cut_at_feet(attributes: Floats, triangles: Ints, tracer: Tracer, normals: Floats) -> tuple[Floats, Ints]:
    """Cut edges where what stands on them begins, as it is met from either end, so that light there can end.

    attributes: (v, k), position in the first three columns, unit normal in the next; triangles: (t, 3);
    normals: (T, 3) of the tracer's triangles.
    """
    for _ in range(2):  # one side of a wall, then the other
        ends, key = _edges(triangles, len(attributes))
        known, first = np.unique(key, return_index=True)
        pairs = ends.reshape(-1, 2)[first]
        length = np.linalg.norm(attributes[pairs[:, 0], :3] - attributes[pairs[:, 1], :3], axis=1)
        known, pairs = known[length > STRUCK], pairs[length > STRUCK]
        share = _foot(attributes, pairs, tracer, normals)
        back = np.isnan(share)
        share[back] = 1 - _foot(attributes, pairs[back, ::-1], tracer, normals)
        struck = ~np.isnan(share)
        if not struck.any():
            break
        one, two = attributes[pairs[struck]].transpose(1, 0, 2)
        made = one + share[struck, None] * (two - one)
        attributes, triangles = _put_in(attributes, triangles, key, known[struck], made)
    return attributes, triangles


def _foot(attributes: Floats, pairs: Ints, tracer: Tracer, normals: Floats) -> Floats:
    """(e,) where on edges (e, 2), from the first end, something high enough stands; nan for nowhere."""
    start, end = attributes[pairs, :3].transpose(1, 0, 2)
    up = attributes[pairs, 3:6].mean(axis=1)
    way = end - start
    length = np.linalg.norm(way, axis=1)
    share = np.full(len(pairs), np.nan)
    met = tracer.closest(start + LIFTS[0] * up, way)
    inside = (normals[np.maximum(met.triangle, 0)] * way).sum(axis=1) > 0  # it is left, not entered
    gap = np.where(met.triangle >= 0, met.distance, 2.0) * length + np.where(inside, ASIDE, -ASIDE)
    far = np.flatnonzero((gap > APART) & (gap < length - APART))
    high = tracer.blocked(start[far] + LIFTS[1] * up[far], way[far], (gap[far] + APART) / length[far])
    share[far[high]] = gap[far[high]] / length[far[high]]
    return share


def _edges(triangles: Ints, count: int) -> tuple[Ints, Ints]:
    """(t, 3, 2) ends of every side, the lower first, and (t, 3) keys of the edges."""
    ends = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1), axis=-1)
    return ends, ends[..., 0] * count + ends[..., 1]


def _put_in(
    attributes: Floats, triangles: Ints, key: Ints, marked: Ints, made: Floats
) -> tuple[Floats, Ints]:
    """Vertices `made` (m, k) put on the edges with keys `marked` (m,), in order."""
    spot = np.searchsorted(marked, key)
    hit = (spot < len(marked)) & (marked[np.minimum(spot, len(marked) - 1)] == key)
    triangles = _cut(triangles, np.where(hit, spot + len(attributes), -1))
    return np.concatenate([attributes, made]), triangles


def _cut(triangles: Ints, middle: Ints) -> Ints:
    """Split triangles (t, 3) at the edge middles (t, 3), -1 for none; edge k runs from corner k to k + 1."""
    count = (middle >= 0).sum(axis=1)
    out = [triangles[count == 0]]
    for cuts in (1, 2, 3):
        rows = np.flatnonzero(count == cuts)
        # Turn each triangle so that a lone cut edge comes first, a lone whole edge last.
        lead = (middle[rows] >= 0) if cuts == 1 else (middle[rows] < 0)
        turn = lead.argmax(axis=1) + (1 if cuts == 2 else 0)
        order = (turn[:, None] + np.arange(3)) % 3
        a, b, c = np.take_along_axis(triangles[rows], order, axis=1).T
        ab, bc, ca = np.take_along_axis(middle[rows], order, axis=1).T
        new = {
            1: [(a, ab, c), (ab, b, c)],
            2: [(a, ab, c), (ab, bc, c), (ab, b, bc)],
            3: [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)],
        }[cuts]
        out += [np.stack(corner, axis=1) for corner in new]
    return np.concatenate(out)
