"""Pack with Draco: the smallest geometry, slower to unpack (KHR_draco_mesh_compression)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.accessors import COMPONENTS, WIDTHS
from vrgen.gltf.optimize.pack_meshes import FINE, GRID, NORMAL_BITS, TRIANGLES
from vrgen.gltf.optimize.pack_textures import require
from vrgen.gltf.unpack import library

DRACO = "KHR_draco_mesh_compression"
LEVEL = 7
"""Of effort, 0 to 10; more gains nothing that is worth the time."""
MOST_BITS = 28
STANDARD = {"NORMAL": ("normals", 1), "TEXCOORD_0": ("tex_coord", 3)}
"""Keyword of DracoPy and its type of attribute, of what it rounds; POSITION has type 0."""
FIRST = 100
"""Ids of further attributes begin here, past those that DracoPy gives."""


@dataclass(frozen=True, slots=True)
class DracoPart:
    """A primitive, packed, and all that hold the same."""

    places: tuple[tuple[int, int], ...]
    """Index of the mesh, and of the primitive there, of each."""
    data: bytes
    """The stream."""
    ids: Mapping[str, int]
    """Of every attribute in the stream."""
    vertices: int
    """As the stream has them."""
    corners: int
    """Three a triangle, as the stream has them."""
    low: tuple[float, ...]
    """(3,) least position."""
    high: tuple[float, ...]
    """(3,) greatest."""


def draco() -> Any:
    """The library. Raises MissingPart where it is not there."""
    return library("DracoPy", "DracoPy", "Draco geometry")


def draco_parts(document: Mapping[str, Any], views: Sequence[bytes]) -> Iterator[DracoPart]:
    """Every primitive that Draco can pack, encoded, equal ones once.

    Left as they are: those with morph targets or extensions, that are no indexed triangles, are skinned
    (joints must be exact), or have sparse accessors. Positions are rounded to a grid that all meshes share,
    as meshopt's are. Raises MissingPart without DracoPy.
    """
    groups: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for m, mesh in enumerate(document.get("meshes", [])):
        for p, part in enumerate(mesh["primitives"]):
            if _packable(document, part):
                key = (*sorted(part["attributes"].items()), part["indices"])
                groups.setdefault(key, []).append((m, p))
    for places in groups.values():
        m, p = places[0]
        yield _packed(document, views, tuple(places), document["meshes"][m]["primitives"][p])


def pack_into(document: dict[str, Any], blobs: list[bytes], parts: Sequence[DracoPart]) -> None:
    """Let the document's primitives name their streams; what nothing names any more goes."""
    if not parts:
        return
    done = {place for packed in parts for place in packed.places}
    taken = {
        index
        for m, mesh in enumerate(document["meshes"])
        for p, part in enumerate(mesh["primitives"])
        if (m, p) not in done
        for index in _accessors(part)
    }
    for packed in parts:
        own = [document["meshes"][m]["primitives"][p] for m, p in packed.places]
        place = {index: _own(document, index, taken) for index in _accessors(own[0])}
        for accessor in (document["accessors"][index] for index in place.values()):
            accessor["count"] = packed.vertices
        attributes = {name: place[index] for name, index in own[0]["attributes"].items()}
        indices = place[own[0]["indices"]]
        document["accessors"][indices]["count"] = packed.corners
        position = document["accessors"][attributes["POSITION"]]
        position["min"], position["max"] = list(packed.low), list(packed.high)
        view = {"bufferView": len(blobs), "attributes": dict(packed.ids)}
        blobs.append(packed.data)
        document["bufferViews"].append({"buffer": 0})
        for part in own:
            part |= {"attributes": dict(attributes), "indices": indices, "extensions": {DRACO: dict(view)}}
    require(document, DRACO)
    _drop_unnamed(document, blobs)


def _packable(document: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    plain = part.get("mode", TRIANGLES) == TRIANGLES and not {"targets", "extensions"} & set(part)
    if not plain or "indices" not in part or "POSITION" not in part["attributes"]:
        return False
    skinned = any(name.startswith(("JOINTS", "WEIGHTS")) for name in part["attributes"])
    owned = [document["accessors"][index] for index in _accessors(part)]
    full = all("sparse" not in one and "bufferView" in one and one["count"] for one in owned)
    return full and not skinned and document["accessors"][part["indices"]]["count"] % 3 == 0


def _accessors(part: Mapping[str, Any]) -> dict[int, None]:
    """Those that a primitive names, each once."""
    named = [*part["attributes"].values(), *([part["indices"]] if "indices" in part else [])]
    named += [index for target in part.get("targets", ()) for index in target.values()]
    return dict.fromkeys(named)


def _own(document: dict[str, Any], index: int, taken: set[int]) -> int:
    """An accessor without bytes that is one primitive's own: this one, or a copy where it is taken."""
    accessors = document["accessors"]
    if index in taken:
        accessors.append(dict(accessors[index]))
        index = len(accessors) - 1
    else:
        taken.add(index)
        accessors[index] = dict(accessors[index])
    for key in ("bufferView", "byteOffset"):
        accessors[index].pop(key, None)
    return index


def _packed(
    document: Mapping[str, Any],
    views: Sequence[bytes],
    places: tuple[tuple[int, int], ...],
    part: Mapping[str, Any],
) -> DracoPart:
    rows = {name: _values(document, views, index) for name, index in part["attributes"].items()}
    triangles = _values(document, views, part["indices"]).reshape(-1, 3).astype(np.uint32)
    rounded: dict[str, Any] = {}
    if "NORMAL" in rows:
        rounded |= {"normals": rows["NORMAL"].astype(float), "normal_quantization_bits": NORMAL_BITS}
    if "TEXCOORD_0" in rows and rows["TEXCOORD_0"].dtype == np.float32:
        extent = float(np.ptp(rows["TEXCOORD_0"], axis=0).max())
        bits = _bits(extent, GRID["TEXCOORD"])
        rounded |= {"tex_coord": rows["TEXCOORD_0"].astype(float), "tex_coord_quantization_bits": bits}
    others = [n for n in rows if n != "POSITION" and STANDARD.get(n, ("",))[0] not in rounded]
    ids = {name: FIRST + number for number, name in enumerate(others)}
    data = draco().encode(
        rows["POSITION"],
        triangles,
        compression_level=LEVEL,
        generic_attributes={ids[n]: np.ascontiguousarray(rows[n]) for n in others} or None,
        **_grid(rows["POSITION"]),
        **rounded,
    )
    back = draco().decode(data)
    kinds = {one["attribute_type"]: one["unique_id"] for one in back.attributes if one["attribute_type"] != 4}
    ids |= {"POSITION": kinds[0]}
    ids |= {name: kinds[kind] for name, (word, kind) in STANDARD.items() if word in rounded}
    points = np.asarray(back.points, np.float32)
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return DracoPart(places, data, ids, len(points), 3 * len(back.faces), tuple(low), tuple(high))


def _grid(positions: NDArray[np.float32]) -> dict[str, Any]:
    """Words for DracoPy, so that positions are rounded to whole steps from the origin."""
    low, extent = positions.min(axis=0).astype(float), float(np.ptp(positions, axis=0).max())
    step = GRID["POSITION"]
    if 0.0 < extent < FINE * step:
        step = 2.0 ** math.floor(math.log2(extent / FINE))
    origin = np.floor(low / step) * step
    bits = _bits(extent + 2 * step, step)
    return {
        "quantization_bits": bits,
        "quantization_origin": origin.tolist(),
        "quantization_range": (2**bits - 1) * step,
    }


def _bits(extent: float, step: float) -> int:
    return min(MOST_BITS, max(2, math.ceil(math.log2(max(extent, step) / step + 1))))


def _values(document: Mapping[str, Any], views: Sequence[bytes], index: int) -> NDArray[Any]:
    accessor = document["accessors"][index]
    dtype, width = np.dtype(COMPONENTS[accessor["componentType"]]), WIDTHS[accessor["type"]]
    view = document["bufferViews"][accessor["bufferView"]]
    steps = (view.get("byteStride", dtype.itemsize * width), dtype.itemsize)
    start = accessor.get("byteOffset", 0)
    return np.ndarray((accessor["count"], width), dtype, views[accessor["bufferView"]], start, steps)


def _drop_unnamed(document: dict[str, Any], blobs: list[bytes]) -> None:
    """Leave out bufferViews that nothing names, and let all that names one name its new place."""
    naming: list[dict[str, Any]] = []

    def visit(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("bufferView"), int):
                naming.append(value)
            for name, inner in value.items():
                if name != "extras":
                    visit(inner)
        elif isinstance(value, list):
            for inner in value:
                visit(inner)

    visit({name: inner for name, inner in document.items() if name != "bufferViews"})
    left = sorted({one["bufferView"] for one in naming})
    place = {old: new for new, old in enumerate(left)}
    for one in naming:
        one["bufferView"] = place[one["bufferView"]]
    document["bufferViews"] = [document["bufferViews"][index] for index in left]
    blobs[:] = [blobs[index] for index in left]
