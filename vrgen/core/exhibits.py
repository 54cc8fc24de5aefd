"""Exhibits: the works of a scene as a visitor meets them: where, how large, and what the plaque says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.node import Node
from vrgen.core.scene import Scene


@dataclass(frozen=True, eq=False, slots=True)
class Exhibit:
    """One work: its words, its place, and where one stands to look at it."""

    node: str
    """Name of the node that holds the work."""
    title: str
    """Title; the node's name where the scene says none."""
    artist: str = ""
    """Who made it."""
    year: str = ""
    """When."""
    text: str = ""
    """What the plaque says besides."""
    alt: str = ""
    """What is to be seen, for those who do not see it."""
    size_cm: tuple[float, ...] = ()
    """Width and height (and depth) of the work itself."""
    camera: str | None = None
    """Name of the camera node that stands before it."""
    viewpoint: NDArray[np.float64] | None = None
    """(4, 4) world transform of that camera."""
    low: NDArray[np.float64] | None = None
    """(3,) corner of its bounding box in the world, metres."""
    high: NDArray[np.float64] | None = None
    """(3,) the opposite corner."""

    @property
    def who(self) -> str:
        """Artist and year, as far as they are known."""
        return ", ".join(part for part in (self.artist, self.year) if part)

    @property
    def centre(self) -> NDArray[np.float64]:
        """(3,) middle of the box, metres; the origin for a work without a mesh."""
        if self.low is None or self.high is None:
            return np.zeros(3)
        return (self.low + self.high) / 2


def exhibits(scene: Scene) -> tuple[Exhibit, ...]:
    """Every work, in the order of the tour: by camera stop, then those that have none."""
    placed = {node.name: (node, world) for node, world in scene.walk()}
    works = {name: said for name, (node, _) in placed.items() if (said := _said(node)) is not None}
    before: dict[str, tuple[str, NDArray[np.float64]]] = {}
    for name, (node, world) in placed.items():
        shown = _ours(node).get("work")
        if node.camera is not None and isinstance(shown, str) and shown in works:
            before.setdefault(shown, (name, world))
    order = [*before, *(name for name in works if name not in before)]
    return tuple(_exhibit(*placed[name], works[name], before.get(name)) for name in order)


def _said(node: Node) -> Mapping[str, Any] | None:
    said = _ours(node).get("work")
    return said if isinstance(said, Mapping) else None


def _ours(node: Node) -> Mapping[str, Any]:
    """What a file says in our own words: anything, for it is a file."""
    ours = node.extras.get("vrgen")
    return ours if isinstance(ours, Mapping) else {}


def _exhibit(
    node: Node,
    world: NDArray[np.float64],
    said: Mapping[str, Any],
    stop: tuple[str, NDArray[np.float64]] | None,
) -> Exhibit:
    low, high = _box(node, world)
    words = {key: str(said.get(key) or "") for key in ("title", "artist", "year", "text", "alt")}
    return Exhibit(
        node=node.name,
        **(words | {"title": words["title"] or node.name}),
        size_cm=_numbers(said.get("size_cm")),
        camera=None if stop is None else stop[0],
        viewpoint=None if stop is None else stop[1],
        low=low,
        high=high,
    )


def _numbers(value: Any) -> tuple[float, ...]:
    """The list of numbers that a file gives; nothing for anything else."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, int | float) for one in value):
        return ()
    return tuple(float(one) for one in value)


def _box(
    node: Node, world: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | tuple[None, None]:
    parent = world @ np.linalg.inv(node.matrix) if abs(np.linalg.det(node.matrix)) > 1e-12 else world
    points = [
        mesh.positions @ place[:3, :3].T + place[:3, 3]
        for inner, place in node.walk(parent)
        for mesh in inner.meshes
        if len(mesh.positions)
    ]
    if not points:
        return None, None
    return np.min([p.min(axis=0) for p in points], axis=0), np.max([p.max(axis=0) for p in points], axis=0)
