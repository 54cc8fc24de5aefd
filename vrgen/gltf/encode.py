"""Encode images for glTF: JPEG where it may, PNG where it must or is smaller.

OpenCV's encoders are used: on 2048x2048 they take a quarter (JPEG) to two thirds (PNG) of Pillow's
time, release the GIL, and always write the same bytes for the same pixels.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import ColourSpace, Image, to_bytes
from vrgen.errors import ValueProblem
from vrgen.gltf.originals import original

Role = Literal["colour", "data", "light"]
"""`colour`: sRGB in the file (base colour, emissive); `data`: linear (normal, ORM, occlusion); `light`: that
of a lightmap, linear, whose dark steps a JPEG would tear apart."""

QUALITY = 92
"""JPEG quality of colour, unless told."""
DATA_QUALITY = 95
WHOLE_CHROMA = 95
"""JPEG quality from which colour keeps its full resolution."""
PORTABLE = ("image/png", "image/jpeg")
"""What every reader of glTF takes."""
SMALL = 64 * 64
"""Pixels up to which PNG is always tried."""
FLAT = 0.8
"""Share of neighbours that are equal in an image for which PNG is tried: it costs fifty times a JPEG."""
LARGEST_SIDE = 16384
SPACES: dict[Role, ColourSpace] = {"colour": "srgb", "data": "linear", "light": "linear"}
"""Colour space of the pixels in the file."""


def encode(
    image: Image, role: Role, *, quality: int = QUALITY, portable: bool = False
) -> tuple[bytes | memoryview, str]:
    """(encoded bytes, mime type) of an image, deterministic.

    Colour goes to JPEG of `quality` (4:2:0 below 95), data to JPEG of quality 95 with whole chroma (4:4:4);
    light and images with alpha below 1 go to PNG, small or flat ones to whichever is smaller. What was read
    from a file is written back as it was; colour is not, where a quality below 92 is asked for, and WebP and
    KTX2 are not where `portable`.
    Raises ValueProblem for a side above 16384 pixels.
    """
    if max(image.width, image.height) > LARGEST_SIDE:
        raise ValueProblem(
            f"image: got {image.width}x{image.height} pixels, a texture has at most {LARGEST_SIDE}; resize it"
        )
    kept = original(image)
    wished = role != "colour" or quality >= QUALITY
    if portable and kept is not None and kept[1] not in PORTABLE:
        kept = None
    if kept is not None and wished and image.colour_space == SPACES[role]:
        return kept
    pixels = file_pixels(image, role)
    if pixels.shape[2] == 4 or role == "light":
        return _png(pixels), "image/png"
    jpeg = _jpeg(
        pixels,
        quality if role == "colour" else DATA_QUALITY,
        whole_chroma=role == "data" or quality >= WHOLE_CHROMA,
    )
    if pixels.shape[0] * pixels.shape[1] <= SMALL or _is_flat(pixels):
        png = _png(pixels)
        if len(png) <= len(jpeg):
            return png, "image/png"
    return jpeg, "image/jpeg"


def file_pixels(image: Image, role: Role) -> NDArray[np.uint8]:
    """(height, width, 1 | 3 | 4) uint8 as they stand in the file: opaque alpha is dropped."""
    wanted = SPACES[role]
    pixels = image.pixels
    if image.colour_space != wanted:
        pixels = image.to_linear()
        colours = pixels.shape[2] - (pixels.shape[2] in (2, 4))
        if wanted == "srgb":
            pixels = np.concatenate([linear_to_srgb(pixels[..., :colours]), pixels[..., colours:]], axis=-1)
    eight = _eight_bit(pixels)
    if eight.shape[2] in (2, 4) and eight[..., -1].min() == 255:
        return np.ascontiguousarray(eight[..., :-1])
    return eight[..., [0, 0, 0, 1]] if eight.shape[2] == 2 else eight


def _eight_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    return pixels if pixels.dtype == np.uint8 else to_bytes(np.nan_to_num(pixels))


def _is_flat(pixels: NDArray[np.uint8]) -> bool:
    """Whether most pixels of 64 rows, or of 64 columns, equal their neighbour: drawn, no photograph."""
    rows = pixels[np.linspace(0, pixels.shape[0] - 1, 64).astype(int)]
    columns = pixels[:, np.linspace(0, pixels.shape[1] - 1, 64).astype(int)].swapaxes(0, 1)
    shares = [np.mean((lines[:, 1:] == lines[:, :-1]).all(axis=-1)) for lines in (rows, columns)]
    return bool(max(shares) >= FLAT)


def _jpeg(pixels: NDArray[np.uint8], quality: int, *, whole_chroma: bool) -> bytes:
    import cv2

    chroma = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if whole_chroma else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    return _opencv(".jpg", pixels, [*options, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, chroma])


def _png(pixels: NDArray[np.uint8]) -> bytes:
    import cv2

    return _opencv(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def _opencv(suffix: str, pixels: NDArray[np.uint8], options: list[int]) -> bytes:
    import cv2

    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    done, data = cv2.imencode(suffix, np.ascontiguousarray(pixels[..., order]), options)
    if not done:
        raise ValueProblem(
            f"image: {pixels.shape[1]}x{pixels.shape[0]} pixels cannot be encoded as {suffix}; resize it"
        )
    return bytes(data)
