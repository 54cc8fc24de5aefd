"""Decode the images of a glTF file: size limits first, pixels after."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import ColourSpace, Image, Later
from vrgen.errors import InputProblem
from vrgen.gltf import ktx2
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.load import Source
from vrgen.gltf.originals import remember
from vrgen.gltf.part import Part
from vrgen.gltf.texture_memory import texture_memory

MOST_PIXELS = 2**27
"""Pixels of one image: 16384 x 8192."""
MOST_PIXELS_IN_ALL = 2**29
LARGEST_FILE = 2**29
"""Bytes of one encoded image."""
FORMATS = ("JPEG", "PNG", "WEBP")
MODES = {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "PA": "RGBA"}
"""Pillow's modes as the channels we take; what is not named becomes RGB, or RGBA with transparency."""
PLAIN = ("L", "LA", "RGB", "RGBA")
"""Modes whose pixels are taken as they are."""
WRITTEN = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""Formats that are written back as they were read, by Pillow's name."""

Known = dict[tuple[bytes, ColourSpace], Image]
"""Images by the SHA-256 of their encoded bytes and their colour space."""


class Images:
    """Decodes images by index, each once; all that are wanted are decoded together in threads."""

    def __init__(self, source: Source, accessors: Accessors) -> None:
        self._source = source
        self._accessors = accessors
        self._parts = source.root.parts("images")
        self._pixels: dict[int, NDArray[Any]] = {}
        self._images: dict[tuple[int, ColourSpace], Image] = {}
        self._kept: dict[int, str] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        self._memory: dict[int, int] = {}
        self._files: dict[int, memoryview] = {}
        self._before: Known = {}

    def __len__(self) -> int:
        return len(self._parts)

    def load(self, wanted: set[int], *, later: bool = False, threads: int | None = None) -> None:
        """Look at the images with these indices and decode them, unless `later`.

        Raises InputProblem, with the first bad one named.
        """
        for index in sorted(wanted):
            if self._is_ktx2(index):
                self._look_at_ktx2(index)
                continue
            picture = self._open(index)
            self._sizes[index] = (picture.width, picture.height)
            if picture.format == "PNG" or picture.mode in PLAIN:
                self._kept[index] = WRITTEN[picture.format]
        pixels = sum(width * height for width, height in self._sizes.values())
        if pixels > MOST_PIXELS_IN_ALL:
            self._source.root.fail(
                f"have {pixels} pixels in all, at most {MOST_PIXELS_IN_ALL} are read",
                "images",
                do="resize them",
            )
        if not later:
            with ThreadPoolExecutor(threads) as pool:
                jobs = {index: pool.submit(self._decode, index) for index in self._sizes}
            self._pixels = {index: job.result() for index, job in jobs.items()}

    def image(self, index: int, colour_space: ColourSpace) -> Image:
        """A decoded image; the same object for the same index and colour space."""
        key = (index, colour_space)
        if key not in self._images:
            known = self._before.get((self._digest(index), colour_space)) if self._before else None
            image = self._images[key] = known or self._made(index, colour_space)
            if index in self._kept:
                remember(image, self.encoded(index), self._kept[index])
        return self._images[key]

    def _made(self, index: int, colour_space: ColourSpace) -> Image:
        if index in self._pixels:
            return Image(self._pixels[index], colour_space)
        width, height = self._sizes[index]
        return Image.later(Later(width, height, partial(self._decode, index)), colour_space)

    def take_over(self, known: Known) -> None:
        """Give out images of an earlier reading again where the encoded bytes are the same, pixels and all.
        To be called before any image is asked for."""
        self._before = known

    def hand_over(self) -> Known:
        """Decode now, several at a time, what was asked for and is not decoded yet; all that was asked for,
        for a later reading. What is kept here for this one is let go. Raises InputProblem."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda image: image.pixels, self._images.values()))
        known = {(self._digest(index), space): image for (index, space), image in self._images.items()}
        self._images, self._before = {}, {}
        return known

    def _digest(self, index: int) -> bytes:
        return hashlib.sha256(self.encoded(index)).digest()

    def sizes(self) -> dict[int, tuple[int, int]]:
        """(width, height) of every image that was looked at, by index."""
        return dict(self._sizes)

    def memory(self, index: int) -> int:
        """Bytes on the GPU, with mipmaps, of an image that was looked at."""
        return self._memory.get(index) or texture_memory(*self._sizes[index])

    def part(self, index: int) -> Part:
        """What the file says of an image."""
        return self._parts[index]

    def mime(self, index: int) -> str:
        """What the file calls the image's format, or ''."""
        return self._parts[index].text("mimeType", "")

    def encoded(self, index: int) -> memoryview:
        """The image as it lies in the file."""
        part = self._parts[index]
        if part.has("bufferView"):
            return self._accessors.view(part)[1]
        if index not in self._files:  # read once: what was looked at first is what is decoded later
            self._files[index] = self._source.resource(part, limit=LARGEST_FILE)
        return self._files[index]

    def _is_ktx2(self, index: int) -> bool:
        return self.encoded(index)[: len(ktx2.MAGIC)] == ktx2.MAGIC

    def _look_at_ktx2(self, index: int) -> None:
        part = self._parts[index]
        found = ktx2.header(part, self.encoded(index))
        _no_more_than(part, found.width, found.height)
        self._sizes[index] = (found.width, found.height)
        self._memory[index] = found.memory
        self._kept[index] = ktx2.MIME

    def _open(self, index: int) -> Any:
        from PIL import Image as Pillow

        part = self._parts[index]
        with _translated(part), warnings.catch_warnings():
            # Ours is the limit that counts; Pillow's warns at 89 megapixels.
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            picture = Pillow.open(io.BytesIO(self.encoded(index)), formats=FORMATS)
        _no_more_than(part, picture.width, picture.height)
        return picture

    def _decode(self, index: int) -> NDArray[np.uint8]:
        part = self._parts[index]
        pixels = ktx2.pixels(part, self.encoded(index)) if self._is_ktx2(index) else self._unpacked(index)
        if (pixels.shape[1], pixels.shape[0]) != self._sizes[index]:
            part.fail(f"is {pixels.shape[1]}x{pixels.shape[0]} pixels, its header says otherwise")
        return pixels[..., None] if pixels.ndim == 2 else pixels

    def _unpacked(self, index: int) -> NDArray[np.uint8]:
        """(height, width) or (height, width, channels) of a PNG, JPEG or WebP."""
        picture = self._open(index)
        with _translated(self._parts[index]):
            mode = MODES.get(picture.mode) or ("RGBA" if picture.has_transparency_data else "RGB")
            if picture.mode.startswith("I"):  # 16 bit grey: Pillow's own conversion clips it to 255
                return (np.asarray(picture).astype(np.uint32) // 257).astype(np.uint8)
            return np.asarray(picture if picture.mode == mode else picture.convert(mode))


def _no_more_than(part: Part, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        part.fail(f"is {width}x{height} pixels, at most {MOST_PIXELS} are read", do="resize it")


@contextmanager
def _translated(part: Part) -> Iterator[None]:
    """Pillow raises many kinds for damaged files; each becomes one InputProblem."""
    try:
        yield
    except InputProblem:
        raise
    except Exception as problem:  # any of a dozen kinds, struct.error and SyntaxError among them
        raise InputProblem(
            f"{part.file}: {part.place} cannot be decoded ({str(problem)[:120]}); "
            "export it as a sound PNG, JPEG, WebP or KTX2 of sensible size"
        ) from problem
