"""Labels: how many degrees high is a plaque from where one stands?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Placed, Subject

WORDS = re.compile(r"(?<![a-z])(plaque|label|caption|sign)s?(?![a-z])")
"""What meshes of words are called."""
LEAST = 1.0
"""Degrees."""


def labels(subject: Subject) -> Iterator[Finding]:
    """One finding a mesh: its smallest label as the nearest stop sees it."""
    if not subject.stops:
        return
    eyes = np.stack(list(subject.stops.values()))
    for item in subject.placed:
        if not WORDS.search(f"{item.node} {item.mesh.name}".lower()):
            continue
        cards = _cards(item)
        sizes = [_degrees(card, eyes) for card in cards]
        small = [size for size in sizes if size < LEAST]
        if small:
            told = f"{len(small)} of {len(cards)} labels, the smallest is {min(small):.2f} degrees high"
            yield finding("LABEL_TOO_SMALL", item.place, f"{told}, expected {LEAST:.0f}")


def _cards(item: Placed) -> list[NDArray[np.float64]]:
    """Points (n, 3) of every card: triangles that hang together where their corners meet, to a millimetre."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    places, names = np.unique(np.round(item.points, 3), axis=0, return_inverse=True)
    corners = names.reshape(-1)[item.mesh.indices]
    ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]]])
    joined = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(places),) * 2)
    count, part = connected_components(joined, directed=False)
    used = np.unique(corners)
    return [places[used[part[used] == k]] for k in range(count) if (part[used] == k).any()]


def _degrees(card: NDArray[np.float64], eyes: NDArray[np.float64]) -> float:
    height = float(np.ptp(card[:, 1]))
    distance = float(np.linalg.norm(eyes - card.mean(axis=0), axis=1).min())
    return float(np.degrees(2 * np.arctan2(height / 2, max(distance, 1e-6))))
