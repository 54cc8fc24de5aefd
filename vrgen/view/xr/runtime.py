"""runtime: the OpenXR runtime and its headset, and what their failures are called here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from vrgen.errors import HeadsetLost, MissingPart, VrgenError
from vrgen.view.gl import GL, missing
from vrgen.view.xr.binding import Binding
from vrgen.view.xr.loader import no_runtime
from vrgen.view.xr.patience import Patience

WANTED = (
    "XR_KHR_composition_layer_depth",
    "XR_KHR_composition_layer_equirect2",
    "XR_EXT_local_floor",
    "XR_EXT_hand_interaction",
    "XR_EXT_hand_tracking",
)
"""Extensions that are enabled wherever they are offered."""
CLOSE_SECONDS = 5.0
"""How long the runtime may take to give its instance back."""
LOST = (
    "SessionLostError",
    "SessionLossPending",
    "InstanceLostError",
    "RuntimeUnavailableError",
    "RuntimeFailureError",
)
"""Exceptions of pyopenxr after which nothing of the runtime is called again."""


@cache
def library() -> Any:
    """pyopenxr, imported now. PyOpenGL keeps the platform it had. Raises MissingPart."""
    import OpenGL.platform

    before = OpenGL.platform.PLATFORM
    try:
        import xr
    except ImportError as problem:
        raise MissingPart(
            f"no OpenXR library ({problem}), expected pyopenxr; pip install pyopenxr"
        ) from problem
    except (AttributeError, TypeError, OSError, NotImplementedError) as problem:  # PyOpenGL without libGL
        raise missing(f"pyopenxr found no libGL: {problem}") from problem
    finally:
        OpenGL.platform.PLATFORM = before  # on Linux the import puts GLX there, whatever is current
    return xr


def lost(who: str, what: str) -> HeadsetLost:
    """The error of a headset that went away."""
    return HeadsetLost(
        f"the headset is gone ({who}: {what}), expected it to stay connected and {who} to keep running; "
        "connect it, start both again, and repeat the command"
    )


@contextmanager
def asking(who: str) -> Iterator[None]:
    """Whatever pyopenxr raises inside becomes HeadsetLost or VrgenError; `who` is the runtime's name."""
    xr = library()
    try:
        yield
    except tuple(getattr(xr.exception, name) for name in LOST) as problem:
        raise lost(who, _name(problem)) from problem
    except xr.exception.XrException as problem:
        raise VrgenError(
            f"{who} refused a call ({_name(problem)}: {str(problem).rstrip('. ')}), expected one that keeps "
            "to OpenXR 1.0; update it, or try another runtime by XR_RUNTIME_JSON"
        ) from problem


def _name(problem: Exception) -> str:
    """XR_ERROR_SESSION_LOST for SessionLostError."""
    result = getattr(problem, "get_result_enum", lambda: None)()
    return f"XR_{result.name}" if result is not None else type(problem).__name__


class Runtime:
    """An instance of the active runtime and the headset on it. `close` gives the instance back."""

    def __init__(self, offered: frozenset[str], needed: tuple[str, ...]) -> None:
        """Open with the extensions `needed` and those WANTED that are among `offered`. Raises MissingPart."""
        self.xr = xr = library()
        self.binding: Binding
        self.enabled = frozenset((*needed, *(name for name in WANTED if name in offered)))
        try:
            self.instance = self._create(local_floor="XR_EXT_local_floor" in offered)
        except xr.exception.XrException as problem:
            raise no_runtime(_name(problem)) from problem
        self.name = "the OpenXR runtime"
        with asking(self.name):
            properties = xr.get_instance_properties(self.instance)
        self.name = properties.runtime_name.decode(errors="replace") or self.name
        try:
            self.system_id = self._find_headset()
            with asking(self.name):
                self.properties = xr.get_system_properties(self.instance, self.system_id)
        except VrgenError as problem:
            if not isinstance(problem, HeadsetLost):
                self.close()
            raise
        self.system = self.properties.system_name.decode(errors="replace") or "a headset"

    def _create(self, *, local_floor: bool) -> Any:
        """An instance of API 1.0, which every runtime takes; of 1.1 first where only that has LOCAL_FLOOR."""
        xr = self.xr
        if not local_floor:
            try:
                return xr.create_instance(self._request(xr.Version(1, 1, 0)))
            except xr.exception.XrException:
                pass  # a runtime of 1.0: asked again below
        return xr.create_instance(self._request(xr.Version(1, 0, 0)))

    def _request(self, version: Any) -> Any:
        xr = self.xr
        return xr.InstanceCreateInfo(
            application_info=xr.ApplicationInfo(
                application_name="vrgen",
                engine_name="vrgen",
                engine_version=0,
                api_version=version,
            ),
            enabled_extension_names=sorted(self.enabled),
        )

    def _find_headset(self) -> Any:
        xr = self.xr
        wanted = xr.SystemGetInfo(form_factor=xr.FormFactor.HEAD_MOUNTED_DISPLAY)
        absent = (xr.exception.FormFactorUnavailableError, xr.exception.FormFactorUnsupportedError)
        with asking(self.name):
            try:
                return xr.get_system(self.instance, wanted)
            except absent as problem:
                raise MissingPart(
                    f"{self.name} runs but has no headset ({_name(problem)}), expected one that is connected "
                    "and awake; connect it, switch it on, and repeat the command"
                ) from problem

    def share(self, binding: Binding) -> None:
        """Draw in this context from now on. Raises MissingPart where the runtime wants a newer OpenGL.

        Runtimes insist on being asked before a session is made.
        """
        xr = self.xr
        self.binding = binding
        with asking(self.name):
            wanted = xr.get_opengl_graphics_requirements_khr(self.instance, self.system_id)
        self.make_current()
        least = wanted.min_api_version_supported
        got = int(GL.glGetIntegerv(GL.GL_MAJOR_VERSION)), int(GL.glGetIntegerv(GL.GL_MINOR_VERSION))
        if got < (least.major, least.minor):
            raise MissingPart(
                f"OpenGL is too old for the headset (got {got[0]}.{got[1]}), expected {least.major}."
                f"{least.minor} or later for {self.name}; update the driver of the graphics card"
            )

    def make_current(self) -> None:
        """Take the context again after a call that draws: some runtimes leave none current."""
        self.binding.make_current()

    def close(self) -> None:
        """Give the instance back. SteamVR on Linux is left alone: it never returns from that call."""
        if not (sys.platform.startswith("linux") and self.name.startswith("SteamVR")):
            patience = Patience(CLOSE_SECONDS)
            with asking(self.name), suppress(TimeoutError):  # another one that never returns
                patience.call(lambda: self.xr.destroy_instance(self.instance))
            patience.end()
