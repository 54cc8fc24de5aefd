"""Pack textures: PNG and JPEG become KTX2, ETC1S for colour, UASTC for data (KHR_texture_basisu)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.images import Images
from vrgen.gltf.load import Source

BASISU = "KHR_texture_basisu"
COLOUR = (
    "baseColorTexture",
    "emissiveTexture",
    "sheenColorTexture",
    "specularColorTexture",
    "diffuseTexture",
)
"""Keys of textures that hold sRGB."""
MOST_PIXELS = 12 * 1024 * 1024
"""What the encoder takes at once."""
EFFORT = {False: 0, True: 1}
"""Of ETC1S and UASTC: more costs two to four times the time for half a dB."""
MOST_TINT = 2.5
"""Of 255: how far blocks of 8 pixels may be off on the whole (root mean square). ETC1S has five bits for the
colours of a block, so that what is nearly white, plaques above all, turns yellow or green."""
HIDDEN = 0.1
"""Part of the variation of its blocks that hides more in a picture."""
SEEN_TINT = 0.5
"""Of 255: what is seen of it on plaster, whose blocks have one colour, ..."""
MASKED = 2.0
"""... and how many times the variation of its own colours that must be. Pictures hide it."""
FINEST = 256
"""The ETC1S quality (1 to 255) from which UASTC is used for colour too."""


@dataclass(frozen=True, slots=True)
class PackedTexture:
    """An image of the document on its way."""

    image: int
    """Index in the document."""
    size: tuple[int, int]
    """Pixels, multiples of four."""
    uastc: bool
    """Or ETC1S."""
    alpha: bool
    """Whether it has alpha below 1."""
    item: Mapping[str, Any]
    """What the encoders are asked."""

    @property
    def memory(self) -> int:
        """Bytes on the GPU with mipmaps: 8 bits a pixel as ASTC or ETC2 with alpha, 4 as ETC2."""
        blocks = (self.size[0] // 4) * (self.size[1] // 4)
        return blocks * (16 if self.uastc or self.alpha else 8) * 4 // 3

    def suffers(self, folder: Path) -> bool:
        """Whether ETC1S shows as a tint."""
        import cv2

        if self.uastc:
            return False
        shape = (self.size[1], self.size[0], 4)
        before, after = (
            np.fromfile(folder / str(self.item[name]), np.uint8).reshape(shape).astype(np.float32)
            for name in ("source", "decoded")
        )
        coarse = (max(1, self.size[0] // 8), max(1, self.size[1] // 8))
        blocks, error = (
            np.asarray(
                cv2.resize(np.ascontiguousarray(pixels[..., :3]), coarse, interpolation=cv2.INTER_AREA),
                np.float32,
            )
            for pixels in (before, after - before)
        )
        tint = float(np.sqrt((_hue(error) ** 2).mean()))
        own = float(_hue(blocks).std(axis=(0, 1)).mean())
        most = max(MOST_TINT, HIDDEN * float(blocks.std()))
        return float(np.sqrt((error**2).mean())) > most or tint > max(SEEN_TINT, MASKED * own)

    def finer(self) -> PackedTexture:
        """The same as UASTC."""
        item = {**self.item, "uastc": True, "effort": EFFORT[True]}
        return replace(self, uastc=True, item=item)

    def encoded(self, folder: Path) -> bytes:
        """The KTX2 file."""
        return (folder / str(self.item["target"])).read_bytes()

    def decoded(self, folder: Path) -> bytes:
        """A PNG of what a GPU sees of it."""
        import cv2

        raw = np.fromfile(folder / str(self.item["decoded"]), np.uint8)
        pixels = raw.reshape(self.size[1], self.size[0], 4)
        order = [2, 1, 0, 3] if self.alpha else [2, 1, 0]
        _, data = cv2.imencode(".png", pixels[..., order].copy(), [cv2.IMWRITE_PNG_COMPRESSION, 1])
        return bytes(data)


def packed_textures(
    source: Source, accessors: Accessors, folder: Path, *, quality: int
) -> Iterator[PackedTexture]:
    """Every image that can be packed, its pixels laid into `folder` for the encoders.

    Left as they are: images that stand as colour and as data, that lie outside the file, or pass 12 Mpixel.
    """
    document = source.root.value
    roles = _roles(document)
    listed = document.get("images", [])
    wanted = {i for i, kinds in roles.items() if len(kinds) == 1 and "bufferView" in listed[i]}
    images = Images(source, accessors)
    images.load(wanted)
    for index in sorted(wanted):
        srgb = roles[index] == {True}
        pixels = _pixels(images.image(index, "srgb" if srgb else "linear"))
        height, width = pixels.shape[:2]
        if width * height > MOST_PIXELS:
            continue
        uastc = not srgb or quality >= FINEST
        pixels.tofile(folder / f"{index}.rgba")
        yield PackedTexture(
            index,
            (width, height),
            uastc,
            bool(pixels[..., 3].min() < 255),
            {
                "kind": "texture",
                "cost": width * height * (2 if uastc else 1),
                "source": f"{index}.rgba",
                "target": f"{index}.ktx2",
                "decoded": f"{index}.seen",
                "width": width,
                "height": height,
                "srgb": srgb,
                "uastc": uastc,
                "quality": min(quality, 255),
                "effort": EFFORT[uastc],
            },
        )


def _hue(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours without their brightness, in levels."""
    hue: NDArray[np.float32] = pixels - pixels.mean(axis=-1, keepdims=True)
    return hue


def point_at(document: dict[str, Any], packed: Sequence[PackedTexture]) -> None:
    """Let the document's textures name their images through KHR_texture_basisu."""
    done = {texture.image for texture in packed}
    for index in done:
        document["images"][index]["mimeType"] = "image/ktx2"
    for texture in document.get("textures", []):
        if texture.get("source") in done:
            texture.setdefault("extensions", {})[BASISU] = {"source": texture.pop("source")}
    require(document, BASISU)


def require(document: dict[str, Any], extension: str) -> None:
    """Name an extension as used and required."""
    for key in ("extensionsUsed", "extensionsRequired"):
        document[key] = sorted({*document.get(key, []), extension})


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


def _pixels(image: Image) -> NDArray[np.uint8]:
    """(height, width, 4) uint8, sides rounded up to multiples of four, which KHR_texture_basisu asks for."""
    import cv2

    pixels = image.pixels
    if pixels.shape[2] < 3:
        pixels = pixels[..., [0, 0, 0, 1] if pixels.shape[2] == 2 else [0, 0, 0]]
    if pixels.shape[2] == 3:
        pixels = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=-1)
    size = tuple((side + 3) // 4 * 4 for side in (image.width, image.height))
    if size != (image.width, image.height):
        pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(pixels)
