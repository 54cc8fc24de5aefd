"""Finish: what a style asks of the material generators, and how a generated material is dressed for a role.

A generator gives a kind ("marble"); the architect wants that marble in this tone, cut in slabs of 1.1 m
with 4 mm joints. Both are done on the maps, so that every viewer shows it, and the result still tiles.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core import Image, Material, Surface, to_bytes
from vrgen.core.frames import LUMINANCE, linear_to_srgb
from vrgen.errors import ValueProblem

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Laying:
    """Boards, slabs or panels cut from a material, with joints."""

    module_m: tuple[float, float]
    """Width (along u) and height (along v) of one piece in metres."""
    pieces: tuple[int, int]
    """How many along u and v before the pattern repeats."""
    joint_m: float = 0.004
    """Width of the joint."""
    joint: float = 0.35
    """Brightness of the joint, as a factor."""
    bond: float = 0.0
    """Shift of every other row as a part of a piece; negative: by chance, row by row."""
    variation: float = 0.06
    """How much pieces differ in brightness (standard deviation)."""


@dataclass(frozen=True, slots=True)
class SurfaceRequest:
    """One role of a style: the material it is made of and how that is dressed."""

    role: str
    """`wall`, `floor`, `ceiling`, `frame`, ...: what parts of the building wear it."""
    kind: str | None
    """Kind of material to generate; None is paint: `tone` alone."""
    size_px: int = 1024
    """Side of the square material asked for."""
    tone: Colour | None = None
    """Mean base colour wanted, linear RGB; None keeps the material's own."""
    vividness: float = 1.0
    """Factor of the colour differences within the material."""
    contrast: float = 1.0
    """Exponent of the brightness differences within the material."""
    roughness: float | None = None
    """Mean roughness wanted; None keeps the material's own."""
    metallic: float = 0.0
    """For paint."""
    relief: float = 1.0
    """Factor of the normal map."""
    turn: bool = False
    """Turn the material by a quarter, so that its grain runs along u."""
    laying: Laying | None = None
    """Cut into boards, slabs or panels; None leaves it in one piece."""
    emission: float = 0.0
    """cd/m2 for paint that glows; the builder sets it from the sky or the lamp."""
    opacity: float = 1.0
    """Below 1 for glass."""


PIXELS_PER_METRE = 420.0
"""Texel density of laid materials (structure: 256-512)."""


def surface_of(request: SurfaceRequest, material: Material | None, *, seed: int) -> Surface:
    """The surface for a role; raises ValueProblem when a material is needed and missing."""
    if request.kind is None:
        return _paint(request)
    if material is None:
        raise ValueProblem(
            f"surface {request.role}: got no material, expected one of kind {request.kind!r}; "
            "generate every role of surfaces_needed()"
        )
    dressed = _toned(_turned(material) if request.turn else material, request)
    if request.laying is not None:
        chance = np.random.default_rng([seed, zlib.crc32(request.role.encode())])
        dressed = _laid(dressed, request.laying, chance)
    surface = Surface.of(dressed, name=f"{request.role}_{material.kind}".lower())
    return replace(surface, normal_scale=request.relief)


LIGHTEST = 0.92
"""Base colour that no tone goes beyond: whiter paint there is not."""


def following(request: SurfaceRequest, before: Material, after: Material) -> SurfaceRequest:
    """The request with its tone and roughness moved as far as the material's own means were, from `before`
    to `after`: a style that asks for a tone would else take back what a slider did."""
    changes: dict[str, Any] = {}
    if request.tone is not None:
        means = [one.base_colour.to_linear().mean(axis=(0, 1), dtype=np.float64) for one in (before, after)]
        moved = np.asarray(request.tone) * means[1] / np.maximum(means[0], 1e-3)
        moved *= min(1.0, max(LIGHTEST, *request.tone) / float(moved.max()))
        changes["tone"] = (float(moved[0]), float(moved[1]), float(moved[2]))
    if request.roughness is not None and before.roughness is not None and after.roughness is not None:
        rough = after.roughness.to_float().mean() - before.roughness.to_float().mean()
        changes["roughness"] = float(np.clip(request.roughness + rough, 0.04, 1.0))
    return replace(request, **changes)


def _paint(request: SurfaceRequest) -> Surface:
    r, g, b = request.tone or (0.8, 0.8, 0.8)
    glow = request.emission > 0
    return Surface(
        name=request.role,
        base_colour_factor=(r, g, b, request.opacity),
        metallic_factor=request.metallic,
        roughness_factor=request.roughness if request.roughness is not None else 0.7,
        emissive_factor=(r, g, b) if glow else (0.0, 0.0, 0.0),
        emissive_strength=request.emission if glow else 1.0,
        alpha_mode="blend" if request.opacity < 1 else "opaque",
        double_sided=request.opacity < 1,
    )


def _toned(material: Material, request: SurfaceRequest) -> Material:
    changes: dict[str, Any] = {}
    if request.tone is not None:
        linear = material.base_colour.to_linear()
        changes["base_colour"] = _retone(linear, request)
    if request.roughness is not None and material.roughness is not None:
        rough = material.roughness.to_float()
        moved = np.clip(rough - rough.mean() + request.roughness, 0.04, 1.0)
        changes["roughness"] = Image(to_bytes(moved), "linear")
    return replace(material, **changes)


def _retone(linear: NDArray[np.float32], request: SurfaceRequest) -> Image:
    """The material's texture around another mean: brightness and colour ratios are kept, scaled."""
    mean = np.maximum(linear.mean(axis=(0, 1), dtype=np.float64), 1e-4).astype(np.float32)
    weights = LUMINANCE.astype(np.float32)
    light = np.maximum((linear @ weights) / float(mean @ weights), np.float32(1e-4))[..., None]
    shaped = 1 + np.float32(request.vividness) * (linear / (mean * light) - 1)
    shaped *= light ** np.float32(request.contrast)
    shaped *= (np.asarray(request.tone) / shaped.mean(axis=(0, 1), dtype=np.float64)).astype(np.float32)
    return Image(to_bytes(linear_to_srgb(shaped)), "srgb")


def _laid(material: Material, laying: Laying, chance: np.random.Generator) -> Material:
    """Pieces cut at random places of the material, side by side, with joints; tiles by construction."""
    tile_m = (laying.module_m[0] * laying.pieces[0], laying.module_m[1] * laying.pieces[1])
    wide, high = (_texels(length) for length in tile_m)
    rows, columns, shade, gap = _pieces(laying, (wide, high), chance)
    maps: dict[str, Any] = {}
    for name, image in material.maps().items():
        source = _at_density(image, material.size_m, (wide / tile_m[0], high / tile_m[1]))
        cut = source[rows % source.shape[0], columns % source.shape[1]].astype(np.float32) / 255
        if name == "base_colour":
            cut = cut * shade[..., None] * (1 - gap[..., None] * (1 - laying.joint))
        elif name == "normal":
            flat = np.array([0.5, 0.5, 1.0], np.float32)
            cut = cut + gap[..., None] * (flat - cut)
        maps[name] = Image(to_bytes(cut), image.colour_space)
    return replace(material, size_m=tile_m, **maps)


def _turned(material: Material) -> Material:
    """The material turned counter-clockwise by a quarter."""
    maps: dict[str, Any] = {}
    for name, image in material.maps().items():
        pixels = np.rot90(image.pixels)
        if name == "normal":  # the vectors turn with the picture: (x, y) to (-y, x)
            full = 1.0 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
            flipped = (full - pixels[..., 1]).astype(pixels.dtype)
            pixels = np.stack([flipped, pixels[..., 0], pixels[..., 2]], axis=-1)
        maps[name] = Image(np.ascontiguousarray(pixels), image.colour_space)
    return replace(material, size_m=(material.size_m[1], material.size_m[0]), **maps)


def _texels(length: float) -> int:
    return min(2048, 1 << max(6, round(math.log2(length * PIXELS_PER_METRE))))


def _at_density(image: Image, size_m: tuple[float, float], density: tuple[float, float]) -> NDArray[np.uint8]:
    """Pixels (h, w, c) uint8 of a material at so many texels a metre along u and v."""
    pixels = to_bytes(image.to_float())
    target = (max(8, round(size_m[0] * density[0])), max(8, round(size_m[1] * density[1])))
    shrinks = target[0] < pixels.shape[1]
    out = cv2.resize(pixels, target, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(out.reshape(target[1], target[0], pixels.shape[2]), np.uint8)


def _pieces(
    laying: Laying, size: tuple[int, int], chance: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """For each texel: source row, source column, brightness of its piece, how much of it is joint."""
    (wide, high), (across, down) = size, laying.pieces
    shifts = np.arange(down) % 2 * laying.bond if laying.bond >= 0 else _staggered(down, chance)
    y = (np.arange(high) + 0.5) / high * down
    row = y.astype(np.int64)
    x = (np.arange(wide) + 0.5)[None, :] / wide * across + shifts[row][:, None]
    column = np.floor(x).astype(np.int64) % across
    piece = row[:, None] * across + column
    offsets = chance.integers(0, 1 << 20, size=(across * down, 2))
    shade = np.clip(1 + laying.variation * chance.standard_normal(across * down), 0.6, 1.25)
    edge_x = np.minimum(x % 1, 1 - x % 1) * laying.module_m[0]
    edge_y = (np.minimum(y % 1, 1 - y % 1) * laying.module_m[1])[:, None]
    texel = laying.module_m[0] * across / wide
    half = laying.joint_m / 2
    gap = np.clip((half - np.minimum(edge_x, edge_y)) / texel + 0.5, 0.0, 1.0)
    gap *= min(1.0, laying.joint_m / texel)
    rows = np.arange(high)[:, None] + offsets[piece, 0]
    columns = np.arange(wide)[None, :] + offsets[piece, 1]
    return rows, columns, shade[piece].astype(np.float32), gap.astype(np.float32)


def _staggered(count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    """Shifts of neighbouring rows of boards that never come close to one another."""
    golden = 0.381966
    shifts: NDArray[np.float64] = np.mod(np.arange(count) * golden + float(chance.uniform()), 1.0)
    return shifts


def surfaces_of(
    requests: tuple[SurfaceRequest, ...], materials: Mapping[str, Material], *, seed: int
) -> dict[str, Surface]:
    """The surface of every role of a style."""
    return {r.role: surface_of(r, materials.get(r.role), seed=seed) for r in requests}
