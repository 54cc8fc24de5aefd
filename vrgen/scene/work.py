"""Work and Collection: what hangs in a gallery, before anybody has decided where."""

from __future__ import annotations

from dataclasses import dataclass

from vrgen.core.image import Image
from vrgen.core.scene import Scene


@dataclass(frozen=True, eq=False, slots=True)
class Work:
    """One work of art as it was found: a picture or a sculpture, never both."""

    file: str
    """Name relative to its folder."""
    image: Image | None
    """Picture: sRGB uint8, upright, 3 channels, or 4 when it has real transparency (straight alpha)."""
    model: Scene | None
    """Sculpture: its scene in metres, else None."""
    size_m: tuple[float, float] | None
    """True (width, height) in metres where gallery.toml says so, else None."""
    title: str
    """From gallery.toml, else from the file name made readable."""
    artist: str
    """'' when unknown, as the three below."""
    year: str
    """Year or period as it is to be read."""
    text: str
    """A few sentences for the plaque."""
    alt: str
    """What is to be seen, for those who cannot see it."""
    order: int | None
    """Wished place in the visit; smaller is earlier."""
    room: str | None
    """Name of the room it belongs to; works of one room hang together."""
    source_px: tuple[int, int]
    """Original pixels (width, height), upright; a drawing's in CSS pixels, enlarged to a long side of at
    least 1024; (0, 0) for sculptures."""
    digest: str
    """SHA-256 hex of the file's bytes."""


@dataclass(frozen=True, eq=False, slots=True)
class Collection:
    """The works of a folder in visiting order, and what its gallery.toml asks for."""

    works: tuple[Work, ...]
    """In visiting order."""
    title: str | None
    """Title of the show."""
    style: str | None
    """Name of a style."""
    seed: int | None
    """Seed of everything generated."""
    sky: str | None
    """Seed or file of the sky."""
    left_out: tuple[tuple[str, str], ...]
    """(file, reason in plain words) of everything that could not be hung."""
