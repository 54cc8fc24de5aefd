"""pbr: what material_gan makes becomes the images of a Material, and the other way round."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Image, Material, Record, to_bytes
from vrgen.models.material_gan import CHANNELS, HIDEABLE, TOTAL
from vrgen.synth.seamless import scaled

Channels = NDArray[np.float32]
KEPT = ("roughness", "height", "occlusion")
"""Maps of one channel that every set has."""
IN_CACHE = 1 << 15
"""Pixels that are worked on at once."""


def resized(channels: Channels, size: tuple[int, int]) -> Channels:
    """Periodic maps (H, W, 9) at another size (height, width), clipped to [0, 1], still periodic."""
    if channels.shape[:2] == size:
        return channels
    parts = (channels[..., first : first + 3] for first in range(0, channels.shape[2], 3))
    return np.concatenate([scaled(np.ascontiguousarray(part), size) for part in parts], axis=-1)


def material_of(
    channels: Channels,
    *,
    name: str,
    kind: str,
    metres: float,
    metal: bool,
    record: Record,
    shift: tuple[int, int] = (0, 0),
) -> Material:
    """The Material of maps (H, W, 9), clipped to what is physical; `metal` keeps the metallic map.

    `shift` rolls them by rows and columns, once they are bytes: a quarter of what there is to move as floats.
    """

    def image(map_name: str, space: Literal["srgb", "linear"] = "linear") -> Image:
        return Image(np.roll(_bytes_of(channels, map_name), shift, axis=(0, 1)), space)

    maps: dict[str, Any] = {map_name: image(map_name) for map_name in ("normal", *KEPT)}
    if metal:
        maps["metallic"] = image("metallic")
    return Material(
        name=name,
        kind=kind,
        base_colour=image("base_colour", "srgb"),
        size_m=(metres, metres),
        record=record,
        **maps,
    )


def _bytes_of(channels: Channels, map_name: str) -> NDArray[np.uint8]:
    """One map (H, W, 1 or 3) as bytes, some rows at a time: all steps of the arithmetic stay in the cache."""
    normal = map_name == "normal"
    part = channels[..., CHANNELS[map_name]]
    made = np.empty((*part.shape[:2], 3 if normal else part.shape[2]), np.uint8)
    rows = max(1, IN_CACHE // part.shape[1])
    for top in range(0, len(part), rows):
        band = part[top : top + rows]
        made[top : top + rows] = to_bytes(unit_normals(band) if normal else band)
    return made


def channels_of(material: Material) -> tuple[Channels, tuple[bool, ...]]:
    """(maps (H, W, 9) in [0, 1], which of HIDEABLE are there); what is not there is grey, metallic 0."""
    height, width = material.base_colour.height, material.base_colour.width
    channels = np.full((height, width, TOTAL), 0.5, np.float32)
    channels[..., CHANNELS["metallic"]] = 0.0
    for name, image in material.maps().items():
        place = CHANNELS[name]
        channels[..., place] = image.to_float()[..., : place.stop - place.start]
    there = material.maps().keys() | {"metallic"}  # no map says: no metal
    return channels, tuple(name in there for name in HIDEABLE)


def unit_normals(xy: Channels) -> Channels:
    """x, y (H, W, 2) around 0.5 to unit normals (H, W, 3) in [0, 1], z never below 0.1."""
    x, y = (xy[..., axis] * np.float32(2) - np.float32(1) for axis in (0, 1))
    shrink = np.minimum(1.0, 0.995 / np.maximum(np.sqrt(x * x + y * y), 1e-6))
    x, y = x * shrink, y * shrink
    flat = x * x + y * y
    z = np.sqrt(np.maximum(0.01, 1.0 - flat))
    length = np.sqrt(flat + z * z)
    return np.stack([part / length * 0.5 + 0.5 for part in (x, y, z)], axis=-1, dtype=np.float32)
