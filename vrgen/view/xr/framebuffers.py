"""framebuffers: what is drawn into: the lent pictures of both eyes, with a depth and more samples."""

from __future__ import annotations

from vrgen.errors import VrgenError
from vrgen.view.gl import GL
from vrgen.view.xr.swapchains import STENCILS, Swapchain


class Framebuffers:
    """One framebuffer for each pair of lent images; above them one of several samples a pixel, if wished."""

    def __init__(self, colour: Swapchain, depth: Swapchain | None, *, samples: int) -> None:
        """`depth` is the lent depth, None for one of our own. `samples` of 1 or less draws without."""
        self._colour, self._depth = colour, depth
        self._depth_format = depth.number if depth is not None else GL.GL_DEPTH_COMPONENT32F
        self._pairs: dict[tuple[int, int], int] = {}
        self._buffers: list[int] = []
        self._sampled = 0
        self._resolved = True
        self.samples = min(samples, int(GL.glGetIntegerv(GL.GL_MAX_SAMPLES))) if samples > 1 else 1
        self._own_depth = 0
        if self.samples > 1:
            self._sampled = self._make_sampled()
        elif depth is None:
            self._own_depth = self._buffer(self._depth_format, 0)

    def begin(self) -> int:
        """The framebuffer to draw into, for the images that are lent now; scissors are off."""
        GL.glDisable(GL.GL_SCISSOR_TEST)  # one left on would blacken an eye
        self._resolved = self._sampled == 0
        return self._sampled or self._pair()

    def finish(self) -> int:
        """The framebuffer that holds the finished picture; samples are averaged at the first call."""
        picture = self._pair()
        if not self._resolved:
            self._resolved = True
            width, height = self._colour.size
            what = GL.GL_COLOR_BUFFER_BIT | (GL.GL_DEPTH_BUFFER_BIT if self._depth is not None else 0)
            GL.glDisable(GL.GL_SCISSOR_TEST)
            GL.glEnable(GL.GL_FRAMEBUFFER_SRGB)  # average in linear light
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._sampled)
            GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, picture)
            GL.glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, what, GL.GL_NEAREST)
        return picture

    def _pair(self) -> int:
        colour = self._colour.held or 0
        depth = (self._depth.held or 0) if self._depth is not None else 0
        if (colour, depth) not in self._pairs:
            self._pairs[colour, depth] = self._make_pair(colour, depth)
        return self._pairs[colour, depth]

    def _make_pair(self, colour: int, depth: int) -> int:
        framebuffer = self._new()
        image = self._colour.images[colour]
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, image, 0)
        if self._depth is not None:
            image = self._depth.images[depth]
            GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, self._depth_place(), GL.GL_TEXTURE_2D, image, 0)
        elif self._own_depth:
            GL.glFramebufferRenderbuffer(
                GL.GL_FRAMEBUFFER, self._depth_place(), GL.GL_RENDERBUFFER, self._own_depth
            )
        return self._checked(framebuffer)

    def _make_sampled(self) -> int:
        framebuffer = self._new()
        for place, number in (
            (GL.GL_COLOR_ATTACHMENT0, self._colour.number),
            (self._depth_place(), self._depth_format),
        ):
            buffer = self._buffer(number, self.samples)
            GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, place, GL.GL_RENDERBUFFER, buffer)
        return self._checked(framebuffer)

    def _depth_place(self) -> int:
        stencilled = self._depth_format in STENCILS
        return int(GL.GL_DEPTH_STENCIL_ATTACHMENT if stencilled else GL.GL_DEPTH_ATTACHMENT)

    def _new(self) -> int:
        framebuffer = int(GL.glGenFramebuffers(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        return framebuffer

    def _buffer(self, number: int, samples: int) -> int:
        buffer = int(GL.glGenRenderbuffers(1))
        self._buffers.append(buffer)
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
        GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, samples, number, *self._colour.size)
        return buffer

    def _checked(self, framebuffer: int) -> int:
        state = GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER)
        if state != GL.GL_FRAMEBUFFER_COMPLETE:
            width, height = self._colour.size
            raise VrgenError(
                f"the graphics driver does not draw into the headset's pictures ({width}x{height}, state "
                f"0x{int(state):04X}), expected it to; choose a smaller --render-scale or --antialias none"
            )
        return framebuffer

    def delete(self) -> None:
        """Release what is ours; the images are the runtime's."""
        names = [*self._pairs.values(), *([self._sampled] if self._sampled else [])]
        if names:
            GL.glDeleteFramebuffers(len(names), names)
        if self._buffers:
            GL.glDeleteRenderbuffers(len(self._buffers), self._buffers)
        self._pairs, self._buffers, self._sampled = {}, [], 0
