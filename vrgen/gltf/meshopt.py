"""Meshopt: bufferViews as EXT_meshopt_compression and KHR_meshopt_compression pack them."""

from __future__ import annotations

from typing import Any

import numpy as np

from vrgen.gltf.part import Part
from vrgen.gltf.unpack import library, unpacking

NAMES = ("EXT_meshopt_compression", "KHR_meshopt_compression")
MODES = {"ATTRIBUTES": (range(4, 257, 4), 1), "TRIANGLES": ((2, 4), 3), "INDICES": ((2, 4), 1)}
"""Bytes that an element may have, and of how many the count is a multiple."""
FILTERS = {"NONE": (), "OCTAHEDRAL": (4, 8), "QUATERNION": (8,), "EXPONENTIAL": (), "COLOR": (4, 8)}
"""Bytes that an element may have, where a filter says so."""


def packed(view: Part) -> Part | None:
    """What a bufferView says of its packing, None where it is not packed."""
    return next((found for name in NAMES if (found := view.extension(name)) is not None), None)


def size(part: Part) -> int:
    """Bytes of it unpacked. Raises InputProblem for a packing that does not exist."""
    sizes, multiple = part.choice("mode", MODES)
    stride = part.integer("byteStride", high=256)
    if stride not in sizes:
        part.fail(f"is {stride}, which elements of its mode cannot have", "byteStride")
    chosen = part.choice("filter", FILTERS, "NONE")
    if chosen and stride not in chosen:
        part.fail(f"is {stride}, which its filter does not take", "byteStride")
    count = part.integer("count", low=1)
    if count % multiple:
        part.fail(f"is {count}, expected a multiple of {multiple}", "count")
    return count * stride


def unpacked(part: Part, data: memoryview) -> memoryview:
    """The bytes that were packed. Raises InputProblem for damaged data, MissingPart without meshopt."""
    decoder = library("meshopt", "meshopt", "meshopt geometry")
    words: dict[str, Any] = {key: part.value[key] for key in ("mode",)}
    if words["mode"] == "ATTRIBUTES":
        words["filter"] = part.value.get("filter", "NONE")
    with unpacking(part):
        found = decoder.decode_gltf_buffer(
            bytes(data), part.integer("count"), part.integer("byteStride"), **words
        )
    return np.ascontiguousarray(found).reshape(-1).view(np.uint8).data
