"""Fxaa: edges smoothed in a picture already drawn.

Two passes: shaders/edges.frag marks the pixels on edges of shapes, shaders/fxaa.frag smooths those. The
mark is a depth test, because that alone lets a processor skip a pixel: llvmpipe runs a shader to its end even
where it discarded (60 ms with both in one shader, 20 ms so, at 1280 x 720).
"""

from __future__ import annotations

from vrgen.view.gl import GL
from vrgen.view.program import Programs


class Fxaa:
    """Smooths the colour renderbuffer (8-bit sRGB) of a target in place.

    Owner of the target's depth, which it reads, and of a copy of the picture; `delete` releases both.
    """

    def __init__(self, colour: int, width: int, height: int) -> None:
        self._size = (width, height)
        self._programs = Programs()
        self._edges = self._programs.get("screen.vert", "edges.frag")
        self._smooth = self._programs.get("screen.vert", "fxaa.frag")
        self._corners = int(GL.glGenVertexArrays(1))
        self._picture = _texture(GL.GL_RGBA8, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, self._size)
        self.depth = _texture(GL.GL_DEPTH_COMPONENT32F, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT, self._size)
        """Texture to attach as the target's depth."""
        self._copy, self._drawn = (int(name) for name in GL.glGenFramebuffers(2))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._copy)
        GL.glFramebufferTexture2D(
            GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, self._picture, 0
        )
        # Not the target's own framebuffer: its depth is read, so it must not be attached.
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._drawn)
        GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_RENDERBUFFER, colour)
        self._marks = int(GL.glGenRenderbuffers(1))
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, self._marks)
        GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, GL.GL_DEPTH_COMPONENT16, width, height)
        GL.glFramebufferRenderbuffer(
            GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_RENDERBUFFER, self._marks
        )

    def draw(self) -> None:
        """Smooth the picture: copied as it is, then drawn over where an edge runs."""
        whole = (0, 0, *self._size)
        GL.glDisable(GL.GL_FRAMEBUFFER_SRGB)  # bytes are copied, read and written as they are
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glDisable(GL.GL_BLEND)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._drawn)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, self._copy)
        GL.glBlitFramebuffer(*whole, *whole, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._drawn)
        GL.glViewport(*whole)
        for unit, name in ((6, self.depth), (7, self._picture)):
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, name)
        GL.glBindVertexArray(self._corners)
        self._mark()
        self._smooth.use()
        GL.glDepthFunc(GL.GL_EQUAL)
        GL.glDepthMask(GL.GL_FALSE)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glBindVertexArray(0)
        for unit in (6, 7):  # nothing that is drawn to later stays bound to be read
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
        GL.glUseProgram(0)

    def _mark(self) -> None:
        """Depth 1, where the triangle of both passes lies, on edges; 0 elsewhere."""
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDepthFunc(GL.GL_ALWAYS)
        GL.glColorMask(False, False, False, False)
        GL.glClearDepth(0.0)
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
        GL.glClearDepth(1.0)
        self._edges.use()
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glColorMask(True, True, True, True)

    def delete(self) -> None:
        """Release everything; twice does no harm."""
        if self._corners:
            GL.glDeleteVertexArrays(1, [self._corners])
            GL.glDeleteFramebuffers(2, [self._copy, self._drawn])
            GL.glDeleteRenderbuffers(1, [self._marks])
            GL.glDeleteTextures([self._picture, self.depth])
            self._corners = 0
        self._programs.clear()


def _texture(internal: int, layout: int, kind: int, size: tuple[int, int]) -> int:
    """An empty texture that is read texel by texel."""
    name = int(GL.glGenTextures(1))
    GL.glActiveTexture(GL.GL_TEXTURE7)
    GL.glBindTexture(GL.GL_TEXTURE_2D, name)
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, internal, *size, 0, layout, kind, None)
    for side in (GL.GL_TEXTURE_MIN_FILTER, GL.GL_TEXTURE_MAG_FILTER):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, side, GL.GL_NEAREST)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MAX_LEVEL, 0)
    GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
    return name
