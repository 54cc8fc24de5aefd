"""Sizes: how many pixels of a texture can be seen, from where a visitor stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.mesh import Mesh
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture
from vrgen.gltf.optimize.resize import resized, same_at
from vrgen.gltf.to_material import textures_of

NEAREST = 0.5
"""Metres: nobody looks from closer by."""
STEP = 0.5
"""Metres between two eyes on the floor."""
HEIGHTS = (1.2, 1.65)
"""Metres of a seated and a standing eye above the floor."""
MOST_EYES = 20_000
MARGIN = 1.25
"""More pixels than can be seen, for what is stretched."""
WORTH = 0.75
"""A side that would shrink less is left alone."""
SMALLEST = 64
SHARE = 0.01
"""Part of a surface that may get fewer pixels than can be seen: odd triangles, with hardly any UV."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A texture that gets fewer pixels."""

    size: tuple[int, int]
    """Before, in pixels."""
    smaller: tuple[int, int]
    """After."""
    why: str
    """`too large`, `out of sight` or `no detail`."""


def shrunk(scene: Scene, *, pixels_per_degree: float, largest: int) -> tuple[Scene, tuple[Shrunk, ...]]:
    """The scene with textures no larger than can be seen, and what was changed.

    A texture shrinks where the device takes fewer pixels, where nobody who stands on the floor can see them
    (by texel density, distance and pixels per degree), or where half of them say the same. Without a walkable
    floor an eye may come to half a metre of everything.
    """
    wanted = _seen(scene, pixels_per_degree=pixels_per_degree)
    changed: dict[int, Image] = {}
    report = []
    for image, factor, role in wanted:
        size, why = _size(image, factor, largest=largest)
        size, why = _plain(image, size, why, role=role)
        if size != (image.width, image.height):
            changed[id(image)] = resized(image, size, role=role)
            report.append(Shrunk((image.width, image.height), size, why))
    return (_wearing(scene, changed) if changed else scene), tuple(report)


def _size(image: Image, factor: float, *, largest: int) -> tuple[tuple[int, int], str]:
    """Pixels and reason: below the largest, and as many as can be seen."""
    sides = (image.width, image.height)
    device = min(1.0, math.sqrt(largest * largest / (sides[0] * sides[1])))
    seen = factor if factor <= WORTH else 1.0
    scale = min(device, seen)
    if scale >= 1.0:
        return sides, ""
    return _scaled(sides, scale), "too large" if device <= seen else "out of sight"


def _scaled(sides: tuple[int, int], scale: float) -> tuple[int, int]:
    """Powers of two stay such; others become multiples of four, which block compression wants."""
    if all(side & (side - 1) == 0 for side in sides):
        halvings = max(0, math.floor(-math.log2(scale) + 1e-9))
        return _halved(sides, halvings)
    small = min(sides) * scale < SMALLEST
    scale = min(1.0, SMALLEST / min(sides)) if small else scale
    return tuple(max(4, math.ceil(side * scale / 4) * 4) for side in sides)  # type: ignore[return-value]


def _halved(sides: tuple[int, int], times: int) -> tuple[int, int]:
    while times and min(sides) >> times < SMALLEST:
        times -= 1
    return sides[0] >> times, sides[1] >> times


def _plain(image: Image, size: tuple[int, int], why: str, *, role: str) -> tuple[tuple[int, int], str]:
    """Half the pixels, and half again, as long as they say the same."""
    while min(size) >= 2 * SMALLEST and all(side % 8 == 0 for side in size):
        half = (size[0] // 2, size[1] // 2)
        if not same_at(image, half, role=role):
            break
        size, why = half, "no detail"
    return size, why


def _seen(scene: Scene, *, pixels_per_degree: float) -> list[tuple[Image, float, str]]:
    """(image, factor of its sides that can be seen, field) of every image, in a fixed order."""
    eyes = _eyes(scene)
    found: dict[int, tuple[Image, float, str]] = {}
    for mesh, world in _drawn(scene):
        for field, texture in textures_of(mesh.surface):
            image = texture.image
            known = found.get(id(image), (image, 0.0, field))
            if known[1] >= 1.0:
                continue
            factor = _factor(mesh, world, texture, eyes=eyes, pixels_per_degree=pixels_per_degree)
            found[id(image)] = (image, max(known[1], factor), known[2])
    return list(found.values())


def _drawn(scene: Scene) -> Iterator[tuple[Mesh, NDArray[np.float64]]]:
    for node, world in scene.walk():
        for mesh in node.meshes:
            if len(mesh.indices):
                yield mesh, world


def _factor(
    mesh: Mesh, world: NDArray[np.float64], texture: Texture, *, eyes: Any, pixels_per_degree: float
) -> float:
    """How much of a texture's side can be seen on a mesh, by the triangle that needs most."""
    uv = mesh.uv1 if texture.uv_set else mesh.uv0
    if uv is None or texture.uv_set > 1:
        return 1.0
    corners = (mesh.positions @ world[:3, :3].T + world[:3, 3])[mesh.indices]
    texels = uv[mesh.indices] * np.abs(texture.scale) * (texture.image.width, texture.image.height)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    u, v = (texels[:, 1] - texels[:, 0]), (texels[:, 2] - texels[:, 0])
    covered = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    sound = (area > 1e-9) & (covered > 1e-9)
    if not sound.any():
        return 0.0
    density = np.sqrt(covered[sound] / area[sound])
    centre = corners[sound].mean(axis=1)
    radius = np.linalg.norm(corners[sound] - centre[:, None], axis=2).max(axis=1)
    distance = np.full(len(centre), NEAREST)
    if eyes is not None:
        distance = np.maximum(eyes.query(centre)[0] - radius, NEAREST)
    needed = MARGIN * pixels_per_degree * (180 / math.pi) / distance / density
    order = np.argsort(-needed, kind="stable")
    share = np.cumsum(area[sound][order]) / area[sound].sum()
    return float(min(1.0, needed[order][np.searchsorted(share, SHARE)]))


def _eyes(scene: Scene) -> Any:
    """A tree of where eyes may be, or None where nothing says so."""
    from scipy.spatial import cKDTree

    ours = scene.extras.get("vrgen")
    floors = ours.get("walkable", ()) if isinstance(ours, dict) else ()
    points = [point for polygon in floors for point in _on(np.asarray(polygon, float))]
    cameras = [world[:3, 3] for node, world in scene.walk() if node.camera is not None]
    if not points:
        return None
    ground = min((camera[1] for camera in cameras), default=1.6) - 1.6
    standing = [(x, ground + height, z) for x, z in points for height in HEIGHTS]
    return cKDTree(np.array([*standing, *cameras])[:MOST_EYES])


def _on(polygon: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2) points of a floor (x, z), its corners among them: those of a grid that lie inside."""
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3 or not np.isfinite(polygon).all():
        return np.zeros((0, 2))
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    counts = np.minimum(np.ceil((high - low) / STEP).astype(int) + 1, 100)
    grid = np.stack(
        np.meshgrid(*(np.linspace(a, b, n) for a, b, n in zip(low, high, counts, strict=True))), axis=-1
    )
    points = grid.reshape(-1, 2)
    inside = np.zeros(len(points), bool)
    for (x0, z0), (x1, z1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (z0 > points[:, 1]) != (z1 > points[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (points[:, 0] < (x1 - x0) * (points[:, 1] - z0) / (z1 - z0) + x0)
    return np.concatenate([points[inside], polygon])


def _wearing(scene: Scene, changed: dict[int, Image]) -> Scene:
    """The scene with images exchanged; what was shared stays shared."""
    surfaces: dict[int, Surface] = {}
    meshes: dict[int, Mesh] = {}

    def dressed(surface: Surface) -> Surface:
        if id(surface) not in surfaces:
            new: dict[str, Any] = {
                item.name: replace(texture, image=changed[id(texture.image)])
                for item in fields(surface)
                if isinstance(texture := getattr(surface, item.name), Texture)
                and id(texture.image) in changed
            }
            surfaces[id(surface)] = replace(surface, **new) if new else surface
        return surfaces[id(surface)]

    def worn(mesh: Mesh) -> Mesh:
        if id(mesh) not in meshes:
            surface = dressed(mesh.surface)
            meshes[id(mesh)] = mesh if surface is mesh.surface else replace(mesh, surface=surface)
        return meshes[id(mesh)]

    return scene.map_nodes(lambda node: replace(node, meshes=tuple(worn(mesh) for mesh in node.meshes)))
