"""Bitmaps as they should hang: upright, in sRGB, no larger than asked for, alpha only where it is real."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile, ImageOps, UnidentifiedImageError

from vrgen.core.image import Image
from vrgen.errors import InputProblem
from vrgen.scene.colour import in_srgb

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"})
FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
MAX_PIXELS = 400_000_000
STRIP = 1 << 22
"""Pixels converted at a time while a large picture shrinks."""


@contextmanager
def pillow() -> Iterator[None]:
    """Pillow's exceptions as one InputProblem that says what is wrong with the file, without its name."""
    try:
        yield
    except InputProblem:
        raise
    except UnidentifiedImageError as problem:
        raise InputProblem(
            "holds no picture, whatever its name says; save it again as PNG or JPEG"
        ) from problem
    except MemoryError as problem:
        raise InputProblem("needs more memory than there is; save it smaller") from problem
    except Exception as problem:  # damaged files make Pillow raise nearly anything
        if isinstance(problem, OSError) and problem.errno:
            raise InputProblem(f"cannot be read ({problem.strerror}); mend that first") from problem
        if "truncated" in str(problem) or isinstance(problem, EOFError):
            raise InputProblem("ends too early, part of it is missing; copy it again") from problem
        raise InputProblem(f"is damaged ({problem}); save it again as PNG or JPEG") from problem


@contextmanager
def own_limits() -> Iterator[None]:
    """Put Pillow's global pixel limit and its warnings aside while many threads read.

    Our limit is checked on every file, as an error; what Pillow warns of, we mend or refuse.
    """
    before = Pillow.MAX_IMAGE_PIXELS
    Pillow.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    finally:
        Pillow.MAX_IMAGE_PIXELS = before


def picture_size(path: Path) -> tuple[int, int]:
    """Upright (width, height) in pixels, from the header alone. InputProblem as in `read_picture`."""
    with pillow(), _opened(path) as picture:
        width, height = picture.size
        # Pillow's TIFF reader has turned the size already.
        turned = picture.format != "TIFF" and picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        return (height, width) if turned else (width, height)


def read_picture(path: Path, max_px: int) -> Image:
    """The first picture in a file as sRGB uint8 with 3 or 4 channels, its long side at most `max_px`.

    An sRGB picture that is small enough comes through unchanged. Large ones are averaged down in strips
    and finished with Lanczos. InputProblem (without the file's name) for what is damaged or too large.
    """
    with pillow(), _opened(path) as picture:
        icc = picture.info.get("icc_profile")
        # JPEG decodes to a half, quarter or eighth in little time; half as many pixels again as are
        # kept leave Lanczos enough to work with.
        picture.draft(picture.mode, (max_px * 3 // 2, max_px * 3 // 2))
        picture.load()
        orientation = picture.getexif().get(0x0112, 1)
        inverted = _white_is_zero(picture)
        small = _resized(_reduced(picture, max_px), max_px)
        resampled = small.size != picture.size
        if inverted:
            small = ImageOps.invert(small)
        upright = _upright(in_srgb(small, icc), orientation)
        return value_of(upright, resampled=resampled)


def _opened(path: Path) -> ImageFile.ImageFile:
    if path.stat().st_size == 0:
        raise InputProblem("is empty (0 bytes); copy it again")
    picture = Pillow.open(path, formats=FORMATS)
    width, height = picture.size
    if width * height > MAX_PIXELS:
        picture.close()
        limit = MAX_PIXELS // 1_000_000
        raise InputProblem(
            f"has {width} x {height} pixels, expected at most {limit} million; save it smaller"
        )
    return picture


def _white_is_zero(picture: Pillow.Image) -> bool:
    """16-bit grey TIFFs that count from white: the one such kind Pillow does not turn itself."""
    tags = getattr(picture, "tag_v2", {})
    return picture.mode.startswith("I;16") and tags.get(262) == 0


def _reduced(picture: Pillow.Image, max_px: int) -> Pillow.Image:
    """In a mode that can be averaged, shrunk by a whole factor to no less than twice `max_px`."""
    width, height = picture.size
    factor = max(1, max(width, height) // (2 * max_px))
    if factor == 1:
        return _plain(picture)
    rows = factor * max(1, STRIP // (width * factor))
    strips = [
        _plain(picture.crop((0, top, width, min(top + rows, height)))).reduce(factor)
        for top in range(0, height, rows)
    ]
    whole = Pillow.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        whole.paste(strip, (0, top))
        top += strip.height
    return whole


def _plain(picture: Pillow.Image) -> Pillow.Image:
    """Any mode as L, LA, RGB, RGBA, CMYK or LAB, 8 bits a channel."""
    mode = picture.mode
    if mode.startswith("I"):
        return _from_16_bits(np.asarray(picture))
    if mode == "F":
        raise InputProblem("holds floating-point light, expected a picture; save it with 8 or 16 bits")
    if mode == "1":
        return picture.convert("L")
    if "transparency" in picture.info or mode in ("PA", "RGBa"):
        return picture.convert("RGBA")
    if mode == "La":
        return picture.convert("LA")
    return picture if mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB") else picture.convert("RGB")


def _from_16_bits(levels: NDArray[np.integer]) -> Pillow.Image:
    values = levels.astype(np.int64)
    if values.max(initial=0) > 65535 or values.min(initial=0) < 0:
        raise InputProblem("has 32 bits a pixel, expected a picture of 8 or 16; save it again")
    return Pillow.fromarray(((values + 128) // 257).astype(np.uint8))


def _resized(picture: Pillow.Image, max_px: int) -> Pillow.Image:
    """Lanczos to a long side of at most `max_px`; alpha is premultiplied on the way, by Pillow."""
    long_side = max(picture.size)
    if long_side <= max_px:
        return picture
    scale = max_px / long_side
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Pillow.Resampling.LANCZOS)


TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
"""What makes a picture upright, by EXIF orientation."""


def _upright(picture: Pillow.Image, orientation: int) -> Pillow.Image:
    turn = TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def value_of(picture: Pillow.Image, *, resampled: bool) -> Image:
    """An RGB or RGBA picture as a value: alpha kept where it is real, invisible colours mended.

    Raises InputProblem when nothing is to be seen.
    """
    pixels = np.array(picture)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3]
        if alpha.min() == 255:
            return Image(np.ascontiguousarray(pixels[..., :3]))
        if alpha.max() == 0:
            raise InputProblem(
                "is wholly transparent, there is nothing to hang; save it again with its picture"
            )
        hidden = pixels[alpha == 0][:, :3]
        if len(hidden) and (resampled or hidden.min() == hidden.max()):
            pixels = _bled(pixels)
    return Image(pixels)


def _bled(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give invisible pixels the colour of what is near, so that filtering draws no dark rim.

    Averages over ever larger blocks, premultiplied, fill what smaller blocks left empty.
    """
    height, width = pixels.shape[:2]
    rgba = Pillow.fromarray(pixels)
    filled = pixels.copy()
    empty = pixels[..., 3] == 0
    block = 2
    while empty.any() and block < 2 * max(width, height):
        near = rgba.reduce((min(block, width), min(block, height)))
        box = (0, 0, width / min(block, width), height / min(block, height))
        spread = np.asarray(near.resize((width, height), Pillow.Resampling.NEAREST, box=box))
        take = empty & (spread[..., 3] > 0)
        filled[take, :3] = spread[take, :3]
        empty &= ~take
        block *= 2
    return filled
