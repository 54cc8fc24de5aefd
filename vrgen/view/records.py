"""Records: the uniform blocks of shaders/blocks.glsl as numpy records (std140; matrices column by column)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vrgen.core.surface import Surface, Texture

LAMPS = 16
"""Punctual lights that one picture can hold."""
VEC4, MAT4 = (np.float32, (4,)), (np.float32, (4, 4))
EYE = np.dtype([("view_projection", *MAT4), ("ray_from_clip", *MAT4), ("eye_position", *VEC4)])
LAMP = np.dtype([(name, *VEC4) for name in ("position_range", "colour_kind", "direction", "cone")])
LIGHT = np.dtype(
    [
        ("irradiance", np.float32, (9, 4)),
        ("environment", *VEC4),
        ("lamp_count", *VEC4),
        ("lamps", LAMP, (LAMPS,)),
    ]
)
SURFACE = np.dtype(
    [
        ("base_factor", *VEC4),
        ("emissive_cutoff", *VEC4),
        ("factors", *VEC4),
        ("options", *VEC4),
        ("uv", np.float32, (12, 4)),
    ]
)


class Place(NamedTuple):
    """Where an image lies on the card."""

    name: int
    """Array texture."""
    layer: int
    """Its layer there."""
    share: tuple[float, float]
    """Part of the layer's width and height that the image fills, from the top left; 1 without padding."""


CLAMPED = ("clamp_to_edge", "clamp_to_edge")
"""The wrap of textures that may be padded with their own edge."""
WHOLE = Place(0, 0, (1.0, 1.0))
"""The place of an image that has a texture to itself."""
SLOTS = ("base_colour", "metallic_roughness", "normal", "occlusion", "emissive", "lightmap")
"""Texture slots in the order of Surface.uv and of the texture units."""


def column_major(matrix: ArrayLike) -> NDArray[np.float32]:
    """A (4, 4) matrix for column vectors in the order GLSL stores it."""
    return np.ascontiguousarray(np.asarray(matrix, np.float32).T)


def uv_rows(texture: Texture | None, place: Place = WHOLE) -> NDArray[np.float32]:
    """(2, 4): the texture transform as rows, (u', v') = rows * (u, v, 1), into the part of the layer that the
    image fills; the first row's w is the UV set, the second's the layer.

    Offset x rotation x scale. Counter-clockwise is meant in UV space with v down, which is what the sample
    models and all viewers do; the listing in the extension's text has the other sign
    (github.com/KhronosGroup/glTF/issues/1563).
    """
    if texture is None:
        return np.array([[1, 0, 0, 0], [0, 1, 0, 0]], np.float32)
    c, s = np.cos(texture.rotation), np.sin(texture.rotation)
    (su, sv), (ou, ov), (wide, high) = texture.scale, texture.offset, place.share
    rows = [
        [wide * c * su, wide * s * sv, wide * ou, texture.uv_set],
        [high * -s * su, high * c * sv, high * ov, place.layer],
    ]
    return np.array(rows, np.float32)


def surface_record(surface: Surface, places: Mapping[str, Place]) -> NDArray[Any]:
    """One SURFACE record; `places` says for every slot that is mapped where its image lies."""
    record = np.zeros((), SURFACE)
    record["base_factor"] = surface.base_colour_factor
    record["emissive_cutoff"][:3] = np.multiply(surface.emissive_factor, surface.emissive_strength)
    record["emissive_cutoff"][3] = surface.alpha_cutoff
    record["factors"] = (
        surface.metallic_factor,
        surface.roughness_factor,
        surface.normal_scale,
        surface.occlusion_strength,
    )
    record["options"][0] = surface.lightmap_intensity
    for slot, name in enumerate(SLOTS):
        rows = uv_rows(getattr(surface, name), places.get(name, WHOLE))
        record["uv"][2 * slot : 2 * slot + 2] = rows
    return record
