"""Resize: a texture with fewer pixels, averaged as light, normals kept at length one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import Image, to_bytes

SAME = 50.0
"""PSNR in dB from which a colour texture that was halved and enlarged again says the same."""
SAME_DATA = 56.0
"""The same for normals and roughness, which light makes more of."""
SAME_BLOCK = 40.0
"""And of each block of 16 pixels: words on an even ground are few pixels, and all that counts."""
BLOCK = 16
MIDDLE = 256
"""Pixels of the part that is looked at first: most pictures need no more to be told."""


def resized(image: Image, size: tuple[int, int], *, role: str = "base_colour") -> Image:
    """The image at (width, height), 8 bit, averaged over areas: in linear light and weighed with alpha."""
    import cv2

    pixels = image.to_linear()
    alpha = pixels[..., -1:] if image.channels in (2, 4) else None
    colour = pixels if alpha is None else pixels[..., :-1] * alpha
    small = _three(cv2.resize(np.ascontiguousarray(colour), size, interpolation=cv2.INTER_AREA))
    if alpha is not None:
        thin = _three(cv2.resize(np.ascontiguousarray(alpha), size, interpolation=cv2.INTER_AREA))
        small = np.concatenate([small / np.maximum(thin, 1e-6), thin], axis=-1)
    if role == "normal" and alpha is None and image.channels == 3:
        vectors = small * 2.0 - 1.0
        small = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6) * 0.5 + 0.5
    if image.colour_space == "srgb":
        tones = linear_to_srgb(small if alpha is None else small[..., :-1])
        small = tones if alpha is None else np.concatenate([tones, small[..., -1:]], axis=-1)
    return Image(to_bytes(small), image.colour_space)


def same_at(image: Image, size: tuple[int, int], *, role: str) -> bool:
    """Whether the image at (width, height), enlarged by the GPU's own filter, cannot be told from itself."""
    if image.channels in (2, 4):
        return False
    if min(image.width, image.height) >= 2 * MIDDLE:
        y, x = ((side - MIDDLE) // 2 for side in (image.height, image.width))
        middle = Image(image.pixels[y : y + MIDDLE, x : x + MIDDLE], image.colour_space)
        half = (MIDDLE * size[0] // image.width, MIDDLE * size[1] // image.height)
        if decibels(float(_blocks(middle, half, role=role).max())) < SAME_BLOCK:
            return False
    blocks = _blocks(image, size, role=role)
    whole = SAME if image.colour_space == "srgb" else SAME_DATA
    return decibels(float(blocks.mean())) >= whole and decibels(float(blocks.max())) >= SAME_BLOCK


def _blocks(image: Image, size: tuple[int, int], *, role: str) -> NDArray[np.float32]:
    """Mean squared error of every block, in levels of 8 bits."""
    import cv2

    small = resized(image, size, role=role).pixels
    back = _three(cv2.resize(small, (image.width, image.height), interpolation=cv2.INTER_LINEAR))
    error = (back.astype(np.float32) - to_bytes(image.to_float())) ** 2
    coarse = (image.width // BLOCK, image.height // BLOCK)
    return np.asarray(cv2.resize(error.mean(axis=-1), coarse, interpolation=cv2.INTER_AREA))


def decibels(error: float) -> float:
    """PSNR of a mean squared error of 8-bit values; infinite for none."""
    return float("inf") if error == 0 else 10.0 * math.log10(255.0**2 / error)


def _three(pixels: Any) -> Any:
    """OpenCV drops the axis of a single channel."""
    return pixels[..., None] if pixels.ndim == 2 else pixels
