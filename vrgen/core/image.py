"""Image: pixels with a colour space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.arrays import digest_of, frozen
from vrgen.core.frames import srgb_to_linear
from vrgen.errors import ValueProblem

ColourSpace = Literal["srgb", "linear"]


@dataclass(frozen=True, eq=False, slots=True)
class Later:
    """A picture that is not decoded yet."""

    width: int
    """Columns."""
    height: int
    """Rows."""
    decode: Callable[[], NDArray[Any]]
    """Gives the pixels, (height, width, channels); raises InputProblem where they are damaged."""
    lock: Lock = field(default_factory=Lock, init=False, repr=False)
    """Held while they are decoded, so that threads which look at them together decode them once."""


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Image:
    """A picture or a map, top row first."""

    pixels: NDArray[Any]
    """(height, width, channels) uint8, uint16 (full range) or float32; 1 to 4 channels.

    Alpha comes last and is not premultiplied."""
    colour_space: ColourSpace = "srgb"
    """Colour space of R, G, B; alpha is always linear."""
    _later: Later | None = field(default=None, init=False, repr=False)
    """Where the pixels come from when they are first looked at."""

    def __post_init__(self) -> None:
        kind = np.asarray(self.pixels).dtype
        if kind not in (np.uint8, np.uint16, np.float32):
            raise ValueProblem(
                f"image: got pixels of {kind}, expected uint8, uint16 or float32; convert first"
            )
        pixels = frozen(self.pixels, name="image", dtype=kind, shape=(None, None, None))
        if not 1 <= pixels.shape[2] <= 4 or 0 in pixels.shape:
            raise ValueProblem(
                f"image: got shape {pixels.shape}, expected height, width and 1 to 4 channels, none empty"
            )
        object.__setattr__(self, "pixels", pixels)

    @classmethod
    def later(cls, later: Later, colour_space: ColourSpace) -> Image:
        """An image whose pixels are decoded when they are first looked at; its size is known before."""
        image = object.__new__(cls)
        object.__setattr__(image, "colour_space", colour_space)
        object.__setattr__(image, "_later", later)
        return image

    if not TYPE_CHECKING:  # a type checker would take every misspelt attribute for one

        def __getattr__(self, name: str) -> Any:
            """`pixels`, for images that came without; only what is missing is looked for here."""
            if name != "pixels":
                raise AttributeError(f"an Image has no {name}")
            with self._later.lock:
                try:
                    return object.__getattribute__(self, "pixels")
                except AttributeError:
                    object.__setattr__(self, "pixels", self._later.decode())
                    self.__post_init__()
            return self.pixels

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1]) if self._later is None else self._later.width

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0]) if self._later is None else self._later.height

    @property
    def channels(self) -> int:
        """1 grey, 2 grey + alpha, 3 RGB, 4 RGBA."""
        return int(self.pixels.shape[2])

    def to_float(self) -> NDArray[np.float32]:
        """Pixels (height, width, channels) float32; integers are scaled to [0, 1]; the colour space stays."""
        if self.pixels.dtype == np.float32:
            return self.pixels
        return self.pixels.astype(np.float32) / np.float32(np.iinfo(self.pixels.dtype).max)

    def to_linear(self) -> NDArray[np.float32]:
        """Pixels (height, width, channels) float32, colour made linear, alpha untouched."""
        pixels = self.to_float()
        if self.colour_space == "linear":
            return pixels
        if self.channels in (2, 4):
            return np.concatenate([srgb_to_linear(pixels[..., :-1]), pixels[..., -1:]], axis=-1)
        return srgb_to_linear(pixels)

    def digest(self) -> str:
        """SHA-256 hex of content and colour space."""
        return digest_of(self.pixels, self.colour_space)


def to_bytes(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Floats in [0, 1] (clipped) of any shape to uint8, rounded to nearest."""
    return (np.clip(pixels, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
