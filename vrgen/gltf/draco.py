"""Draco: primitives as KHR_draco_mesh_compression packs them."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.accessors import Accessors
from vrgen.gltf.part import Part
from vrgen.gltf.triangles import TRIANGLES
from vrgen.gltf.unpack import library, unpacking

NAME = "KHR_draco_mesh_compression"
HEADER = struct.Struct("<5sBBBBH")
"""Magic, major and minor version, kind (1 is a mesh), method, flags (Draco bitstream, section 4.1)."""
EDGEBREAKER = 1
WITH_METADATA = 0x8000
PLAIN_FROM = (2, 2)
"""Version from which the counts stand behind the header."""


def unpack(primitive: Part, accessors: Accessors) -> None:
    """Unpack a primitive's geometry, where it is packed, and let its accessors hold it.

    Raises InputProblem for damaged data and for counts or types other than the accessors', MissingPart
    without DracoPy.
    """
    part = primitive.extension(NAME)
    if part is None:
        return
    if primitive.integer("mode", TRIANGLES) != TRIANGLES or not primitive.has("indices"):
        primitive.fail("is packed by Draco, expected triangles with indices")
    attributes = primitive.part("attributes")
    wanted = {name: part.part("attributes").integer(name) for name in part.part("attributes")}
    for name in wanted:
        if not attributes.has(name):
            part.fail("names an attribute that the primitive lacks", "attributes", name)
    if accessors.given(primitive, "indices") and all(accessors.given(attributes, name) for name in wanted):
        return  # another primitive has the same
    data = bytes(accessors.view(part)[1])
    corners = accessors.count(primitive, "indices")
    vertices = max((accessors.count(attributes, name) for name in wanted), default=0)
    _counted(part, data, corners, vertices)
    accessors.budget.spend(part, 4 * corners + 64 * vertices)
    found = _decoded(part, data)
    accessors.give(primitive, "indices", np.asarray(found.faces, np.uint32).reshape(-1, 1))
    by_id = {one["unique_id"]: one["data"] for one in found.attributes}
    for name, number in wanted.items():
        if number not in by_id:
            part.fail(f"is {number}, which the data does not hold", "attributes", name)
        accessors.give(attributes, name, _rows(by_id[number]))


def _decoded(part: Part, data: bytes) -> Any:
    decoder = library("DracoPy", "DracoPy", "Draco geometry")
    with unpacking(part):
        found = decoder.decode(data)
    if not hasattr(found, "faces"):
        part.fail("holds points, expected a mesh")
    return found


def _rows(values: Any) -> NDArray[Any]:
    array = np.asarray(values)
    return array[:, None] if array.ndim == 1 else array


def _counted(part: Part, data: bytes, corners: int, vertices: int) -> None:
    """Raise InputProblem where the data's own counts, which cost it no bytes, are not the accessors'."""
    if len(data) < HEADER.size:
        part.fail("ends in the header of its data")
    magic, major, minor, kind, method, flags = HEADER.unpack_from(data)
    if magic != b"DRACO" or kind != 1:
        part.fail("holds no mesh packed by Draco")
    if (major, minor) < PLAIN_FROM or flags & WITH_METADATA:
        return
    place = HEADER.size + (method == EDGEBREAKER)
    first, place = _varint(data, place)
    second, _ = _varint(data, place)
    points, faces = (first, second) if method == EDGEBREAKER else (second, first)
    if 3 * faces != corners:
        part.fail(f"holds {faces} triangles, its accessor has {corners} indices")
    if points > vertices:  # edgebreaker counts a vertex of two normals or UVs once
        part.fail(f"holds {points} vertices, its accessors have {vertices}")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """(value, place behind it) of a number of seven bits a byte, the lowest first."""
    value = 0
    for shift in range(0, 35, 7):
        byte = data[place] if place < len(data) else 0
        value |= (byte & 127) << shift
        place += 1
        if byte < 128:
            break
    return value, place
