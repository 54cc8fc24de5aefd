"""Packed: what a file costs whose textures or geometry are compressed, as its JSON and its headers say."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from vrgen.gltf.accessors import Accessors
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject
from vrgen.gltf.images import Images
from vrgen.gltf.load import Source
from vrgen.gltf.part import Part
from vrgen.gltf.texture_memory import texture_memory

PACKED = {
    "EXT_mesh_gpu_instancing": "instances",
    "EXT_meshopt_compression": "geometry (meshopt)",
    "KHR_draco_mesh_compression": "geometry (Draco)",
    "KHR_meshopt_compression": "geometry (meshopt)",
    "KHR_texture_basisu": "textures (KTX2)",
}
"""Extensions that pack content, and what they pack."""
KTX2 = b"\xabKTX 20\xbb\r\n\x1a\n"
HEADER = struct.Struct("<9I")
"""After it: vkFormat, typeSize, width, height, depth, layers, faces, levels, supercompression."""
BASIS_LZ = 1
STRIP, FAN, TRIANGLES = 5, 6, 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What a whole file costs a frame, at most."""

    draw_calls: int
    """Primitives that are drawn."""
    triangles: int
    """Theirs, with instances."""
    texture_bytes: int
    """On the GPU, with mipmaps, compressed where they are."""
    hidden: tuple[str, ...]
    """What is packed."""


def packed(subject: Subject) -> Iterator[Finding]:
    """That half of the checks cannot look inside, where what unpacks it is not here."""
    if subject.missing:
        hidden = " and ".join(subject.cost.hidden)
        told = f"its {hidden} are packed: texels, UVs, normals and sights were not checked; {subject.missing}"
        yield finding("CONTENT_PACKED", "", told)


def cost_of(source: Source) -> Cost | None:
    """The cost of a file that is packed; None for all others. Raises InputProblem."""
    required = [name for name in source.root.items("extensionsRequired") if isinstance(name, str)]
    hidden = tuple(dict.fromkeys(PACKED[name] for name in required if name in PACKED))
    if not hidden:
        return None
    calls = triangles = 0
    meshes, accessors = source.root.parts("meshes"), source.root.parts("accessors")
    for node in source.root.parts("nodes"):
        if node.has("mesh"):
            counts = [
                _triangles(part, accessors)
                for part in meshes[node.reference("mesh", len(meshes))].parts("primitives")
            ]
            calls += len(counts)
            triangles += sum(counts) * _instances(node, accessors)
    return Cost(calls, triangles, _textures(source), hidden)


def _triangles(primitive: Part, accessors: list[Part]) -> int:
    owner, key = (
        (primitive, "indices") if primitive.has("indices") else (primitive.part("attributes"), "POSITION")
    )
    count = accessors[owner.reference(key, len(accessors))].integer("count")
    mode = primitive.integer("mode", TRIANGLES)
    return count // 3 if mode == TRIANGLES else max(count - 2, 0) if mode in (STRIP, FAN) else 0


def _instances(node: Part, accessors: list[Part]) -> int:
    instancing = node.extension("EXT_mesh_gpu_instancing")
    places = None if instancing is None else instancing.part("attributes")
    if places is None or not places.value:
        return 1
    return accessors[places.reference(next(iter(places)), len(accessors))].integer("count")


def _textures(source: Source) -> int:
    images = Images(source, Accessors(source))
    memory, plain = 0, set()
    for index in _shown(source.root, len(images)):
        size = _ktx2_memory(bytes(images.encoded(index)[:4096]))
        memory += size or 0
        plain |= set() if size else {index}
    images.load(plain, later=True)
    return memory + sum(texture_memory(*size) for size in images.sizes().values())


def _shown(root: Part, count: int) -> set[int]:
    """Indices of the images of all textures, KTX2 before WebP before the fallback."""
    found = set()
    for texture in root.parts("textures"):
        owners = (texture.extension("KHR_texture_basisu"), texture.extension("EXT_texture_webp"), texture)
        owner = next((one for one in owners if one is not None and one.has("source")), None)
        found |= set() if owner is None else {owner.reference("source", count)}
    return found


def _ktx2_memory(head: bytes) -> int | None:
    """Bytes on the GPU: 8 bits a texel as ASTC or ETC2 with alpha, 4 as ETC2; None for what is no KTX2."""
    if not head.startswith(KTX2) or len(head) < len(KTX2) + HEADER.size + 4:
        return None
    raw, _, width, height, _, _, faces, _, scheme = map(int, HEADER.unpack_from(head, len(KTX2)))
    if raw:  # not Basis Universal: taken as it is
        return texture_memory(width, height) * max(faces, 1)
    (descriptor,) = struct.unpack_from("<I", head, len(KTX2) + HEADER.size)
    block = int.from_bytes(head[descriptor + 10 : descriptor + 12], "little")
    samples = (block - 24) // 16  # Khronos Data Format, section 5: two samples are colour and alpha
    small = scheme == BASIS_LZ and samples < 2
    return -(-width // 4) * -(-height // 4) * (8 if small else 16) * 4 // 3
