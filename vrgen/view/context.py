"""Context: an OpenGL context without a window, one for the whole process."""

from __future__ import annotations

import atexit
from contextlib import suppress
from functools import cache
from typing import Any

from vrgen.errors import MissingPart
from vrgen.view.gl import GL, PLATFORM, is_software, missing


def _platform() -> Any:
    """pyrender's platform for this machine, not yet started."""
    if PLATFORM == "egl":
        from pyrender.platforms import egl

        return egl.EGLPlatform(1, 1)
    if PLATFORM == "osmesa":
        from pyrender.platforms.osmesa import OSMesaPlatform

        return OSMesaPlatform(1, 1)
    from pyrender.platforms.pyglet_platform import PygletPlatform

    return PygletPlatform(1, 1)


class Context:
    """An offscreen context; `make_current` before drawing. It lives until the process ends."""

    def __init__(self) -> None:
        try:
            self._platform = _platform()
            self._platform.init_context()
            self._platform.make_current()
            self.version = GL.glGetString(GL.GL_VERSION).decode()
            self.renderer = GL.glGetString(GL.GL_RENDERER).decode()
        except MissingPart:
            raise
        except (
            Exception
        ) as problem:  # each platform has its own way to fail: AssertionError, GLError, EGLError
            raise missing(
                f"{PLATFORM} gives no context: {type(problem).__name__} {problem}".strip()
            ) from problem
        atexit.register(self._close)

    @property
    def software(self) -> bool:
        """Whether the processor draws."""
        return is_software(self.renderer)

    def _close(self) -> None:
        # Whoever shares the display (pyrender's own OffscreenRenderer does) may have closed it already.
        with suppress(Exception):
            self._platform.delete_context()

    def make_current(self) -> None:
        """Take the context for this thread."""
        self._platform.make_current()


@cache
def offscreen() -> Context:
    """The process's context, made at the first call. Raises MissingPart with what to install."""
    return Context()
