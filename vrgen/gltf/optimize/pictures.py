"""Pictures: the images of a document that can be packed, their pixels laid out for the encoders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.images import Images
from vrgen.gltf.load import Source

COLOUR = (
    "baseColorTexture",
    "emissiveTexture",
    "sheenColorTexture",
    "specularColorTexture",
    "diffuseTexture",
)
"""Keys of textures that hold sRGB."""
MOST_PIXELS = 12 * 1024 * 1024
"""What an encoder takes at once."""
CLAMPED = 33071


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the document on its way."""

    image: int
    """Index in the document."""
    size: tuple[int, int]
    """Width and height in pixels, multiples of four where `blocks` were asked for."""
    srgb: bool
    """Or linear data."""
    alpha: bool
    """Whether it has alpha below 1."""
    clamped: bool
    """Whether every texture of it ends at its edge."""
    bytes: int
    """Of the image as it was."""
    mime: str
    """`image/png`, ... as it was."""
    source: Path
    """Its RGBA8 rows; equal pictures share one."""

    def pixels(self) -> NDArray[np.uint8]:
        """(height, width, 4) uint8, read as it is looked at."""
        return np.asarray(np.memmap(self.source, np.uint8, "r", shape=(self.size[1], self.size[0], 4)))


def pictures(source: Source, accessors: Accessors, folder: Path, *, blocks: bool) -> Iterator[Picture]:
    """Every image that can be packed, its pixels laid into `folder`.

    `blocks` rounds sides up to multiples of four, which KHR_texture_basisu asks for. Left as they are: images
    that stand as colour and as data, that lie outside the file, or pass 12 Mpixel.
    """
    document = source.root.value
    roles, clamped = _roles(document), _clamped(document)
    listed = document.get("images", [])
    wanted = {i for i, kinds in roles.items() if len(kinds) == 1 and "bufferView" in listed[i]}
    images = Images(source, accessors)
    images.load(wanted)
    for index in sorted(wanted):
        srgb = roles[index] == {True}
        rows = _pixels(images.image(index, "srgb" if srgb else "linear"), blocks=blocks)
        height, width = rows.shape[:2]
        if width * height > MOST_PIXELS:
            continue
        place = folder / f"{sha256(rows.data).hexdigest()}.{width}.rgba"
        if not place.exists():
            rows.tofile(place)
        view = document["bufferViews"][listed[index]["bufferView"]]
        yield Picture(
            image=index,
            size=(width, height),
            srgb=srgb,
            alpha=bool(rows[..., 3].min() < 255),
            clamped=clamped.get(index, False),
            bytes=view["byteLength"],
            mime=listed[index].get("mimeType", ""),
            source=place,
        )


def _clamped(document: Mapping[str, Any]) -> dict[int, bool]:
    """For every image, whether all its textures end at their edges."""
    samplers = document.get("samplers", [])
    found: dict[int, bool] = {}
    for texture in document.get("textures", []):
        if "source" in texture:
            sampler = samplers[texture["sampler"]] if "sampler" in texture else {}
            ends = all(sampler.get(key) == CLAMPED for key in ("wrapS", "wrapT"))
            found[texture["source"]] = found.get(texture["source"], True) and ends
    return found


def _roles(document: Mapping[str, Any]) -> dict[int, set[bool]]:
    """For every image, whether it stands as sRGB, as data, or as both."""
    textures = document.get("textures", [])
    roles: dict[int, set[bool]] = {}

    def visit(value: Any, key: str) -> None:
        if isinstance(value, dict):
            index = value.get("index")
            if isinstance(index, int) and 0 <= index < len(textures) and "source" in textures[index]:
                roles.setdefault(textures[index]["source"], set()).add(key in COLOUR)
            for name, inner in value.items():
                if name != "extras":
                    visit(inner, name)
        elif isinstance(value, list):
            for inner in value:
                visit(inner, key)

    for material in document.get("materials", []):
        visit(material, "")
    return roles


def _pixels(image: Image, *, blocks: bool) -> NDArray[np.uint8]:
    """(height, width, 4) uint8."""
    import cv2

    pixels = image.pixels
    if pixels.shape[2] < 3:
        pixels = pixels[..., [0, 0, 0, 1] if pixels.shape[2] == 2 else [0, 0, 0]]
    if pixels.shape[2] == 3:
        pixels = np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2RGBA), np.uint8)
    size = tuple((side + 3) // 4 * 4 for side in (image.width, image.height))
    if blocks and size != (image.width, image.height):
        pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(pixels)
