"""Physics: solids as OMI_physics_shape and OMI_physics_body say them.

Stage 1 proposals of the Open Metaverse Interoperability Group (omigroup/gltf-extensions), read by Godot: the
document lists shapes, a node below the thing holds each as its `collider`, and a thing that moves has a
`motion`. A box lies around the origin of its node; a convex body is a mesh of the document that no node
draws. Neither node is scaled, as the proposal advises.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from vrgen.core import Mesh, Node
from vrgen.core.frames import quaternion_from_matrix
from vrgen.scene.words.collide import Solid, rounded
from vrgen.scene.words.placing import Spot
from vrgen.scene.words.tables import MeshTable

SHAPE, BODY = "OMI_physics_shape", "OMI_physics_body"


class Shapes:
    """The shapes of a document, each once."""

    def __init__(self) -> None:
        self.listed: list[dict[str, Any]] = []
        """As the document lists them; in the place of a mesh's index stands a Mesh."""
        self._known: dict[str, int] = {}

    def colliders(self, name: str, solids: Sequence[Solid], spot: Spot, first: int = 1) -> list[Node]:
        """A node for each solid of one copy at a spot, numbered from `first`."""
        return [self._node(f"{name}_collider_{k}", one, spot) for k, one in enumerate(solids, first)]

    def document(self) -> dict[str, Any]:
        """`Scene.document` with the shapes; empty without any."""
        return {"extensions": {SHAPE: {"shapes": self.listed}}} if self.listed else {}

    def _node(self, name: str, solid: Solid, spot: Spot) -> Node:
        turn = spot.matrix[:3, :3] / spot.size
        place = spot.matrix[:3, 3]
        if solid.kind == "box":
            place = spot.matrix[:3, :3] @ solid.corners.mean(axis=0) + place
        index = self._index(solid, spot.size)
        return Node(
            name,
            translation=np.array(rounded(place)),
            rotation=quaternion_from_matrix(turn),
            kept={"extensions": {BODY: {"collider": {"shape": index}}}},
        )

    def _index(self, solid: Solid, size: float) -> int:
        if solid.kind == "box":
            sides = rounded(np.ptp(solid.corners, axis=0) * size)
            key, shape = json.dumps(sides), {"type": "box", "box": {"size": sides}}
        else:
            mesh = _mesh(solid, size)
            key = mesh.positions.tobytes().hex()
            shape = {"type": "convex", "convex": {"mesh": mesh}}
        if key not in self._known:
            self._known[key] = len(self.listed)
            self.listed.append(shape)
        return self._known[key]


def motion(table: MeshTable) -> dict[str, Any]:
    """`Node.kept` of a thing that moves; empty for what stands still, which is so without a word."""
    if table.body == "static":
        return {}
    said: dict[str, Any] = {"type": table.body}
    if table.mass is not None:
        said["mass"] = table.mass
    return {"extensions": {BODY: {"motion": said}}}


def _mesh(solid: Solid, size: float) -> Mesh:
    """The triangles of a convex body, their fronts outside; of a flat one a fan."""
    from scipy.spatial import ConvexHull, QhullError

    points = np.round(solid.corners * size, 4).astype(np.float64)
    try:
        found = ConvexHull(points)
    except QhullError:
        fan = np.array([(0, k, k + 1) for k in range(1, len(points) - 1)])
        return Mesh(points.astype(np.float32), fan.astype(np.uint32), name="collider")
    triangles = found.simplices
    a, b, c = (points[triangles[:, k]] for k in range(3))
    inward = (np.cross(b - a, c - a) * found.equations[:, :3]).sum(axis=1) < 0
    triangles = np.where(inward[:, None], triangles[:, ::-1], triangles)
    return Mesh(points.astype(np.float32), triangles.astype(np.uint32), name="collider")
