"""KTX2: pictures of KHR_texture_basisu, packed as ETC1S or UASTC by Basis Universal."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.part import Part
from vrgen.gltf.unpack import library, unpacking

MAGIC = b"\xabKTX 20\xbb\r\n\x1a\n"
HEADER = struct.Struct("<9I")
"""Behind the magic: vkFormat, typeSize, width, height, depth, layers, faces, levels, supercompression."""
LEAST = 80
"""Bytes up to where the table of levels begins (KTX 2.0, section 3)."""
MIME = "image/ktx2"
BASIS_LZ = 1
REMEDY = "make it again with `vrgen optimize` or toktx, as ETC1S or UASTC"


@dataclass(frozen=True, slots=True)
class Ktx2:
    """What the header of a picture says."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    memory: int
    """Bytes on a GPU with mipmaps: 8 bits a pixel as ASTC or ETC2 with alpha, 4 as ETC2."""


def header(part: Part, data: memoryview) -> Ktx2:
    """The header of a KTX2 picture. Raises InputProblem for what KHR_texture_basisu does not allow."""
    if len(data) < LEAST:
        part.fail(f"ends after {len(data)} bytes, in the header of its KTX2", do=REMEDY)
    raw, _, width, height, depth, layers, faces, _, _ = map(int, HEADER.unpack_from(data, len(MAGIC)))
    if raw:
        part.fail(f"has the Vulkan format {raw}, expected Basis Universal", do=REMEDY)
    if depth or layers > 1 or faces != 1 or not width or not height:
        part.fail(f"is no flat picture ({width}x{height}x{depth}, {layers} layers, {faces} faces)", do=REMEDY)
    return Ktx2(width, height, memory_of(data))


def memory_of(data: bytes | memoryview) -> int:
    """Bytes on a GPU, with mipmaps, of a KTX2 picture whose header is sound."""
    _, _, width, height, _, _, _, _, scheme = map(int, HEADER.unpack_from(data, len(MAGIC)))
    (descriptor,) = struct.unpack_from("<I", data, len(MAGIC) + HEADER.size)
    block = int.from_bytes(data[descriptor + 10 : descriptor + 12], "little")
    samples = (block - 24) // 16  # Khronos Data Format, section 5: two samples are colour and alpha
    eight = scheme != BASIS_LZ or samples > 1
    blocks = -(-width // 4) * -(-height // 4)
    return blocks * (16 if eight else 8) * 4 // 3


def pixels(part: Part, data: memoryview) -> NDArray[np.uint8]:
    """(height, width, 3 | 4) uint8 of the largest level; alpha where it has some.

    Raises InputProblem for damaged data, MissingPart without opengl_basisu.
    """
    transcoder = library("opengl_basisu", "opengl_basisu", "KTX2 pictures")
    with unpacking(part):
        texture = transcoder.open(bytes(data))
        found = np.asarray(texture.transcode("rgba8").data, np.uint8)
    return found if texture.has_alpha else np.ascontiguousarray(found[..., :3])
