"""Desktop: a window with an OpenGL context, to walk in or to mirror what a headset shows."""

from __future__ import annotations

import os
import sys
from typing import Any

from vrgen.errors import MissingPart

SIZE = (1280, 720)
NO_WINDOW = (
    "no window can be opened here ({reason}), expected a desktop with OpenGL 3.3; "
    "on a machine without a display take pictures with: vrgen shot FILE -o picture.png"
)
NO_MIRROR = (
    "no OpenGL for the headset here (no window can be opened: {reason}), "
    "expected a desktop with OpenGL 3.3; log in at the machine that the headset is tethered to"
)
"""What is said where there is none; of a headset's context nobody sees a window."""


def open_window(
    title: str, *, egl: bool, size: tuple[int, int] = SIZE, shown: bool = True, headset: bool = False
) -> Any:
    """A glfw window with its OpenGL 3.3 core context (EGL's or the system's own) current in this thread.

    It waits for the screen when it swaps, unless a `headset` gives the beat. Raises MissingPart.
    """
    if not egl and sys.platform.startswith("linux"):
        os.environ.setdefault("PYGLFW_LIBRARY_VARIANT", "x11")  # GLX is X11's, in a Wayland session too
    try:
        import glfw
    except ImportError as problem:
        raise MissingPart(f"no window library ({problem}), expected glfw; pip install glfw") from problem
    glfw.ERROR_REPORTING = "exception"
    sentence = NO_MIRROR if headset else NO_WINDOW
    try:
        if not glfw.init():
            raise _absent(sentence, "glfw does not start")
        for hint, value in _hints(glfw, egl=egl, shown=shown).items():
            glfw.window_hint(hint, value)
        window = glfw.create_window(*size, title, None, None)
        if not window:
            raise _absent(sentence, "glfw gives none")
        glfw.make_context_current(window)
        glfw.swap_interval(0 if headset else 1)
    except glfw.GLFWError as problem:
        glfw.terminate()
        raise _absent(sentence, str(problem)) from problem
    return window


def _hints(glfw: Any, *, egl: bool, shown: bool) -> dict[int, Any]:
    return {
        glfw.CONTEXT_VERSION_MAJOR: 3,
        glfw.CONTEXT_VERSION_MINOR: 3,
        glfw.OPENGL_PROFILE: glfw.OPENGL_CORE_PROFILE,
        glfw.OPENGL_FORWARD_COMPAT: True,
        glfw.DEPTH_BITS: 0,
        glfw.SCALE_TO_MONITOR: True,
        glfw.VISIBLE: shown,
        glfw.CONTEXT_CREATION_API: glfw.EGL_CONTEXT_API if egl else glfw.NATIVE_CONTEXT_API,
    }


def _absent(sentence: str, what: str) -> MissingPart:
    reason = what.split(") ", 1)[-1].removeprefix("b'").rstrip("'.")
    return MissingPart(sentence.format(reason=reason))


def close_window(window: Any) -> None:
    """Close it, and glfw with it."""
    import glfw

    glfw.destroy_window(window)
    glfw.terminate()
