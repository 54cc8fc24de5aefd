"""Skies from image files: HDR or not, ours or found. Files are hostile: sizes are checked before pixels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import srgb_to_linear
from vrgen.core.record import Record
from vrgen.core.sky import Sky
from vrgen.core.sun import dome_lux, illuminance, measure_sun, without_sun
from vrgen.errors import InputProblem, VrgenError

MAX_WIDTH = 16384
MAX_BYTES = 1 << 30
RELATIVE_LUX = 300.0
"""A dome that sheds less on the ground than this is taken to be in relative units (most HDRIs are)."""
ABSOLUTE = (b"\n# vrgen: cd/m2\n", b"whiteLuminance\0")
"""What a file in absolute units says in its header: ours, and OpenEXR's own attribute."""
OVERCAST_ELEVATION = 40.0
"""Stands for the sun's height in a sky that shows none."""


def read_sky(path: Path) -> Sky:
    """Read an equirect sky, strictly 2:1, from .hdr, .exr, .png or .jpg, and measure its sun.

    Absolute radiance (our own files say so; and whatever is bright enough) is kept. Relative values are
    scaled until the dome without its sun sheds what a clear sky of that sun's height does (core.sun).
    Raises InputProblem, in one sentence, for whatever is wrong with the file.
    """
    readers: dict[str, Callable[[bytes, Path], NDArray[Any]]] = {
        ".hdr": _read_hdr,
        ".exr": _read_exr,
        ".png": _read_picture,
        ".jpg": _read_picture,
        ".jpeg": _read_picture,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputProblem(f"{path} is no sky, expected a name that ends in {', '.join(readers)}; convert it")
    with _translated(path):
        data = _bytes_of(path)
        radiance = _clean(reader(data, path), path)
    if not any(mark in data[:4096] for mark in ABSOLUTE):
        radiance = _in_candela(radiance)
    sky = Sky(radiance=radiance, record=Record("read_sky", options={"file": path.name}))
    return Sky(radiance=sky.radiance, sun=measure_sun(sky.radiance), record=sky.record)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Decoders raise nearly anything for a damaged file: one sentence for all of it."""
    try:
        yield
    except VrgenError:
        raise
    except MemoryError as problem:
        raise InputProblem(f"{path} does not fit into memory; make it smaller") from problem
    except Exception as problem:
        raise InputProblem(f"{path} is damaged or no such file as its name says; save it again") from problem


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputProblem(f"{path} has {size >> 20} MiB, expected at most 1024; make it smaller")
        return path.read_bytes()
    except FileNotFoundError as problem:
        raise InputProblem(f"there is no file {path}; check the path") from problem
    except OSError as problem:
        raise InputProblem(f"cannot read {path}: {problem.strerror}; check its permissions") from problem


def _check_size(width: int, height: int, path: Path) -> None:
    if width != 2 * height:
        raise InputProblem(
            f"{path} is {width}x{height}, expected an equirect panorama, strictly 2:1; crop or resize it"
        )
    if not 16 <= width <= MAX_WIDTH:
        raise InputProblem(f"{path} is {width} pixels wide, expected 16 to {MAX_WIDTH}; resize it")


def _read_hdr(data: bytes, path: Path) -> NDArray[Any]:
    import cv2

    size = re.search(rb"\n-Y (\d{1,9}) \+X (\d{1,9})\n", data[:65536])
    if not data.startswith((b"#?RADIANCE", b"#?RGBE")) or size is None:
        raise InputProblem(f"{path} is no Radiance picture; save it again as .hdr or .exr")
    _check_size(int(size[2]), int(size[1]), path)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise InputProblem(f"{path} is damaged: its pixels end early; save it again")
    return np.asarray(pixels[..., 2::-1])


def _read_exr(data: bytes, path: Path) -> NDArray[Any]:
    import io

    import OpenEXR

    low, high = OpenEXR.File(io.BytesIO(data), header_only=True).header()["dataWindow"]
    width, height = (int(b) - int(a) + 1 for a, b in zip(low, high, strict=True))
    _check_size(width, height, path)
    channels = OpenEXR.File(io.BytesIO(data)).channels()
    name = next((name for name in ("RGB", "RGBA") if name in channels), None)
    if name is None:
        raise InputProblem(f"{path} has channels {', '.join(channels)}, expected R, G, B; convert it")
    return np.asarray(channels[name].pixels[..., :3], np.float32)


def _read_picture(data: bytes, path: Path) -> NDArray[Any]:
    import io

    from PIL import Image as Pictures

    with Pictures.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        _check_size(picture.width, picture.height, path)
        return srgb_to_linear(np.asarray(picture.convert("RGB"), np.float32) / 255.0)


def _clean(radiance: NDArray[Any], path: Path) -> NDArray[np.float32]:
    """No light is negative, and what is no number is taken to be the brightest that is one."""
    finite = radiance[np.isfinite(radiance)]
    if not finite.size or float(finite.max()) <= 0:
        raise InputProblem(f"{path} is black, expected a sky that sheds light; choose another")
    top = float(finite.max())
    clean: NDArray[np.float32] = np.clip(np.nan_to_num(radiance, nan=0.0, posinf=top), 0.0, top).astype(
        np.float32
    )
    return clean


def _in_candela(radiance: NDArray[np.float32]) -> NDArray[np.float32]:
    sun = measure_sun(radiance)
    dome = radiance if sun is None else without_sun(radiance, sun.direction)
    lux = illuminance(dome)
    if lux >= RELATIVE_LUX:
        return radiance
    elevation = (
        OVERCAST_ELEVATION
        if sun is None
        else float(np.degrees(np.arcsin(np.clip(sun.direction[1], -1.0, 1.0))))
    )
    factor = dome_lux(elevation, cover=0.0 if sun is not None else 0.6) / max(lux, 1e-9)
    scaled: NDArray[np.float32] = radiance * np.float32(factor)
    return scaled
