"""Textures: images of the core on the graphics card, each uploaded once.

Pictures that are clamped at their edges (works, plaques) share array textures: those of about the same size
lie in layers of one, padded with their own edge, so that many works are one draw call. What repeats, and what
is alone in its class, has an array texture of one layer, which can be exchanged while it is being seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.surface import Texture
from vrgen.view.gl import GL
from vrgen.view.records import CLAMPED, Place

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
    mips: bool = True,
) -> int:
    """A new 2D texture of (height, width, channels) pixels; the first row lies at v = 0."""
    height, width, channels = pixels.shape
    texture = int(GL.glGenTextures(1))
    GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
    data = np.ascontiguousarray(pixels)
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, internal, width, height, 0, LAYOUTS[channels], kind, data)
    _filter(GL.GL_TEXTURE_2D, wrap, nearest=False, mips=mips)
    if mips:
        GL.glGenerateMipmap(GL.GL_TEXTURE_2D)
    return texture


def _filter(target: int, wrap: tuple[str, str], *, nearest: bool, mips: bool) -> None:
    smaller = GL.GL_LINEAR_MIPMAP_LINEAR if mips else GL.GL_LINEAR
    settings = (
        (GL.GL_TEXTURE_WRAP_S, WRAPS[wrap[0]]),
        (GL.GL_TEXTURE_WRAP_T, WRAPS[wrap[1]]),
        (GL.GL_TEXTURE_MAG_FILTER, GL.GL_NEAREST if nearest else GL.GL_LINEAR),
        (GL.GL_TEXTURE_MIN_FILTER, GL.GL_NEAREST if nearest else smaller),
    )
    for name, value in settings:
        GL.glTexParameteri(target, name, value)


Key = tuple[int, bool, tuple[str, str], str]
"""Equal for what can be the same texture on the card."""


class Request(NamedTuple):
    """A texture as it is asked for."""

    texture: Texture
    """Image and sampler."""
    colour: bool
    """Whether it is shown, and so decoded from sRGB."""

    @property
    def key(self) -> Key:
        """Equal for what can be the same texture on the card."""
        return id(self.texture.image), self.colour, self.texture.wrap, self.texture.magnify

    @property
    def clamped(self) -> bool:
        """Whether it may be padded with its own edge."""
        return self.texture.wrap == CLAMPED


class Textures:
    """Array textures by image and sampler. Owner of all of them; `delete` releases them."""

    def __init__(self, *, anisotropy: float = 1.0) -> None:
        self._places: dict[Key, Place] = {}
        self._images: dict[int, Image] = {}  # keeps the ids in the keys alive
        self._names: list[int] = []
        self.memory = 0
        """Bytes of all images as RGBA8 with their mips, which is what `vrgen inspect` counts."""
        self._anisotropy = min(anisotropy, _anisotropy_limit())
        self._layers = min(int(GL.glGetIntegerv(GL.GL_MAX_ARRAY_TEXTURE_LAYERS)), 256)

    def upload(self, requests: Iterable[Request]) -> None:
        """Bring textures to the card that are not there yet."""
        for members in self.arrays(requests):
            Filling(self, members).step(None)

    def arrays(self, requests: Iterable[Request]) -> list[list[Request]]:
        """Those that are not on the card yet, each list of them to be the layers of one array."""
        fresh = {r.key: r for r in requests if r.key not in self._places}
        classes: dict[Any, list[Request]] = defaultdict(list)
        for request in fresh.values():
            classes[_class_of(request)].append(request)
        return [
            members[start : start + self._layers]
            for members in classes.values()
            for start in range(0, len(members), self._layers)
        ]

    def get(self, texture: Texture, *, colour: bool) -> Place:
        """Where the texture lies, uploaded now if need be."""
        request = Request(texture, colour)
        if request.key not in self._places:
            self.upload([request])
        return self._places[request.key]

    def new(self, texture: Texture, size: tuple[int, int, int], internal: int) -> int:
        """An array texture without content, bound; its sampler is the texture's."""
        name = int(GL.glGenTextures(1))
        self._names.append(name)
        GL.glActiveTexture(GL.GL_TEXTURE0)
        GL.glBindTexture(GL.GL_TEXTURE_2D_ARRAY, name)
        GL.glTexImage3D(GL.GL_TEXTURE_2D_ARRAY, 0, internal, *size, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, None)
        nearest = texture.magnify == "nearest"
        _filter(GL.GL_TEXTURE_2D_ARRAY, texture.wrap, nearest=nearest, mips=True)
        if self._anisotropy > 1 and not nearest:
            GL.glTexParameterf(GL.GL_TEXTURE_2D_ARRAY, ANISOTROPY, self._anisotropy)
        return name

    def adopt(self, request: Request, place: Place) -> None:
        """From now on the request is answered with that place."""
        image = request.texture.image
        if id(image) not in self._images:
            self.memory += _bytes_of(image)
        self._images[id(image)] = image
        self._places[request.key] = place

    def knows(self, request: Request) -> bool:
        """Whether it is on the card."""
        return request.key in self._places

    def drop(self, request: Request) -> None:
        """Forget a texture that is no longer drawn, and release its array when nothing else lies in it."""
        self._forget(request.key, self._places[request.key])

    def _forget(self, key: Key, place: Place) -> None:
        del self._places[key]
        if not any(other[0] == key[0] for other in self._places):
            self.memory -= _bytes_of(self._images.pop(key[0]))
        if not any(other.name == place.name for other in self._places.values()):
            self._names.remove(place.name)
            GL.glDeleteTextures([place.name])

    def keep(self, requests: Iterable[Request]) -> None:
        """Drop all others."""
        kept = {request.key for request in requests}
        for key, place in list(self._places.items()):
            if key not in kept:
                self._forget(key, place)

    def delete(self) -> None:
        """Release all; twice does no harm."""
        if self._names:
            GL.glDeleteTextures(self._names)
        self._names, self._places, self._images, self.memory = [], {}, {}, 0


class Filling:
    """The layers of one array on their way to the card, some rows at a time; at the end they are there.

    Nothing is seen of it before.
    """

    def __init__(self, textures: Textures, members: Sequence[Request]) -> None:
        """`members` as Textures.arrays gives them."""
        self._textures, self._members = textures, list(members)
        images = [member.texture.image for member in members]
        self._size = max(image.width for image in images), max(image.height for image in images)
        self._pixels, internal, self._kind = self._layer(0)
        self._name = textures.new(members[0].texture, (*self._size, len(members)), internal)
        self._at = self._row = 0

    @property
    def done(self) -> bool:
        """Whether it is there."""
        return self._at >= len(self._members)

    def step(self, budget: int | None) -> int:
        """Upload rows of at most `budget` bytes (one row at least), or all of it; how many bytes it were."""
        spent = 0
        GL.glActiveTexture(GL.GL_TEXTURE0)
        GL.glBindTexture(GL.GL_TEXTURE_2D_ARRAY, self._name)
        while not self.done and (budget is None or spent < budget):
            left = len(self._pixels) if budget is None else max(1, (budget - spent) // self._pixels[0].nbytes)
            rows = self._pixels[self._row : self._row + left]
            _fill(rows, self._at, self._kind, top=self._row)
            self._row, spent = self._row + len(rows), spent + int(rows.nbytes)
            if self._row >= len(self._pixels):
                self._at, self._row = self._at + 1, 0
                if not self.done:
                    self._pixels, _, _ = self._layer(self._at)
        if self.done:
            self._finish()
        return spent

    def _layer(self, number: int) -> tuple[NDArray[Any], int, int]:
        """As layout_of; padded with its own edge to the array's size."""
        request = self._members[number]
        pixels, internal, kind = layout_of(request.texture.image, colour=request.colour)
        padding = ((0, self._size[1] - pixels.shape[0]), (0, self._size[0] - pixels.shape[1]), (0, 0))
        padded = pixels if len(self._members) == 1 else np.pad(pixels, padding, mode="edge")
        return padded, internal, kind

    def _finish(self) -> None:
        GL.glGenerateMipmap(GL.GL_TEXTURE_2D_ARRAY)
        width, height = self._size
        for layer, request in enumerate(self._members):
            image = request.texture.image
            share = (image.width / width, image.height / height)
            self._textures.adopt(request, Place(self._name, layer, share))


def _fill(pixels: NDArray[Any], layer: int, kind: int, *, top: int = 0) -> None:
    """Write (rows, width, channels) pixels into a layer of the bound array texture, from row `top` on."""
    rows, width, channels = pixels.shape
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
    GL.glTexSubImage3D(
        GL.GL_TEXTURE_2D_ARRAY,
        *(0, 0, top, layer, width, rows, 1, LAYOUTS[channels], kind),
        np.ascontiguousarray(pixels),
    )


def _bytes_of(image: Image) -> int:
    return round(image.width * image.height * 4 * 4 / 3)


def _class_of(request: Request) -> tuple[Any, ...]:
    """Equal for requests that may lie in one array: clamped, of one format, their sides in one step of eight
    an octave, so that padding costs a sixteenth of a side on average."""
    if not request.clamped:
        return request.key
    image = request.texture.image
    kind = (image.pixels.dtype, image.channels, image.colour_space, request.colour)
    return (*kind, request.texture.magnify, _step(image.width), _step(image.height))


def _step(side: int) -> int:
    unit = max(1, 1 << max(0, side.bit_length() - 4))
    return -(-side // unit) * unit


def _anisotropy_limit() -> float:
    count = int(GL.glGetIntegerv(GL.GL_NUM_EXTENSIONS))
    names = {GL.glGetStringi(GL.GL_EXTENSIONS, index) for index in range(count)}
    if not names & {b"GL_EXT_texture_filter_anisotropic", b"GL_ARB_texture_filter_anisotropic"}:
        return 1.0
    return float(GL.glGetFloatv(MAX_ANISOTROPY))
