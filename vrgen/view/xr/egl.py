"""egl: the EGL binding (XR_MNDX_egl_enable). With a window where one opens, else without a display."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import MissingPart
from vrgen.view.context import Context, offscreen
from vrgen.view.desktop import close_window, open_window
from vrgen.view.gl import PLATFORM, missing

CONFIG_ID = 0x3028


class EglBinding:
    """A window's context, or the one that pictures without a window use."""

    def __init__(self, title: str, *, mirror: bool, progress: Progress = SILENT) -> None:
        if PLATFORM != "egl":
            raise missing(f"PyOpenGL runs on {PLATFORM}, the headset's runtime wants EGL")
        self.window: Any | None = None
        self._offscreen: Context | None = None
        if mirror and _display_named():
            try:
                self.window = open_window(title, egl=True, shown=True, headset=True)
            except MissingPart as problem:
                progress.note(f"no mirror: {problem}")
        if self.window is None:
            self._offscreen = offscreen()
            self._offscreen.make_current()
        from OpenGL import EGL

        self._egl = EGL
        self._display = EGL.eglGetCurrentDisplay()
        self._context = EGL.eglGetCurrentContext()
        self._config = self._find_config()

    def _find_config(self) -> Any:
        """The config that the context was made with; EGL tells its number alone."""
        egl = self._egl
        number, count = egl.EGLint(), egl.EGLint()
        egl.eglQueryContext(self._display, self._context, CONFIG_ID, ctypes.pointer(number))
        wanted = (egl.EGLint * 3)(CONFIG_ID, number, egl.EGL_NONE)
        found = (egl.EGLConfig * 1)()
        if not egl.eglChooseConfig(self._display, wanted, found, 1, ctypes.pointer(count)) or not count.value:
            raise missing(f"EGL does not find its config {number.value} again")
        return found[0]

    def structure(self, xr: Any) -> Any:
        """xr.GraphicsBindingEGLMNDX, filled."""
        library = ctypes.CDLL("libEGL.so.1")
        ask = ctypes.cast(library.eglGetProcAddress, xr.PFN_xrEglGetProcAddressMNDX)
        return xr.GraphicsBindingEGLMNDX(
            get_proc_address=ask, display=self._display, config=self._config, context=self._context
        )

    def make_current(self) -> None:
        """Take the context for this thread, if it is not taken."""
        if _address(self._egl.eglGetCurrentContext()) == _address(self._context):
            return
        if self._offscreen is not None:
            self._offscreen.make_current()
        elif self.window is not None:
            import glfw

            glfw.make_context_current(self.window)

    def close(self) -> None:
        """Close the window; the context without one lives as long as the process."""
        if self.window is not None:
            close_window(self.window)
            self.window = None


def _address(pointer: Any) -> int | None:
    return ctypes.cast(pointer, ctypes.c_void_p).value


def _display_named() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
