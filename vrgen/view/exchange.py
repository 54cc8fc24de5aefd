"""Exchange: a surface of a scene that is being seen is replaced by another, a slice of its texture a frame.

Nothing is seen of it until the last slice has arrived; then the batch that wears it reads the new texture. No
frame waits for a whole upload.
"""

from __future__ import annotations

from vrgen.core.surface import Surface
from vrgen.errors import ValueProblem
from vrgen.view.renderer import Renderer, requests_of
from vrgen.view.textures import Filling

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
        textures, asked = renderer.textures, {r.key: r for r in requests_of(new)}
        fresh = [[request] for request in asked.values() if not textures.knows(request)]
        self._waiting = [Filling(textures, members) for members in fresh]

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
