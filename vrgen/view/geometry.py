"""Geometry: meshes as vertex arrays on the graphics card, each uploaded once."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np

from vrgen.core.mesh import Mesh
from vrgen.view.gl import GL

PLACES = {"positions": 0, "normals": 1, "tangents": 2, "uv0": 3, "uv1": 4, "colours": 5}
"""Attribute locations of shaders/mesh.vert."""
ABSENT = {1: (0.0, 1.0, 0.0, 0.0), 2: (1.0, 0.0, 0.0, 1.0), 3: (0.0,) * 4, 4: (0.0,) * 4, 5: (1.0,) * 4}
"""What a vertex has where the mesh has nothing."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a draw call needs."""

    vertex_array: int
    """Name of the vertex array object."""
    count: int
    """Indices."""
    index_type: int
    """GL_UNSIGNED_SHORT or GL_UNSIGNED_INT."""


class Geometry:
    """Vertex arrays by mesh. Owner of them and of their buffers."""

    def __init__(self) -> None:
        self._shapes: dict[int, Shape] = {}
        self._meshes: list[Mesh] = []  # keeps the ids in the keys alive
        self._buffers: list[int] = []
        for place, value in ABSENT.items():
            GL.glVertexAttrib4f(place, *value)

    def get(self, mesh: Mesh) -> Shape:
        """The mesh on the card, uploaded now if need be. Surfaces do not count."""
        key = id(mesh)
        if key not in self._shapes:
            self._meshes.append(mesh)
            self._shapes[key] = self._upload(mesh)
        return self._shapes[key]

    def _upload(self, mesh: Mesh) -> Shape:
        vertex_array = int(GL.glGenVertexArrays(1))
        GL.glBindVertexArray(vertex_array)
        vertices, indices = (int(name) for name in GL.glGenBuffers(2))
        self._buffers += [vertices, indices]
        arrays = {place: getattr(mesh, name) for name, place in PLACES.items()}
        parts = {place: array for place, array in arrays.items() if array is not None}
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, vertices)
        total = sum(array.nbytes for array in parts.values())
        GL.glBufferData(GL.GL_ARRAY_BUFFER, max(total, 4), None, GL.GL_STATIC_DRAW)
        offset = 0
        for place, array in parts.items():
            GL.glBufferSubData(GL.GL_ARRAY_BUFFER, offset, array.nbytes, array)
            start = ctypes.c_void_p(offset)
            GL.glVertexAttribPointer(place, array.shape[1], GL.GL_FLOAT, GL.GL_FALSE, 0, start)
            GL.glEnableVertexAttribArray(place)
            offset += array.nbytes
        small = len(mesh.positions) <= 0xFFFF
        flat = np.ascontiguousarray(mesh.indices, np.uint16 if small else np.uint32)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, indices)
        GL.glBufferData(GL.GL_ELEMENT_ARRAY_BUFFER, max(flat.nbytes, 4), flat, GL.GL_STATIC_DRAW)
        GL.glBindVertexArray(0)
        return Shape(vertex_array, flat.size, GL.GL_UNSIGNED_SHORT if small else GL.GL_UNSIGNED_INT)

    def delete(self) -> None:
        """Release all; twice does no harm."""
        arrays = [shape.vertex_array for shape in self._shapes.values()]
        if arrays:
            GL.glDeleteVertexArrays(len(arrays), arrays)
            GL.glDeleteBuffers(len(self._buffers), self._buffers)
        self._shapes, self._meshes, self._buffers = {}, [], []
