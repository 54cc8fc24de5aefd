"""Blocks: uniform buffers on the graphics card."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.view.gl import GL


class Block:
    """A uniform buffer of records, each at the driver's alignment; `delete` releases it."""

    def __init__(self, records: NDArray[Any], binding: int) -> None:
        alignment = int(GL.glGetIntegerv(GL.GL_UNIFORM_BUFFER_OFFSET_ALIGNMENT))
        self.size = records.dtype.itemsize
        self.stride = -(-self.size // alignment) * alignment
        self.binding = binding
        self.id = int(GL.glGenBuffers(1))
        self._write(np.atleast_1d(records), GL.GL_STATIC_DRAW)

    def _write(self, records: NDArray[Any], usage: int) -> None:
        data = np.zeros((max(len(records), 1), self.stride), np.uint8)
        flat = np.ascontiguousarray(records).view(np.uint8).reshape(len(records), self.size)
        data[: len(records), : self.size] = flat
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, self.id)
        GL.glBufferData(GL.GL_UNIFORM_BUFFER, data.nbytes, data, usage)

    def update(self, records: NDArray[Any]) -> None:
        """Replace the content by one record or several."""
        self._write(np.atleast_1d(records), GL.GL_STREAM_DRAW)

    def bind(self, index: int = 0) -> None:
        """Let the shaders see record `index`."""
        GL.glBindBufferRange(GL.GL_UNIFORM_BUFFER, self.binding, self.id, index * self.stride, self.size)

    def delete(self) -> None:
        """Release it; twice does no harm."""
        if self.id:
            GL.glDeleteBuffers(1, [self.id])
            self.id = 0
