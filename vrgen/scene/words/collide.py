"""Colliders: the solids a physics engine takes for what stands there.

They travel twice. In extras["vrgen"]["collider"], for scripts: `{"shapes": [...]}` in the node's frame, each
a box `{"type": "box", "size": [x, y, z], "at": [...], "turn": degrees about +y}` or convex `{"type":
"convex", "points": [[x, y, z], ...]}`. And as OMI_physics_body, for engines: see `physics`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

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


@dataclass(frozen=True, eq=False, slots=True)
class Solid:
    """A box along the axes, or a convex body, in the frame of its model."""

    kind: Literal["box", "convex"]
    """Which."""
    corners: Floats
    """(n, 3) metres: all corners of the convex body; low and high corner of the box."""


def solids_of(stood: Stood, *, seed: int) -> list[tuple[Solid, ...]]:
    """The solids of each copy, in its model's frame; none without a collider.

    Raises MissingPart when convex parts are wanted and coacd is not there.
    """
    kind = stood.table.collider
    if kind == "none":
        return [() for _ in stood.spots]
    made: dict[int, tuple[Solid, ...]] = {}
    out = []
    for model, _ in stood.copies():
        if id(model) not in made:
            triangles = model.triangles()
            if kind == "box":
                points = triangles.reshape(-1, 3)
                bounds = np.stack([points.min(axis=0), points.max(axis=0)])
                made[id(model)] = (Solid("box", bounds),)
            else:
                parts = [hull(triangles)] if kind == "hull" else convex_parts(triangles, seed=seed)
                made[id(model)] = tuple(Solid("convex", corners) for corners in parts)
        out.append(made[id(model)])
    return out


def told(solid: Solid, spot: Spot) -> dict[str, Any]:
    """A solid at a spot as extras say it, in the frame that the spot is in."""
    if solid.kind == "box" and not spot.tilted:
        middle = spot.matrix @ np.array([*solid.corners.mean(axis=0), 1.0])
        return {
            "type": "box",
            "size": rounded(np.ptp(solid.corners, axis=0) * spot.size),
            "at": rounded(middle[:3]),
            "turn": round(float(spot.turn), 3),
        }
    corners = solid.corners if solid.kind == "convex" else box_corners(solid)
    world = corners @ spot.matrix[:3, :3].T + spot.matrix[:3, 3]
    return {"type": "convex", "points": [rounded(point) for point in world]}


def box_corners(solid: Solid) -> Floats:
    """(8, 3) all corners of a box."""
    return np.array(np.meshgrid(*solid.corners.T, indexing="ij")).reshape(3, -1).T


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


def rounded(values: Floats) -> list[float]:
    """Plain numbers to a tenth of a millimetre."""
    return [round(float(value), 4) + 0.0 for value in values]
