"""Parts: every mesh of a scene where it stands in the world, ready to be lit.

A part keeps the way back (node, mesh, local frame), so that what is lit can be put where it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.mesh import Mesh
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
MEAN_PIXELS = 256
CLEAR = 0.5
"""Share of light that must pass for a surface to count as glass, which stops none."""


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """One mesh of one node."""

    node: int
    """Place of the node in `Scene.walk` order."""
    slot: int
    """Place of the mesh within the node."""
    mesh: Mesh
    """The mesh as it was given, in the node's frame."""
    world: NDArray[np.float64]
    """(4, 4) from the node's frame to the world."""
    albedo: NDArray[np.float64]
    """(3,) mean linear base colour, in [0, 0.95] so that light dies out."""
    emission: NDArray[np.float64]
    """(3,) emitted radiance in cd/m2."""

    @property
    def lit(self) -> bool:
        """Whether light is gathered for it."""
        return self.mesh.lighting != "none" and len(self.mesh.indices) > 0

    @property
    def blocks(self) -> bool:
        """Whether it stops rays, be it in places: not glass, not what is painted far away."""
        surface = self.mesh.surface
        painted = self.mesh.lighting == "none" and surface.unlit
        return not painted and not is_clear(surface)

    def corners(self) -> NDArray[np.float64]:
        """(T, 3, 3) world corners of all triangles, counter-clockwise seen from outside."""
        points = self.to_world(self.mesh.positions)
        return points[oriented(self.mesh.indices, self.world)]

    def to_world(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) points of the node's frame in the world."""
        return points.astype(np.float64) @ self.world[:3, :3].T + self.world[:3, 3]

    def to_local(self, points: NDArray[np.floating]) -> Floats:
        """The inverse of `to_world`, as float32."""
        inverse = np.linalg.inv(self.world)
        return np.asarray(points @ inverse[:3, :3].T + inverse[:3, 3], dtype=np.float32)

    def normals_to_world(self, normals: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) unit normals of the node's frame as unit normals of the world."""
        return unit(normals.astype(np.float64) @ np.linalg.inv(self.world[:3, :3]))


def is_clear(surface: Surface) -> bool:
    """Whether all light passes: blended and nowhere half there, or transmitting (vrgen.bake.cutouts)."""
    told = surface.kept.get("extensions", {}).get("KHR_materials_transmission")
    through = told.get("transmissionFactor", 0.0) if isinstance(told, dict) else 0.0
    if isinstance(through, int | float) and through >= CLEAR:
        return True
    return surface.alpha_mode == "blend" and surface.base_colour_factor[3] < CLEAR


def oriented(indices: NDArray[np.integer], world: NDArray[np.float64]) -> Ints:
    """(T, 3) indices, turned round when `world` mirrors (glTF: a negative determinant flips winding)."""
    faces = indices.astype(np.int64)
    return faces[:, ::-1] if np.linalg.det(world[:3, :3]) < 0 else faces


def collect(scene: Scene) -> list[Part]:
    """Every mesh of the scene as a part, in `Scene.walk` order."""
    means: dict[int, NDArray[np.float64]] = {}
    return list(_parts(scene, means))


def _parts(scene: Scene, means: dict[int, NDArray[np.float64]]) -> Iterator[Part]:
    for place, (node, world) in enumerate(scene.walk()):
        if abs(np.linalg.det(world[:3, :3])) < 1e-12:
            continue  # squashed flat: nothing to light, and no way back
        for slot, mesh in enumerate(node.meshes):
            albedo, emission = _albedo(mesh.surface, means), _emission(mesh.surface, means)
            yield Part(place, slot, mesh, world, albedo, emission)


def _albedo(surface: Surface, means: dict[int, NDArray[np.float64]]) -> NDArray[np.float64]:
    colour = np.asarray(surface.base_colour_factor[:3], dtype=np.float64)
    cut = surface.alpha_mode != "opaque"  # what is cut out has a colour too, and nobody sees it
    # Metals send light on too: for the walls around them that is close to a matt surface of their colour.
    return np.clip(colour * _mean(surface.base_colour, means, cut=cut), 0.0, 0.95)


def _emission(surface: Surface, means: dict[int, NDArray[np.float64]]) -> NDArray[np.float64]:
    if surface.unlit or not any(surface.emissive_factor):
        return np.zeros(3)
    strength = np.asarray(surface.emissive_factor) * surface.emissive_strength
    return np.asarray(strength * _mean(surface.emissive, means))


def _mean(
    texture: Texture | None, means: dict[int, NDArray[np.float64]], *, cut: bool = False
) -> NDArray[np.float64]:
    if texture is None:
        return np.ones(3)
    cut = cut and texture.image.channels in (2, 4)
    key = 2 * id(texture.image) + cut
    if key not in means:
        means[key] = mean_colour(texture.image, by_alpha=cut)
    return means[key]


def mean_colour(image: Image, *, by_alpha: bool = False) -> NDArray[np.float64]:
    """(3,) mean linear RGB, from at most 256 x 256 evenly spread pixels; `by_alpha` weighs them."""
    stride = (max(1, image.height // MEAN_PIXELS), max(1, image.width // MEAN_PIXELS))
    few = Image(np.ascontiguousarray(image.pixels[:: stride[0], :: stride[1]]), image.colour_space)
    pixels = few.to_linear().reshape(-1, image.channels).astype(np.float64)
    weights = pixels[:, -1] if by_alpha and pixels[:, -1].any() else None
    mean = np.average(pixels, axis=0, weights=weights)
    return mean[:3] if image.channels >= 3 else np.repeat(mean[:1], 3)


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Vectors (..., 3) at length 1; those of length 0 stay 0."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-30), dtype=np.float64)
