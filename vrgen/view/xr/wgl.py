"""wgl: the WGL binding (XR_KHR_opengl_enable on Windows). Written from the specification, untried."""

from __future__ import annotations

from typing import Any

from vrgen.view.desktop import close_window, open_window


class WglBinding:
    """The native context of a glfw window on Windows. Untried: no headset on Windows was at hand."""

    def __init__(self, title: str, *, mirror: bool) -> None:
        from OpenGL import WGL

        self._wgl = WGL
        self.window: Any | None = None
        self._hidden = open_window(title, egl=False, shown=mirror, headset=True)
        self.window = self._hidden if mirror else None
        self._device = WGL.wglGetCurrentDC()
        self._context = WGL.wglGetCurrentContext()

    def structure(self, xr: Any) -> Any:
        """xr.GraphicsBindingOpenGLWin32KHR, filled."""
        return xr.GraphicsBindingOpenGLWin32KHR(h_dc=self._device, h_glrc=self._context)

    def make_current(self) -> None:
        """Take the context for this thread, if it is not taken."""
        if self._wgl.wglGetCurrentContext() != self._context:
            import glfw

            glfw.make_context_current(self._hidden)

    def close(self) -> None:
        """Close the window, shown or hidden."""
        if self._hidden is not None:
            close_window(self._hidden)
            self.window = self._hidden = None
