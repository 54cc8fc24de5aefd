"""restyle_sky: an HDR sky in another style, its sun and its range kept apart from the network.

The sun is measured and taken out, the rest goes through the network on sky_vae's compressed scale relative
to its own mean, closed in azimuth; a model that learned from pictures gets an exposed picture instead.
What lies above the scale's clip (lamps, glints) keeps its factor above it. Then the light: a card may say,
for each direction, how the hour changes (`light`): the sun has `set`, so none is put back and the dome
sheds what is left; or it has `risen` to some height, and stands where the dome is brightest; without a
word both stay as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.core import Sky, Sun
from vrgen.core.frames import (
    LUMINANCE,
    equirect_directions,
    equirect_solid_angles,
    linear_to_srgb,
    srgb_to_linear,
)
from vrgen.core.progress import SILENT, Progress
from vrgen.core.sun import (
    clear_sun_lux,
    dome_lux,
    illuminance,
    measure_sun,
    sun_colour,
    with_sun,
    without_sun,
)
from vrgen.models.sky_vae import CLIP, compress, expand
from vrgen.synth.restyle import Restyler
from vrgen.synth.restyle_request import RestyleOptions

WHITE = 4.0
"""Multiples of the mean that a model for pictures sees as white."""
SPREAD_DEGREES = 12.0
"""Elevation to either side of where a risen sun is to stand."""

Radiance = NDArray[np.float32]


def restyle_sky(sky: Sky, options: RestyleOptions, *, progress: Progress = SILENT) -> Sky:
    """A sky in cd/m2 in another style, in cd/m2; its sun is measured on the result."""
    restyler = Restyler(options, progress=progress)
    sun = sky.sun or measure_sun(sky.radiance)
    dome = sky.radiance if sun is None else without_sun(sky.radiance, sun.direction)
    made = _translated(restyler, dome)
    light = restyler.card.get("light", {}).get(restyler.direction, {})
    strength = options.strength if light else 0.0
    made, sun = _relit(made, dome, sun, light, strength)
    if sun is not None:
        made = with_sun(made, sun)
    licences = sky.record.licences if sky.record else ()
    return Sky(made, measure_sun(made) if sun is not None else None, restyler.record(licences))


def _translated(restyler: Restyler, dome: Radiance) -> Radiance:
    """The dome (H, 2H, 3) through the network, on its own mean."""
    weights = equirect_solid_angles(dome.shape[0]) / (4 * np.pi)
    kept = dome
    for _ in range(2):  # the mean of what is kept: lamps far above the clip must not darken the rest
        mean = max(float(((kept @ LUMINANCE) * weights).sum()), 1e-9)
        kept = np.minimum(dome, np.float32(CLIP * mean))
    above = dome / np.maximum(kept, np.float32(1e-9 * mean))
    relative = torch.from_numpy(np.ascontiguousarray(kept / np.float32(mean)))
    if restyler.card.get("scale", "srgb") == "sky":
        seen = compress(relative).numpy()
        made = expand(torch.from_numpy(restyler.restyled(seen, edges="sky"))).numpy()
    else:
        seen = linear_to_srgb(_shoulder(np.asarray(relative.numpy() / WHITE, np.float32)))
        made = _unshouldered(srgb_to_linear(restyler.restyled(seen, edges="sky"))) * WHITE
    return np.asarray(made * np.maximum(above, 1.0) * np.float32(mean), np.float32)


def _shoulder(x: Radiance) -> Radiance:
    """[0, infinity) to [0, 1): what is bright is bent rather than cut (Reinhard et al. 2002)."""
    return np.asarray(4.0 * x / (1.0 + 4.0 * x), np.float32)


def _unshouldered(y: Radiance) -> Radiance:
    y = np.minimum(y, np.float32(0.992))  # up to the clip of 30 means
    return np.asarray(y / (4.0 * (1.0 - y)), np.float32)


def _relit(
    made: Radiance, dome: Radiance, sun: Sun | None, light: Mapping[str, Any], strength: float
) -> tuple[Radiance, Sun | None]:
    """(dome with as much light as it should shed, the sun that shines on it)."""
    before = max(illuminance(dome), 1e-9)
    wanted = before
    if light.get("sun") == "set":
        wanted = min(before, float(light["lux"]))
        if strength > 0.5:
            sun = None
    elif light.get("sun") == "risen":
        elevation = float(light["elevation"])
        wanted = max(before, dome_lux(elevation))
        if strength > 0.5:
            sun = Sun(_brightest(made, elevation), clear_sun_lux(elevation), sun_colour(elevation))
    lux = before ** (1.0 - strength) * wanted**strength
    return np.asarray(made * np.float32(lux / max(illuminance(made), 1e-9)), np.float32), sun


def _brightest(dome: Radiance, elevation: float) -> NDArray[np.float64]:
    """Unit vector to the brightest wide spot of the dome near that elevation."""
    height = min(128, dome.shape[0])
    small = cv2.resize(
        dome @ LUMINANCE.astype(np.float32), (2 * height, height), interpolation=cv2.INTER_AREA
    )
    around = np.pad(small, ((0, 0), (height // 2,) * 2), mode="wrap")
    soft = cv2.GaussianBlur(around, (0, 0), height / 16)[:, height // 2 : -(height // 2)]
    rows = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
    soft = np.where(np.abs(rows - elevation)[:, None] < SPREAD_DEGREES, soft, -1.0)
    row, column = np.unravel_index(int(soft.argmax()), soft.shape)
    direction = equirect_directions(height)[row, column].astype(np.float64)
    return np.asarray(direction / np.linalg.norm(direction))
