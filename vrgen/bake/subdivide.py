"""Subdivision: long triangles are cut at their edges' middles, neighbours alike, so no crack opens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MAX_ROUNDS = 8


def subdivide(attributes: Floats, triangles: Ints, *, longest: float) -> tuple[Floats, Ints]:
    """Cut until no edge is longer than `longest` metres (at most 8 halvings).

    attributes: (v, k), position in the first three columns; the rest is interpolated alike.
    triangles: (t, 3). Returns both anew; the winding is kept.
    """
    for _ in range(MAX_ROUNDS):
        ends = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1)
        length = np.linalg.norm(attributes[ends[..., 0], :3] - attributes[ends[..., 1], :3], axis=-1)
        if not (length > longest).any():
            break
        ends.sort(axis=-1)
        key = ends[..., 0] * len(attributes) + ends[..., 1]
        marked, place = np.unique(key[length > longest], return_index=True)
        chosen = ends[length > longest][place]
        middles = attributes[chosen].mean(axis=1)
        spot = np.searchsorted(marked, key)
        hit = (spot < len(marked)) & (marked[np.minimum(spot, len(marked) - 1)] == key)
        triangles = _cut(triangles, np.where(hit, spot + len(attributes), -1))
        attributes = np.concatenate([attributes, middles])
    return attributes, triangles


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
