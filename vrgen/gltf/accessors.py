"""Accessors: a glTF file's numbers as numpy arrays, checked before they are touched."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.gltf import meshopt
from vrgen.gltf.load import Source
from vrgen.gltf.part import Part

COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
UNSIGNED = {5121: "<u1", 5123: "<u2", 5125: "<u4"}
MOST_IMPLIED = 2**24
"""Elements of an accessor without a bufferView, which costs a hostile file no bytes."""
MOST_BYTES = 2**31
"""Of all arrays that are made while a file is read, beside the file's own bytes and its pictures: 2 GiB."""


class Budget:
    """Bytes that reading one file may still take: accessors may share bytes, arrays made of them do not."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._left = most

    def spend(self, part: Part, count: int) -> None:
        """Take `count` bytes for what `part` says. Raises InputProblem when they are not left."""
        self._left -= count
        if self._left < 0:
            part.fail(f"passes the limit of {self._most} bytes of geometry in one file", do="split the file")


class Accessors:
    """Reads the accessors of one file, each once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.budget = Budget()
        """What arrays may still take."""
        self._buffers = source.root.parts("buffers")
        self._views = source.root.parts("bufferViews")
        self._accessors = source.root.parts("accessors")
        self._loaded: dict[int, memoryview] = {}
        self._unpacked: dict[int, memoryview] = {}
        self._given: dict[int, NDArray[Any]] = {}
        self._floats: dict[int, NDArray[np.float32]] = {}
        self._integers: dict[int, NDArray[np.uint32]] = {}

    def floats(self, owner: Part, key: str, *, widths: tuple[int, ...]) -> NDArray[np.float32]:
        """(count, N) float32 of the accessor under `key`, N one of `widths`; normalised integers are scaled.

        The array is shared and read-only. Raises InputProblem for NaN, infinity and everything out of bounds.
        """
        index = owner.reference(key, len(self._accessors))
        if index not in self._floats:
            part = self._accessors[index]
            raw = self._raw(index)
            if raw.dtype != np.float32:
                self.budget.spend(part, 4 * raw.size)
            values = scaled(raw) if part.truth("normalized") else raw.astype(np.float32, copy=False)
            if not np.isfinite(values).all():
                part.fail("holds NaN or infinity")
            if not (
                values.flags.c_contiguous and values.flags.aligned
            ):  # once here, not again for each mesh that shares it
                self.budget.spend(part, values.nbytes)
                values = np.ascontiguousarray(values)
            values = values.view()
            values.setflags(write=False)
            self._floats[index] = values
        values = self._floats[index]
        if values.shape[1] not in widths:
            owner.fail(f"has {values.shape[1]} components, expected {' or '.join(map(str, widths))}", key)
        return values

    def integers(self, owner: Part, key: str, *, width: int) -> NDArray[np.uint32]:
        """(count, width) uint32 of the accessor of unsigned integers under `key`."""
        index = owner.reference(key, len(self._accessors))
        if index not in self._integers:
            part = self._accessors[index]
            part.choice("componentType", UNSIGNED)
            raw = self._raw(index)
            self.budget.spend(part, 4 * raw.size)
            values = raw.astype(np.uint32)
            values.setflags(write=False)
            self._integers[index] = values
        values = self._integers[index]
        if values.shape[1] != width:
            owner.fail(f"has {values.shape[1]} components, expected {width}", key)
        return values

    def further(self, owner: Part, key: str) -> NDArray[Any]:
        """(count, N) of the accessor under `key`: integers as they are unless normalised, else float32."""
        index = owner.reference(key, len(self._accessors))
        part = self._accessors[index]
        whole = part.choice("componentType", COMPONENTS) != "<f4" and not part.truth("normalized")
        if not whole:
            return self.floats(owner, key, widths=tuple(WIDTHS.values()))
        raw = self._raw(index)
        self.budget.spend(part, raw.nbytes)
        return np.ascontiguousarray(raw)

    def view(self, owner: Part, key: str = "bufferView") -> tuple[Part, memoryview]:
        """The bufferView under `key` and its bytes, inside its buffer, unpacked where meshopt packed them."""
        index = owner.reference(key, len(self._views))
        part = self._views[index]
        packed = meshopt.packed(part)
        if packed is None:
            return part, self._bytes(part)
        if index not in self._unpacked:
            size = meshopt.size(packed)
            if part.integer("byteLength", low=1) > size:
                part.fail(f"is {part.integer('byteLength')}, what is packed has {size}", "byteLength")
            self.budget.spend(packed, size)
            self._unpacked[index] = meshopt.unpacked(packed, self._bytes(packed))
        return part, self._unpacked[index][: part.integer("byteLength")]

    def count(self, owner: Part, key: str) -> int:
        """How many elements the accessor under `key` says that it has."""
        return self._accessors[owner.reference(key, len(self._accessors))].integer("count", low=1)

    def given(self, owner: Part, key: str) -> bool:
        """Whether the accessor under `key` was given its values."""
        return owner.reference(key, len(self._accessors)) in self._given

    def give(self, owner: Part, key: str, values: NDArray[Any]) -> None:
        """Let the accessor under `key` hold (count, N) `values`, which lay packed elsewhere in the file.

        Raises InputProblem for a count, width or type other than it says.
        """
        index = owner.reference(key, len(self._accessors))
        part = self._accessors[index]
        dtype = np.dtype(part.choice("componentType", COMPONENTS))
        shape = (part.integer("count", low=1), part.choice("type", WIDTHS))
        if values.shape != shape or (values.dtype.kind == "f") != (dtype.kind == "f"):
            found = f"{values.dtype} {values.shape}"
            part.fail(f"says {dtype} {shape}, what is packed for it is {found}")
        self._given[index] = values.astype(dtype)

    def _bytes(self, part: Part) -> memoryview:
        """The bytes of a buffer that `buffer`, `byteOffset` and `byteLength` of a part name."""
        buffer = part.reference("buffer", len(self._buffers))
        if buffer not in self._loaded:
            self._loaded[buffer] = self._source.buffer(self._buffers[buffer], first=buffer == 0)
        data = self._loaded[buffer]
        offset, length = part.integer("byteOffset", 0), part.integer("byteLength", low=1)
        if offset + length > len(data):
            part.fail(f"ends at byte {offset + length} of {len(data)} of its buffer")
        return data[offset : offset + length]

    def _raw(self, index: int) -> NDArray[Any]:
        """(count, N) of an accessor in the file's own number type, sparse values put in."""
        if index in self._given:
            return self._given[index]
        part = self._accessors[index]
        dtype = np.dtype(part.choice("componentType", COMPONENTS))
        width = part.choice("type", WIDTHS)
        count = part.integer("count", low=1)
        if part.has("bufferView"):
            values = self._strided(part, dtype, count, width)
        elif count > MOST_IMPLIED:
            part.fail(f"is {count} without a bufferView, at most {MOST_IMPLIED} are read", "count")
        else:
            self.budget.spend(part, count * width * dtype.itemsize)
            values = np.zeros((count, width), dtype)
        return self._with_sparse(part, values) if part.has("sparse") else values

    def _strided(self, part: Part, dtype: np.dtype[Any], count: int, width: int) -> NDArray[Any]:
        view, data = self.view(part)
        element = dtype.itemsize * width
        # A stride below the element's size would let few bytes stand for many numbers.
        stride = view.integer(
            "byteStride", element, low=min(element, 4), high=252 if element < 252 else element
        )
        if stride < element:
            view.fail(f"is {stride}, below the {element} bytes of {part.place}", "byteStride")
        offset = part.integer("byteOffset", 0)
        if offset + stride * (count - 1) + element > len(data):
            part.fail(
                f"reads up to byte {offset + stride * (count - 1) + element} of {len(data)} of {view.place}"
            )
        return np.ndarray((count, width), dtype, data, offset, (stride, dtype.itemsize))

    def _with_sparse(self, part: Part, values: NDArray[Any]) -> NDArray[Any]:
        sparse = part.part("sparse")
        count = sparse.integer("count", low=1, high=len(values))
        where, what = sparse.part("indices"), sparse.part("values")
        kind = np.dtype(where.choice("componentType", UNSIGNED))
        indices = self._strided(where, kind, count, 1)[:, 0]
        if int(indices.max()) >= len(values):
            where.fail(f"reach {int(indices.max())} of {len(values)} elements")
        self.budget.spend(part, values.nbytes)
        changed = np.array(values)
        changed[indices] = self._strided(what, values.dtype, count, values.shape[1])
        return changed


def scaled(raw: NDArray[Any]) -> NDArray[np.float32]:
    """float32 of normalised integers: unsigned to [0, 1], signed to [-1, 1] (glTF 2.0, 3.6.2.2)."""
    if raw.dtype.kind == "f":
        return raw.astype(np.float32)
    values: NDArray[np.float32] = raw.astype(np.float32) / np.float32(np.iinfo(raw.dtype).max)
    return np.maximum(values, np.float32(-1.0), out=values)
