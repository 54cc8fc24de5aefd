"""Sources: sun, lamps, glowing surfaces and the sky of a scene, in the units that light is added up in.

Radiance is linear RGB in cd/m2, illuminance in lux, intensity in candela.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.emitted import emitted
from vrgen.bake.parts import unit
from vrgen.bake.stage import Stage
from vrgen.core.frames import equirect_uv
from vrgen.core.node import Light
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky
from vrgen.core.sun import without_sun

SKY_ROWS = 128
SUN_RADIUS = 0.266
"""Degrees: the real sun's."""
LAMP_RADIUS = 0.02
"""Metres: lamps of candela have no size; this one softens their shadows as a real bulb would."""


@dataclass(frozen=True, eq=False, slots=True)
class SunLight:
    """Parallel light."""

    direction: NDArray[np.float64]
    """(3,) unit, towards it."""
    lux: NDArray[np.float64]
    """(3,) illuminance of a surface that faces it."""
    radius: float
    """Radians."""


@dataclass(frozen=True, eq=False, slots=True)
class Lamp:
    """Point or spot light."""

    position: NDArray[np.float64]
    """(3,) world."""
    axis: NDArray[np.float64]
    """(3,) unit, where it shines."""
    candela: NDArray[np.float64]
    """(3,)."""
    cone: tuple[float, float] | None
    """(inner, outer) radians of a spot; None shines all round."""
    reach: float
    """Metres after which it is cut off."""

    def towards(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 1) share of the candela that leaves towards points (..., 3): the cone and the cut-off.

        Source: KHR_lights_punctual, "Inner and Outer Cone Angles" and "Range Property".
        """
        way = points - self.position
        distance = np.linalg.norm(way, axis=-1, keepdims=True)
        share = np.ones_like(distance)
        if self.cone is not None:
            inner, outer = self.cone
            cosine = (way @ self.axis)[..., None] / np.maximum(distance, 1e-9)
            scale = 1.0 / max(1e-3, np.cos(inner) - np.cos(outer))
            share = np.clip((cosine - np.cos(outer)) * scale, 0.0, 1.0) ** 2
        if np.isfinite(self.reach):
            share = share * np.clip(1.0 - (distance / self.reach) ** 4, 0.0, 1.0)
        return np.asarray(share)


@dataclass(frozen=True, eq=False, slots=True)
class SkyLight:
    """The sky without its sun, small enough to be read at random."""

    radiance: NDArray[np.float32]
    """(rows, 2 * rows, 3)."""

    def towards(self, directions: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, 3) radiance seen along unit directions (n, 3)."""
        rows = self.radiance.shape[0]
        uv = equirect_uv(directions)
        x = np.minimum((uv[:, 0] * 2 * rows).astype(np.int64), 2 * rows - 1)
        y = np.minimum((uv[:, 1] * rows).astype(np.int64), rows - 1)
        return np.asarray(self.radiance[y, x])


@dataclass(frozen=True, eq=False, slots=True)
class Sources:
    """All light that enters."""

    suns: list[SunLight]
    lamps: list[Lamp]
    sky: SkyLight | None
    glowing: NDArray[np.int64]
    """(e,) triangles of the stage that emit."""
    emission: NDArray[np.float32]
    """(T, 3) radiance of each triangle of the stage."""


def find_sources(scene: Scene, stage: Stage) -> Sources:
    """Every light of the scene. Directional nodes stand for the sky's own sun where there are any."""
    suns, lamps = [], []
    for node, world in scene.walk():
        if node.light is None:
            continue
        if node.light.kind == "directional":
            suns.append(_sun_of(node.light, world, scene.sky))
        else:
            lamps.append(_lamp_of(node.light, world))
    if not suns and scene.sky is not None and scene.sky.sun is not None:
        sun = scene.sky.sun
        suns.append(SunLight(sun.direction, sun.lux * sun.colour, np.radians(sun.angular_radius)))
    emission = emitted(stage)
    glowing = np.flatnonzero((emission.sum(axis=1) > 0) & stage.normals.any(axis=1))
    sky = SkyLight(small_sky(scene.sky)) if scene.sky is not None else None
    return Sources(suns, [lamp for lamp in lamps if lamp.candela.any()], sky, glowing, emission)


def _sun_of(light: Light, world: NDArray[np.float64], sky: Sky | None) -> SunLight:
    direction = unit(world[:3, 2])
    radius = SUN_RADIUS if sky is None or sky.sun is None else sky.sun.angular_radius
    return SunLight(direction, light.intensity * np.asarray(light.colour), float(np.radians(radius)))


def _lamp_of(light: Light, world: NDArray[np.float64]) -> Lamp:
    return Lamp(
        position=world[:3, 3],
        axis=-unit(world[:3, 2]),
        candela=light.intensity * np.asarray(light.colour, dtype=np.float64),
        cone=(light.inner_cone, light.outer_cone) if light.kind == "spot" else None,
        reach=light.range_m if light.range_m is not None else np.inf,
    )


def small_sky(sky: Sky) -> NDArray[np.float32]:
    """Radiance (some 128 rows) of the sky, its sun taken out, so that it shines only once."""
    radiance = sky.radiance if sky.sun is None else without_sun(sky.radiance, sky.sun.direction)
    factor = max(1, sky.height // SKY_ROWS)
    rows = sky.height // factor
    kept = radiance[: rows * factor, : 2 * rows * factor].reshape(rows, factor, 2 * rows, factor, 3)
    return np.asarray(kept.mean(axis=(1, 3), dtype=np.float64), dtype=np.float32)
