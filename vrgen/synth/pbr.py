"""pbr: what material_gan makes becomes the images of a Material, and the other way round."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Image, Material, Record, to_bytes
from vrgen.models.material_gan import CHANNELS, HIDEABLE, TOTAL
from vrgen.synth.seamless import scaled

Channels = NDArray[np.float32]


def resized(channels: Channels, size: tuple[int, int]) -> Channels:
    """Periodic maps (H, W, 9) at another size (height, width), clipped to [0, 1], still periodic."""
    if channels.shape[:2] == size:
        return channels
    parts = (channels[..., first : first + 3] for first in range(0, channels.shape[2], 3))
    return np.concatenate([scaled(np.ascontiguousarray(part), size) for part in parts], axis=-1)


def material_of(
    channels: Channels, *, name: str, kind: str, metres: float, metal: bool, record: Record
) -> Material:
    """The Material of maps (H, W, 9), clipped to what is physical; `metal` keeps the metallic map."""

    def image(map_name: str, space: Literal["srgb", "linear"] = "linear") -> Image:
        return Image(to_bytes(channels[..., CHANNELS[map_name]]), space)

    maps: dict[str, Any] = {map_name: image(map_name) for map_name in ("roughness", "height", "occlusion")}
    if metal:
        maps["metallic"] = image("metallic")
    return Material(
        name=name,
        kind=kind,
        base_colour=image("base_colour", "srgb"),
        normal=Image(to_bytes(unit_normals(channels[..., CHANNELS["normal"]])), "linear"),
        size_m=(metres, metres),
        record=record,
        **maps,
    )


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
    slope = xy * 2.0 - 1.0
    length = np.linalg.norm(slope, axis=-1, keepdims=True)
    slope = slope * np.minimum(1.0, 0.995 / np.maximum(length, 1e-6))
    z = np.sqrt(np.maximum(0.01, 1.0 - (slope**2).sum(axis=-1, keepdims=True)))
    normal = np.concatenate([slope, z], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return np.asarray(normal * 0.5 + 0.5, np.float32)
