"""What moves: the places of nodes, skins and animations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.motion import Animation, Channel, Interpolation, MovedPart, NodeName, Pointed, Skin
from vrgen.core.node import Node
from vrgen.core.progress import Progress
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.from_material import Surfaces
from vrgen.gltf.kept import kept
from vrgen.gltf.part import Part
from vrgen.gltf.pose import decompose

FARTHEST = 1e12
"""Metres, or factors: beyond it a product of transforms loses its meaning."""
INTERPOLATIONS: dict[str, Interpolation] = {"LINEAR": "linear", "STEP": "step", "CUBICSPLINE": "cubicspline"}
PATHS: dict[str, MovedPart] = {
    "translation": "translation",
    "rotation": "rotation",
    "scale": "scale",
    "weights": "weights",
}
WIDTHS = {"translation": 3, "rotation": 4, "scale": 3, "weights": 1}
NAME = "KHR_animation_pointer"
POINTER = "pointer"
"""The path of KHR_animation_pointer, which names a place of the file's JSON."""


class Motion:
    """Reads the skins and animations of one file, each once."""

    def __init__(self, root: Part, accessors: Accessors, surfaces: Surfaces, progress: Progress) -> None:
        self._root = root
        self._surfaces = surfaces
        self._accessors = accessors
        self._progress = progress
        self._nodes = root.parts("nodes")
        self._skins = root.parts("skins")
        self._names: dict[int, str] = {}
        self._worlds: dict[int, NDArray[np.float64]] = {}
        self._read: dict[int, Skin | None] = {}
        self._matrices: dict[int, NDArray[np.float64]] = {}

    def place(self, order: list[int], roots: list[int], names: dict[int, str]) -> None:
        """Take the nodes of the scene, parents first, with their names, and work out where they stand."""
        self._names = names
        if not self._skins:  # which alone need it
            return
        self._worlds = {root: np.eye(4) for root in roots}
        for index in order:
            part = self._nodes[index]
            translation, rotation, scale = transform_of(part)
            self._worlds[index] = self._worlds[index] @ Node("", translation, rotation, scale).matrix
            for child in part.references("children", len(self._nodes)):
                self._worlds[child] = self._worlds[index]

    def skin(self, index: int) -> Skin | None:
        """The skin of a node; None without one, or with one whose joints are not all in the scene."""
        node = self._nodes[index]
        if not node.has("skin"):
            return None
        number = node.reference("skin", len(self._skins))
        if number not in self._read:
            self._read[number] = self._skin(self._skins[number])
        return self._read[number]

    def matrices(self, index: int) -> NDArray[np.float64] | None:
        """(J, 4, 4) from the mesh of a skinned node into its frame; None where nothing is skinned.

        Joints move vertices in the world, whatever the node's own place: it is taken out again here.
        """
        node = self._nodes[index]
        if not node.has("skin"):
            return None
        number = node.reference("skin", len(self._skins))
        if number not in self._matrices:
            self._matrices[number] = self._joint_matrices(self._skins[number])
        here = self._worlds[index]
        with np.errstate(over="ignore", invalid="ignore"):
            sound = 1e-18 < abs(np.linalg.det(here)) < np.inf
        if not sound:
            self._progress.note(f"{node.file}: {node.place} cannot be inverted; its skin was not applied")
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # what leaves the range is refused when applied
            return np.asarray(np.linalg.inv(here) @ self._matrices[number])

    def animations(self) -> tuple[Animation, ...]:
        """The animations, without what moves nothing in the scene."""
        found = [self._animation(part) for part in self._root.parts("animations")]
        return tuple(animation for animation in found if animation.channels or animation.pointed)

    def _bind(self, skin: Part, count: int) -> NDArray[np.float32] | None:
        """(J, 4, 4) inverse bind matrices for column vectors."""
        if not skin.has("inverseBindMatrices"):
            return None
        bind = self._accessors.floats(skin, "inverseBindMatrices", widths=(16,))
        if len(bind) < count:
            skin.fail(f"has {len(bind)} matrices for {count} joints", "inverseBindMatrices")
        return bind[:count].reshape(-1, 4, 4).transpose(0, 2, 1)

    def _joint_matrices(self, skin: Part) -> NDArray[np.float64]:
        """(J, 4, 4): each joint's world transform times its inverse bind matrix; others at the origin."""
        joints = self._joints(skin)
        self._accessors.budget.spend(skin, 256 * len(joints))
        placed = np.stack([self._worlds.get(joint, np.eye(4)) for joint in joints])
        bind = self._bind(skin, len(joints))
        with np.errstate(over="ignore", invalid="ignore"):
            return placed if bind is None else placed @ bind.astype(np.float64)

    def _joints(self, skin: Part) -> list[int]:
        joints = skin.references("joints", len(self._nodes))
        if not joints:
            skin.fail("is empty, expected joints", "joints")
        return joints

    def _skin(self, part: Part) -> Skin | None:
        joints = self._joints(part)
        if any(joint not in self._names for joint in joints):
            self._progress.note(f"{part.file}: {part.place} has joints outside the scene and was left out")
            return None
        root = part.reference("skeleton", len(self._nodes)) if part.has("skeleton") else None
        return Skin(
            joints=tuple(self._names[joint] for joint in joints),
            inverse_bind=self._bind(part, len(joints)),
            skeleton=None if root is None else self._names.get(root),
            name=part.text("name", ""),
            kept=kept(part, progress=self._progress),
        )

    def _animation(self, part: Part) -> Animation:
        samplers = part.parts("samplers")
        channels: list[Channel] = []
        pointed: list[Pointed] = []
        for channel in part.parts("channels"):
            if channel.part("target").value.get("path") == POINTER:
                pointed += self._pointed(channel, samplers)
            elif (one := self._channel(channel, samplers)) is not None:
                channels.append(one)
        return Animation(
            name=part.text("name", ""),
            channels=tuple(channels),
            pointed=tuple(pointed),
            kept=kept(part, progress=self._progress),
        )

    def _pointed(self, part: Part, samplers: list[Part]) -> list[Pointed]:
        """What a pointer moves, nothing where that is no node or material of the scene."""
        said = part.part("target").extension(NAME)
        pointer = "" if said is None else said.text("pointer")
        sampler = samplers[part.reference("sampler", len(samplers))]
        kind, _, rest = pointer.removeprefix("/").partition("/")
        number, _, path = rest.partition("/")
        index = int(number) if number.isdecimal() and len(number) < 10 else -1
        target: Any = None
        if kind == "nodes" and index in self._names:
            target = NodeName(self._names[index])
        elif kind == "materials":
            target = self._surfaces.worn(index)
        if target is None or not path:
            self._progress.note(f"{part.file}: {part.place} moves {pointer[:60]!r}, which is left out")
            return []
        times = self._accessors.floats(sampler, "input", widths=(1,))[:, 0]
        values = self._accessors.further(sampler, "output")
        interpolation = sampler.choice("interpolation", INTERPOLATIONS, "LINEAR")
        keys = len(times) * (3 if interpolation == "cubicspline" else 1)
        if len(values) % keys:
            sampler.fail(f"has {len(values)} values for {keys} keys", "output")
        return [Pointed(target, f"/{path}", times, values, interpolation)]

    def _channel(self, part: Part, samplers: list[Part]) -> Channel | None:
        target = part.part("target")
        sampler = samplers[part.reference("sampler", len(samplers))]
        node = target.reference("node", len(self._nodes)) if target.has("node") else None
        if node is None or node not in self._names:
            self._progress.note(f"{part.file}: {part.place} moves no node of the scene and was left out")
            return None
        path = target.choice("path", PATHS)
        times = self._accessors.floats(sampler, "input", widths=(1,))[:, 0]
        values = self._accessors.floats(sampler, "output", widths=(WIDTHS[path],))
        interpolation = sampler.choice("interpolation", INTERPOLATIONS, "LINEAR")
        keys = len(times) * (3 if interpolation == "cubicspline" else 1)
        if len(values) % keys or (path != "weights" and len(values) != keys):
            sampler.fail(f"has {len(values)} values for {keys} keys", "output")
        return Channel(
            node=self._names[node],
            path=path,
            times=times,
            values=values.reshape(keys, -1),
            interpolation=interpolation,
        )


def transform_of(
    part: Part,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(translation (3,), rotation xyzw (4,), scale (3,)) of a node; a matrix is taken apart."""
    if part.has("matrix"):
        identity = tuple(np.eye(4).ravel().tolist())
        return decompose(
            np.array(part.numbers("matrix", identity, low=-FARTHEST, high=FARTHEST)).reshape(4, 4).T
        )
    rotation = np.array(part.numbers("rotation", (0.0, 0.0, 0.0, 1.0)))
    length = float(np.linalg.norm(rotation))
    if not 0.5 < length < 2.0:
        part.fail("is no unit quaternion", "rotation")
    if abs(length - 1.0) > 1e-6:
        rotation = rotation / length
    return (
        np.array(part.numbers("translation", (0.0, 0.0, 0.0), low=-FARTHEST, high=FARTHEST)),
        rotation,
        np.array(part.numbers("scale", (1.0, 1.0, 1.0), low=-FARTHEST, high=FARTHEST)),
    )
