"""Textures: images of the core on the graphics card, each uploaded once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.surface import Texture
from vrgen.view.gl import GL

WRAPS = {
    "repeat": GL.GL_REPEAT,
    "mirrored_repeat": GL.GL_MIRRORED_REPEAT,
    "clamp_to_edge": GL.GL_CLAMP_TO_EDGE,
}
LAYOUTS = {1: GL.GL_RED, 2: GL.GL_RG, 3: GL.GL_RGB, 4: GL.GL_RGBA}
BYTES = {1: GL.GL_R8, 2: GL.GL_RG8, 3: GL.GL_RGB8, 4: GL.GL_RGBA8}
SHORTS = {1: GL.GL_R16, 2: GL.GL_RG16, 3: GL.GL_RGB16, 4: GL.GL_RGBA16}
HALVES = {1: GL.GL_R16F, 2: GL.GL_RG16F, 3: GL.GL_RGB16F, 4: GL.GL_RGBA16F}
MAX_ANISOTROPY = 0x84FF
ANISOTROPY = 0x84FE
LARGEST_HALF = 65000.0


def layout_of(image: Image, *, colour: bool) -> tuple[NDArray[Any], int, int]:
    """(pixels, internal format, component type) such that the sampler returns linear values.

    `colour`: the image is shown, so grey becomes RGB and sRGB is decoded by the sampler, before filtering.
    """
    pixels = image.pixels
    if colour and image.channels <= 2:
        grey = np.repeat(pixels[..., :1], 3, axis=2)
        pixels = grey if image.channels == 1 else np.concatenate([grey, pixels[..., 1:]], axis=2)
    channels = pixels.shape[2]
    encoded = colour and image.colour_space == "srgb"
    if pixels.dtype == np.uint8:
        if encoded:
            return pixels, GL.GL_SRGB8 if channels == 3 else GL.GL_SRGB8_ALPHA8, GL.GL_UNSIGNED_BYTE
        return pixels, BYTES[channels], GL.GL_UNSIGNED_BYTE
    if pixels.dtype == np.uint16 and not encoded:
        return pixels, SHORTS[channels], GL.GL_UNSIGNED_SHORT
    values = Image(pixels, image.colour_space).to_linear() if encoded else pixels
    return np.minimum(values, LARGEST_HALF), HALVES[channels], GL.GL_FLOAT


def upload(
    pixels: NDArray[Any],
    internal: int,
    kind: int,
    *,
    wrap: tuple[str, str] = ("repeat", "repeat"),
    nearest: bool = False,
    mips: bool = True,
) -> int:
    """A new texture of (height, width, channels) pixels; the first row lies at v = 0."""
    height, width, channels = pixels.shape
    texture = int(GL.glGenTextures(1))
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
    data = np.ascontiguousarray(pixels)
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, internal, width, height, 0, LAYOUTS[channels], kind, data)
    settings = (
        (GL.GL_TEXTURE_WRAP_S, WRAPS[wrap[0]]),
        (GL.GL_TEXTURE_WRAP_T, WRAPS[wrap[1]]),
        (GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST if nearest else GL.GL_LINEAR),
        (GL.GL_TEXTURE_MIN_FILTER, _smaller(nearest=nearest, mips=mips)),
    )
    for name, value in settings:
        GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)
    if mips:
        GL.glGenerateMipmap(GL.GL_TEXTURE_2D)
    return texture


def _smaller(*, nearest: bool, mips: bool) -> int:
    if nearest:
        return int(GL.GL_NEAREST)
    return int(GL.GL_LINEAR_MIPMAP_LINEAR if mips else GL.GL_LINEAR)


class Textures:
    """Texture names by image and sampler. Owner of all of them."""

    def __init__(self, *, anisotropy: float = 1.0) -> None:
        self._names: dict[tuple[int, bool, tuple[str, str], str], int] = {}
        self._images: list[Image] = []  # keeps the ids in the keys alive
        self._anisotropy = min(anisotropy, _anisotropy_limit())

    def get(self, texture: Texture, *, colour: bool) -> int:
        """Name of the texture on the card, uploaded now if need be."""
        key = (id(texture.image), colour, texture.wrap, texture.magnify)
        if key not in self._names:
            pixels, internal, kind = layout_of(texture.image, colour=colour)
            name = upload(pixels, internal, kind, wrap=texture.wrap, nearest=texture.magnify == "nearest")
            if self._anisotropy > 1 and texture.magnify != "nearest":
                GL.glTexParameterf(GL.GL_TEXTURE_2D, ANISOTROPY, self._anisotropy)
            self._images.append(texture.image)
            self._names[key] = name
        return self._names[key]

    def delete(self) -> None:
        """Release all; twice does no harm."""
        if self._names:
            GL.glDeleteTextures(list(self._names.values()))
        self._names, self._images = {}, []


def _anisotropy_limit() -> float:
    count = int(GL.glGetIntegerv(GL.GL_NUM_EXTENSIONS))
    names = {GL.glGetStringi(GL.GL_EXTENSIONS, index) for index in range(count)}
    if not names & {b"GL_EXT_texture_filter_anisotropic", b"GL_ARB_texture_filter_anisotropic"}:
        return 1.0
    return float(GL.glGetFloatv(MAX_ANISOTROPY))
