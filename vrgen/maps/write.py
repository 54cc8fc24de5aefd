"""Materials and skies as image files, under the names that Poly Haven made customary."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vrgen.core.files import writing
from vrgen.core.frames import LUMINANCE, linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.material import Material
from vrgen.core.sky import Sky
from vrgen.core.surface import pack_orm
from vrgen.errors import OutputProblem, ValueProblem

SUFFIXES = {
    "base_colour": "diff",
    "normal": "nor_gl",
    "roughness": "rough",
    "metallic": "metal",
    "height": "disp",
    "occlusion": "ao",
}
"""Poly Haven's word for each map of a Material; `arm` is occlusion, roughness, metallic in R, G, B."""
Convention = Literal["gl", "dx", "both"]
"""Which way green points in a normal map: up (OpenGL), down (DirectX)."""
SKY_FORMATS = (".hdr", ".exr", ".png")
MIDDLE_GREY = 0.18
WHITE = 8.0
"""Exposed luminance that becomes white in a tone-mapped picture of a sky."""


def write_material(material: Material, folder: Path, *, convention: Convention = "gl") -> list[Path]:
    """Write NAME_diff.png, _nor_gl, _rough, _metal, _disp, _ao and _arm into `folder`; their paths.

    `convention` dx writes _nor_dx (green down, DirectX) instead of _nor_gl, both writes the two. Height is
    written in 16 bits, all else in 8 (integers as they are). Maps that the material does not have are left
    out, the packed one is always there when one of its three is. Raises OutputProblem.
    """
    images = {SUFFIXES[name]: image for name, image in material.maps().items()}
    if material.normal is not None and convention != "gl":
        images["nor_dx"] = green_down(material.normal)
        if convention == "dx":
            del images["nor_gl"]
    packed = pack_orm(material)
    if packed is not None:
        images["arm"] = packed
    paths = []
    for suffix, image in images.items():
        path = folder / f"{material.name}_{suffix}.png"
        write_png(image, path, deep=suffix == "disp")
        paths.append(path)
    return paths


def green_down(normal: Image) -> Image:
    """A normal map (3 channels) in the other convention: OpenGL's to DirectX's, or back."""
    pixels = normal.pixels.copy()
    top = 1.0 if pixels.dtype == np.float32 else np.iinfo(pixels.dtype).max
    pixels[..., 1] = top - pixels[..., 1]
    return Image(pixels, normal.colour_space)


def write_png(image: Image, path: Path, *, deep: bool = False) -> None:
    """Write an image of 1, 3 or 4 channels as PNG; floats in [0, 1] become 8 bits, 16 when `deep`."""
    pixels = image.pixels
    if pixels.dtype == np.float32:
        pixels = (np.clip(pixels, 0, 1) * 65535 + 0.5).astype(np.uint16) if deep else to_bytes(pixels)
    _write_encoded(path, ".png", pixels)


def write_sky(sky: Sky, path: Path) -> None:
    """Write a sky in the format that the name asks for.

    .hdr (Radiance RGBE) and .exr (float, ZIP) keep the radiance in cd/m2; .png is a tone-mapped picture,
    no light source. Raises ValueProblem for another suffix and OutputProblem.
    """
    suffix = path.suffix.lower()
    if suffix == ".hdr":
        _write_encoded(path, ".hdr", np.clip(sky.radiance, 0, 1e30), comment=b"# vrgen: cd/m2\n")
    elif suffix == ".exr":
        _write_exr(sky, path)
    elif suffix == ".png":
        write_png(Image(tone_mapped(sky)), path)
    else:
        known = ", ".join(SKY_FORMATS)
        raise ValueProblem(f"sky: got {path.name!r}, expected a name that ends in one of {known}; rename it")


def tone_mapped(sky: Sky) -> NDArray[np.uint8]:
    """(H, 2H, 3) uint8 sRGB: exposed for the median, hue kept; what is too bright goes on to white.

    Extended Reinhard on luminance (Reinhard et al. 2002, eq. 4).
    """
    luminance = np.maximum(sky.radiance @ LUMINANCE.astype(np.float32), 1e-6)
    exposed = luminance * (MIDDLE_GREY / np.median(luminance))
    mapped = exposed * (1 + exposed / WHITE**2) / (1 + exposed)
    colour = sky.radiance * (mapped / luminance)[..., None]
    over = np.maximum(colour.max(axis=-1, keepdims=True), 1.0)
    return to_bytes(linear_to_srgb(1 - (1 - colour / over) / over))


def _write_exr(sky: Sky, path: Path) -> None:
    import OpenEXR

    # White is 1 cd/m2: pixel values are absolute.
    write_exr(sky.radiance, path, envmap=OpenEXR.ENVMAP_LATLONG, whiteLuminance=1.0)


def write_exr(pixels: NDArray[np.float32], path: Path, **header: Any) -> None:
    """Write linear RGB (height, width, 3) as a float .exr (ZIP), whole or not at all; `header` adds to it."""
    import OpenEXR

    how = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}
    with writing(path) as temporary:
        OpenEXR.File(how, {"RGB": np.ascontiguousarray(pixels, np.float32)}).write(str(temporary))


def _write_encoded(path: Path, suffix: str, pixels: NDArray[Any], *, comment: bytes = b"") -> None:
    import cv2

    swapped = {1: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    channels = pixels.shape[2]
    if channels not in swapped:
        raise ValueProblem(f"image: got {channels} channels, expected 1, 3 or 4; add or drop one")
    code = swapped[channels]
    ordered = pixels if code is None else cv2.cvtColor(np.ascontiguousarray(pixels), code)
    well, data = cv2.imencode(suffix, ordered)
    if not well:
        raise OutputProblem(f"cannot encode {path.name}; choose another format")
    with writing(path) as temporary:
        temporary.write_bytes(
            data.tobytes().replace(b"\nFORMAT", b"\n" + comment + b"FORMAT", 1 if comment else 0)
        )
