"""Clouds: taken from a sky as a layer, moved as the flat sheet they are, laid over another as far as asked.

A layer is two fields over the dome: how much a place looks like cloud, and how bright its texture is. Moved
over a plane above the eye, one source gives another dome for every seed. Cover is exact by construction: the
threshold is the quantile of the dome's solid angle that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE, equirect_directions, equirect_solid_angles, equirect_uv
from vrgen.models.sky_vae import to_scale
from vrgen.synth.skyline import sky_share

Radiance = NDArray[np.float32]
LOWEST = 15.0
"""Degrees of elevation above which cover is measured: haze below looks like cloud."""
PALE = 0.1
"""Greatest (B - R) / (B + R) of what is cloud in any sky."""
SOFT = 0.3
"""Width of a cloud's edge, as a share of the field's range."""
SHEET = 0.08
"""Flattens the sheet of clouds towards the horizon, as the earth's curve does."""
GREY = 0.85
"""Share of a closed sky's colour that is taken from it."""
HAZE = 9.0
"""Degrees of elevation below which haze takes over from single clouds."""
WHITE = 3.0
"""Brightness of a cloud against the clear sky behind it."""


@dataclass(frozen=True, eq=False, slots=True)
class CloudLayer:
    """Clouds of one source."""

    likeness: Radiance
    """(H, 2H) the more a place is cloud, the higher."""
    texture: Radiance
    """(H, 2H) luminance against the surroundings, about 1."""


def cloud_cover(radiance: Radiance) -> float:
    """Share of the visible sky's solid angle above 15 degrees that is paler than the blue of its elevation.

    Blue against red tells cloud from air (Long et al. 2006): a place is cloud when its (B - R) / (B + R) is
    less than half of the 92nd percentile of the rows around it, or less than 0.1. Trees and towers are left
    out (synth.skyline). Made for days: a red evening counts as cloud. 0 when no sky shows.
    """
    height = radiance.shape[0]
    rows = int(np.floor((90.0 - LOWEST) / 180.0 * height))
    share = sky_share(to_scale(radiance)[0])[:rows]
    blue = _blueness(radiance[:rows])
    limit = np.maximum(0.5 * _bluest(blue, height), PALE)
    weights = equirect_solid_angles(height)[:rows] * share
    return float(weights[blue < limit].sum() / max(weights.sum(), 1e-9))


def _blueness(radiance: Radiance) -> Radiance:
    """(B - R) / (B + R)."""
    return np.asarray(
        (radiance[..., 2] - radiance[..., 0]) / np.maximum(radiance[..., 2] + radiance[..., 0], 1e-6)
    )


def _bluest(blue: Radiance, height: int) -> Radiance:
    """(rows, 1) the 92nd percentile of each row, the greatest of the rows around taken, smoothed."""
    row = np.percentile(blue, 92, axis=1).astype(np.float32)[:, None]
    near = cv2.dilate(row, np.ones((max(3, height // 12), 1), np.uint8))
    return np.asarray(cv2.GaussianBlur(near, (1, 0), 0.1, sigmaY=height / 40), np.float32)


def cloud_layer(relative: Radiance) -> CloudLayer:
    """The layer of an open sky (H, 2H, 3): what is pale against the bluest at its elevation, and bright."""
    height = relative.shape[0]
    luminance = np.maximum(relative @ LUMINANCE.astype(np.float32), 1e-5)
    blue = _blueness(relative)
    clear = np.maximum(_bluest(blue, height), 0.15)
    texture = luminance / _surroundings(luminance, 25.0)
    likeness = 1.0 - blue / clear + 0.4 * np.log(np.clip(texture, 0.3, 3.0))
    return CloudLayer(likeness.astype(np.float32), np.clip(texture, 0.4, 2.5).astype(np.float32))


def moved(layer: CloudLayer, rng: np.random.Generator, height: int) -> CloudLayer:
    """The clouds elsewhere on their sheet, at `height` rows: turned, shifted, mirrored, scaled by chance."""
    directions = equirect_directions(height).astype(np.float64)
    up = np.maximum(directions[..., 1], 0.0)
    x, z = (directions[..., i] / (up + SHEET) for i in (0, 2))
    turn, scale = rng.uniform(0, 2 * np.pi), rng.uniform(0.75, 1.25)
    shift = rng.uniform(-0.7, 0.7, 2)
    side = 1.0 if rng.random() < 0.5 else -1.0
    x, z = (
        scale * (np.cos(turn) * x - side * np.sin(turn) * z) + shift[0],
        scale * (np.sin(turn) * x + side * np.cos(turn) * z) + shift[1],
    )
    square = x**2 + z**2
    rise = (np.sqrt(np.maximum(1 + square - square * SHEET**2, 0.0)) - square * SHEET) / (1 + square)
    flat = np.sqrt(np.maximum(1 - rise**2, 0.0) / np.maximum(square, 1e-12))
    uv = equirect_uv(np.stack([x * flat, np.maximum(rise, 0.02), z * flat], axis=-1))
    return CloudLayer(*(_sampled(field, uv) for field in (layer.likeness, layer.texture)))


def covered(
    relative: Radiance, share: Radiance, layer: CloudLayer, cover: float, colour: NDArray[np.float64]
) -> Radiance:
    """The sky (H, 2H, 3) with `cover` of its dome under the layer's clouds, lit in `colour` (3,).

    Clouds stand where `share` (H, 2H) says that sky is. 0 leaves the sky as it is, 1 closes it.
    """
    if cover <= 0:
        return relative
    height = relative.shape[0]
    rows = int(np.floor((90.0 - LOWEST) / 180.0 * height))
    weights = np.broadcast_to(equirect_solid_angles(height)[:rows], layer.likeness[:rows].shape)
    limit = _quantile(layer.likeness[:rows], weights, 1.0 - cover)
    spread = SOFT * float(layer.likeness[:rows].std() * 3.0)
    opacity = np.clip((layer.likeness - limit) / max(spread, 1e-6) + 0.5, 0.0, 1.0)
    opacity = opacity * opacity * (3 - 2 * opacity) * min(1.0, cover / 0.05)
    opacity = np.maximum(opacity, np.clip((cover - 0.85) / 0.15, 0.0, 1.0))
    elevation = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
    opacity *= np.clip(elevation / HAZE, 0.0, 1.0).astype(np.float32)[:, None] ** (1.0 - cover)
    luminance = np.maximum(relative @ LUMINANCE.astype(np.float32), 1e-5)
    behind = _surroundings(luminance, 12.0, share)
    bright = behind * layer.texture * np.float32(WHITE)
    weight = (opacity * share)[..., None]
    return np.asarray(relative * (1 - weight) + bright[..., None] * colour * weight, np.float32)


def greyed(relative: Radiance, share: Radiance) -> Radiance:
    """The sky (H, 2H, 3) as under closed clouds: where sky is, little colour is left."""
    grey = (relative @ LUMINANCE.astype(np.float32))[..., None]
    return np.asarray(relative + GREY * share[..., None] * (grey - relative), np.float32)


def _surroundings(luminance: Radiance, degrees: float, share: Radiance | None = None) -> Radiance:
    """Geometric mean (H, 2H) over about `degrees`, of the pixels that `share` counts, wrapped in azimuth.

    Of the upper half alone: the ground's light is not the sky's.
    """
    height = luminance.shape[0]
    small = (2 * 64, 64)
    counted = np.zeros_like(luminance) if share is None else share.copy()
    counted[: height // 2] = 1.0 if share is None else counted[: height // 2]
    counted[height // 2 :] = 0.0
    counted += 1e-3
    fields = [
        cv2.resize(f, small, interpolation=cv2.INTER_AREA) for f in (np.log(luminance) * counted, counted)
    ]
    elevation = np.pi * (0.5 - (np.arange(64) + 0.5) / 64)
    blurred = []
    for field in fields:
        down = cv2.GaussianBlur(
            field, (1, 0), 0.1, sigmaY=degrees * 64 / 180, borderType=cv2.BORDER_REPLICATE
        )
        waves = np.arange(65)[None, :] / np.maximum(np.cos(elevation), 0.02)[:, None]
        keep = np.exp(-0.5 * (waves * np.radians(degrees)) ** 2)
        blurred.append(np.fft.irfft(np.fft.rfft(down, axis=1) * keep, n=128, axis=1))
    wide = np.pad((blurred[0] / blurred[1]).astype(np.float32), ((0, 0), (16, 16)), mode="wrap")
    side = height // 4
    enlarged = cv2.resize(wide, (2 * height + 2 * side, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.exp(enlarged[:, side : side + 2 * height]), np.float32)


def _sampled(field: Radiance, uv: NDArray[np.float64]) -> Radiance:
    """`field` (H, 2H) at uv (..., 2), wrapped in azimuth."""
    height, width = field.shape
    around = np.pad(field, ((0, 0), (2, 2)), mode="wrap")
    x = (uv[..., 0] * width + 1.5).astype(np.float32)
    y = (uv[..., 1] * height - 0.5).astype(np.float32)
    return np.asarray(cv2.remap(around, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _quantile(values: NDArray[np.floating], weights: NDArray[np.float64], share: float) -> float:
    """The value below which `share` of the weight lies."""
    flat, weight = values.ravel(), weights.ravel()
    order = np.argsort(flat)
    reached = np.cumsum(weight[order])
    return float(flat[order[min(np.searchsorted(reached, share * reached[-1]), flat.size - 1)]])
