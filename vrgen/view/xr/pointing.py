"""Pointing: what a ray from the hand meets first: a work, a plaque, a wall, the sky."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vrgen.core.change import alike
from vrgen.core.exhibits import Exhibit, exhibits
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.view.xr.triangles import Triangles, joined

Kind = Literal["work", "plaque", "surface", "sky"]
FAR = 1000.0
"""Metres that a ray reaches."""
SKY_SHARE = 0.6
"""A mesh on a node named `sky` is the sky only if it is as large as so much of the scene."""


@dataclass(frozen=True, eq=False, slots=True)
class Hit:
    """What a ray meets."""

    kind: Kind
    """Which."""
    point: NDArray[np.float64]
    """(3,) metres; for the sky, a place far away."""
    distance: float
    """Metres from the ray's origin."""
    normal: NDArray[np.float64] | None = None
    """(3,) unit normal on the side that was met; None for the sky."""
    exhibit: Exhibit | None = None
    """The work, or the work that the plaque tells of."""
    node: str = ""
    """Name of the node that holds the mesh."""
    mesh: Mesh | None = None
    """The mesh as the scene was handed over."""
    surface: Surface | None = None
    """What the mesh wears now."""


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    node: str
    mesh: Mesh
    kind: Kind
    exhibit: Exhibit | None


class Pointing:
    """Rays against the meshes of a scene; `kept` says which are drawn at all, as for the renderer (AR).

    Rays see what eyes see: back faces of single-sided surfaces let them through, and so does what is drawn
    blended (glass, letters on a wall). What is solid stops a body from either side, glass too.
    """

    def __init__(self, scene: Scene, *, kept: Callable[[Node, Mesh], bool] | None = None) -> None:
        self.exhibits = exhibits(scene)
        """The works, in the order of the tour."""
        self._worn: dict[int, Surface] = {}
        placed = [
            (part, _corners(part.mesh, world))
            for part, node, world in _parts(scene, self.exhibits)
            if kept is None or kept(node, part.mesh)
        ]
        self._sky = next((part for part, _ in placed if part.kind == "sky"), None)
        placed = [(part, corners) for part, corners in placed if part.kind != "sky"]
        self._parts = [part for part, _ in placed]
        counts = np.array([len(corners) for _, corners in placed], np.int64)
        self._owner = np.repeat(np.arange(len(placed)), counts)
        surfaces = [part.mesh.surface for part in self._parts]
        single = np.array([not surface.double_sided for surface in surfaces], bool)[self._owner]
        clear = np.array([surface.alpha_mode == "blend" for surface in surfaces], bool)[self._owner]
        corners = joined([corners for _, corners in placed])
        self._triangles = Triangles(corners, single, clear)
        self._normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])

    def hit(self, origin: ArrayLike, direction: ArrayLike) -> Hit:
        """What a ray from `origin` (3,) along `direction` (3,) meets first."""
        start, way = np.asarray(origin, np.float64), np.asarray(direction, np.float64)
        way = way / max(float(np.linalg.norm(way)), 1e-12)
        crossing = self._triangles.nearest(start[None], way[None], np.array([FAR]), gaze=True)
        triangle, distance = int(crossing.triangle[0]), float(crossing.distance[0])
        if triangle < 0:
            return self._hit_sky(start + way * FAR)
        part = self._parts[int(self._owner[triangle])]
        point = start + way * distance
        return Hit(
            kind=part.kind,
            point=point,
            distance=distance,
            normal=self._facing(triangle, way),
            exhibit=self._nearest_work(point) if part.kind == "plaque" else part.exhibit,
            node=part.node,
            mesh=part.mesh,
            surface=self._now(part.mesh),
        )

    def _hit_sky(self, point: NDArray[np.float64]) -> Hit:
        if self._sky is None:
            return Hit("sky", point, FAR)
        mesh = self._sky.mesh
        return Hit("sky", point, FAR, node=self._sky.node, mesh=mesh, surface=self._now(mesh))

    def _now(self, mesh: Mesh) -> Surface:
        return self._worn.get(id(mesh.surface), mesh.surface)

    def blocked(
        self, places: NDArray[np.float64]
    ) -> tuple[int, NDArray[np.float64], NDArray[np.float64]] | None:
        """Where the line through `places` (N, 3) meets something solid first, None for nowhere.

        (number of the piece, (3,) point, (3,) unit normal on the side that was met).
        """
        starts, ways = places[:-1], np.diff(places, axis=0)
        crossing = self._triangles.nearest(starts, ways, np.ones(len(ways)), gaze=False)
        struck = np.flatnonzero(crossing.triangle >= 0)
        if not len(struck):
            return None
        piece = int(struck[0])
        point = starts[piece] + ways[piece] * crossing.distance[piece]
        return piece, point, self._facing(int(crossing.triangle[piece]), ways[piece])

    def replace(self, old: Surface, new: Surface) -> None:
        """From now on, hits on meshes that wore `old`, or what core.change calls alike, tell of `new`."""
        drawn = [*self._parts, *([] if self._sky is None else [self._sky])]
        worn = {id(part.mesh.surface) for part in drawn if alike(self._now(part.mesh), old)}
        self._worn.update(dict.fromkeys(worn, new))

    def _facing(self, triangle: int, way: NDArray[np.float64]) -> NDArray[np.float64]:
        normal = self._normals[triangle]
        normal = normal / max(float(np.linalg.norm(normal)), 1e-20)
        return np.asarray(normal if normal @ way <= 0 else -normal)

    def _nearest_work(self, point: NDArray[np.float64]) -> Exhibit | None:
        """The work whose box is nearest to a plaque."""

        def away(work: Exhibit) -> float:
            if work.low is None or work.high is None:
                return np.inf
            return float(np.linalg.norm(np.clip(point, work.low, work.high) - point))

        return min(self.exhibits, key=away, default=None)


def _parts(scene: Scene, works: tuple[Exhibit, ...]) -> list[tuple[_Part, Node, NDArray[np.float64]]]:
    """Every drawn mesh with what it is, its node, and its (4, 4) world transform."""
    low, high = scene.bounds()
    largest = float(np.linalg.norm(high - low))
    shown = {work.node: work for work in works}
    found: list[tuple[_Part, Node, NDArray[np.float64]]] = []

    def visit(node: Node, parent: NDArray[np.float64], above: Exhibit | None) -> None:
        world = parent @ node.matrix
        exhibit = shown.get(node.name, above)
        for mesh in node.meshes:
            if len(mesh.indices):
                kind = _kind(node, mesh, exhibit, largest)
                found.append((_Part(node.name, mesh, kind, exhibit), node, world))
        for child in node.children:
            visit(child, world, exhibit)

    for root in scene.nodes:
        visit(root, np.eye(4), None)
    return found


def _kind(node: Node, mesh: Mesh, exhibit: Exhibit | None, largest: float) -> Kind:
    if exhibit is not None:
        return "work"
    if "room" in node.extras.get("vrgen", {}) and mesh.surface.name.endswith("plaques"):
        return "plaque"
    if node.name == "sky" and float(np.linalg.norm(np.ptp(mesh.positions, axis=0))) > SKY_SHARE * largest:
        return "sky"
    return "surface"


def _corners(mesh: Mesh, world: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 3, 3) corners in the world, counter-clockwise seen from outside under any transform."""
    points = mesh.positions.astype(np.float64) @ world[:3, :3].T + world[:3, 3]
    corners = points[mesh.indices]
    return corners[:, ::-1] if np.linalg.det(world[:3, :3]) < 0 else corners
