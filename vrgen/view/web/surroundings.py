"""Surroundings: light, background and exposure, so that the page shows what our own renderer shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.core.scene import Scene
from vrgen.errors import OutputProblem
from vrgen.view.ambient import backdrop, irradiance, shrink, studio, sunless
from vrgen.view.lamps import balance, lamps_of

ENVIRONMENT_ROWS, BACKGROUND_ROWS = 128, 512
"""Most rows of what lights the scene (browsers blur it anyway), and of what stands behind it."""


@dataclass(frozen=True, eq=False, slots=True)
class Surroundings:
    """What is around a scene."""

    exposure: float = 1.0
    """Factor from cd/m2 to 1, for lit surfaces and the background."""
    factor: float = 1.0
    """Factor of the environment and the background, before the exposure."""
    lit: bool = False
    """Whether any surface takes light."""
    environment: NDArray[np.float32] | None = None
    """(H, 2H, 3) cd/m2, the sun taken out; None when nothing is lit."""
    background: NDArray[np.float32] | None = None
    """(H, 2H, 3) cd/m2; None when the scene has a sky of its own around it."""
    sun: tuple[NDArray[np.float64], NDArray[np.float64], float] | None = None
    """(direction towards it (3,), linear colour (3,), lux) where the file holds no sun."""


def surroundings(scene: Scene) -> Surroundings:
    """As the renderer lights the scene; no OpenGL is asked for that."""
    lit = any(not mesh.surface.unlit for node, _ in scene.walk() for mesh in node.meshes)
    enclosed = scene.sky is None and any(node.name == "sky" and node.meshes for node, _ in scene.walk())
    own = scene.extras.get("vrgen", {}).get("exposure")
    exposure = float(own) if isinstance(own, int | float) and own > 0 else None
    if enclosed and not lit:  # baked: nothing to measure
        return Surroundings(exposure=exposure or 1.0)
    sky = scene.sky
    light = studio() if sky is None else sunless(sky)
    coefficients = irradiance(light)
    factor, measured = balance(scene, lamps_of(scene), coefficients)
    background = backdrop(coefficients) if sky is None else shrink(sky.radiance, BACKGROUND_ROWS)
    sun = sky.sun if sky is not None else None
    shining = any(node.light is not None and node.light.kind == "directional" for node, _ in scene.walk())
    return Surroundings(
        exposure=exposure or measured,
        factor=factor,
        lit=lit,
        environment=shrink(light, ENVIRONMENT_ROWS) if lit else None,
        background=None if enclosed else background,
        sun=None if sun is None or shining or not lit else (sun.direction, sun.colour, sun.lux),
    )


def radiance_file(radiance: NDArray[np.float32]) -> bytes:
    """A Radiance .hdr file of linear RGB (H, W, 3)."""
    import cv2

    done, data = cv2.imencode(".hdr", np.ascontiguousarray(radiance[..., ::-1]))
    if not done:  # OpenCV's wheels bring the format
        raise OutputProblem("OpenCV writes no .hdr here, expected its wheel; install it again with pip")
    return bytes(data)
