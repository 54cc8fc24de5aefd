"""Preview: a material on a ball and on a wall of two by two tiles, lit from the upper left.

It is made beside every set, so it must cost little: what does not depend on the material is kept, maps are
made smaller before anything else, and one sampling brings all of them to the points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.material import Material

Floats = NDArray[np.float32]
Vector = tuple[Floats, Floats, Floats]
SUN = np.array([-0.5, 0.62, 0.6], np.float32) / np.float32(np.linalg.norm([-0.5, 0.62, 0.6]))
SUN_LIGHT = np.float32(3.2) * np.array([1.0, 0.95, 0.88], np.float32)
HALF = (SUN + np.array([0, 0, 1], np.float32)) / np.linalg.norm(SUN + np.array([0, 0, 1], np.float32))
"""Half way between sun and eye."""
GRAZING = (1 - float(HALF[2])) ** 5
ZENITH, GROUND = np.array([0.62, 0.7, 0.82], np.float32), np.array([0.3, 0.27, 0.24], np.float32)
PAPER = 0.8
"""Linear grey behind the ball."""
BALL_TILES = 2.0
"""Tiles around half of the ball."""


@dataclass(frozen=True, eq=False, slots=True)
class _Points:
    """What is lit: a square picture of points (H, W) in view space, the eye along +Z at a distance."""

    u: Floats
    v: Floats
    frame: tuple[Vector, Vector, Vector]
    """Tangent, bitangent and normal, each as x, y, z that broadcast to (H, W)."""


def swatch(material: Material, *, size: int = 512) -> Image:
    """(size, 2 size, 3) uint8 sRGB: the ball to the left, the wall to the right."""
    maps = _Maps.of(material, size)
    points, cover = _ball(size)
    ball = _lit(maps, points) * cover + np.float32(PAPER) * (1 - cover)
    picture = np.concatenate([ball, _lit(maps, _wall(size))], axis=2)
    return Image(np.ascontiguousarray(to_bytes(linear_to_srgb(picture)).transpose(1, 2, 0)))


@lru_cache(maxsize=4)
def _ball(size: int) -> tuple[_Points, Floats]:
    """Points of a ball that fills nine tenths, and how much of each pixel it covers (soft edge)."""
    axis = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1) / 0.9
    x, y = np.meshgrid(axis, -axis)
    radius = np.hypot(x, y)
    inside = np.clip((1 - radius) * 0.45 * size + 0.5, 0, 1)
    shrink = 1 / np.maximum(radius, 1)
    x, y = x * shrink, y * shrink
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    around, down = np.arctan2(x, np.maximum(z, 1e-6)), np.arccos(np.clip(y, -1, 1))
    flat = np.maximum(np.hypot(x, z), 1e-6)
    tangent = (z / flat, np.zeros_like(flat), -x / flat)
    bitangent = (y * tangent[2], z * tangent[0] - x * tangent[2], -y * tangent[0])  # normal x tangent
    u, v = (np.asarray(angle * (BALL_TILES / np.pi), np.float32) for angle in (around, down))
    frame = (_single(*tangent), _single(*bitangent), _single(x, y, z))
    return _Points(u, v, frame), inside.astype(np.float32)


def _single(x: NDArray[Any], y: NDArray[Any], z: NDArray[Any]) -> Vector:
    return x.astype(np.float32), y.astype(np.float32), z.astype(np.float32)


@lru_cache(maxsize=4)
def _wall(size: int) -> _Points:
    """Points of a wall seen straight on, two by two tiles: a seam would show in the middle."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / np.float32(size / 2)
    u, v = np.meshgrid(axis, axis)
    zero, one = (np.full((1, 1), value, np.float32) for value in (0, 1))
    return _Points(u, v, ((one, zero, zero), (zero, one, zero), (zero, zero, one)))


@dataclass(frozen=True, eq=False, slots=True)
class _Maps:
    """A material's maps at the size of the preview, in two pictures that are sampled as one."""

    colour: Floats
    """(H, W, 4) float32: linear base colour, roughness."""
    rest: Floats
    """(H, W, 4) float32: x, y, z of the normal from -1 to 1, occlusion."""
    metal: Floats | None
    """(H, W) float32; None where nothing is metal."""

    @classmethod
    def of(cls, material: Material, size: int) -> _Maps:
        """Of a material, its maps made smaller to near `size`."""
        step = max(1, material.base_colour.width // size)
        colour = _smaller(material.base_colour, step)
        shape = colour.pixels.shape[:2]
        rough = _plane(material.roughness, step, 0.8, shape)
        open_sky = _plane(material.occlusion, step, 1.0, shape)
        if material.normal is None:
            bumps = np.broadcast_to(np.array([0, 0, 1], np.float32), (*shape, 3))
        else:
            bumps = _smaller(material.normal, step).to_float() * 2 - 1
        return cls(
            np.dstack([colour.to_linear(), rough]),
            np.dstack([bumps, open_sky]),
            None if material.metallic is None else _plane(material.metallic, step, 0.0, shape),
        )


def _lit(maps: _Maps, points: _Points) -> Floats:
    """(3, H, W) linear: one sun and a gradient sky on metallic-roughness (glTF 2.0, appendix B)."""
    places = _places(points, *maps.colour.shape[:2])
    *base, rough = _sampled(maps.colour, places)
    *bump, shade = _sampled(maps.rest, places)
    metal = np.float32(0) if maps.metal is None else _sampled(maps.metal, places)[0]
    rough = np.clip(rough, 0.06, 1)
    normal = _bumped(bump, points)
    to_sun = np.clip(_dot(normal, SUN), 1e-3, 1)
    to_eye = np.clip(normal[2], 1e-3, 1)
    alpha = rough**2
    square = alpha**2
    spread = square / (np.pi * (np.clip(_dot(normal, HALF), 0, 1) ** 2 * (square - 1) + 1) ** 2)
    masking = 0.5 / (
        to_sun * np.sqrt(to_eye**2 * (1 - square) + square)
        + to_eye * np.sqrt(to_sun**2 * (1 - square) + square)
    )
    gloss, upward = spread * masking, normal[1] * 0.5 + 0.5
    mirrored = np.clip(normal[1] * normal[2] / np.maximum(rough, 0.1) + 0.5, 0, 1)
    made = np.empty((3, *to_sun.shape), np.float32)
    for channel, colour in enumerate(base):
        f0 = 0.04 + (colour - 0.04) * metal
        fresnel = f0 + (1 - f0) * GRAZING
        matt = colour * (1 - metal)
        direct = (matt * (1 - fresnel) * np.float32(1 / np.pi) + fresnel * gloss) * to_sun
        ground, sky = GROUND[channel], ZENITH[channel] - GROUND[channel]
        ambient = matt * (ground + sky * upward) * 0.9 + f0 * (ground + sky * mirrored)
        made[channel] = direct * SUN_LIGHT[channel] + ambient * shade * 0.55
    return made


def _bumped(bump: list[Floats], points: _Points) -> Vector:
    """Unit normals with the normal map applied, as x, y, z."""
    x, y, z = (sum(part * axis[i] for part, axis in zip(bump, points.frame, strict=True)) for i in range(3))
    length = np.maximum(np.sqrt(x * x + y * y + z * z), 1e-6)
    return _single(x / length, y / length, z / length)


def _dot(normal: Vector, way: Floats) -> Floats:
    made: Floats = normal[0] * way[0] + normal[1] * way[1] + normal[2] * way[2]
    return made


def _smaller(image: Image, step: int) -> Image:
    """The mean of every `step` x `step` pixels (a rest at the border is dropped), linear stays linear."""
    import cv2

    if step == 1:
        return image
    height, width = (side // step for side in (image.height, image.width))
    pixels = image.pixels[: height * step, : width * step]
    mean = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return Image(mean.reshape(height, width, image.channels), image.colour_space)


def _plane(image: Image | None, step: int, empty: float, shape: tuple[int, ...]) -> Floats:
    if image is None:
        return np.full(shape, empty, np.float32)
    return _smaller(image, step).to_float()[..., 0]


def _places(points: _Points, height: int, width: int) -> tuple[Floats, ...]:
    """Columns and rows of the points in a periodic picture, from 0 up to its size."""
    x, y = points.u * np.float32(width) - np.float32(0.5), points.v * np.float32(height) - np.float32(0.5)
    return tuple(
        np.asarray(at - np.floor(at / size) * size, np.float32) for at, size in ((x, width), (y, height))
    )


def _sampled(pixels: Floats, places: tuple[Floats, ...]) -> Sequence[Floats]:
    """Planes (H, W) float32 of a periodic picture of up to 4 channels at the places, bilinear."""
    import cv2

    around = cv2.copyMakeBorder(pixels, 0, 2, 0, 2, cv2.BORDER_WRAP)
    planes: Sequence[Floats] = cv2.split(cv2.remap(around, places[0], places[1], cv2.INTER_LINEAR))  # type: ignore[assignment]
    return planes
