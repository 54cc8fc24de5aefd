"""glTF cameras and KHR_lights_punctual -> Camera, Light."""

from __future__ import annotations

import math
from typing import Any

from vrgen.core.node import Camera, Light
from vrgen.gltf.part import Part

LIGHTS = {"directional": "directional", "point": "point", "spot": "spot"}
RIGHT = 1.5707963267948966
YFOV = 0.8
"""Radians that an orthographic camera gets for those who see in perspective alone."""
FARTHEST = 1e12
NARROWEST = 1e-4
"""Radians of a spot's cone."""


def camera_of(part: Part, kept: dict[str, Any]) -> Camera:
    """The camera that a part describes."""
    name = part.text("name", "")
    if part.choice("type", {"perspective": False, "orthographic": True}):
        lens = part.part("orthographic")
        near = lens.number("znear", low=0.0, high=FARTHEST)
        sides = (
            lens.number("xmag", low=-FARTHEST, high=FARTHEST),
            lens.number("ymag", low=-FARTHEST, high=FARTHEST),
        )
        if not all(sides):
            lens.fail("sees nothing: xmag and ymag must not be 0")
        far = lens.number("zfar", low=near, high=2 * FARTHEST)
        if far == near:
            lens.fail(f"is {far:g}, expected more than znear", "zfar")
        return Camera(YFOV, znear=near, zfar=far, magnification=sides, name=name, kept=kept)
    lens = part.part("perspective")
    near = lens.number("znear", low=1e-9)
    return Camera(
        yfov=lens.number("yfov", low=1e-6, high=3.14159),
        aspect=lens.number("aspectRatio", low=1e-6) if lens.has("aspectRatio") else None,
        znear=near,
        zfar=lens.number("zfar", low=math.nextafter(near, math.inf)) if lens.has("zfar") else None,
        name=name,
        kept=kept,
    )


def light_of(part: Part, kept: dict[str, Any]) -> Light:
    """The light that a part describes.

    What glTF forbids and exporters write is put right: colours above 1 go into the intensity, a range of 0
    is none, a sharp cone gets the narrowest edge.
    """
    kind = part.choice("type", LIGHTS)
    spot = part.part("spot")
    outer = min(spot.number("outerConeAngle", RIGHT / 2, low=NARROWEST, high=RIGHT + 1e-6), RIGHT)
    inner = spot.number("innerConeAngle", 0.0, low=0.0, high=outer)
    colour = part.numbers("color", (1.0, 1.0, 1.0), low=0.0, high=FARTHEST)
    brightest = max(1.0, *colour)
    return Light(
        kind=kind,
        intensity=part.number("intensity", 1.0, low=0.0, high=FARTHEST) * brightest,
        colour=(colour[0] / brightest, colour[1] / brightest, colour[2] / brightest),
        range_m=(part.number("range", low=0.0) or None) if part.has("range") else None,
        inner_cone=min(inner, outer - NARROWEST / 2),
        outer_cone=outer,
        name=part.text("name", ""),
        kept=kept,
    )
