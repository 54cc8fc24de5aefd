"""Arrival: the textures of a scene that is to take another's place, a slice of them a frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.view.exchange import SLICE
from vrgen.view.renderer import Renderer
from vrgen.view.textures import Filling


class Arrival:
    """A scene on its way in. Call `advance` once a frame until it says that it is there; then the renderer
    can `show` it, and nothing of what is drawn until then has changed.

    Textures that the scene on show has as well (the same image objects) are not uploaded again.
    """

    def __init__(
        self, renderer: Renderer, scene: Scene, *, kept: Callable[[Node, Mesh], bool] | None = None
    ) -> None:
        self._textures = renderer.textures
        self._waiting = deque(self._textures.arrays(renderer.asks(scene, kept)))
        self._filling: Filling | None = None

    def advance(self, budget: int = SLICE) -> bool:
        """Upload a slice of at most `budget` bytes; True when all textures are on the card."""
        while budget > 0 and (self._filling is not None or self._waiting):
            if self._filling is None:
                self._filling = Filling(self._textures, self._waiting.popleft())
            budget -= self._filling.step(budget)
            if self._filling.done:
                self._filling = None
        return self._filling is None and not self._waiting
