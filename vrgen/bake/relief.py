"""Relief: the depth of bricks and boards, painted into their colour.

Unlit surfaces show no normal map. So a tile's base colour is shaded once by its own normals and
occlusion, in the light that rooms have: walls from above, floors and ceilings from all over their
hemisphere. It works pixel by pixel, so what tiles still tiles; the tile's mean luminance is kept, so the
light of the bake stays what it is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.facets import crosses, gradients
from vrgen.bake.parts import Part, oriented, unit
from vrgen.core.frames import LUMINANCE, linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.surface import Surface, Texture

SLANT = 0.75
"""Sine of the angle between the light on a wall and the wall's normal: from above, not grazing."""
ALIGNED = 0.8
"""How much of a mesh's upright area must agree on which way is up in the picture."""

Way = tuple[int, int] | None
"""Where up is in the picture, as steps along (+u, -v); None for level or mixed surfaces."""


class Reliefs:
    """Shaded tiles, each made once."""

    def __init__(self) -> None:
        """None yet."""
        self._made: dict[tuple[int, int, int, Way], Texture] = {}

    def of(self, part: Part) -> Surface:
        """The part's surface with relief in its base colour; as it is when there is nothing to shade by."""
        surface = part.mesh.surface
        base, normal, occlusion = surface.base_colour, surface.normal, surface.occlusion
        if part.mesh.lighting != "baked" or base is None or (normal is None and occlusion is None):
            return surface
        if any(not _laid_alike(base, other) for other in (normal, occlusion) if other is not None):
            return surface
        way = None if base.rotation else up_in_picture(part)
        key = (id(base.image), id(normal and normal.image), id(occlusion and occlusion.image), way)
        if key not in self._made:
            self._made[key] = replace(base, image=shaded(surface, way))
        return replace(surface, base_colour=replace(base, image=self._made[key].image))


def _laid_alike(one: Texture, two: Texture) -> bool:
    return (one.uv_set, one.offset, one.rotation, one.scale, one.wrap) == (
        two.uv_set,
        two.offset,
        two.rotation,
        two.scale,
        two.wrap,
    )


def up_in_picture(part: Part) -> Way:
    """Which of the picture's four ways is up on the upright triangles of a mesh; None when they disagree."""
    if part.mesh.uv0 is None:
        return None
    corners = part.corners()
    cross = crosses(corners)
    normals, area = unit(cross), np.linalg.norm(cross, axis=1)
    upright = (np.abs(normals[:, 1]) < 0.5) & (area > 1e-9)
    if area[upright].sum() < 0.5 * area.sum():
        return None
    uv = part.mesh.uv0[oriented(part.mesh.indices, part.world)].astype(np.float64)
    slope = gradients(corners[upright], normals[upright], uv[upright])[:, :, 1]
    up = unit(slope * np.array([1.0, -1.0]))
    mean = (up * area[upright, None]).sum(axis=0) / area[upright].sum()
    axis = int(np.abs(mean).argmax())
    if abs(mean[axis]) < ALIGNED:
        return None
    step = 1 if mean[axis] > 0 else -1
    return (step, 0) if axis == 0 else (0, step)


def shaded(surface: Surface, way: Way) -> Image:
    """The base colour (height, width, 3 or 4) shaded by the surface's normals and occlusion; sRGB uint8.

    A soft light from above is Lambert's law wrapped half-way round (as from a broad source); a light from
    all over the hemisphere falls with the normal's tilt.
    """
    assert surface.base_colour is not None
    image = surface.base_colour.image
    colour = image.to_linear().astype(np.float32)
    shade = np.ones((image.height, image.width), np.float32)
    if surface.normal is not None:
        shade *= _fall(_fitted(surface.normal.image, image), surface.normal_scale, way)
    if surface.occlusion is not None:
        open_ = _fitted(surface.occlusion.image, image)[..., 0]
        shade *= 1 + surface.occlusion_strength * (open_ - 1)
    rgb = colour[..., :3] if image.channels >= 3 else np.repeat(colour[..., :1], 3, axis=-1)
    weights = LUMINANCE.astype(np.float32)
    before = float((rgb @ weights).mean(dtype=np.float64))
    after = float(((rgb @ weights) * shade).mean(dtype=np.float64))
    lit = rgb * (shade * (before / max(after, 1e-9)))[..., None]
    pixels = to_bytes(linear_to_srgb(lit))
    if image.channels in (2, 4):
        pixels = np.concatenate([pixels, to_bytes(colour[..., -1:])], axis=-1)
    return Image(pixels, "srgb")


def _fall(normal: NDArray[np.float32], scale: float, way: Way) -> NDArray[np.float32]:
    """(height, width) light on tangent-space normals, 1 where they look straight out."""
    tilted = (2 * normal[..., :3] - 1) * np.array([scale, scale, 1.0], np.float32)
    tilted /= np.maximum(np.linalg.norm(tilted, axis=-1, keepdims=True), 1e-6)
    if way is None:
        return np.asarray(np.maximum(tilted[..., 2], 0.1))
    upright = np.sqrt(1 - SLANT**2)
    light = np.array([way[0] * SLANT, way[1] * SLANT, upright], np.float32)
    return np.asarray((1 + tilted @ light) / (1 + upright), dtype=np.float32)


def _fitted(image: Image, like: Image) -> NDArray[np.float32]:
    """Values (height, width, channels) of `image`, linear, at the pixels of `like`."""
    values = image.to_float()
    if (image.height, image.width) == (like.height, like.width):
        return values
    rows = (np.arange(like.height) * image.height // like.height).astype(np.int64)
    columns = (np.arange(like.width) * image.width // like.width).astype(np.int64)
    return values[rows[:, None], columns]
