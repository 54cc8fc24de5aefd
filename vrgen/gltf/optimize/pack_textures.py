"""Packed textures: what an encoder made of an image, and how a document names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.optimize.pictures import Picture
from vrgen.gltf.texture_memory import texture_memory

EXTENSIONS = {"image/ktx2": "KHR_texture_basisu", "image/webp": "EXT_texture_webp"}


@dataclass(frozen=True, slots=True)
class PackedTexture:
    """An image of the document, encoded."""

    picture: Picture
    """What it was."""
    data: bytes
    """The file."""
    mime: str
    """`image/ktx2` or `image/webp`."""
    uastc: bool = False
    """A KTX2 of UASTC; or of ETC1S, or none."""

    @property
    def memory(self) -> int:
        """Bytes on the GPU with mipmaps; of KTX2 8 bits a pixel as ASTC or ETC2 with alpha, 4 as ETC2."""
        if self.mime != "image/ktx2":
            return texture_memory(*self.picture.size)
        blocks = (self.picture.size[0] // 4) * (self.picture.size[1] // 4)
        return blocks * (16 if self.uastc or self.picture.alpha else 8) * 4 // 3

    def seen(self) -> NDArray[np.uint8]:
        """(height, width, 4) uint8: what a GPU sees of it. Raises MissingPart without a transcoder."""
        if self.mime == "image/ktx2":
            from vrgen.gltf.optimize.ktx2 import decoded

            return decoded(self.data)
        from vrgen.gltf.optimize.webp import decoded

        return decoded(self.data)


def point_at(document: dict[str, Any], packed: Sequence[PackedTexture]) -> None:
    """Let the document's textures name their images through the extension of each kind."""
    kinds = {texture.picture.image: texture.mime for texture in packed}
    for index, mime in kinds.items():
        document["images"][index]["mimeType"] = mime
    for texture in document.get("textures", []):
        if texture.get("source") in kinds:
            extension = EXTENSIONS[kinds[texture["source"]]]
            texture.setdefault("extensions", {})[extension] = {"source": texture.pop("source")}
    for mime in set(kinds.values()):
        require(document, EXTENSIONS[mime])


def require(document: dict[str, Any], extension: str) -> None:
    """Name an extension as used and required."""
    for key in ("extensionsUsed", "extensionsRequired"):
        document[key] = sorted({*document.get(key, []), extension})
