"""Target: a framebuffer to draw into and to read from."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.errors import ValueProblem
from vrgen.view.antialias import ONE_SAMPLE, Smoothing
from vrgen.view.fxaa import Fxaa
from vrgen.view.gl import GL

LARGEST = 16384
"""Pixels along a side that any driver of today allows."""


class Target:
    """Colour and depth of width x height pixels; a context manager that releases them.

    Colour is 8-bit sRGB, or 32-bit float when `linear`, which fxaa cannot smooth.
    """

    def __init__(
        self, width: int, height: int, *, smoothing: Smoothing = ONE_SAMPLE, linear: bool = False
    ) -> None:
        if not (1 <= width <= LARGEST and 1 <= height <= LARGEST):
            raise ValueProblem(
                f"size: got {width}x{height}, expected 1 to {LARGEST} pixels a side; choose a smaller picture"
            )
        self.width, self.height, self.linear = width, height, linear
        self.samples = min(smoothing.samples, int(GL.glGetIntegerv(GL.GL_MAX_SAMPLES)))
        self._colour_format = GL.GL_RGBA32F if linear else GL.GL_SRGB8_ALPHA8
        self._buffers: list[int] = []
        self._fxaa: Fxaa | None = None
        self._smoothed = smoothing.fxaa
        self._resolved = self._make(0)
        self.framebuffer = self._make(self.samples) if self.samples else self._resolved
        """Bind this one to draw."""

    def _make(self, samples: int) -> int:
        framebuffer = int(GL.glGenFramebuffers(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        attach = (
            (GL.GL_COLOR_ATTACHMENT0, self._colour_format),
            (GL.GL_DEPTH_ATTACHMENT, GL.GL_DEPTH_COMPONENT32F),
        )
        for place, kind in attach:
            if place == GL.GL_DEPTH_ATTACHMENT and self.samples != samples:
                continue  # the resolved side holds colour only
            if place == GL.GL_DEPTH_ATTACHMENT and self._smoothed:
                self._fxaa = Fxaa(self._buffers[0], self.width, self.height)
                GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
                GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, place, GL.GL_TEXTURE_2D, self._fxaa.depth, 0)
                continue
            buffer = int(GL.glGenRenderbuffers(1))
            self._buffers.append(buffer)
            GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
            GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, samples, kind, self.width, self.height)
            GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, place, GL.GL_RENDERBUFFER, buffer)
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise ValueProblem(
                f"size: the graphics driver has no room for {self.width}x{self.height} pixels with "
                f"{samples} samples; choose a smaller picture or fewer samples"
            )
        return framebuffer

    def finish(self) -> None:
        """Smooth edges with fxaa, once, when the scene is drawn and nothing is laid over it yet."""
        if self._fxaa is not None:
            self._fxaa.draw()
            GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)

    def resolve(self) -> None:
        """Average the samples of a pixel; nothing to do without them."""
        if self.framebuffer == self._resolved:
            return
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self.framebuffer)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, self._resolved)
        GL.glEnable(GL.GL_FRAMEBUFFER_SRGB)  # average in linear light
        self._copy((self.width, self.height))

    def _copy(self, size: tuple[int, int]) -> None:
        source = (0, 0, self.width, self.height)
        GL.glBlitFramebuffer(*source, 0, 0, *size, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST)

    def show(self, size: tuple[int, int]) -> None:
        """Put the picture on the window of `size` pixels, byte for byte."""
        self.resolve()
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._resolved)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, 0)
        GL.glDisable(GL.GL_FRAMEBUFFER_SRGB)  # already encoded
        self._copy(size)

    def pixels(self) -> NDArray[Any]:
        """(height, width, 4), top row first: uint8 sRGB, or float32 linear for a linear target."""
        self.resolve()
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._resolved)
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
        dtype, kind = (np.float32, GL.GL_FLOAT) if self.linear else (np.uint8, GL.GL_UNSIGNED_BYTE)
        out = np.zeros((self.height, self.width, 4), dtype)
        GL.glReadPixels(0, 0, self.width, self.height, GL.GL_RGBA, kind, array=out)
        return out[::-1]

    def image(self) -> Image:
        """The picture, RGB."""
        return Image(np.ascontiguousarray(self.pixels()[..., :3]), "linear" if self.linear else "srgb")

    def delete(self) -> None:
        """Release everything; twice does no harm."""
        if self._fxaa is not None:
            self._fxaa.delete()
            self._fxaa = None
        if self._buffers:
            GL.glDeleteFramebuffers(2, [self.framebuffer, self._resolved])
            GL.glDeleteRenderbuffers(len(self._buffers), self._buffers)
            self._buffers = []

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.delete()
