"""loader: what the active OpenXR runtime offers, asked before anything of PyOpenGL is imported.

`import xr` imports PyOpenGL, which fixes its platform at that moment; but which platform is right (EGL, GLX)
depends on the runtime. So the loader that comes with pyopenxr is asked here by itself, without its package.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from vrgen.errors import MissingPart

EXTENSION_PROPERTIES = 2  # XR_TYPE_EXTENSION_PROPERTIES
FOLDERS = {"win32": "windows_x86_64/openxr_loader.dll"}


class _Extension(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int32),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char * 128),
        ("version", ctypes.c_uint32),
    ]


def no_runtime(reason: str) -> MissingPart:
    """The error where no OpenXR runtime answers, with what to do."""
    named = os.environ.get("XR_RUNTIME_JSON")
    where = f"XR_RUNTIME_JSON names {named}" if named else reason
    return MissingPart(
        f"no OpenXR runtime answers ({where}), expected one that is installed and active; start SteamVR, "
        "Monado or the program of your headset and make it the active OpenXR runtime; "
        "in the headset's own browser it works without: vrgen view FILE --web"
    )


def _library() -> ctypes.CDLL:
    """The loader inside pyopenxr: the very file that its package will load, so there is one loader."""
    found = find_spec("xr")
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise MissingPart("no OpenXR library here, expected pyopenxr; pip install pyopenxr")
    folder = f"linux_{platform.machine()}/libopenxr_loader.so"
    path = Path(places[0]) / "library" / FOLDERS.get(sys.platform, folder)
    try:
        return ctypes.CDLL(str(path))
    except OSError as problem:
        raise MissingPart(
            f"pyopenxr has no OpenXR loader for {sys.platform} on {platform.machine()}, "
            "expected Linux or Windows; look at the scene with: vrgen view FILE"
        ) from problem


def offered() -> frozenset[str]:
    """Names of the extensions that the active runtime offers. Raises MissingPart where none answers."""
    os.environ.setdefault("XR_LOADER_DEBUG", "none")  # what the loader would print is said in a sentence
    ask = _library().xrEnumerateInstanceExtensionProperties
    ask.restype = ctypes.c_int32
    count = ctypes.c_uint32(0)
    result = ask(None, 0, ctypes.byref(count), None)
    if result < 0:
        raise no_runtime(_reason(result))
    # Each needs its type set: a runtime may refuse the whole array otherwise.
    found = (_Extension * count.value)(*[_Extension(type=EXTENSION_PROPERTIES) for _ in range(count.value)])
    result = ask(None, count.value, ctypes.byref(count), found)
    if result < 0:
        raise no_runtime(_reason(result))
    return frozenset(extension.name.decode() for extension in found[: count.value])


def _reason(result: int) -> str:
    return "none is registered on this machine" if result == -51 else f"the loader says {result}"
