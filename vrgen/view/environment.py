"""Environment: a sky on the graphics card: what stands behind things, and reflections as rougher mips."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.sky import Sky
from vrgen.view.ambient import backdrop, irradiance, shrink, studio, sunless
from vrgen.view.gl import GL
from vrgen.view.program import Programs
from vrgen.view.textures import LARGEST_HALF, upload

SIZE = 256
"""Most rows of the sharpest reflection."""
LEVELS = 5
"""Roughness 0 to 1 in so many mips."""
AROUND = ("repeat", "clamp_to_edge")
"""How an equirect image is wrapped."""


class Environment:
    """The textures of a sky: background and reflections. Owner of both; `delete` releases them."""

    def __init__(self, sky: Sky | None, programs: Programs, *, lit: bool) -> None:
        self._sky = sky
        radiance = studio() if sky is None else sunless(sky)
        self.irradiance = irradiance(radiance)
        self.reflections = self._prefilter(radiance, programs) if lit else 0
        behind = backdrop(self.irradiance) if sky is None else sky.radiance
        behind = np.minimum(behind, LARGEST_HALF)
        self.background = upload(behind, GL.GL_RGB16F, GL.GL_FLOAT, wrap=AROUND, mips=False)

    def serves(self, sky: Sky | None, *, lit: bool) -> bool:
        """Whether it is that sky's, with reflections if they are needed."""
        return sky is self._sky and (bool(self.reflections) or not lit)

    def _prefilter(self, radiance: NDArray[np.float32], programs: Programs) -> int:
        """The texture of reflections, one roughness a mip."""
        program = programs.get("screen.vert", "prefilter.frag")
        small = np.minimum(shrink(radiance, SIZE), LARGEST_HALF)
        height = small.shape[0]
        source = upload(small, GL.GL_RGB16F, GL.GL_FLOAT, wrap=AROUND)
        rows = int(np.clip(height, SIZE // 2, SIZE))
        empty = np.zeros((rows, 2 * rows, 4), np.float32)
        texture = upload(empty, GL.GL_RGBA16F, GL.GL_FLOAT, wrap=AROUND)
        GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MAX_LEVEL, LEVELS - 1)
        framebuffer, triangle = int(GL.glGenFramebuffers(1)), int(GL.glGenVertexArrays(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glBindVertexArray(triangle)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glDisable(GL.GL_BLEND)
        program.use()
        GL.glActiveTexture(GL.GL_TEXTURE7)
        GL.glBindTexture(GL.GL_TEXTURE_2D, source)
        setting = program.location("setting")
        texel = (np.pi / height) ** 2
        for level in range(LEVELS):
            GL.glFramebufferTexture2D(
                GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, texture, level
            )
            GL.glViewport(0, 0, 2 * rows >> level, rows >> level)
            samples = 16 << level  # the wider the lobe the more it needs, and the fewer texels there are
            GL.glUniform4f(setting, level / (LEVELS - 1), texel, np.log2(height) - 1, samples)
            GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glBindVertexArray(0)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)
        GL.glDeleteFramebuffers(1, [framebuffer])
        GL.glDeleteVertexArrays(1, [triangle])
        GL.glDeleteTextures([source])
        return texture

    def delete(self) -> None:
        """Release both; twice does no harm."""
        names = {name for name in (self.reflections, self.background) if name}
        if names:
            GL.glDeleteTextures(list(names))
        self.reflections = self.background = 0
