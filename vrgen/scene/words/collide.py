"""Colliders: the shapes a physics engine takes for what stands there, in extras["vrgen"]["collider"].

`{"shapes": [...]}` in the node's frame, each a box `{"type": "box", "size": [x, y, z], "at": [...], "turn":
degrees about +y}` or convex `{"type": "convex", "points": [[x, y, z], ...]}`: the types and words of
OMI_physics_shape. All bodies are static.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.errors import MissingPart
from vrgen.scene.words.placing import Spot
from vrgen.scene.words.stand import Stood

CONCAVITY = 0.08
"""How far, of its size, a convex part may bridge a hollow."""
SEARCH = 40
"""Cuts that are tried ahead of each: more find slightly fewer parts in far more time."""
MOST_PARTS = 16
MOST_CORNERS = 64
"""Of a convex part."""
Floats = NDArray[np.float64]


def shapes_of(stood: Stood, *, seed: int) -> list[list[dict[str, Any]]]:
    """The shapes of each copy, in the scene's frame; empty lists without a collider.

    Raises MissingPart when convex parts are wanted and coacd is not there.
    """
    kind = stood.table.collider
    if kind == "none":
        return [[] for _ in stood.spots]
    parts: dict[int, list[Floats]] = {}
    out = []
    for model, spot in stood.copies():
        triangles = model.triangles()
        if kind == "box":
            out.append([_box(triangles, spot)])
            continue
        if id(model) not in parts:
            parts[id(model)] = [hull(triangles)] if kind == "hull" else convex_parts(triangles, seed=seed)
        out.append([_convex(corners, spot) for corners in parts[id(model)]])
    return out


def hull(triangles: Floats) -> Floats:
    """Corners (n, 3) of the convex hull of triangles (T, 3, 3); of flat ones all their corners."""
    from scipy.spatial import ConvexHull, QhullError

    points = np.unique(triangles.reshape(-1, 3), axis=0)
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except QhullError:  # no volume
        return points


def convex_parts(triangles: Floats, *, seed: int) -> list[Floats]:
    """Corners of convex parts (Wei et al. 2022) that together fill triangles (T, 3, 3)."""
    try:
        import coacd
    except ModuleNotFoundError as problem:
        raise MissingPart(
            'collider = "parts" needs coacd; install it with: pip install coacd, or write "hull"'
        ) from problem
    points, place = np.unique(triangles.reshape(-1, 3), axis=0, return_inverse=True)
    coacd.set_log_level("error")
    found = coacd.run_coacd(
        coacd.Mesh(points, place.reshape(-1, 3)),
        threshold=CONCAVITY,
        max_convex_hull=MOST_PARTS,
        max_ch_vertex=MOST_CORNERS,
        decimate=True,
        mcts_iterations=SEARCH,
        mcts_max_depth=2,
        resolution=1000,
        seed=seed % (1 << 31),
    )
    return [np.asarray(corners, np.float64) for corners, _ in found]


def _box(triangles: Floats, spot: Spot) -> dict[str, Any]:
    points = triangles.reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    middle = spot.matrix @ np.array([*(low + high) / 2, 1.0])
    size = (high - low) * spot.size
    return {
        "type": "box",
        "size": rounded(size),
        "at": rounded(middle[:3]),
        "turn": round(float(spot.turn), 3),
    }


def _convex(corners: Floats, spot: Spot) -> dict[str, Any]:
    world = corners @ spot.matrix[:3, :3].T + spot.matrix[:3, 3]
    return {"type": "convex", "points": [rounded(point) for point in world]}


def rounded(values: Floats) -> list[float]:
    """Plain numbers to a tenth of a millimetre."""
    return [round(float(value), 4) + 0.0 for value in values]
