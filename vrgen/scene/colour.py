"""Any picture's colours in sRGB: ICC profiles, CMYK, Lab, grey."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from vrgen.core.frames import linear_to_srgb, srgb_to_linear
from vrgen.core.image import to_bytes

INKS = np.array(
    [
        [[255, 255, 255], [255, 237, 0], [230, 0, 126], [227, 6, 19]],
        [[0, 158, 224], [0, 150, 64], [49, 39, 131], [54, 47, 45]],
    ],
    np.float64,
).reshape(8, 3)
"""sRGB of full inks on coated offset paper (ISO 12647-2) in the order paper, Y, M, MY, C, CY, CM, CMY."""
BLACK = np.array([29.0, 29.0, 27.0])
"""sRGB of full black ink."""
DOT_GAIN = 1.8
"""Yule-Nielsen factor: light spreads in the paper, so tints print darker than their area says."""


def in_srgb(picture: Image.Image, icc: bytes | None) -> Image.Image:
    """`picture` (modes L, LA, RGB, RGBA, CMYK, LAB) as RGB or RGBA in sRGB.

    With a usable profile the conversion is relative colorimetric with black point compensation; a
    profile that equals sRGB to within one level changes nothing; an unusable one is ignored.
    """
    alpha = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
    colours = picture.convert(picture.mode[:-1]) if alpha else picture
    result = _through_profile(colours, icc) or _without_profile(colours)
    if alpha:
        result.putalpha(alpha)
    return result


def _through_profile(colours: Image.Image, icc: bytes | None) -> Image.Image | None:
    """The picture through its profile, or None where there is none that fits."""
    try:
        if colours.mode == "LAB":
            source, space = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "Lab"
        elif icc:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            space = source.profile.xcolor_space.strip()
        else:
            return None
        if space == "RGB" and colours.mode == "L":
            colours = colours.convert("RGB")
        if {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}.get(space) != colours.mode:
            return None
        transform = _to_srgb(source, colours.mode)
        if colours.mode == "RGB" and _changes_nothing(transform):
            return colours
        return ImageCms.applyTransform(colours, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _to_srgb(source: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        source,
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a grid of colours comes back within one level: the many dialects of sRGB."""
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    after = ImageCms.applyTransform(Image.fromarray(grid), transform)
    return int(np.abs(np.asarray(after, np.int16) - grid).max()) <= 1


def _without_profile(colours: Image.Image) -> Image.Image:
    if colours.mode != "CMYK":
        return colours.convert("RGB")
    inks = np.asarray(colours)
    rows = max(1, (1 << 18) // inks.shape[1])
    parts = [printed(inks[top : top + rows]) for top in range(0, len(inks), rows)]
    return Image.fromarray(np.concatenate(parts))


def printed(inks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """sRGB uint8 (..., 3) of CMYK uint8 (..., 4, 255 full ink), for files that carry no profile.

    Neugebauer's equations with Yule and Nielsen's correction over the colours of standard offset inks.
    """
    c, m, y, k = (np.moveaxis(inks.astype(np.float32) / 255, -1, 0)[i][..., None] for i in range(4))
    corners = _spread(INKS)
    colour: NDArray[np.float32] = np.zeros((*inks.shape[:-1], 3), np.float32)
    for index, corner in enumerate(corners):
        weight = (c if index & 4 else 1 - c) * (m if index & 2 else 1 - m) * (y if index & 1 else 1 - y)
        colour += weight * corner
    # Black over colour keeps a trace of it; full black and all inks together go to nearly nothing.
    black = _spread(BLACK)
    linear = (colour * (1 - k) + colour * black * k) ** DOT_GAIN
    return to_bytes(linear_to_srgb(linear))


def _spread(srgb: NDArray[np.float64]) -> NDArray[np.float32]:
    """sRGB levels as linear light to the power 1 / DOT_GAIN, the space in which ink areas add up."""
    return srgb_to_linear(srgb / 255) ** np.float32(1 / DOT_GAIN)
