"""PBR: base colours, metals and roughnesses that exist."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE
from vrgen.core.image import Image
from vrgen.core.surface import Surface, Texture
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import Subject

DARKEST, BRIGHTEST = 0.013, 0.9
"""Linear base colour of soot and of fresh snow: sRGB 30 and 243."""
BETWEEN = (0.2, 0.8)
"""Metallic that no material has."""
SMOOTHEST = 0.04
"""Roughness whose highlight is about a pixel of a headset."""
SIDE = 256
"""Texels of a side that are looked at, at most."""


def pbr(subject: Subject) -> Iterator[Finding]:
    """Lit, opaque surfaces only: unlit ones show pictures, glass and lamps have their own rules."""
    for surface in subject.surfaces:
        glows = any(surface.emissive_factor)
        if surface.unlit or glows or surface.alpha_mode == "blend":
            continue
        metallic = _channel(surface.metallic_roughness, 2) * surface.metallic_factor
        roughness = _channel(surface.metallic_roughness, 1) * surface.roughness_factor
        place = f"material {surface.name or '(without a name)'}"
        if not _left_on(surface):
            if np.median(metallic) < 0.5:
                yield from _albedo(surface, place)
            between = float(((metallic > BETWEEN[0]) & (metallic < BETWEEN[1])).mean())
            if between > 0.5:
                yield finding(
                    "METALLIC_BETWEEN", place, f"{np.median(metallic):.2f} on {between:.0%} of its area"
                )
        else:
            yield finding("METALLIC_LEFT_ON", place, "metallic 1 and roughness 1 without a texture of them")
        if np.median(roughness) < SMOOTHEST:
            told = f"roughness {np.median(roughness):.3f}, expected {SMOOTHEST} or more"
            yield finding("ROUGHNESS_OF_A_MIRROR", place, told)


def _left_on(surface: Surface) -> bool:
    full = surface.metallic_factor == 1.0 and surface.roughness_factor == 1.0
    return full and surface.metallic_roughness is None


def _albedo(surface: Surface, place: str) -> Iterator[Finding]:
    colour = np.ones((1, 1, 3), np.float64)
    if surface.base_colour is not None and surface.base_colour.image.channels >= 3:
        colour = _thinned(surface.base_colour.image).to_linear()[..., :3].astype(np.float64)
    light = (colour * surface.base_colour_factor[:3]) @ LUMINANCE
    dark, bright = float((light < DARKEST).mean()), float((light > BRIGHTEST).mean())
    said = f"base colour of {np.median(light):.3f}, linear,"
    if dark > 0.5:
        yield finding("ALBEDO_TOO_DARK", place, f"{said} is below {DARKEST} on {dark:.0%} of it")
    if bright > 0.5:
        yield finding("ALBEDO_TOO_BRIGHT", place, f"{said} is above {BRIGHTEST} on {bright:.0%} of it")


def _channel(texture: Texture | None, channel: int) -> NDArray[np.float64]:
    """(h, w) of a texture's channel in [0, 1]; one 1 without it."""
    if texture is None or texture.image.channels <= channel:
        return np.ones((1, 1))
    return _thinned(texture.image).to_float()[..., channel].astype(np.float64)


def _thinned(image: Image) -> Image:
    step = max(1, max(image.width, image.height) // SIDE)
    return Image(image.pixels[::step, ::step], image.colour_space)
