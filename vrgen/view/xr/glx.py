"""glx: the GLX binding (XR_KHR_opengl_enable on Linux), in a window of X11 that may stay hidden."""

from __future__ import annotations

import ctypes
from typing import Any

from vrgen.view.desktop import close_window, open_window
from vrgen.view.gl import missing

VISUAL_ID, SCREEN, FBCONFIG_ID = 0x800B, 0x800C, 0x8013


class GlxBinding:
    """The native context of a glfw window. Runtimes refuse the binding unless all five fields are filled."""

    def __init__(self, title: str, *, mirror: bool) -> None:
        from OpenGL import GLX

        self._glx = GLX
        self.window: Any | None = None
        self._hidden = open_window(title, egl=False, shown=mirror, headset=True)
        self.window = self._hidden if mirror else None
        self._display = GLX.glXGetCurrentDisplay()
        self._context = GLX.glXGetCurrentContext()
        self._drawable = GLX.glXGetCurrentDrawable()
        self._config = self._find_config()

    def _asked(self, attribute: int) -> int:
        value = ctypes.c_int(0)
        self._glx.glXQueryContext(self._display, self._context, attribute, ctypes.byref(value))
        return value.value

    def _find_config(self) -> Any:
        """The framebuffer config that the context was made with; GLX tells its number alone."""
        count = ctypes.c_int(0)
        number = self._asked(FBCONFIG_ID)
        wanted = (ctypes.c_int * 3)(FBCONFIG_ID, number, 0)
        found = self._glx.glXChooseFBConfig(self._display, self._asked(SCREEN), wanted, ctypes.byref(count))
        if not count.value:
            raise missing(f"GLX does not find its config {number} again")
        return found[0]

    def structure(self, xr: Any) -> Any:
        """xr.GraphicsBindingOpenGLXlibKHR, filled."""
        visual = ctypes.c_int(0)
        self._glx.glXGetFBConfigAttrib(self._display, self._config, VISUAL_ID, ctypes.byref(visual))
        return xr.GraphicsBindingOpenGLXlibKHR(
            x_display=self._display,
            visualid=visual.value,
            glx_fbconfig=self._config,
            glx_drawable=self._drawable,
            glx_context=self._context,
        )

    def make_current(self) -> None:
        """Take the context for this thread, if it is not taken."""
        current = ctypes.cast(self._glx.glXGetCurrentContext(), ctypes.c_void_p).value
        if current != ctypes.cast(self._context, ctypes.c_void_p).value:
            import glfw

            glfw.make_context_current(self._hidden)

    def close(self) -> None:
        """Close the window, shown or hidden."""
        if self._hidden is not None:
            close_window(self._hidden)
            self.window = self._hidden = None
