"""Animation and Skin: what moves nodes, and what nodes move. Nodes are named: names are unique in a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.arrays import frozen
from vrgen.errors import ValueProblem

MovedPart = Literal["translation", "rotation", "scale", "weights"]
Interpolation = Literal["linear", "step", "cubicspline"]


@dataclass(frozen=True, slots=True)
class NodeName:
    """Stands in kept JSON where the file had the index of a node."""

    name: str
    """Of a node of the scene."""


@dataclass(frozen=True, eq=False, slots=True)
class Channel:
    """One moving part of one node."""

    node: str
    """Name of the node."""
    path: MovedPart
    """What of it moves."""
    times: NDArray[np.float32]
    """(K,) float32 seconds, rising."""
    values: NDArray[np.float32]
    """(K, N) float32; of `cubicspline` (3 K, N): in-tangent, value, out-tangent of each key.

    N is 3 for translation and scale, 4 for rotation (quaternion xyzw), the number of targets for weights."""
    interpolation: Interpolation = "linear"
    """Between keys."""

    def __post_init__(self) -> None:
        times = frozen(self.times, name="animation: times", dtype=np.float32, shape=(None,))
        values = frozen(self.values, name="animation: values", dtype=np.float32, shape=(None, None))
        keys = len(times) * (3 if self.interpolation == "cubicspline" else 1)
        if not len(times) or len(values) != keys:
            raise ValueProblem(
                f"animation of {self.node}: got {len(values)} values at {len(times)} times, expected {keys} "
                "and at least one; give each key its value"
            )
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, eq=False, slots=True)
class Pointed:
    """Any other property that moves (KHR_animation_pointer): kept for the file, played nowhere here."""

    target: Any
    """Whose it is: a NodeName, or the Surface itself."""
    path: str
    """Which, as a JSON pointer from there on: `/pbrMetallicRoughness/baseColorFactor`."""
    times: NDArray[np.float32]
    """(K,) float32 seconds, rising."""
    values: NDArray[Any]
    """(K, N), of `cubicspline` (3 K, N): float32 or whole numbers."""
    interpolation: Interpolation = "linear"
    """Between keys."""


@dataclass(frozen=True, eq=False, slots=True)
class Animation:
    """Channels that play together."""

    name: str = ""
    """Name in the file."""
    channels: tuple[Channel, ...] = ()
    """What moves."""
    pointed: tuple[Pointed, ...] = ()
    """What moves besides."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Extras and extensions of the file, as JSON."""


@dataclass(frozen=True, eq=False, slots=True)
class Skin:
    """Nodes that move the vertices of a mesh."""

    joints: tuple[str, ...]
    """Names of the nodes, in the order that JOINTS_0 counts."""
    inverse_bind: NDArray[np.float32] | None = None
    """(J, 4, 4) float32 for column vectors: from the mesh to each joint; None for identity."""
    skeleton: str | None = None
    """Name of the node that holds all joints, where the file says."""
    name: str = ""
    """Name in the file."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Extras and extensions of the file, as JSON."""

    def __post_init__(self) -> None:
        if not self.joints:
            raise ValueProblem(f"skin {self.name}: got no joints, expected at least one; name its nodes")
        if self.inverse_bind is not None:
            shape = (len(self.joints), 4, 4)
            array = frozen(self.inverse_bind, name="skin: inverse_bind", dtype=np.float32, shape=shape)
            object.__setattr__(self, "inverse_bind", array)
