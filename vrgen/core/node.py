"""Node, Light, Camera: the tree of a scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.arrays import frozen
from vrgen.core.frames import matrix_from_quaternion
from vrgen.core.mesh import Mesh
from vrgen.core.motion import Skin
from vrgen.core.stroke import Stroke


@dataclass(frozen=True, slots=True)
class Light:
    """KHR_lights_punctual: shines along the node's -Z."""

    kind: Literal["directional", "point", "spot"]
    """Which."""
    intensity: float
    """Lux for directional, candela for point and spot."""
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear RGB."""
    range_m: float | None = None
    """Metres after which it is cut off; None for never."""
    inner_cone: float = 0.0
    """Radians from the axis where a spot begins to fall off."""
    outer_cone: float = 0.7853981633974483
    """Radians from the axis where a spot ends."""
    name: str = ""
    """Name in the file."""
    kept: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Extras and extensions of the file, as JSON."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Camera looking along the node's -Z: perspective, or orthographic where `magnification` is given."""

    yfov: float
    """Vertical field of view in radians."""
    aspect: float | None = None
    """Width / height; None takes the picture's."""
    znear: float = 0.05
    """Metres."""
    zfar: float | None = None
    """Metres; None for infinite."""
    magnification: tuple[float, float] | None = None
    """Half the width and half the height in metres that an orthographic camera sees; it needs `zfar`."""
    name: str = ""
    """Name in the file."""
    kept: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Extras and extensions of the file, as JSON."""


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """A named place with what stands there. Meshes that are the same object are written once."""

    name: str
    """Lower-case name, `a-z0-9_-`, unique in the scene."""
    translation: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    """(3,) metres."""
    rotation: NDArray[np.float64] = field(default_factory=lambda: np.array([0.0, 0.0, 0.0, 1.0]))
    """(4,) quaternion xyzw."""
    scale: NDArray[np.float64] = field(default_factory=lambda: np.ones(3))
    """(3,)."""
    meshes: tuple[Mesh, ...] = ()
    """Drawn here (the primitives of one glTF mesh)."""
    light: Light | None = None
    """Shines from here."""
    camera: Camera | None = None
    """Looks from here."""
    children: tuple[Node, ...] = ()
    """In this node's frame."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON that travels in the file; ours lies in extras['vrgen']."""
    skin: Skin | None = None
    """The nodes that move the vertices of its meshes, which stand in their pose."""
    weights: tuple[float, ...] | None = None
    """Of the morph targets of its meshes, which stand morphed by them; None for those of `mesh_kept`."""
    strokes: tuple[Stroke, ...] = ()
    """Points and lines of its glTF mesh: kept for the file, not drawn."""
    mesh_kept: Mapping[str, Any] = field(default_factory=dict)
    """Weights, extras and extensions of the glTF mesh that `meshes` are the primitives of, as JSON."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """Extensions of the file that are not read, as JSON; a NodeName stands for a node."""

    def __post_init__(self) -> None:
        for name, width in (("translation", 3), ("rotation", 4), ("scale", 3)):
            label = f"node {self.name}: {name}"
            value = frozen(getattr(self, name), name=label, dtype=np.float64, shape=(width,))
            object.__setattr__(self, name, value)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(4, 4) float64 local transform for column vectors."""
        matrix = np.eye(4)
        matrix[:3, :3] = matrix_from_quaternion(self.rotation) * self.scale
        matrix[:3, 3] = self.translation
        return matrix

    def walk(self, parent: NDArray[np.float64] | None = None) -> Iterator[tuple[Node, NDArray[np.float64]]]:
        """This node and all below it, each with its (4, 4) world transform, depth first."""
        world = self.matrix if parent is None else parent @ self.matrix
        yield self, world
        for child in self.children:
            yield from child.walk(world)
