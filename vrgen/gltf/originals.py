"""Originals: the bytes that an image was read from, so that it is written back untouched.

Encoding a JPEG again loses a little of it every time. A gallery that is opened, changed in one place and
saved keeps all its other pictures, byte by byte.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from vrgen.core.image import Image

_known: WeakKeyDictionary[Image, tuple[bytes | memoryview, str]] = WeakKeyDictionary()
"""Encoded bytes and mime type, for as long as the image lives."""


def remember(image: Image, encoded: bytes | memoryview, mime: str) -> None:
    """Keep the bytes that `image` was decoded from, pixel by pixel."""
    _known[image] = (encoded, mime)


def original(image: Image) -> tuple[bytes | memoryview, str] | None:
    """(encoded bytes, mime type) that the image was read from, if it was."""
    return _known.get(image)
