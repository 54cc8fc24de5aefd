"""photo: one photograph of a surface to a PBR set.

The photo is evened out and closed to a tile (synth.seamless), photo_maps estimates height, roughness and
occlusion of the tile as it wraps around, and the normals are those of the height.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

import vrgen
from vrgen.core import Image, Material, Record, to_bytes
from vrgen.core.frames import linear_to_srgb
from vrgen.errors import InputProblem
from vrgen.models.device import pick_device
from vrgen.models.photo_maps import DOWN, OUTPUTS
from vrgen.synth.estimate import estimate, load_estimator
from vrgen.synth.photo_request import SIZES, MapsOptions, check_maps
from vrgen.synth.seamless import calm_border, delight, scaled, seamless

Floats = NDArray[np.float32]
UNASKED_SIZE = 4096
"""Largest size that is chosen when none is asked for."""
SMALLEST_PHOTO = 96
"""Pixels along a photo's short side: less shows no surface."""
OVERSAMPLING = 2
"""A photo is made smaller first when it has more than this times the pixels asked for, along a side."""
CLIPPED = 0.1
"""Percent of the heights that are cut off at either end."""


def maps_of(image: Image, options: MapsOptions, *, name: str = "photo") -> Material:
    """The Material called `name` from a photo of 1 to 4 channels; the same photo gives the same maps.

    What is transparent counts as the mean colour. Raises InputProblem when the photo is too small, and
    UsageProblem for bad options.
    """
    check_maps(options)
    device = pick_device(options.device)
    photo, metres = _framed(_opaque(image), options)
    if options.delight:
        photo = delight(photo)
    photo, size_m = _tile(photo, metres, options)
    estimator, digest = load_estimator(device)
    found = estimate(estimator, photo, periodic=options.seamless, device=device)
    depth = options.relief * found[..., OUTPUTS["height"]][..., 0]
    low, high = (float(np.percentile(depth, p)) for p in (CLIPPED, 100.0 - CLIPPED))
    channels = np.concatenate(
        [
            photo,
            0.5 + 0.5 * normals(depth, periodic=options.seamless),
            about(found[..., OUTPUTS["roughness"]], options.roughness),
            found[..., OUTPUTS["occlusion"]].clip(0.0, 1.0),
            ((depth - low) / max(high - low, 1e-6)).clip(0.0, 1.0)[..., None],
        ],
        axis=-1,
    )
    if options.seamless:
        channels = calm_border(channels)
    pixel = size_m[0] / photo.shape[1]
    record = Record(
        step="maps",
        options={
            "photo": image.digest(),
            "size": [photo.shape[1], photo.shape[0]],
            "seamless": options.seamless,
            "delight": options.delight,
            "relief": options.relief,
            "roughness": options.roughness,
            "height_m": round((high - low) * pixel, 6),
        },
        model="photo_maps",
        model_digest=digest,
        versions={"vrgen": vrgen.__version__},
    )
    made = _material(channels, name, size_m)
    return replace(made, record=record)


def normals(height: Floats, *, periodic: bool) -> Floats:
    """Unit normals (H, W, 3), +Y up, of a height in pixels (H, W), by central differences."""
    around = np.pad(height, 1, mode="wrap" if periodic else "symmetric")
    right = 0.5 * (around[1:-1, 2:] - around[1:-1, :-2])
    up = 0.5 * (around[:-2, 1:-1] - around[2:, 1:-1])
    normal = np.stack([-right, -up, np.ones_like(right)], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True), np.float32)


def about(roughness: Floats, mean: float) -> Floats:
    """Estimated roughness moved to another mean, in [0, 1].

    On sets held back the estimated mean was farther off (0.22) than that of all sets everywhere (0.19).
    """
    return np.asarray((roughness - roughness.mean() + mean).clip(0.0, 1.0), np.float32)


def _opaque(image: Image) -> Floats:
    """sRGB (H, W, 3) in [0, 1]."""
    pixels = image.to_float()
    colour = pixels[..., : 3 if image.channels > 2 else 1]
    if image.channels in (2, 4):
        alpha = pixels[..., -1:]
        mean = (colour * alpha).sum(axis=(0, 1)) / max(float(alpha.sum()), 1e-6)
        colour = colour * alpha + mean * (1.0 - alpha)
    if image.colour_space == "linear":
        colour = linear_to_srgb(colour)
    return np.ascontiguousarray(np.broadcast_to(colour, (*colour.shape[:2], 3)), np.float32)


def _framed(photo: Floats, options: MapsOptions) -> tuple[Floats, float]:
    """(the part of the photo that is used, at most twice the size asked for; its metres a pixel)."""
    height, width = photo.shape[:2]
    short = min(height, width)
    if short < SMALLEST_PHOTO:
        raise InputProblem(
            f"the photo is {width}x{height} pixels, expected at least {SMALLEST_PHOTO} along its short side; "
            "take a larger one"
        )
    if not options.keep_aspect:
        top, left = (height - short) // 2, (width - short) // 2
        photo = photo[top : top + short, left : left + short]
    most = OVERSAMPLING * (options.size or UNASKED_SIZE)
    shrink = min(1.0, most / max(photo.shape[:2]))
    if shrink < 1.0:
        size = (round(photo.shape[1] * shrink), round(photo.shape[0] * shrink))
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.float32)
    return np.ascontiguousarray(photo), options.metres / (short * shrink)


def _tile(photo: Floats, metres: float, options: MapsOptions) -> tuple[Floats, tuple[float, float]]:
    """(the picture whose maps are made, width and height in metres)."""
    if options.seamless:
        tile = seamless(photo)
        size = _size_of(tile, options)
        return scaled(tile, size), (metres * tile.shape[1], metres * tile.shape[0])
    size = _size_of(photo, options)
    how = cv2.INTER_AREA if size[0] < photo.shape[0] else cv2.INTER_CUBIC
    resized = cv2.resize(photo, size[::-1], interpolation=how).clip(0.0, 1.0)
    return resized, (metres * photo.shape[1], metres * photo.shape[0])


def _size_of(picture: Floats, options: MapsOptions) -> tuple[int, int]:
    """(height, width): a square, or as the picture is, its long side as asked for."""
    height, width = picture.shape[:2]
    own = min(UNASKED_SIZE, round(max(height, width) / DOWN) * DOWN)
    long = options.size or max(SIZES[0], own)
    if not options.keep_aspect:
        return long, long
    scale = long / max(height, width)
    tall, wide = (max(2 * DOWN, round(side * scale / DOWN) * DOWN) for side in (height, width))
    return tall, wide


def _material(channels: Floats, name: str, size_m: tuple[float, float]) -> Material:
    """Channels in order: base colour, normal, roughness, occlusion, height."""
    return Material(
        name=name,
        kind="photo",
        base_colour=Image(to_bytes(channels[..., :3])),
        normal=Image(to_bytes(channels[..., 3:6]), "linear"),
        roughness=Image(to_bytes(channels[..., 6:7]), "linear"),
        height=Image(np.ascontiguousarray(channels[..., 8:9]), "linear"),
        occlusion=Image(to_bytes(channels[..., 7:8]), "linear"),
        size_m=size_m,
    )
