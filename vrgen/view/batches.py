"""Batches: what looks alike lies in one buffer and is drawn by one call, for every eye."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.change import alike
from vrgen.core.surface import Surface
from vrgen.view.blocks import Block
from vrgen.view.gl import GL
from vrgen.view.pieces import INSTANCES, LOCATIONS, Look, Piece, corners_of, vertices_of
from vrgen.view.program import Program
from vrgen.view.records import Place, surface_record

ABSENT = {1: (0.0, 1.0, 0.0, 0.0), 2: (1.0, 0.0, 0.0, 1.0)}
"""What a vertex has where a mesh has no normals or tangents."""
SURFACE_BINDING = 2


class Batch:
    """Pieces of one look on the card; `delete` releases it."""

    def __init__(
        self, program: Program, look: Look, pieces: Sequence[Piece], places: Sequence[Mapping[str, Place]]
    ) -> None:
        self.program, self.look, self.pieces = program, look, tuple(pieces)
        self.textures = look.textures
        self.vertex_array = int(GL.glGenVertexArrays(1))
        self._buffers = [int(name) for name in GL.glGenBuffers(3)]
        self._record: Block | None = None
        if look.recorded:
            record = surface_record(pieces[0].mesh.surface, places[0])
            self._record = Block(record, SURFACE_BINDING)
        self._upload(places)

    def _upload(self, places: Sequence[Mapping[str, Place]]) -> None:
        """Vertices side by side, indices that count through all pieces; instances share one mesh."""
        instanced = bool(self.look.mesh)
        drawn = self.pieces[:1] if instanced else self.pieces
        parts = [vertices_of(piece, self.look, at) for piece, at in zip(drawn, places, strict=False)]
        names = [name for name in LOCATIONS if name in parts[0]]
        rows = np.concatenate([np.concatenate([part[name] for name in names], axis=1) for part in parts])
        starts = [0, *accumulate(len(part["positions"]) for part in parts)]
        corners = [corners_of(piece) for piece in drawn]
        small = len(rows) <= 0xFFFF
        self.index_type = GL.GL_UNSIGNED_SHORT if small else GL.GL_UNSIGNED_INT
        kind = np.uint16 if small else np.uint32
        indices = np.concatenate([c + s for c, s in zip(corners, starts, strict=False)]).astype(kind)
        counts = [len(c) for c in corners]
        width = np.dtype(kind).itemsize
        self.counts = np.array(counts, np.int32)
        self.offsets = np.array([0, *accumulate(counts)][:-1], np.uint64) * np.uint64(width)
        self.worlds = np.array([piece.world.T for piece in self.pieces], np.float32) if instanced else None
        self._fill(rows, indices, {name: parts[0][name].shape[1] for name in names})

    def _fill(self, rows: NDArray[np.float32], indices: NDArray[Any], widths: Mapping[str, int]) -> None:
        vertices, elements, instances = self._buffers
        GL.glBindVertexArray(self.vertex_array)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, vertices)
        GL.glBufferData(GL.GL_ARRAY_BUFFER, max(rows.nbytes, 4), rows, GL.GL_STATIC_DRAW)
        start = 0
        for name, width in widths.items():
            _attribute(LOCATIONS[name], width, stride=rows.shape[1] * 4, start=start)
            start += 4 * width
        if self.worlds is not None:
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, instances)
            GL.glBufferData(GL.GL_ARRAY_BUFFER, self.worlds.nbytes, self.worlds, GL.GL_STREAM_DRAW)
            for column in range(4):
                _attribute(INSTANCES + column, 4, stride=64, start=16 * column)
                GL.glVertexAttribDivisor(INSTANCES + column, 1)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, elements)
        GL.glBufferData(GL.GL_ELEMENT_ARRAY_BUFFER, max(indices.nbytes, 4), indices, GL.GL_STATIC_DRAW)
        GL.glBindVertexArray(0)

    def can_wear(self, old: Surface, look: Look) -> bool:
        """Whether all of it wears `old` or one alike, and another surface needs no other program."""
        return (
            all(alike(piece.mesh.surface, old) for piece in self.pieces)
            and look.defines == self.look.defines
            and look.stage == self.look.stage
        )

    def dress(self, look: Look, pieces: Sequence[Piece], places: Mapping[str, Place]) -> None:
        """The same pieces in another surface; `can_wear` must have allowed it."""
        self.look, self.pieces, self.textures = look, tuple(pieces), look.textures
        if self._record is not None:
            self._record.update(surface_record(pieces[0].mesh.surface, places))

    def bind(self) -> None:
        """What the look asks for, program and culling apart."""
        if self._record is not None:
            self._record.bind()
        GL.glBindVertexArray(self.vertex_array)

    def drawer(self, members: NDArray[np.int64]) -> Callable[[], None]:
        """The call that draws those of its pieces; the batch must be bound when it is called."""
        if self.worlds is not None:
            chosen = np.ascontiguousarray(self.worlds[members])
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffers[2])
            GL.glBufferSubData(GL.GL_ARRAY_BUFFER, 0, chosen.nbytes, chosen)
            count, many = int(self.counts[0]), len(members)
            return lambda: GL.glDrawElementsInstanced(GL.GL_TRIANGLES, count, self.index_type, None, many)
        counts, offsets = self.counts[members], self.offsets[members]
        if len(members) == 1:
            one, start = int(counts[0]), ctypes.c_void_p(int(offsets[0]))
            return lambda: GL.glDrawElements(GL.GL_TRIANGLES, one, self.index_type, start)
        # The pointers keep the arrays alive for as long as they themselves live.
        how_many = counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int))
        where = offsets.ctypes.data_as(ctypes.POINTER(ctypes.c_void_p))
        return lambda: GL.glMultiDrawElements(GL.GL_TRIANGLES, how_many, self.index_type, where, len(counts))

    def delete(self) -> None:
        """Release it; twice does no harm."""
        if self.vertex_array:
            GL.glDeleteVertexArrays(1, [self.vertex_array])
            GL.glDeleteBuffers(3, self._buffers)
            self.vertex_array = 0
        if self._record is not None:
            self._record.delete()


def _attribute(location: int, width: int, *, stride: int, start: int) -> None:
    GL.glVertexAttribPointer(location, width, GL.GL_FLOAT, GL.GL_FALSE, stride, ctypes.c_void_p(start))
    GL.glEnableVertexAttribArray(location)
