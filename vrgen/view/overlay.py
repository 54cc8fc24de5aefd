"""Overlay: cards with words laid over the picture."""

from __future__ import annotations

from vrgen.core.image import Image
from vrgen.view.gl import GL
from vrgen.view.program import Programs
from vrgen.view.textures import layout_of, upload


class Overlay:
    """Draws cards, each uploaded once. Owner of its textures; `delete` releases them."""

    def __init__(self) -> None:
        self._programs = Programs()
        self._program = self._programs.get("overlay.vert", "overlay.frag")
        self._rectangle = self._program.location("rectangle")
        self._strength = self._program.location("strength")
        self._corners = int(GL.glGenVertexArrays(1))
        self._cards: dict[int, tuple[Image, int]] = {}

    def draw(self, card: Image, size: tuple[int, int], *, left: int, top: int, strength: float = 1.0) -> None:
        """Lay a card over the bound sRGB framebuffer of `size` pixels, its top left corner at (left, top)."""
        if id(card) not in self._cards:
            pixels, internal, kind = layout_of(card, colour=True)
            name = upload(pixels, internal, kind, wrap=("clamp_to_edge", "clamp_to_edge"), mips=False)
            self._cards[id(card)] = (card, name)
        width, height = size
        x, y = 2 * left / width - 1, 1 - 2 * top / height
        self._program.use()
        GL.glUniform4f(self._rectangle, x, y - 2 * card.height / height, x + 2 * card.width / width, y)
        GL.glUniform1f(self._strength, strength)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glEnable(GL.GL_FRAMEBUFFER_SRGB)
        GL.glEnable(GL.GL_BLEND)
        GL.glBlendFunc(GL.GL_SRC_ALPHA, GL.GL_ONE_MINUS_SRC_ALPHA)
        GL.glActiveTexture(GL.GL_TEXTURE7)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._cards[id(card)][1])
        GL.glBindVertexArray(self._corners)
        GL.glDrawArrays(GL.GL_TRIANGLE_STRIP, 0, 4)
        GL.glBindVertexArray(0)
        GL.glDisable(GL.GL_BLEND)

    def delete(self) -> None:
        """Release everything; twice does no harm."""
        if self._cards:
            GL.glDeleteTextures([name for _, name in self._cards.values()])
            self._cards = {}
        if self._corners:
            GL.glDeleteVertexArrays(1, [self._corners])
            self._corners = 0
        self._programs.clear()
