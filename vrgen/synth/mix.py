"""mix: one surface over another in parts, as moss lies in joints.

Both are decoded on one grid at one texel scale. The other kind goes first where a pattern (the seed's, or a
picture) is high and the surface below lies low among its surroundings; the threshold is the quantile that
gives it the asked share of the area. Heights decide pixel by pixel, so the edge follows stones and joints;
what lies below darkens a little along it. (Joined as latents, the edge shows the 8-pixel cells.)

Source: blending by height, as game engines do for terrain; ranks and shares are ours.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core import Image
from vrgen.models.material_gan import CHANNELS
from vrgen.synth.noise import FINEST, ranked, waves
from vrgen.synth.pbr import Channels
from vrgen.synth.seamless import scaled

Plane = NDArray[np.float32]
LOW, HIGH = 0.30, 0.14
"""Weight of lying low below, and of standing high above, beside the pattern."""
SURROUNDINGS = 1 / 24
"""Spread, in sides of the picture, of what a height is compared with."""
FLAT = 0.1
"""Standard deviation of heights in [0, 1] below which a surface counts as the flatter the less it has."""
SOFT = 0.02
"""Share of the area over which the edge is soft."""
TIES = 0.25
"""Weight of the seed's pattern beside a picture's brightness."""
PATTERN = 4 * FINEST
"""Pixels of the pattern before it is enlarged."""
SHADE = 0.35
"""How much of the open sky is lost right beside the edge."""


def pattern_of(rng: np.random.Generator, size: int) -> Plane:
    """The seed's own pattern (size, size) in [0, 1]: islands of several sizes, periodic."""
    return _at_size(ranked(waves(rng, (PATTERN, PATTERN), lowest=2.0, fall=1.7)), size)


def pattern_from(mask: Image, rng: np.random.Generator, size: int) -> Plane:
    """A picture's brightness as a pattern (size, size); the seed decides where the picture is of one grey."""
    grey = mask.to_float()[..., : 3 if mask.channels > 2 else 1].mean(axis=-1)
    return _at_size(grey, size) + TIES * pattern_of(rng, size)


def _at_size(plane: Plane, size: int) -> Plane:
    stacked = np.repeat(plane[..., None], 3, axis=-1).astype(np.float32)
    return np.ascontiguousarray(scaled(stacked, (size, size))[..., 0])


def mixed(below: Channels, above: Channels, pattern: Plane, share: float) -> tuple[Channels, Plane]:
    """(maps (H, W, 9), cover (H, W) in [0, 1]): `above` covers `share` of `below`, where `pattern` says."""
    score = pattern - LOW * _standing(below) + HIGH * _standing(above)
    ends = np.clip([1 - share - SOFT / 2, 1 - share + SOFT / 2], 0.0, 1.0)
    low, high = np.quantile(score, ends)
    cover = np.clip((score - low) / max(float(high - low), 1e-6), 0.0, 1.0).astype(np.float32)
    made = below.copy()
    for channel in range(made.shape[2]):
        made[..., channel] += (above[..., channel] - below[..., channel]) * cover
    made[..., CHANNELS["occlusion"]] *= (1 - SHADE * _beside(cover))[..., None]
    return made, cover


def _standing(channels: Channels) -> Plane:
    """Height (H, W) over the surroundings, in standard deviations, at most 2; periodic. What is flat stands
    nowhere: the grain of plaster is no reason for an edge, least of all the grid of its latents."""
    height = channels[..., CHANNELS["height"]][..., 0]
    over = height - _soft(height, SURROUNDINGS * height.shape[0])
    return np.asarray(np.clip(over / max(float(over.std()), FLAT), -2.0, 2.0), np.float32)


def _beside(cover: Plane) -> Plane:
    """1 right outside of what is covered, falling to 0 some pixels away and inside."""
    return np.clip(2 * _soft(cover, max(1.0, cover.shape[0] / 256)), 0.0, 1.0) * (1 - cover)


def _soft(plane: Plane, spread: float) -> Plane:
    margin = min(plane.shape[0], int(4 * spread) + 1)
    around = np.pad(plane, margin, mode="wrap")
    blurred = cv2.GaussianBlur(around, (0, 0), spread)
    return np.asarray(blurred[margin:-margin, margin:-margin], np.float32)
