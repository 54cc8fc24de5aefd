"""Pack meshes: vertices rounded to a grid and compressed (KHR_mesh_quantization, EXT_meshopt_compression)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf.accessors import COMPONENTS, WIDTHS
from vrgen.gltf.unpack import library

MESHOPT = "EXT_meshopt_compression"
QUANTIZED = "KHR_mesh_quantization"
TRIANGLES = 4
UNSIGNED_INT, FLOAT = 5125, 5126
GRID = {"POSITION": 2.0**-13, "TEXCOORD": 2.0**-14}
"""Steps that coordinates are rounded to: an eighth of a millimetre, the same for every mesh, so that no
cracks open between neighbours; a quarter of a texel of 4096."""
FINE = 2**13
"""Steps across a mesh, at least: small ones get a finer grid."""
NORMAL_BITS = 12
MOST_BITS = 24


def meshopt() -> Any:
    """The library. Raises MissingPart where it is not there."""
    return library("meshopt", "meshopt", "compressed geometry")


@dataclass(frozen=True, slots=True)
class PackedStream:
    """An accessor of the document on its way."""

    accessor: int
    """Index in the document."""
    view: int
    """Index of its bufferView."""
    count: int
    """Rows."""
    encoded: bytes
    """What meshopt made of it."""
    decoded: bytes
    """The rows as a GPU gets them."""
    stride: int
    """Bytes of a row."""
    mode: str
    """`ATTRIBUTES` or `TRIANGLES`."""
    filter: str
    """`NONE`, `OCTAHEDRAL` or `EXPONENTIAL`."""
    semantic: str
    """`POSITION`, ..., or '' for indices."""


def packed_streams(document: Mapping[str, Any], views: list[bytes]) -> Iterator[PackedStream]:
    """Every primitive's accessors, encoded.

    Where a set of vertices has one set of triangles, both are put in a better order. Left as they are: sparse
    and interleaved accessors, primitives with morph targets or extensions, and what is no triangle. Raises
    MissingPart without meshopt.
    """
    accessors = document.get("accessors", [])
    owners = Counter(a.get("bufferView") for a in accessors)
    uses: Counter[int] = Counter()
    groups: dict[tuple[tuple[tuple[str, int], ...], int], None] = {}
    for mesh in document.get("meshes", []):
        for part in mesh["primitives"]:
            named = tuple(sorted(part["attributes"].items()))
            groups.setdefault((named, part.get("indices", -1)))
            if "targets" in part or "extensions" in part or part.get("mode", TRIANGLES) != TRIANGLES:
                uses.update({index: 1000 for index in (*dict(named).values(), part.get("indices", -1))})
    for named, indices in groups:
        uses.update({*dict(named).values(), indices})
    done: set[int] = set()
    for named, indices in groups:
        parts = {index: name for name, index in named}
        sound = [i for i in parts if i not in done and uses[i] < 1000 and _packable(accessors[i], owners)]
        triangles = indices >= 0 and indices not in done and uses[indices] < 1000
        triangles = (
            triangles and _packable(accessors[indices], owners) and accessors[indices]["count"] % 3 == 0
        )
        whole = triangles and len(sound) == len(parts) and all(uses[i] == 1 for i in (*parts, indices))
        done.update((*sound, indices))
        group = _Group(document, views, {i: parts[i] for i in sorted(sound)}, indices if triangles else -1)
        yield from group.streams(reorder=whole)


def _packable(accessor: Mapping[str, Any], owners: Mapping[Any, int]) -> bool:
    row = np.dtype(COMPONENTS[accessor["componentType"]]).itemsize * WIDTHS[accessor["type"]]
    alone = owners[accessor.get("bufferView")] == 1 and "sparse" not in accessor and "bufferView" in accessor
    return alone and not accessor.get("byteOffset") and (accessor["type"] == "SCALAR" or row % 4 == 0)


class _Group:
    """Accessors that belong together: attributes of the same vertices, and their triangles."""

    def __init__(
        self, document: Mapping[str, Any], views: list[bytes], attributes: Mapping[int, str], indices: int
    ) -> None:
        self._accessors = document["accessors"]
        self._view_parts = document["bufferViews"]
        self._views = views
        self._attributes = attributes
        self._indices = indices

    def streams(self, *, reorder: bool) -> Iterator[PackedStream]:
        """Triangles first, where there are any; vertices in the order of their first use, those that no
        triangle uses left out."""
        taken: NDArray[np.int64] | None = None
        if self._indices >= 0:
            triangles = np.ascontiguousarray(self._values(self._indices)[:, 0], "<u4")
            if reorder and self._attributes:
                triangles, place, count = meshopt().reorder_mesh(triangles, True, True)
                taken = np.argsort(place, kind="stable")[:count]
            yield self._stream_of_triangles(triangles)
        for index, semantic in self._attributes.items():
            rows = self._values(index)
            yield self._stream_of_rows(index, semantic, rows if taken is None else rows[taken])

    def _stream_of_triangles(self, triangles: NDArray[np.uint32]) -> PackedStream:
        size = 2 if self._accessors[self._indices]["componentType"] != UNSIGNED_INT else 4
        data = meshopt().encode_gltf_buffer(triangles, "TRIANGLES")
        # triangles may begin with another corner now, and the plain file must be the packed one
        back = np.asarray(meshopt().decode_gltf_buffer(data, len(triangles), size, "TRIANGLES"))
        rows = back.astype(f"<u{size}").tobytes()
        view = self._accessors[self._indices]["bufferView"]
        return PackedStream(self._indices, view, len(triangles), data, rows, size, "TRIANGLES", "NONE", "")

    def _stream_of_rows(self, index: int, semantic: str, values: NDArray[Any]) -> PackedStream:
        kind = semantic.partition("_")[0]
        floats = self._accessors[index]["componentType"] == FLOAT
        chosen, rows = "NONE", np.ascontiguousarray(values)
        if floats and kind in ("NORMAL", "TANGENT"):
            chosen = "OCTAHEDRAL"
            rows = np.pad(rows, ((0, 0), (0, 4 - rows.shape[1])))
            rows = meshopt().encode_filter_oct(rows, 8, NORMAL_BITS)
        elif floats and kind in GRID and len(rows):
            bits = _bits(float(np.abs(rows).max()), float(np.ptp(rows, axis=0).max()), GRID[kind])
            if bits <= MOST_BITS:
                chosen = "EXPONENTIAL"
                rows = meshopt().encode_filter_exp(rows, bits, "SharedComponent")
        raw = rows.view(np.uint8).reshape(len(rows), -1)
        data = meshopt().encode_gltf_buffer(raw, "ATTRIBUTES")
        stride = raw.shape[1]
        back = meshopt().decode_gltf_buffer(
            data, len(raw), stride, "ATTRIBUTES", None if chosen == "NONE" else chosen
        )
        seen = np.asarray(back).tobytes()
        view = self._accessors[index]["bufferView"]
        return PackedStream(index, view, len(raw), data, seen, stride, "ATTRIBUTES", chosen, semantic)

    def _values(self, index: int) -> NDArray[Any]:
        accessor = self._accessors[index]
        dtype, width = np.dtype(COMPONENTS[accessor["componentType"]]), WIDTHS[accessor["type"]]
        stride = self._view_parts[accessor["bufferView"]].get("byteStride", dtype.itemsize * width)
        data = self._views[accessor["bufferView"]]
        return np.ndarray((accessor["count"], width), dtype, data, 0, (stride, dtype.itemsize))


def _bits(largest: float, extent: float, step: float) -> int:
    """Bits of mantissa with which meshopt's exponential filter rounds to `step`; finer for a small mesh."""
    if largest == 0.0:
        return 2
    if extent > 0.0:
        step = min(step, 2.0 ** math.floor(math.log2(extent / FINE)))
    exponent = math.frexp(largest)[1]
    return max(2, exponent + 1 - round(math.log2(step)))
