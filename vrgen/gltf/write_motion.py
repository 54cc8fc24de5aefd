"""Skin, Animation -> glTF, by the names of the nodes they move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from vrgen.core.mesh import Mesh
from vrgen.core.motion import Animation, Channel, NodeName, Pointed, Skin
from vrgen.core.node import Node
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.gltf.builder import Builder
from vrgen.gltf.kept import Dangling, levels_of
from vrgen.gltf.to_material import Materials


class Motion:
    """Writes what moves into a Builder; nodes get their indices as the writer will: children first."""

    def __init__(self, scene: Scene, builder: Builder, progress: Progress) -> None:
        self._builder = builder
        self._progress = progress
        self._indices: dict[str, int] = {}
        self._nodes: dict[str, Node] = {}
        self._skins: dict[int, int | None] = {}
        for index, node in enumerate(_in_order(scene.nodes)):
            if node.name not in self._indices:
                self._indices[node.name], self._nodes[node.name] = index, node

    def index(self, name: str) -> int:
        """Index of the node of that name. Raises Dangling when the scene has none."""
        if name not in self._indices:
            raise Dangling(f"there is no node {name} in the scene")
        return self._indices[name]

    def moves(self, mesh: Mesh, *, skinned: bool) -> bool:
        """Whether joints and targets of a mesh go into the file; it is written as it stands otherwise."""
        further = mesh.further
        return further is None or not further.rest or skinned or "JOINTS_0" not in further.attributes

    def morphs(self, node: Node) -> bool:
        """Whether a mesh of the node has morph targets that go into the file."""
        skinned = self.skin(node) is not None
        return any(
            mesh.further is not None and mesh.further.targets and self.moves(mesh, skinned=skinned)
            for mesh in node.meshes
        )

    def skin(self, node: Node) -> int | None:
        """Index of the skin of a node; None without one, or when a joint is no longer in the scene."""
        skin = node.skin
        if skin is None or not any(_has_joints(mesh) for mesh in node.meshes):
            return None
        if id(skin) not in self._skins:
            try:
                self._skins[id(skin)] = self._builder.add("skins", self._skin(skin))
            except Dangling as problem:
                self._progress.note(f"node {node.name}: its skin was left out ({problem})")
                self._skins[id(skin)] = None
        return self._skins[id(skin)]

    def animations(self, animations: Iterable[Animation], materials: Materials) -> list[dict[str, Any]]:
        """The animations that move something in the scene, whose nodes and materials are all written."""
        found = [self._animation(animation, materials) for animation in animations]
        return [written for written in found if written is not None]

    def _skin(self, skin: Skin) -> dict[str, Any]:
        written: dict[str, Any] = {"joints": [self.index(joint) for joint in skin.joints]}
        if skin.name:
            written["name"] = skin.name
        if skin.skeleton is not None and skin.skeleton in self._indices:
            written["skeleton"] = self._indices[skin.skeleton]
        if skin.inverse_bind is not None:
            columns = skin.inverse_bind.transpose(0, 2, 1).reshape(-1, 16)
            written["inverseBindMatrices"] = self._builder.data(columns)
        return {**skin.kept, **self._told(skin.kept), **written}

    def _animation(self, animation: Animation, materials: Materials) -> dict[str, Any] | None:
        samplers: list[dict[str, Any]] = []
        channels: list[dict[str, Any]] = []
        for channel in animation.channels:
            if not self._plays(channel):
                self._progress.note(
                    f"animation {animation.name}: the {channel.path} of {channel.node} was left out, for it "
                    "is no longer in the scene"
                )
                continue
            target = {"node": self._indices[channel.node], "path": channel.path}
            channels.append({"sampler": _placed(self._sampler(channel), samplers), "target": target})
        for one in animation.pointed:
            pointer = self._pointer(one, materials)
            if pointer is None:
                self._progress.note(f"animation {animation.name}: {one.path} of what is gone was left out")
                continue
            self._builder.extensions.add(POINTER)
            told = {"path": "pointer", "extensions": {POINTER: {"pointer": pointer}}}
            channels.append({"sampler": _placed(self._sampler(one), samplers), "target": told})
        if not channels:
            return None
        written: dict[str, Any] = {"channels": channels, "samplers": samplers}
        if animation.name:
            written["name"] = animation.name
        return {**animation.kept, **self._told(animation.kept), **written}

    def _plays(self, channel: Channel) -> bool:
        node = self._nodes.get(channel.node)
        if node is None:
            return False
        return channel.path != "weights" or self.morphs(node)

    def _pointer(self, one: Pointed, materials: Materials) -> str | None:
        """Where in the file a property lies; None when its node or material is not there."""
        if isinstance(one.target, NodeName):
            index = self._indices.get(one.target.name)
            return None if index is None else f"/nodes/{index}{one.path}"
        place = materials.written(one.target)
        return None if place is None else f"/materials/{place}{one.path}"

    def _sampler(self, channel: Channel | Pointed) -> dict[str, Any]:
        values = channel.values
        if channel.path == "weights":
            values = np.ascontiguousarray(values).reshape(-1, 1)
        return {
            "input": self._builder.data(channel.times[:, None], bounds=True),
            "interpolation": channel.interpolation.upper(),
            "output": self._builder.data(values),
        }

    def _told(self, kept: Any) -> dict[str, Any]:
        """What was kept, its extensions named among those that the file uses."""
        self._builder.extensions.update(kept.get("extensions", {}))
        return dict(kept)


POINTER = "KHR_animation_pointer"
SEARCHED = 8
"""Samplers that a new one is compared with: channels that share one follow one another."""


def _placed(sampler: dict[str, Any], samplers: list[dict[str, Any]]) -> int:
    """Index of a sampler in the list, where it is put unless one of the last is its equal."""
    if sampler not in samplers[-SEARCHED:]:
        samplers.append(sampler)
    return len(samplers) - 1 - samplers[::-1].index(sampler)


def _has_joints(mesh: Mesh) -> bool:
    further = mesh.further
    return len(mesh.indices) > 0 and further is not None and "JOINTS_0" in further.attributes


def _in_order(nodes: Iterable[Node]) -> Iterable[Node]:
    """Every node, children before their parents, with coarser ones that are kept of them between."""
    for node in nodes:
        yield from _in_order(node.children)
        yield from _in_order(levels_of(node))
        yield node
