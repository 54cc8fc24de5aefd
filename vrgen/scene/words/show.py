"""Show: a whole gallery as one thing of a scene, moved and turned to its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core import Node, Scene
from vrgen.core.frames import matrix_from_quaternion, quaternion_from_matrix
from vrgen.scene.site import yaw
from vrgen.scene.words.tables import GalleryTable

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Show:
    """A gallery in its place."""

    house: Node
    """Its node, everything below it."""
    extras: Mapping[str, Any]
    """What it says to viewers, in the scene's frame."""
    stops: int
    """The number that comes after its last stop."""

    @classmethod
    def of(cls, scene: Scene, table: GalleryTable) -> Show:
        """The gallery `scene` as `vrgen.gallery` makes it, where the table wants it."""
        house = next(node for node in scene.nodes if node.name == "gallery")
        before = matrix_from_quaternion(house.rotation)
        rotation = house.rotation if table.turn is None else yaw(math.radians(table.turn))
        place = np.eye(4)
        place[:3, :3] = matrix_from_quaternion(rotation) @ before.T
        place[:3, 3] = table.at
        house = replace(house, name=table.name, translation=np.array(table.at), rotation=_same(rotation))
        said = dict(scene.extras["vrgen"])
        for key in ("walkable",):
            said[key] = [[_moved(point, place) for point in polygon] for polygon in said[key]]
        said["route"] = [_moved(point, place) for point in said["route"]]
        x, z = _moved((said["spawn"][0], said["spawn"][2]), place)
        said["spawn"] = [x, round(float(table.at[1]), 4), z]
        stops = [node.extras["vrgen"]["stop"] for node, _ in house.walk() if node.camera is not None]
        return cls(house, said, 1 + max(stops, default=0))

    def triangles(self) -> Floats:
        """(T, 3, 3) of all its meshes in the scene's metres."""
        parts = []
        for node, world in self.house.walk():
            for mesh in node.meshes:
                points = mesh.positions @ world[:3, :3].T + world[:3, 3]
                parts.append(points[mesh.indices])
        return np.concatenate(parts).astype(np.float64)

    def footprint(self) -> Floats:
        """(T, 3, 3) the convex outline of its plan, filled."""
        flat = self.triangles().reshape(-1, 3)[:, [0, 2]].astype(np.float32)
        outline = cv2.convexHull(flat)[:, 0].astype(np.float64)
        corners = np.insert(outline, 1, self.house.translation[1], axis=1)
        return np.stack([corners[[0, k, k + 1]] for k in range(1, len(corners) - 1)])

    def fitted(self, taken: set[str]) -> Node:
        """The house, its nodes renamed where the scene has taken their names; stops name their works so."""
        new = {
            node.name: f"{self.house.name}_{node.name}" if node.name in taken else node.name
            for node, _ in self.house.walk()
        }

        def renamed(node: Node) -> Node:
            said = node.extras.get("vrgen", {})
            extras = node.extras
            if "stop" in said and "work" in said:
                extras = {**node.extras, "vrgen": {**said, "work": new[said["work"]]}}
            children = tuple(renamed(child) for child in node.children)
            return replace(node, name=new[node.name], children=children, extras=extras)

        return renamed(self.house)


def _same(rotation: Floats) -> Floats:
    return quaternion_from_matrix(matrix_from_quaternion(rotation))


def _moved(point: Any, place: Floats) -> list[float]:
    x, _, z = place[:3, :3] @ np.array([point[0], 0.0, point[1]]) + place[:3, 3]
    return [round(float(x), 4), round(float(z), 4)]
