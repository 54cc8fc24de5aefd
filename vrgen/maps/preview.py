"""Preview: a material on a ball and on a wall of two by two tiles, lit from the upper left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.material import Material

Floats = NDArray[np.float32]
SUN = np.array([-0.5, 0.62, 0.6], np.float32) / np.float32(np.linalg.norm([-0.5, 0.62, 0.6]))
SUN_LIGHT = np.float32(3.2) * np.array([1.0, 0.95, 0.88], np.float32)
ZENITH, GROUND = np.array([0.62, 0.7, 0.82], np.float32), np.array([0.3, 0.27, 0.24], np.float32)
PAPER = 0.8
"""Linear grey behind the ball."""
BALL_TILES = 2.0
"""Tiles around half of the ball."""


@dataclass(frozen=True, eq=False)
class _Points:
    """What is lit: N points in view space, the eye along +Z at a distance."""

    uv: Floats
    normal: Floats
    tangent: Floats


def swatch(material: Material, *, size: int = 512) -> Image:
    """(size, 2 size, 3) uint8 sRGB: the ball to the left, the wall to the right."""
    step = max(1, material.base_colour.width // size)
    maps: dict[str, Any] = {name: _smaller(image, step) for name, image in material.maps().items()}
    material = replace(material, **maps)
    ball, inside = _ball(size)
    picture = np.full((size, 2 * size, 3), PAPER, np.float32)
    lit = _lit(material, ball)
    cover = inside.reshape(-1)[:, None]
    picture[:, :size] = (lit * cover + PAPER * (1 - cover)).reshape(size, size, 3)
    picture[:, size:] = _lit(material, _wall(size)).reshape(size, size, 3)
    return Image(to_bytes(linear_to_srgb(picture)))


def _ball(size: int) -> tuple[_Points, Floats]:
    """Points of a ball that fills nine tenths, and how much of each pixel it covers (soft edge)."""
    axis = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1) / 0.9
    x, y = np.meshgrid(axis, -axis)
    radius = np.hypot(x, y)
    inside = np.clip((1 - radius) * 0.45 * size + 0.5, 0, 1)
    shrink = 1 / np.maximum(radius, 1)
    x, y = x * shrink, y * shrink
    z = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    normal = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    around, down = np.arctan2(x, np.maximum(z, 1e-6)), np.arccos(np.clip(y, -1, 1))
    uv = np.stack([around, down], axis=-1).reshape(-1, 2) * np.float32(BALL_TILES / np.pi)
    flat = np.hypot(normal[:, 0], normal[:, 2])
    tangent = np.stack([normal[:, 2], np.zeros_like(flat), -normal[:, 0]], axis=-1)
    tangent /= np.maximum(flat, 1e-6)[:, None]
    return _Points(uv, normal, tangent), inside.astype(np.float32)


def _wall(size: int) -> _Points:
    """Points of a wall seen straight on, two by two tiles: a seam would show in the middle."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / np.float32(size / 2)
    u, v = np.meshgrid(axis, axis)
    normal, tangent = (np.tile(np.array(way, np.float32), (size * size, 1)) for way in ((0, 0, 1), (1, 0, 0)))
    return _Points(np.stack([u, v], axis=-1).reshape(-1, 2), normal, tangent)


def _lit(material: Material, points: _Points) -> Floats:
    """(N, 3) linear: one sun and a gradient sky on metallic-roughness (glTF 2.0, appendix B)."""
    base = _sample(material.base_colour.to_linear(), points.uv)
    rough = np.clip(_channel(material.roughness, points.uv, 0.8), 0.06, 1)
    metal = _channel(material.metallic, points.uv, 0.0)
    shade = _channel(material.occlusion, points.uv, 1.0)
    normal = _bumped(material, points)
    eye = np.array([0, 0, 1], np.float32)
    half = (SUN + eye) / np.linalg.norm(SUN + eye)
    to_sun, to_eye = (np.clip(normal @ way, 1e-3, 1)[:, None] for way in (SUN, eye))
    facing = np.clip(normal @ half, 0, 1)[:, None]
    alpha = rough**2
    spread = alpha**2 / (np.pi * (facing**2 * (alpha**2 - 1) + 1) ** 2)
    masking = 0.5 / (
        to_sun * np.sqrt(to_eye**2 * (1 - alpha**2) + alpha**2)
        + to_eye * np.sqrt(to_sun**2 * (1 - alpha**2) + alpha**2)
    )
    f0 = 0.04 + (base - 0.04) * metal
    fresnel = f0 + (1 - f0) * (1 - float(half @ eye)) ** 5
    direct = (base * (1 - metal) * (1 - fresnel) / np.pi + fresnel * spread * masking) * to_sun * SUN_LIGHT
    upward = normal[:, 1:2] * 0.5 + 0.5
    mirrored = 2 * normal * normal[:, 2:3] - eye
    glossy = GROUND + (ZENITH - GROUND) * np.clip(
        (mirrored[:, 1:2] / np.maximum(rough, 0.1)) * 0.5 + 0.5, 0, 1
    )
    ambient = (base * (1 - metal) * (GROUND + (ZENITH - GROUND) * upward) * 0.9 + f0 * glossy) * shade
    light: Floats = (direct + ambient * 0.55).astype(np.float32)
    return light


def _bumped(material: Material, points: _Points) -> Floats:
    """Unit normals (N, 3) with the normal map applied."""
    if material.normal is None:
        return points.normal
    bump = _sample(material.normal.to_float(), points.uv) * 2 - 1
    bitangent = np.cross(points.normal, points.tangent)
    normal = points.tangent * bump[:, 0:1] + bitangent * bump[:, 1:2] + points.normal * bump[:, 2:3]
    unit: Floats = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    return unit


def _channel(image: Image | None, uv: Floats, empty: float) -> Floats:
    if image is None:
        return np.full((len(uv), 1), empty, np.float32)
    return _sample(image.to_float(), uv)


def _smaller(image: Image, step: int) -> Image:
    """The mean of every `step` x `step` pixels (a rest at the border is dropped), linear stays linear."""
    if step == 1:
        return image
    height, width = (side // step for side in (image.height, image.width))
    pixels = image.to_float()[: height * step, : width * step]
    mean = pixels.reshape(height, step, width, step, -1).mean(axis=(1, 3))
    return Image(mean.astype(np.float32), image.colour_space)


def _sample(pixels: Floats, uv: Floats) -> Floats:
    """Bilinear, repeating: (N, C) float32 of (H, W, C) at uv (N, 2)."""
    height, width = pixels.shape[:2]
    x, y = uv[:, 0] * width - 0.5, uv[:, 1] * height - 0.5
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right_share, low_share = ((x - left)[:, None], (y - top)[:, None])
    rows, columns = (top % height, (top + 1) % height), (left % width, (left + 1) % width)
    upper = pixels[rows[0], columns[0]] * (1 - right_share) + pixels[rows[0], columns[1]] * right_share
    lower = pixels[rows[1], columns[0]] * (1 - right_share) + pixels[rows[1], columns[1]] * right_share
    mixed: Floats = (upper * (1 - low_share) + lower * low_share).astype(np.float32)
    return mixed
