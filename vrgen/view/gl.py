"""The one door to OpenGL and pyrender: every other module of this room takes them from here.

PyOpenGL fixes its platform when it is first imported, so that choice is made here: EGL, then OSMesa, on Linux
and other Unixes (unless PYOPENGL_PLATFORM already says otherwise); pyglet's hidden window, pyrender's own
way, on Windows and macOS (untried there). Everything drawn needs OpenGL 3.3 core and nothing newer.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from typing import Any

from vrgen.errors import MissingPart

HINTS = {
    "linux": "install one of them: apt install libegl1 libgl1-mesa-dri (or libosmesa6)",
    "win32": "install the graphics driver of the maker of your card",
    "darwin": "run on a machine with a display and OpenGL 3.3 or later",
}
"""What mends a missing driver, by sys.platform."""
DESKTOP = ("win32", "darwin")
"""Platforms where a hidden window of pyglet gives the context."""


def missing(what: str) -> MissingPart:
    """The error for an absent OpenGL, with the line that mends it."""
    return MissingPart(f"no OpenGL here ({what}), expected EGL, OSMesa or a display; {_hint()}")


def _hint() -> str:
    return HINTS.get(sys.platform, HINTS["linux"])


def _library(name: str) -> ctypes.CDLL | None:
    for candidate in (ctypes.util.find_library(name), f"lib{name}.so.1", f"lib{name}.so.8"):
        try:
            if candidate:
                return ctypes.CDLL(candidate)
        except OSError:
            continue
    return None


def egl_answers() -> bool:
    """Whether libEGL is here and knows a device; asked without PyOpenGL, which cannot change its mind."""
    library = _library("EGL")
    if library is None:
        return False
    library.eglGetProcAddress.restype = ctypes.c_void_p
    address = library.eglGetProcAddress(b"eglQueryDevicesEXT")
    if not address:
        return True  # an old EGL with its default display only
    query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int))(
        address
    )
    count = ctypes.c_int(0)
    return bool(query(0, None, ctypes.byref(count))) and count.value > 0


def choose_platform() -> str:
    """`egl`, `osmesa` or `window`; sets PYOPENGL_PLATFORM when nobody has. Raises MissingPart."""
    chosen = os.environ.get("PYOPENGL_PLATFORM")
    if chosen:
        return chosen if chosen in ("egl", "osmesa") else "window"
    if sys.platform in DESKTOP:
        return "window"
    for name, here in (("egl", egl_answers), ("osmesa", lambda: _library("OSMesa") is not None)):
        if here():
            os.environ["PYOPENGL_PLATFORM"] = name
            return name
    raise missing("neither libEGL nor libOSMesa is installed")


def is_software(renderer: str) -> bool:
    """Whether the processor draws, by the driver's name for itself (Mesa's llvmpipe or softpipe)."""
    return any(name in renderer.lower() for name in ("llvmpipe", "softpipe", "swrast"))


PLATFORM = choose_platform()


def _load() -> tuple[Any, Any]:
    try:
        import pyglet

        # pyrender imports pyglet's windows; headless they need no X libraries.
        pyglet.options["headless"] = PLATFORM != "window"
        import pyrender
        from OpenGL import GL
    except ImportError as problem:
        raise missing(str(problem)) from problem
    except (AttributeError, TypeError, OSError) as problem:  # PyOpenGL without its library underneath
        raise missing(f"PyOpenGL found no library: {problem}") from problem
    return GL, pyrender


GL, pyrender = _load()
