"""Exchange: a surface of a scene that is being seen is replaced by another, a slice of its texture a frame.

Nothing is seen of it until the last slice has arrived; then the batch that wears it reads the new texture. No
frame waits for a whole upload.
"""

from __future__ import annotations

from vrgen.core.surface import Surface
from vrgen.errors import ValueProblem
from vrgen.view.gl import GL
from vrgen.view.records import Place
from vrgen.view.renderer import Renderer, requests_of
from vrgen.view.textures import Request, fill_layer

SLICE = 512 * 1024
"""Bytes that one frame uploads at most: 0.1 ms of a bus of today."""


class Exchange:
    """One surface on its way in. Call `advance` once a frame until it says that it is done.

    Raises ValueProblem when one of both is lit and the other not: the light of a scene is settled when it is
    uploaded.
    """

    def __init__(self, renderer: Renderer, old: Surface, new: Surface) -> None:
        if old.unlit != new.unlit:
            raise ValueProblem(
                f"exchange: got {'an unlit' if new.unlit else 'a lit'} surface for "
                f"{'an unlit' if old.unlit else 'a lit'} one, expected two of a kind; set unlit={old.unlit}"
            )
        self._renderer = renderer
        self.old, self.new = old, new
        """What is worn, and what takes its place."""
        fresh = {r.key: r for r in requests_of(new) if not renderer.textures.knows(r)}
        self._waiting = [_Upload(renderer, request) for request in fresh.values()]

    def advance(self, budget: int = SLICE) -> bool:
        """Upload a slice of at most `budget` bytes; True when the new surface is seen."""
        while self._waiting and budget > 0:
            budget -= self._waiting[0].step(budget)
            if self._waiting[0].done:
                self._waiting.pop(0)
        if self._waiting:
            return False
        self._renderer.wear(self.old, self.new)
        return True


class _Upload:
    """One texture, row by row."""

    def __init__(self, renderer: Renderer, request: Request) -> None:
        self._textures, self._request = renderer.textures, request
        self._name, self._pixels, self._kind = self._textures.empty(request)
        self._row = 0

    @property
    def done(self) -> bool:
        return self._row >= len(self._pixels)

    def step(self, budget: int) -> int:
        """Upload some rows and return their bytes."""
        a_row = self._pixels[0].nbytes
        rows = self._pixels[self._row : self._row + max(1, budget // a_row)]
        GL.glActiveTexture(GL.GL_TEXTURE0)
        GL.glBindTexture(GL.GL_TEXTURE_2D_ARRAY, self._name)
        fill_layer(rows, 0, self._kind, top=self._row)
        self._row += len(rows)
        if self.done:
            GL.glGenerateMipmap(GL.GL_TEXTURE_2D_ARRAY)
            self._textures.adopt(self._request, Place(self._name, 0, (1.0, 1.0)))
        return int(rows.nbytes)
