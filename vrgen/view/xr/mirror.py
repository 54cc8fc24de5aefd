"""Mirror: the window of the desktop shows what the wearer sees."""

from __future__ import annotations

from typing import Any

import numpy as np

from vrgen.core.image import Image
from vrgen.view.environment import AROUND
from vrgen.view.eye import Eye
from vrgen.view.gl import GL
from vrgen.view.program import Programs
from vrgen.view.records import column_major
from vrgen.view.textures import upload


class Mirror:
    """A glfw window that shows the left eye. Nothing leaves the graphics card, and no screen is waited for.

    `sky` is the equirect picture that the headset's compositor draws behind ours, None where it draws none.
    """

    def __init__(self, window: Any, eye_size: tuple[int, int], *, sky: Image | None = None) -> None:
        self._window, self._size = window, eye_size
        self._programs = Programs()
        self._sky = self._copy = self._framebuffer = self._screen = 0
        if sky is not None:
            self.set_sky(sky)

    def set_sky(self, sky: Image) -> None:
        """Show another sky behind the picture."""
        if not self._screen:
            self._prepare()
        if self._sky:
            GL.glDeleteTextures([self._sky])
        pixels = sky.pixels[..., :3]
        self._sky = upload(pixels, GL.GL_SRGB8, GL.GL_UNSIGNED_BYTE, wrap=AROUND, mips=False)

    def _prepare(self) -> None:
        self._program = self._programs.get("screen.vert", "mirror.frag")
        self._rays, self._part = (self._program.location(name) for name in ("ray_from_clip", "part"))
        self._screen = int(GL.glGenVertexArrays(1))
        empty = np.zeros((self._size[1], self._size[0], 4), np.uint8)
        still = ("clamp_to_edge", "clamp_to_edge")
        self._copy = upload(empty, GL.GL_SRGB8_ALPHA8, GL.GL_UNSIGNED_BYTE, wrap=still, mips=False)
        self._framebuffer = int(GL.glGenFramebuffers(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, self._copy, 0)

    def show(self, picture: int, eye: Eye) -> bool:
        """Show the left part of the framebuffer `picture`, which `eye` sees; whether one wants more."""
        import glfw

        glfw.poll_events()
        size = glfw.get_framebuffer_size(self._window)
        if all(size):
            GL.glDisable(GL.GL_SCISSOR_TEST)
            GL.glDisable(GL.GL_FRAMEBUFFER_SRGB)  # bytes are copied as they are
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, picture)
            part = filling(self._size, size)
            if self._sky:
                self._lay_over_sky(eye, part, size)
            else:
                GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, 0)
                GL.glBlitFramebuffer(*part, 0, 0, *size, GL.GL_COLOR_BUFFER_BIT, GL.GL_LINEAR)
            glfw.swap_buffers(self._window)
        return not glfw.window_should_close(self._window)

    def _lay_over_sky(self, eye: Eye, part: tuple[int, int, int, int], size: tuple[int, int]) -> None:
        wide, high = self._size
        whole = (0, 0, wide, high)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, self._framebuffer)
        GL.glBlitFramebuffer(*whole, *whole, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)
        GL.glViewport(0, 0, *size)
        for what in (GL.GL_DEPTH_TEST, GL.GL_BLEND, GL.GL_CULL_FACE):
            GL.glDisable(what)
        for unit, texture in ((7, self._copy), (6, self._sky)):
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
        self._program.use()
        # screen.vert's other users read the sky from the unit of the picture
        GL.glUniform1i(self._program.location("sky_map"), 6)
        GL.glUniformMatrix4fv(self._rays, 1, GL.GL_FALSE, column_major(eye.ray_from_clip))
        left, bottom, right, top = part
        GL.glUniform4f(self._part, left / wide, bottom / high, (right - left) / wide, (top - bottom) / high)
        GL.glBindVertexArray(self._screen)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)

    def delete(self) -> None:
        """Release everything on the graphics card; the window is its owner's. Twice does no harm."""
        if self._screen:
            GL.glDeleteVertexArrays(1, [self._screen])
            GL.glDeleteFramebuffers(1, [self._framebuffer])
            GL.glDeleteTextures([self._copy, self._sky])
            self._screen = self._sky = 0
        self._programs.clear()


def filling(eye: tuple[int, int], window: tuple[int, int]) -> tuple[int, int, int, int]:
    """(left, bottom, right, top): the middle of an eye's picture in the shape of the window, in pixels."""
    width, height = eye
    shape = window[0] / window[1]
    if width / height > shape:
        part = round(height * shape)
        left = (width - part) // 2
        return left, 0, left + part, height
    part = round(width / shape)
    bottom = (height - part) // 2
    return 0, bottom, width, bottom + part
