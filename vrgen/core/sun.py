"""The sun of a sky: measured, taken out, put back; and how bright daylight is. One sun for everything.

Daylight follows the IES model (Gillette, Pierpoint and Treado 1984): a clear sky's sun gives
128 klx * exp(-0.21 m) on a surface facing it, m the air mass of Kasten and Young 1989, and its dome
0.8 + 15.5 sqrt(sin h) klx on the ground; an overcast dome gives 0.3 + 21 sin h klx.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE, equirect_directions, equirect_solid_angles, equirect_uv
from vrgen.core.sky import Sun

DISC_DEGREES = 3.0
"""Around the peak: what counts as the sun in a picture of a sky (its blur and bloom included)."""
RING_DEGREES = 6.0
"""Where the sky is taken to be free of the disc."""


def illuminance(radiance: NDArray[np.float32], normal: tuple[float, float, float] = (0.0, 1.0, 0.0)) -> float:
    """Lux that an equirect sky (H, 2H, 3) in cd/m2 sheds on a surface facing `normal`."""
    height = radiance.shape[0]
    cosine = np.clip(equirect_directions(height) @ np.asarray(normal, np.float32), 0.0, None)
    return float(((radiance @ LUMINANCE) * cosine * equirect_solid_angles(height)).sum())


def horizon_light(radiance: NDArray[np.float32]) -> float:
    """Median luminance of an equirect sky (H, 2H, 3) from 2 to 25 degrees of elevation / that above 30: what
    windows show of it. Above 1 for a free horizon, near 0 where trees or houses stand close by."""
    luminance = radiance @ LUMINANCE
    low, high, dome = (round(len(luminance) * (90.0 - degrees) / 180.0) for degrees in (2.0, 25.0, 30.0))
    return float(np.median(luminance[high:low]) / max(float(np.median(luminance[:dome])), 1e-9))


def measure_sun(radiance: NDArray[np.float32]) -> Sun | None:
    """The sun of an equirect sky (H, 2H, 3), or None when nothing in its upper half stands out enough.

    A sun is a peak more than 40 times the mean luminance whose light, within 3 degrees and above
    the ring around it, is over a tenth of what the whole dome sheds on the ground. Units follow the input's.
    """
    height = radiance.shape[0]
    luminance = radiance.astype(np.float64) @ LUMINANCE
    solid = equirect_solid_angles(height)
    mean = float((luminance * solid).sum() / (4 * np.pi))
    upper = luminance[: height // 2]
    row, column = np.unravel_index(int(upper.argmax()), upper.shape)
    if upper[row, column] < 40.0 * mean or mean <= 0:
        return None
    directions = equirect_directions(height)
    angle = angle_to(directions, directions[row, column])
    ring = (angle > DISC_DEGREES) & (angle < RING_DEGREES)
    sky_colour = radiance[ring].mean(axis=0) if ring.any() else np.zeros(3)
    weight = np.where(angle <= DISC_DEGREES, solid, 0.0)
    excess = np.clip(radiance - sky_colour, 0.0, None) * weight[..., None]
    light = excess.sum(axis=(0, 1)).astype(np.float64)
    lux = float(light @ LUMINANCE)
    if lux < 0.1 * illuminance(radiance):
        return None
    centre = (directions * (excess @ LUMINANCE)[..., None]).sum(axis=(0, 1))
    return Sun(direction=centre / np.linalg.norm(centre), lux=lux, colour=light / lux)


def angle_to(directions: NDArray[np.float32], centre: NDArray[np.floating]) -> NDArray[np.float64]:
    """Degrees (...) between unit directions (..., 3) and one (3,)."""
    return np.degrees(
        np.arccos(np.clip(directions.astype(np.float64) @ np.asarray(centre, np.float64), -1, 1))
    )


def without_sun(
    radiance: NDArray[np.float32], direction: NDArray[np.floating], *, radius: float = RING_DEGREES
) -> NDArray[np.float32]:
    """The sky (H, 2H, 3) with the cap of `radius` degrees around the sun filled from its rim.

    Each pixel of the cap takes the rim's colour in its own direction, fading to the rim's mean at the centre.
    """
    height = radiance.shape[0]
    directions = equirect_directions(height)
    angle = angle_to(directions, direction)
    cap = angle < radius
    centre = np.asarray(direction, np.float64)
    outward = directions[cap] - (directions[cap].astype(np.float64) @ centre)[:, None] * centre
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    rim = np.cos(np.radians(radius * 1.1)) * centre + np.sin(np.radians(radius * 1.1)) * outward
    uv = equirect_uv(rim)
    rows = np.clip((uv[:, 1] * height).astype(int), 0, height - 1)
    columns = (uv[:, 0] * 2 * height).astype(int) % (2 * height)
    edge = radiance[rows, columns]
    share = (angle[cap] / radius)[:, None] ** 2
    filled = radiance.copy()
    filled[cap] = share * edge + (1 - share) * np.median(edge, axis=0)
    return filled


def with_sun(radiance: NDArray[np.float32], sun: Sun) -> NDArray[np.float32]:
    """The sky (H, 2H, 3) in cd/m2 with the sun's disc and a narrow aureole added: exactly sun.lux in all.

    The disc is drawn as wide as the pixels need (a soft spot of at least a pixel's radius), so that its light
    and its direction are right at every resolution.
    """
    height = radiance.shape[0]
    angle = angle_to(equirect_directions(height), sun.direction)
    solid = equirect_solid_angles(height)
    spot = max(sun.angular_radius, 180.0 / height)
    disc = np.exp(-((angle / spot) ** 4))
    aureole = np.where(angle < DISC_DEGREES, np.exp(-angle / 0.8), 0.0)
    shape = 0.97 * disc / (disc * solid).sum() + 0.03 * aureole / (aureole * solid).sum()
    return np.asarray(radiance + (shape * sun.lux)[..., None] * sun.colour, np.float32)


def clear_sun_lux(elevation: float) -> float:
    """Lux of the sun through a clear sky on a surface facing it; 0 below the horizon (degrees)."""
    if elevation <= 0:
        return 0.0
    air_mass = 1.0 / (np.sin(np.radians(elevation)) + 0.50572 * (elevation + 6.07995) ** -1.6364)
    return float(128_000.0 * np.exp(-0.21 * air_mass))


def dome_lux(elevation: float, *, cover: float = 0.0) -> float:
    """Lux of the dome without its sun on the ground, from clear (cover 0) to overcast (1)."""
    sine = max(0.0, float(np.sin(np.radians(elevation))))
    clear, overcast = 800.0 + 15_500.0 * np.sqrt(sine), 300.0 + 21_000.0 * sine
    return float((1 - cover) * clear + cover * overcast)


def sun_colour(elevation: float) -> NDArray[np.float64]:
    """(3,) linear RGB of luminance 1 of sunlight through a clear sky: white above, orange at the horizon.

    Beer's law with Rayleigh and aerosol optical depths at 610, 550 and 465 nm (Bird and Riordan 1986, rural).
    """
    elevation = max(elevation, 0.0)
    air_mass = 1.0 / (np.sin(np.radians(elevation)) + 0.50572 * (elevation + 6.07995) ** -1.6364)
    depth = np.array([0.063 + 0.11, 0.097 + 0.13, 0.19 + 0.16])
    colour = np.exp(-depth * (min(air_mass, 12.0) - 1.0))
    return np.asarray(colour / (colour @ LUMINANCE))
