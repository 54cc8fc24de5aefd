"""Builder: a glTF document that grows, every equal part in it once."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pygltflib
from numpy.typing import NDArray

from vrgen.gltf.container import padded, plain

COMPONENTS = {"|i1": 5120, "|u1": 5121, "<i2": 5122, "<u2": 5123, "<u4": 5125, "<f4": 5126}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


class Builder:
    """Collects parts; `document` and `blobs` are the JSON and the pieces of the buffer at the end."""

    def __init__(self) -> None:
        self.blobs: list[bytes | memoryview] = []
        self.extensions: set[str] = set()
        self.required: set[str] = set()
        self.lists: dict[str, list[Any]] = {}
        self._found: dict[tuple[str, str], int] = {}
        self._length = 0

    def add(self, kind: str, part: Any) -> int:
        """Index of `part` in the document's list `kind` (`materials`, ...), shared with equals."""
        value = plain(part)
        key = (kind, json.dumps(value, sort_keys=True, default=repr))
        if key not in self._found:
            self._found[key] = self.append(kind, value)
        return self._found[key]

    def append(self, kind: str, part: Any) -> int:
        """Index of `part` at the end of the list `kind`; equals are not looked for."""
        parts = self.lists.setdefault(kind, [])
        parts.append(plain(part))
        return len(parts) - 1

    def blob(self, data: bytes | memoryview, target: int | None = None, *, stride: int | None = None) -> int:
        """Index of a bufferView over `data`, equal data once; `stride` in bytes where elements have gaps."""
        key = ("blob", f"{hashlib.sha256(data).hexdigest()}{target} {stride}")
        if key not in self._found:
            view = pygltflib.BufferView(
                buffer=0,
                byteOffset=self._length,
                byteLength=len(data),
                target=target,
                byteStride=stride,
            )
            self.blobs.append(data)
            self._length += padded(len(data))
            self._found[key] = self.append("bufferViews", view)
        return self._found[key]

    def attribute(self, array: NDArray[Any], *, bounds: bool = False, normalized: bool = False) -> int:
        """Index of an accessor over vertices (V, N); `bounds` adds min and max, as POSITION needs."""
        accessor = self._accessor(array, ARRAY_BUFFER)
        accessor.normalized = normalized or None
        if bounds:
            accessor.min = array.min(axis=0).tolist()
            accessor.max = array.max(axis=0).tolist()
        return self.add("accessors", accessor)

    def data(self, array: NDArray[Any], *, bounds: bool = False) -> int:
        """Index of an accessor over numbers (K, N) that belong to no vertex: times, values, matrices."""
        accessor = self._accessor(array, None)
        if bounds:
            accessor.min = array.min(axis=0).tolist()
            accessor.max = array.max(axis=0).tolist()
        return self.add("accessors", accessor)

    def indices(self, triangles: NDArray[np.uint32], vertices: int) -> int:
        """Index of an accessor over (T, 3) triangles or (N,) points and lines, 16 bit where they fit (65535
        restarts strips)."""
        narrow = triangles.astype("<u2" if vertices <= 65535 else "<u4")
        return self.add("accessors", self._accessor(narrow.reshape(-1, 1), ELEMENT_ARRAY_BUFFER))

    def document(self, asset: Any, scene: Any) -> dict[str, Any]:
        """The whole JSON document of one scene."""
        model = pygltflib.GLTF2(asset=asset, scene=0, scenes=[scene], extensionsUsed=sorted(self.extensions))
        model.buffers = [pygltflib.Buffer(byteLength=self._length)] if self._length else []
        return {**plain(model), **{name: parts for name, parts in self.lists.items() if parts}}

    def _accessor(self, array: NDArray[Any], target: int | None) -> Any:
        array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        count, width = array.shape
        code, stride = COMPONENTS[array.dtype.str], None
        if target == ARRAY_BUFFER and width * array.itemsize % 4:  # vertices begin at multiples of 4 bytes
            stride = padded(width * array.itemsize)
            wide = np.zeros((count, stride // array.itemsize), array.dtype)
            wide[:, :width] = array
            array = wide
        return pygltflib.Accessor(
            bufferView=self.blob(array.data.cast("B"), target, stride=stride),
            byteOffset=None,
            componentType=code,
            count=count,
            type=TYPES[width],
        )
