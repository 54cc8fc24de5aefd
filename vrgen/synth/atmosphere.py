"""The gradient of a clear sky for a height of the sun, and how a picture's light moves with it.

Light is scattered once on its way through air and haze (Nishita et al. 1993) with an isotropic part for the
rest; densities fall exponentially, ozone lies in a tent around 25 km (Hillaire 2020). Only ratios are used:
a sky keeps its own look and takes on the gradient, glow and warmth of another sun.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE, direction_from_angles, equirect_directions, equirect_solid_angles
from vrgen.core.sun import clear_sun_lux, dome_lux, sun_colour

Radiance = NDArray[np.float32]
GROUND, TOP = 6360.0, 6420.0
"""Radii in km."""
RAYLEIGH = np.array([5.8e-3, 13.6e-3, 33.1e-3])
OZONE = np.array([0.65e-3, 1.88e-3, 0.085e-3])
MIE, MIE_LOST = 6.0e-3, 6.6e-3
"""Scattering and extinction per km at 610, 550 and 465 nm; haze is grey."""
HEIGHTS = (8.0, 1.2)
"""Scale heights of air and haze in km."""
FORWARD = 0.76
"""Henyey and Greenstein's g of haze."""
ISOTROPIC = 0.4
"""Light scattered more than once, as a share of what is scattered once."""
COLOUR = 0.7
"""Share of the change of colour that is taken: light scattered again and again is paler than computed."""
SOFT_ROWS = 24
"""The edge of the sky is as soft as this part of the height when light changes."""
ROWS = 60
STEPS, STEPS_TO_SUN = 16, 8
LARGEST = 6.0
"""Largest change of a place by relighting."""


def clear_gradient(elevation: float) -> Radiance:
    """(60, 120, 3) float32 radiance, any unit, of a clear sky whose sun stands at azimuth 0.

    `elevation` in degrees. Below the horizon every column goes on as at the horizon.
    """
    directions = equirect_directions(ROWS).astype(np.float64)[: ROWS // 2]
    sun = direction_from_angles(0.0, elevation)
    start = np.array([0.0, GROUND + 0.1, 0.0])
    length = _way_out(start, directions)
    ends = np.linspace(0.0, 1.0, STEPS + 1) ** 2
    middle, width = (ends[1:] + ends[:-1]) / 2, np.diff(ends)
    places = start + directions[..., None, :] * (length[..., None] * middle)[..., None]
    density = _densities(places)  # (rows, columns, steps, 3)
    path = density * (length[..., None] * width)[..., None]
    behind = np.cumsum(path, axis=2) - 0.5 * path
    before = _depth_to_sun(places, sun)
    passed = np.exp(-_extinction(behind + before))
    cosine = directions @ sun
    air = 3 / (16 * np.pi) * (1 + cosine**2) + ISOTROPIC / (4 * np.pi)
    haze = (1 - FORWARD**2) / (4 * np.pi * (1 + FORWARD**2 - 2 * FORWARD * cosine) ** 1.5)
    haze += ISOTROPIC / (4 * np.pi)
    upper = (passed * path[..., :1]).sum(axis=2) * RAYLEIGH * air[..., None]
    upper += (passed * path[..., 1:2]).sum(axis=2) * MIE * haze[..., None]
    return np.concatenate([upper, np.repeat(upper[-1:], ROWS // 2, axis=0)]).astype(np.float32)


def relit(
    relative: Radiance, share: Radiance, before: float, after: float, *, cover: float = 0.0
) -> Radiance:
    """The sky (H, 2H, 3), its sun at azimuth 0 and `before` degrees, as under a sun at `after` degrees.

    `share` (H, 2H) tells how much of a pixel is sky: that takes the ratio of the clear gradients, place by
    place; the ground the ratio of all light that falls on it, where clouds (`cover`) hide the sun in part.
    """
    old, new = clear_gradient(before), clear_gradient(after)
    ratio = np.log(new / _level(new)) - np.log(old / _level(old))
    grey = ratio @ LUMINANCE[:, None]
    ratio = grey + COLOUR * (ratio - grey)
    ratio = _enlarged(np.clip(ratio, -np.log(LARGEST), np.log(LARGEST)), relative.shape[0])
    share = softened(share)
    ground = _light(new, after, cover) / _light(old, before, cover)
    factor = share[..., None] * np.exp(ratio) + (1 - share[..., None]) * np.clip(ground, 1 / 3, 3.0)
    return np.asarray(relative * factor, np.float32)


def softened(share: Radiance) -> Radiance:
    """`share` (H, 2H) without its edges: what is left of the glow below them must not stand out."""
    height = share.shape[0]
    wide = np.pad(share, ((0, 0), (height // 4, height // 4)), mode="wrap")
    blurred = cv2.GaussianBlur(wide, (0, 0), height / SOFT_ROWS)[:, height // 4 : -(height // 4)]
    elevation = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
    return np.asarray(blurred * np.clip(elevation / 3.0 + 0.5, 0.0, 1.0)[:, None], np.float32)


def _level(gradient: Radiance) -> float:
    """Light of the upper half on the ground."""
    directions = equirect_directions(ROWS)[: ROWS // 2]
    light = gradient[: ROWS // 2] @ LUMINANCE * directions[..., 1] * equirect_solid_angles(ROWS)[: ROWS // 2]
    return float(light.sum())


def _light(gradient: Radiance, elevation: float, cover: float) -> NDArray[np.float64]:
    """(3,) light of sun and dome on the ground, relative to the dome's."""
    directions = equirect_directions(ROWS)[: ROWS // 2, :, 1:2]
    solid = equirect_solid_angles(ROWS)[: ROWS // 2, :, None]
    dome = (gradient[: ROWS // 2] * directions * solid).sum(axis=(0, 1)) / _level(gradient)
    direct = clear_sun_lux(elevation) * np.sin(np.radians(elevation)) * (1 - cover)
    return np.asarray(dome + sun_colour(elevation) * direct / dome_lux(elevation, cover=cover))


def _enlarged(field: NDArray[np.float64], height: int) -> Radiance:
    """(60, 120, 3) to (height, 2 height, 3), wrapped in azimuth."""
    around = np.pad(field.astype(np.float32), ((0, 0), (ROWS // 4, ROWS // 4), (0, 0)), mode="wrap")
    wide = cv2.resize(around, (height * 5 // 2, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide[:, height // 4 : height // 4 + 2 * height], np.float32)


def _way_out(start: NDArray[np.float64], directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kilometres (...) from `start` (..., 3) to the top of the air along unit `directions` (..., 3)."""
    along = (start * directions).sum(axis=-1)
    return np.asarray(-along + np.sqrt(along**2 - (start**2).sum(axis=-1) + TOP**2))


def _densities(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3) of air, haze and ozone, relative to their greatest, at places (..., 3) in km."""
    height = np.maximum(np.linalg.norm(places, axis=-1) - GROUND, 0.0)
    ozone = np.maximum(0.0, 1.0 - np.abs(height - 25.0) / 15.0)
    return np.stack([np.exp(-height / HEIGHTS[0]), np.exp(-height / HEIGHTS[1]), ozone], axis=-1)


def _depth_to_sun(places: NDArray[np.float64], sun: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kilometres of air, haze and ozone (..., 3) between places (..., 3) and the sun."""
    length = _way_out(places, sun)
    ends = np.linspace(0.0, 1.0, STEPS_TO_SUN + 1) ** 2
    total = np.zeros((*places.shape[:-1], 3))
    for near, far in pairwise(ends):
        middle = places + sun * (length * (near + far) / 2)[..., None]
        total += _densities(middle) * (length * (far - near))[..., None]
    return np.asarray(total)


def _extinction(depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Optical depth (..., 3) in R, G, B of kilometres of air, haze and ozone (..., 3)."""
    return np.asarray(depth[..., :1] * RAYLEIGH + depth[..., 1:2] * MIE_LOST + depth[..., 2:] * OZONE)
