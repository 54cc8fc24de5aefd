"""binding: the OpenGL context that the headset's runtime shares, and which kind of it.

EGL comes first (XR_MNDX_egl_enable: Monado and others on Linux; needs no display), GLX second
(XR_KHR_opengl_enable on Linux: SteamVR), WGL on Windows. The kind is chosen before PyOpenGL is imported,
which cannot change its mind afterwards.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any, Literal, Protocol

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import MissingPart

OPENGL = "XR_KHR_opengl_enable"
EGL = "XR_MNDX_egl_enable"
Kind = Literal["egl", "glx", "wgl"]


class Binding(Protocol):
    """A context, made and current. `close` gives it back."""

    window: Any | None
    """The glfw window that a mirror can draw into; None without one."""

    def structure(self, xr: Any) -> Any:
        """What `xr.create_session` takes as `next`."""

    def make_current(self) -> None:
        """Take the context for this thread, if it is not taken: some runtimes let go of it."""

    def close(self) -> None:
        """Close the window, if it is ours."""


def extensions(kind: Kind) -> tuple[str, ...]:
    """What the instance must enable."""
    return (EGL, OPENGL) if kind == "egl" else (OPENGL,)


def choose(offered: frozenset[str]) -> Kind:
    """The kind for a runtime that offers these extensions. Fixes PyOpenGL's platform. Raises MissingPart."""
    if sys.platform == "win32" and OPENGL in offered:
        return "wgl"
    if sys.platform.startswith("linux") and OPENGL in offered:
        wished = os.environ.get("PYOPENGL_PLATFORM")
        fixed = wished if "OpenGL" in sys.modules else None
        kinds: tuple[Kind, ...] = ("egl", "glx") if EGL in offered else ("glx",)
        for kind in sorted(kinds, key=lambda kind: kind != wished):
            if _may_be(kind, fixed):
                os.environ["PYOPENGL_PLATFORM"] = kind
                return kind
        wanted = " or ".join(kind.upper() for kind in kinds)
        cause = f"runs as {fixed} in this process already" if fixed else "has no library or no display for it"
        raise _no_opengl(f"the runtime wants {wanted}, and OpenGL {cause}")
    raise MissingPart(
        "the OpenXR runtime takes no OpenGL, expected XR_MNDX_egl_enable or XR_KHR_opengl_enable; "
        "update it, or use another: SteamVR and Monado take it"
    )


def _may_be(kind: Kind, fixed: str | None) -> bool:
    if fixed:
        return fixed == kind
    if kind == "egl":
        return _installed("EGL")
    return bool(os.environ.get("DISPLAY")) and _installed("GL")


def _installed(name: str) -> bool:
    try:
        ctypes.CDLL(f"lib{name}.so.1")
    except OSError:
        return False
    return True


def _no_opengl(what: str) -> MissingPart:
    return MissingPart(
        f"no OpenGL for the headset here ({what}), expected EGL or a desktop with GLX; "
        "apt install libegl1 libgl1 libgl1-mesa-dri, or the driver of the maker of your card"
    )


def open_binding(kind: Kind, *, title: str, mirror: bool, progress: Progress = SILENT) -> Binding:
    """Make the context, current in this thread. Raises MissingPart with what to install."""
    if kind == "egl":
        from vrgen.view.xr.egl import EglBinding

        return EglBinding(title, mirror=mirror, progress=progress)
    if kind == "glx":
        from vrgen.view.xr.glx import GlxBinding

        return GlxBinding(title, mirror=mirror)
    from vrgen.view.xr.wgl import WglBinding

    return WglBinding(title, mirror=mirror)
