"""Leaks: does baked light seep through what stands between two neighbouring samples?

Light that lies on vertices is drawn straight from one to the next. Where a wall stands between the two, the
light of its bright side runs on under it and comes out on the dark one. That is told without guessing: the
edge of a lit triangle, lifted off its surface, strikes the front of something before it comes from its dark
end to its bright one, at the ankle and at the knee; and what is interpolated at the foot of that thing, on
the dark side, is far brighter than the dark end. An end that lies inside a solid sees its back first: nobody
sees that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Placed, Subject

LIFTS = (0.005, 0.25)
"""Metres above the surface at which the way must be blocked: rugs and kerbs are lower."""
TIMES = 1.5
"""How much brighter than its dark end the light at the foot of the wall is."""
STEP = 0.06
"""And by how much of white, as displays show it: less is not seen."""
BEFORE = 0.02
"""Of the way: so far before the wall the light is looked at, and nothing may lie on it up to the knee."""
WIDE = 0.03
"""Metres that the light reaches on the dark side at least."""
SHARE = 0.002
"""Of a mesh's lit area that leaks before it is told; single triangles are noise."""
MOST_EDGES = 4_000
"""The strongest that are looked at in one mesh."""
SIZES = (0.1, 0.5, 2.0)
"""Metres of a triangle's reach that part small ones from large ones, which are looked for separately."""
AT_ONCE = 2_000_000
"""Pairs of an edge and a triangle that are looked at together."""
Floats = NDArray[np.float64]


class Blockers:
    """All triangles that may stand in the way, found by place."""

    def __init__(self, corners: Floats) -> None:
        from scipy.spatial import cKDTree

        self.corners = corners
        """(T, 3, 3) metres."""
        middles = corners.mean(axis=1)
        reach = np.linalg.norm(corners - middles[:, None], axis=2).max(axis=1) if len(corners) else middles
        self._classes = []
        for low, high in pairwise((0.0, *SIZES, np.inf)):
            own = np.flatnonzero((reach > low) & (reach <= high))
            if len(own):
                self._classes.append((own, cKDTree(middles[own]), float(reach[own].max())))

    def near(self, a: Floats, b: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(edges, triangles), pair by pair: those whose boxes meet, of edges from a to b (E, 3 each)."""
        low, high = np.minimum(a, b), np.maximum(a, b)
        radii = np.linalg.norm(b - a, axis=1) / 2
        pairs = []
        for own, tree, reach in self._classes:
            found = tree.query_ball_point((a + b) / 2, radii + reach)
            counts = [len(one) for one in found]
            edges = np.repeat(np.arange(len(a)), counts)
            triangles = own[np.concatenate([np.asarray(one, np.int64) for one in found])]
            for part in np.array_split(np.arange(len(edges)), max(1, len(edges) // AT_ONCE)):
                corners, edge = self.corners[triangles[part]], edges[part]
                meets = (corners.min(axis=1) <= high[edge]) & (corners.max(axis=1) >= low[edge])
                pairs.append(np.stack([edge, triangles[part]])[:, meets.all(axis=1)])
        edges, triangles = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), np.int64)
        return edges, triangles


def leaks(subject: Subject) -> Iterator[Finding]:
    """One finding a mesh whose vertices carry light that leaks, with where and how much."""
    lit = [item for item in subject.placed if _carries_light(item)]
    if not lit:
        return
    solid = [item.corners for item in subject.placed if item.mesh.surface.alpha_mode == "opaque"]
    blockers = Blockers(np.concatenate(solid) if solid else np.zeros((0, 3, 3)))
    for item in lit:
        found = _leaking(item, blockers)
        if found is None:
            continue
        places, times, area = found
        total = float(item.areas.sum())
        if area < SHARE * total:
            continue
        worst = int(times.argmax())
        x, y, z = places[worst]
        told = (
            f"light seeps through what stands on it at {len(places)} places, at [{x:.2f}, {y:.2f}, {z:.2f}] "
            f"{times[worst]:.1f} times as bright as beside it"
        )
        yield finding("LIGHT_LEAKS", item.place, told)


def _carries_light(item: Placed) -> bool:
    """Whether its vertex colours are baked light."""
    surface = item.mesh.surface
    return surface.unlit and item.mesh.colours is not None and surface.alpha_mode == "opaque"


def _leaking(item: Placed, blockers: Blockers) -> tuple[Floats, Floats, float] | None:
    """(places (n, 3), how many times too bright (n,), area of the triangles) of what leaks; None for none."""
    assert item.mesh.colours is not None
    light = np.asarray(item.mesh.colours[:, :3] @ LUMINANCE, np.float64)
    ends, owners = _edges(item, light)
    dark, bright = light[ends[:, 0]], light[ends[:, 1]]
    steps = _shown(bright) - _shown(dark)
    kept = np.flatnonzero((bright > TIMES * dark) & (steps > STEP))
    kept = kept[np.argsort(-steps[kept], kind="stable")][:MOST_EDGES]
    if not len(kept):
        return None
    ends, owners, dark, bright = ends[kept], owners[kept], dark[kept], bright[kept]
    a, b = item.points[ends[:, 0]], item.points[ends[:, 1]]
    normals = _normals(item)[owners]
    foot_lift, knee_lift = LIFTS
    share, square = _first(a + foot_lift * normals, b + foot_lift * normals, blockers)
    share[square <= 0] = np.nan
    with np.errstate(invalid="ignore"):
        foot = dark + share * (bright - dark)
        wide = share * np.linalg.norm(b - a, axis=1) * square > WIDE
        seen = (foot > TIMES * dark) & (_shown(foot) - _shown(dark) > STEP) & wide
    known = np.flatnonzero(seen)
    if not len(known):
        return None
    knee = knee_lift * normals[known]
    blocked = _first(a[known] + knee, b[known] + knee, blockers)[1] > 0
    places = a[known] + (share[known, None] - BEFORE) * (b - a)[known]
    open_ = np.isnan(_first(places + foot_lift * normals[known], places + knee, blockers)[0])
    known, places = known[blocked & open_], places[blocked & open_]
    if not len(known):
        return None
    area = float(item.areas[np.unique(owners[known])].sum())
    return places, foot[known] / np.maximum(dark[known], 1e-3), area


def _edges(item: Placed, light: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(E, 2) vertices of every edge once, the darker first; (E,) a triangle that has it."""
    faces = item.mesh.indices.astype(np.int64)
    pairs = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    found, first = np.unique(pairs, axis=0, return_index=True)
    turned = light[found[:, 0]] > light[found[:, 1]]
    found[turned] = found[turned][:, ::-1]
    return found, first // 3


def _normals(item: Placed) -> Floats:
    a, b, c = (item.corners[:, k] for k in range(3))
    cross = np.cross(b - a, c - a)
    return np.asarray(cross / np.maximum(np.linalg.norm(cross, axis=1, keepdims=True), 1e-12))


def _first(a: Floats, b: Floats, blockers: Blockers) -> tuple[Floats, Floats]:
    """(E,) share of the way from a to b (E, 3 each) where it first strikes a triangle, nan for none, and (E,)
    how squarely: the cosine to its normal, above 0 for its front. Möller and Trumbore 1997."""
    edges, triangles = blockers.near(a, b)
    corners, way = blockers.corners[triangles], (b - a)[edges]
    one, two, back = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], a[edges] - corners[:, 0]
    p, q = np.cross(way, two), np.cross(back, one)
    facing = (one * p).sum(axis=1)  # above 0: the way meets the front
    with np.errstate(divide="ignore", invalid="ignore"):
        t, u, v = ((left * right).sum(axis=1) / facing for left, right in ((two, q), (back, p), (way, q)))
        struck = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-3) & (t < 1 - 1e-3)
    sizes = np.linalg.norm(np.cross(one, two), axis=1) * np.linalg.norm(way, axis=1)
    out, square = np.full(len(a), np.nan), np.zeros(len(a))
    hits = np.flatnonzero(struck)
    hits = hits[np.argsort(-t[hits], kind="stable")]  # the first of each edge is written last
    out[edges[hits]], square[edges[hits]] = t[hits], facing[hits] / np.maximum(sizes[hits], 1e-12)
    return out, square


def _shown(light: Floats) -> Floats:
    """Of linear light as a display shows it, 0 to 1."""
    return np.asarray(np.clip(light, 0.0, 1.0) ** (1 / 2.2))
