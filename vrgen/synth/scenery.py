"""Scenery: a sky as the model has it, ready to be combined: decoded, its sun out and turned to azimuth 0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.core import Sky
from vrgen.core.frames import LUMINANCE, angles_from_direction, equirect_solid_angles
from vrgen.core.sun import clear_sun_lux, dome_lux, illuminance, without_sun
from vrgen.models.sky_vae import DOWN, Encoder, expand, shape_of, to_scale
from vrgen.models.weights import load_weights, part, shipped
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.skyline import sky_share

Radiance = NDArray[np.float32]
HORIZON_SOFT = 2.0
"""Degrees over which the sky of an open panorama, without anything that stands up, ends."""
JOIN_DEGREES = (14.0, 38.0)
"""Elevations between which a lower sky hands over to an upper one."""
DETAIL = 1024
"""Most rows that a panorama is encoded at."""
SUNLESS = 40.0
"""Degrees that stand for the height of a sun that does not show."""


@dataclass(frozen=True, eq=False, slots=True)
class Scenery:
    """One sky, its sun taken out."""

    relative: Radiance
    """(H, 2H, 3) radiance against its mean; where the sun stood is the centre column."""
    share: Radiance
    """(H, 2H) how much of a pixel is sky."""
    elevation: float | None
    """Degrees of its own sun; None when it shows none."""
    azimuth: float = 0.0
    """Degrees at which its sun stood before it was turned."""
    sun_strength: float = 1.0
    """Its sun's lux against a clear sky's of that height."""
    dome_strength: float = 1.0
    """The same of its dome's."""
    glare: Radiance | None = None
    """(H, 2H, 3) what a panorama's own sun adds to the sky around it, blur and bloom included, for each lux
    of that sun. It lies where the sun stood, not turned."""


@lru_cache(maxsize=8)
def from_bank(name: str, device: str) -> Scenery:
    """The bank's sky of that name, decoded."""
    entry = next(e for e in load_bank("sky_bank").entries if e.facts["name"] == name)
    generator, _ = load_generator("sky_vae", device)
    azimuth, elevation = angles_from_direction(entry.facts["sun"]) if "sun" in entry.facts else (0.0, None)
    made = decode(generator, entry.latent, device=device, wrap_y=False)
    if elevation is not None and elevation < 1.0:  # below the horizon: a dusk's glow, to be turned alone
        elevation = None
    return _turned(made, azimuth, elevation, is_open=bool(entry.facts.get("open", False)))


def from_sky(sky: Sky, device: str, *, height: int) -> Scenery:
    """A panorama encoded and decoded, at most at `height` rows; the strengths of sun and dome are kept."""
    azimuth, elevation = (0.0, None) if sky.sun is None else angles_from_direction(sky.sun.direction)
    radiance, glare = sky.radiance, None
    rows = max(DOWN * 8, min(height, sky.height, DETAIL) // DOWN * DOWN)
    if sky.sun is not None:
        radiance = without_sun(radiance, sky.sun.direction)
        glare = np.maximum(sky.radiance - radiance, 0.0) / np.float32(sky.sun.lux)
        glare = as_bright(_fitted(glare, rows), glare)
    radiance = _fitted(radiance, rows)
    compressed, mean = to_scale(radiance)
    generator, _ = load_generator("sky_vae", device)
    latent = encode(compressed, device)
    decoded = decode(generator, latent, device=device, wrap_y=False)
    turned = _turned(decoded, azimuth, elevation, is_open=False)
    before = SUNLESS if elevation is None else elevation
    strength = 0.0 if sky.sun is None else sky.sun.lux / max(clear_sun_lux(before), 1.0)
    usual = dome_lux(before, cover=float(sky.sun is None))
    dome = illuminance(turned.relative) * mean  # as the model has it: lamps far above its range are not
    return replace(turned, azimuth=azimuth, sun_strength=strength, dome_strength=dome / usual, glare=glare)


def as_bright(glare: Radiance, as_this: Radiance) -> Radiance:
    """Radiance (H, 2H, 3) around a point, scaled until it sheds as much light as another does."""
    one, other = (float(((g @ LUMINANCE) * equirect_solid_angles(len(g))).sum()) for g in (glare, as_this))
    return glare * np.float32(other / max(one, 1e-9))


@cache
def load_sky_encoder(device: str) -> torch.nn.Module:
    """sky_vae's encoder on `device`."""
    tensors, card, _ = load_weights(shipped("sky_vae"))
    network = Encoder(shape_of(card["shape"]))
    network.load_state_dict(part(tensors, "encoder"))
    network.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


@torch.inference_mode()
def encode(compressed: Radiance, device: str) -> Radiance:
    """Latents (C, H/8, W/8) float32 of a sky (H, 2H, 3) on the compressed scale: the posterior's mean."""
    tensor = torch.from_numpy(np.ascontiguousarray(compressed.transpose(2, 0, 1)[None]))
    mean, _ = load_sky_encoder(device)(tensor.to(device))
    return np.asarray(mean[0].float().cpu().numpy(), np.float32)


def domed(low: Scenery, high: Scenery) -> Scenery:
    """Horizon and ground of `low` under the dome of `high`, handed over where both show sky."""
    height = low.relative.shape[0]
    elevation = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
    ramp = np.clip((elevation - JOIN_DEGREES[0]) / (JOIN_DEGREES[1] - JOIN_DEGREES[0]), 0.0, 1.0)
    ramp = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)[:, None]
    return _mixed(low, high, ramp)


def blended(first: Scenery, second: Scenery, share: float) -> Scenery:
    """`share` of the second's dome over the first's, meeting above the first's skyline; its ground stays."""
    height = first.relative.shape[0]
    elevation = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
    ramp = np.clip(elevation / 12.0, 0.0, 1.0).astype(np.float32)[:, None] * np.float32(share)
    return _mixed(first, second, ramp)


def _mixed(low: Scenery, high: Scenery, weight: Radiance) -> Scenery:
    """On the compressed scale, where the eye sees; the levels of the two domes are brought together."""
    height = low.relative.shape[0]
    upper, there = (_fitted(field, height) for field in (high.relative, high.share))
    core = cv2.erode(there, np.ones((max(3, height // 40),) * 2, np.uint8))
    soft = height / 30.0
    side = height // 4
    wide = cv2.GaussianBlur(np.pad(core, ((0, 0), (side, side)), mode="wrap"), (0, 0), soft)
    both = weight * low.share * np.clip(2.0 * wide[:, side:-side] - 1.0, 0.0, 1.0)
    seen = both > 0.05
    if not seen.any():
        return low
    level = [np.median((sky @ LUMINANCE.astype(np.float32))[seen]) for sky in (low.relative, upper)]
    upper = upper * np.float32(level[0] / max(level[1], 1e-6))
    mixed = (1 - both[..., None]) * np.log1p(4 * low.relative) + both[..., None] * np.log1p(4 * upper)
    relative = np.asarray(np.expm1(mixed) / 4, np.float32)
    return replace(low, relative=relative)


def _fitted(field: Radiance, height: int) -> Radiance:
    if field.shape[0] == height:
        return field
    how = cv2.INTER_AREA if height < field.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(field, (2 * height, height), interpolation=how), np.float32)


def _turned(compressed: Radiance, azimuth: float, elevation: float | None, *, is_open: bool) -> Scenery:
    relative = expand(torch.from_numpy(compressed)).numpy()
    height, width = relative.shape[:2]
    if is_open:
        up = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
        rows = np.clip(up / HORIZON_SOFT + 0.5, 0.0, 1.0)
        share = np.broadcast_to(rows[:, None], (height, width)).astype(np.float32)
    else:
        share = sky_share(np.clip(compressed, 0.0, 1.0))
    columns = -round(azimuth / 360.0 * width)
    return Scenery(np.roll(relative, columns, axis=1), np.roll(share, columns, axis=1), elevation, azimuth)
