"""Subject: what is checked, with everything that more than one check asks for, worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.budget import Target
from vrgen.core.exhibits import Exhibit, exhibits
from vrgen.core.image import Image
from vrgen.core.mesh import Mesh
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture
from vrgen.gltf.to_material import textures_of

STANDING, SEATED = 1.6, 1.2
"""Metres of an eye above the floor."""


@dataclass(frozen=True, eq=False)
class Placed:
    """A mesh where it stands."""

    node: str
    """Name of its node."""
    mesh: Mesh
    """The mesh."""
    world: NDArray[np.float64]
    """(4, 4)."""

    @cached_property
    def points(self) -> NDArray[np.float64]:
        """(V, 3) in the world, metres."""
        return np.asarray(self.mesh.positions @ self.world[:3, :3].T + self.world[:3, 3], np.float64)

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """(T, 3, 3) the triangles' corners in the world."""
        return np.asarray(self.points[self.mesh.indices], np.float64)

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(T, 2, 3) low and high corner of every triangle."""
        return np.stack([self.corners.min(axis=1), self.corners.max(axis=1)], axis=1)

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """(T,) square metres."""
        a, b, c = (self.corners[:, k] for k in range(3))
        return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)

    @cached_property
    def box(self) -> NDArray[np.float64]:
        """(2, 3) low and high corner; zeros for a mesh without vertices."""
        if not len(self.points):
            return np.zeros((2, 3))
        return np.stack([self.points.min(axis=0), self.points.max(axis=0)])

    @property
    def place(self) -> str:
        """How a finding names it."""
        return f"mesh {self.mesh.name}" if self.mesh.name else f"node {self.node}"

    def uv(self, texture: Texture) -> NDArray[np.float64] | None:
        """(T, 3, 2) where in the texture the triangles' corners lie, 1 a repeat; None without UVs."""
        given = self.mesh.uv1 if texture.uv_set == 1 else self.mesh.uv0
        if given is None:
            return None
        c, s = np.cos(texture.rotation), np.sin(texture.rotation)
        scaled = given.astype(np.float64) * texture.scale
        turned = scaled @ np.array([[c, -s], [s, c]]) + texture.offset
        return np.asarray(turned[self.mesh.indices], np.float64)


@dataclass(frozen=True, eq=False, slots=True)
class Worn:
    """An image and the first surface that wears it."""

    image: Image
    """The image."""
    texture: Texture
    """How it is laid."""
    role: str
    """Field of the surface: `base_colour`, `normal`, ..."""
    surface: Surface
    """The surface."""

    @property
    def place(self) -> str:
        """How a finding names it."""
        return f"material {self.surface.name or '(without a name)'}, {self.role.replace('_', ' ')}"

    @property
    def size(self) -> str:
        """`1024x512`."""
        return f"{self.image.width}x{self.image.height}"


@dataclass(frozen=True, eq=False)
class Subject:
    """A scene, the headset it is for, and the file it lies in."""

    scene: Scene
    """What the file holds."""
    target: Target
    """Headset."""
    path: Path | None = None
    """The file; None for a scene that is in no file yet."""
    document: Any = None
    """`Part` of the whole JSON, for what a Scene does not keep; None without a file."""
    cost: Any = None
    """`Cost` of a file that is packed, else None."""
    missing: str = ""
    """Why a packed file could not be unpacked: its scene is empty then."""

    @cached_property
    def everything(self) -> tuple[Placed, ...]:
        """Every mesh that is drawn, with the sky."""
        return tuple(
            Placed(node.name, mesh, world)
            for node, world in self.scene.walk()
            for mesh in node.meshes
            if len(mesh.indices)
        )

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every mesh but the sky."""
        return tuple(item for item in self.everything if not is_sky(item))

    @cached_property
    def surfaces(self) -> tuple[Surface, ...]:
        """Every surface that a mesh wears, once."""
        return tuple({id(item.mesh.surface): item.mesh.surface for item in self.everything}.values())

    @cached_property
    def images(self) -> tuple[Worn, ...]:
        """Every image that a surface wears, once, whatever its roles."""
        found: dict[int, Worn] = {}
        for surface in self.surfaces:
            for role, texture in textures_of(surface):
                found.setdefault(_memory(texture.image), Worn(texture.image, texture, role, surface))
        return tuple(found.values())

    @cached_property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """The works."""
        return exhibits(self.scene)

    @cached_property
    def stops(self) -> dict[str, NDArray[np.float64]]:
        """(3,) eye of every camera by name, and of the spawn point."""
        found = {node.name: world[:3, 3] for node, world in self.scene.walk() if node.camera is not None}
        spawn = self.spawn
        return found if spawn is None else found | {"the spawn point": spawn + np.array([0.0, STANDING, 0.0])}

    @cached_property
    def ours(self) -> dict[str, Any]:
        """What the scene's extras say in our own words."""
        said = self.scene.extras.get("vrgen")
        return dict(said) if isinstance(said, dict) else {}

    @cached_property
    def spawn(self) -> NDArray[np.float64] | None:
        """(3,) feet of a visitor who arrives, when the scene says where."""
        return points_of(self.ours.get("spawn"), 3)

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """(2, 3) low and high corner of everything but the sky; zeros when there is nothing."""
        boxes = [item.box for item in self.placed]
        if not boxes:
            return np.zeros((2, 3))
        low, high = np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)
        return np.stack([low, high])

    def floor_below(self, eye: NDArray[np.float64]) -> float:
        """Height of the floor that an eye stands on: the spawn's, else as far below as eyes are."""
        return float(self.spawn[1]) if self.spawn is not None else float(eye[1]) - STANDING

    def wearers(self, worn: Worn) -> Iterator[tuple[Placed, Texture]]:
        """Every mesh that shows an image in the same role, and how."""
        key = _memory(worn.image)
        for item in self.everything:
            texture = getattr(item.mesh.surface, worn.role)
            if texture is not None and _memory(texture.image) == key:
                yield item, texture


def is_sky(item: Placed) -> bool:
    """Whether a mesh is the backdrop that everything stands in."""
    return item.node == "sky" or item.mesh.name == "sky"


def points_of(value: Any, width: int) -> NDArray[np.float64] | None:
    """(width,) or (n, width) float64 of what an extras says; None when it is no such list of numbers."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        return None
    fits = array.ndim in (1, 2) and array.shape[-1] == width and bool(np.isfinite(array).all())
    return array if fits else None


def _memory(image: Image) -> int:
    """The same for two images that share their pixels, as one file's image in two colour spaces does."""
    return int(image.pixels.__array_interface__["data"][0])
