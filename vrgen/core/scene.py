"""Scene: everything that is written, baked and seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.motion import Animation
from vrgen.core.node import Node
from vrgen.core.record import Record
from vrgen.core.sky import Sky


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """A tree of nodes under a sky. Steps are functions Scene -> Scene."""

    name: str
    """Title of the scene."""
    nodes: tuple[Node, ...] = ()
    """Roots."""
    sky: Sky | None = None
    """The light outside."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON that travels in the file; ours lies in extras['vrgen']."""
    records: tuple[Record, ...] = ()
    """Every step so far, oldest first."""
    animations: tuple[Animation, ...] = ()
    """What moves its nodes."""
    copyright: str = ""
    """Notice of the whole file (`asset.copyright`)."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Extensions of the scene in the file, as JSON; a NodeName stands for a node."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """Of the file as a whole: `asset` (extras, extensions), `extras`, `extensions`, each as JSON, and the
    extensions that are `required` though only passed on."""

    def walk(self) -> Iterator[tuple[Node, NDArray[np.float64]]]:
        """Every node with its (4, 4) world transform, depth first."""
        for node in self.nodes:
            yield from node.walk()

    def map_nodes(self, change: Callable[[Node], Node]) -> Scene:
        """A scene whose every node has passed through `change`, children first."""

        def visit(node: Node) -> Node:
            return change(replace(node, children=tuple(visit(child) for child in node.children)))

        return replace(self, nodes=tuple(visit(node) for node in self.nodes))

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(low, high) corners (3,) in metres of all meshes; zeros when there is none."""
        corners = [
            mesh.positions @ world[:3, :3].T + world[:3, 3]
            for node, world in self.walk()
            for mesh in node.meshes
            if len(mesh.positions)
        ]
        if not corners:
            return np.zeros(3), np.zeros(3)
        low = np.min([c.min(axis=0) for c in corners], axis=0)
        high = np.max([c.max(axis=0) for c in corners], axis=0)
        return low, high
