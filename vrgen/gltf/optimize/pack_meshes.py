"""Pack meshes: vertices rounded to a grid and compressed (KHR_mesh_quantization, EXT_meshopt_compression)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vrgen.gltf.accessors import COMPONENTS, WIDTHS

MESHOPT = "EXT_meshopt_compression"
QUANTIZED = "KHR_mesh_quantization"
TRIANGLES = 4
GRID = {"POSITION": 2.0**-13, "TEXCOORD": 2.0**-14}
"""Steps that coordinates are rounded to: an eighth of a millimetre, the same for every mesh, so that no
cracks open between neighbours; a quarter of a texel of 4096."""
FINE = 2**13
"""Steps across a mesh, at least: small ones get a finer grid."""
NORMAL_BITS = 12
MOST_BITS = 24


@dataclass(frozen=True, slots=True)
class PackedStream:
    """An accessor of the document on its way."""

    accessor: int
    """Index in the document."""
    view: int
    """Index of its bufferView."""
    names: tuple[str, str]
    """Files of what is encoded and of what a GPU gets of it."""
    stride: int
    """Bytes of a row."""
    mode: str
    """`ATTRIBUTES` or `TRIANGLES`."""
    filter: str
    """`NONE`, `OCTAHEDRAL` or `EXPONENTIAL`."""
    semantic: str
    """`POSITION`, ..., or '' for indices."""

    def encoded(self, folder: Path) -> bytes:
        """What meshopt made of it."""
        return (folder / self.names[0]).read_bytes()

    def decoded(self, folder: Path) -> bytes:
        """The rows as a GPU gets them."""
        return (folder / self.names[1]).read_bytes()


@dataclass(frozen=True, slots=True)
class PackedMesh:
    """Accessors that are encoded together."""

    streams: tuple[PackedStream, ...]
    """Indices first, where there are any."""
    item: Mapping[str, Any]
    """What the encoders are asked."""


def packed_meshes(document: Mapping[str, Any], views: list[bytes], folder: Path) -> Iterator[PackedMesh]:
    """Every primitive's accessors, those that belong together in one, laid into `folder` for the encoders.

    Where a set of vertices has one set of triangles, both are put in a better order. Left as they are: sparse
    and interleaved accessors, primitives with morph targets or extensions, and what is no triangle.
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
    for number, (named, indices) in enumerate(groups):
        parts = {index: name for name, index in named}
        sound = [i for i in parts if i not in done and uses[i] < 1000 and _packable(accessors[i], owners)]
        triangles = indices >= 0 and indices not in done and uses[indices] < 1000
        triangles = (
            triangles and _packable(accessors[indices], owners) and accessors[indices]["count"] % 3 == 0
        )
        whole = triangles and len(sound) == len(parts) and all(uses[i] == 1 for i in (*parts, indices))
        done.update((*sound, indices))
        streams = _Streams(document, views, folder, number)
        if triangles:
            streams.indices(indices)
        for index in sorted(sound):
            streams.attribute(index, parts[index])
        yield from streams.meshes(reorder=whole)


def _packable(accessor: Mapping[str, Any], owners: Mapping[Any, int]) -> bool:
    row = np.dtype(COMPONENTS[accessor["componentType"]]).itemsize * WIDTHS[accessor["type"]]
    alone = owners[accessor.get("bufferView")] == 1 and "sparse" not in accessor and "bufferView" in accessor
    return alone and not accessor.get("byteOffset") and (accessor["type"] == "SCALAR" or row % 4 == 0)


class _Streams:
    """The accessors of one group."""

    def __init__(self, document: Mapping[str, Any], views: list[bytes], folder: Path, number: int) -> None:
        self._accessors = document["accessors"]
        self._view_parts = document["bufferViews"]
        self._views = views
        self._folder = folder
        self._number = number
        self._found: list[PackedStream] = []
        self._indices: dict[str, Any] | None = None
        self._attributes: list[tuple[int, dict[str, Any]]] = []

    def indices(self, index: int) -> None:
        """The triangles."""
        accessor, values = self._values(index)
        values.astype("<u4").tofile(self._folder / self._name("in", index))
        size = 2 if accessor["componentType"] != 5125 else 4
        self._keep(index, size, "TRIANGLES", "NONE", "")
        self._indices = {**self._files(index), "count": accessor["count"], "size": size}

    def attribute(self, index: int, semantic: str) -> None:
        """One attribute of the vertices."""
        accessor, values = self._values(index)
        kind = semantic.partition("_")[0]
        floats = accessor["componentType"] == 5126
        chosen, stride, bits = "NONE", values.dtype.itemsize * values.shape[1], 0
        if floats and kind in ("NORMAL", "TANGENT"):
            chosen, stride, bits = "OCTAHEDRAL", 8, NORMAL_BITS
            values = np.pad(values, ((0, 0), (0, 4 - values.shape[1])))
        elif floats and kind in GRID:
            bits = _bits(float(np.abs(values).max()), float(np.ptp(values, axis=0).max()), GRID[kind])
            chosen = "EXPONENTIAL" if bits <= MOST_BITS else "NONE"
        np.ascontiguousarray(values).tofile(self._folder / self._name("in", index))
        self._keep(index, stride, "ATTRIBUTES", chosen, semantic)
        asked = {**self._files(index), "stride": stride, "filter": chosen, "bits": bits}
        self._attributes.append((accessor["count"], asked))

    def meshes(self, *, reorder: bool) -> Iterator[PackedMesh]:
        """One item for all, or one for each where vertices keep their places."""
        if reorder and self._attributes:
            yield self._mesh(self._found, self._indices, self._attributes, reorder=True)
            return
        first = 0 if self._indices is None else 1
        if self._indices is not None:
            yield self._mesh(self._found[:1], self._indices, [], reorder=False)
        for stream, pair in zip(self._found[first:], self._attributes, strict=True):
            yield self._mesh([stream], None, [pair], reorder=False)

    def _mesh(self, streams: Any, indices: Any, attributes: Any, *, reorder: bool) -> PackedMesh:
        vertices = max((count for count, _ in attributes), default=0)
        asked = [attribute for _, attribute in attributes]
        item = {"kind": "mesh", "cost": vertices, "vertices": vertices, "reorder": reorder}
        return PackedMesh(tuple(streams), {**item, "indices": indices, "attributes": asked})

    def _values(self, index: int) -> tuple[Mapping[str, Any], Any]:
        accessor = self._accessors[index]
        dtype, width = np.dtype(COMPONENTS[accessor["componentType"]]), WIDTHS[accessor["type"]]
        stride = self._view_parts[accessor["bufferView"]].get("byteStride", dtype.itemsize * width)
        data = self._views[accessor["bufferView"]]
        return accessor, np.ndarray((accessor["count"], width), dtype, data, 0, (stride, dtype.itemsize))

    def _keep(self, index: int, stride: int, mode: str, chosen: str, semantic: str) -> None:
        view = self._accessors[index]["bufferView"]
        names = (self._name("out", index), self._name("seen", index))
        self._found.append(PackedStream(index, view, names, stride, mode, chosen, semantic))

    def _files(self, index: int) -> dict[str, str]:
        places = (("source", "in"), ("target", "out"), ("decoded", "seen"))
        return {key: self._name(word, index) for key, word in places}

    def _name(self, word: str, index: int) -> str:
        return f"m{self._number}_{index}.{word}"


def _bits(largest: float, extent: float, step: float) -> int:
    """Bits of mantissa with which meshopt's exponential filter rounds to `step`; finer for a small mesh."""
    if largest == 0.0:
        return 2
    if extent > 0.0:
        step = min(step, 2.0 ** math.floor(math.log2(extent / FINE)))
    exponent = math.frexp(largest)[1]
    return max(2, exponent + 1 - round(math.log2(step)))
