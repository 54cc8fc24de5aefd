"""sky_vae: HDR skies on a compressed scale, circular in azimuth.

    x = log1p(4 L / mean(L)) / log1p(4 * 30)     L radiance with the sun taken out, clipped at 30 means
    q(z | x) = N(mu(x), sigma(x)^2)              8x down, 96 channels; mu(x) = P x + e(x)
    x' = Q z + g(z)                              8x up
    loss = L1 at two scales + L1 of gradients + beta KL(q || N(0, 1)) + w * softplus(-D(x'))

P and Q are linear maps of 8x8 blocks to a latent cell and back, at first the principal components of the
data, as material_gan's; e and g start at zero.

x wraps around in azimuth; zenith and nadir repeat their edge row. The rows shrink towards the poles on the
sphere, so the loss weighs them by the cosine of the elevation. The sun is a parameter: it is measured and
taken out before encoding, and put back exactly where it is asked for (synth.sun).

Sources: Kingma and Welling 2014 (VAE); Larsen et al. 2016 (adversarial sharpening).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vrgen.core.frames import LUMINANCE, equirect_solid_angles
from vrgen.models.blocks import (
    PatchCritic,
    encoder_stack,
    generator_stack,
    keep_variance,
    start_silent,
    unfolded,
)

DOWN = 8
"""Pixels a latent cell, along each axis."""
GAIN = 4.0
CLIP = 30.0
SCALE = math.log1p(GAIN * CLIP)
CERTAIN = -7.0
"""Log variance of the latents at the start: what is known already must not drown in noise."""


@dataclass(frozen=True, slots=True)
class SkyVaeShape:
    """Sizes of the networks."""

    latent: int = 96
    """Channels of the latent map."""
    widths: tuple[int, int, int] = (48, 96, 128)
    """Channels at 1/2, 1/4 and 1/8 of the size."""
    critic: int = 48
    """First width of the discriminator."""


def shape_of(card: Mapping[str, Any]) -> SkyVaeShape:
    """The sizes that a model card tells."""
    first, second, third = card["widths"]
    return SkyVaeShape(card["latent"], (first, second, third), card["critic"])


class Encoder(nn.Module):
    """A compressed sky to the mean and the log variance of its latents."""

    def __init__(self, shape: SkyVaeShape) -> None:
        super().__init__()
        self.stack = encoder_stack(3, shape.widths, 2 * shape.latent, wrap_y=False)
        keep_variance(self.stack)
        start_silent(self.stack)
        self.direct = nn.Conv2d(3 * DOWN * DOWN, shape.latent, 1, bias=False)

    def forward(self, sky: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, 2H) -> mean and log variance, each (N, latent, H/8, H/4)."""
        mean, log_variance = self.stack(4.0 * (sky - 0.5)).chunk(2, dim=1)
        known: Tensor = self.direct(nn.functional.pixel_unshuffle(sky - 0.5, DOWN))
        return known + mean, (log_variance + CERTAIN).clamp(-12.0, 4.0)


class Generator(nn.Module):
    """Latents to a compressed sky."""

    def __init__(self, shape: SkyVaeShape) -> None:
        super().__init__()
        self.stack = generator_stack(shape.latent, shape.widths, 3, wrap_y=False)
        keep_variance(self.stack)
        start_silent(self.stack)
        self.direct = nn.Conv2d(shape.latent, 3 * DOWN * DOWN, 1, bias=False)

    def forward(self, latent: Tensor) -> Tensor:
        """(N, latent, H, W) -> (N, 3, 8 H, 8 W) on the compressed scale, not clipped."""
        refined: Tensor = self.stack(latent)
        return unfolded(self.direct, latent, refined, DOWN) + refined + 0.5


class Critic(nn.Module):
    """Real or made, patch by patch."""

    def __init__(self, shape: SkyVaeShape) -> None:
        super().__init__()
        self.patches = PatchCritic(3, 0, shape.critic, wrap_y=False)

    def forward(self, sky: Tensor) -> Tensor:
        """(N, 3, H, W) -> logits (N, 1, H/4, W/4)."""
        logits: Tensor = self.patches(sky - 0.5)
        return logits


def compress(relative: Tensor) -> Tensor:
    """Radiance relative to its mean, clipped at 30, to [0, 1]."""
    return torch.log1p(GAIN * relative.clamp(0.0, CLIP)) / SCALE


def to_scale(radiance: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """(a sky (H, 2H, 3) without its sun on the compressed scale, the mean luminance it is relative to)."""
    weights = equirect_solid_angles(radiance.shape[0]) / (4 * np.pi)
    clipped, mean = radiance, 0.0
    for _ in range(2):  # the mean of what will be kept: lamps far above the clip must not darken the rest
        mean = max(float(((clipped @ LUMINANCE) * weights).sum()), 1e-9)
        clipped = np.minimum(radiance, CLIP * mean)
    return (np.log1p(GAIN * clipped / mean) / SCALE).astype(np.float32), mean


def expand(sky: Tensor) -> Tensor:
    """The inverse of `compress`; below 0 counts as 0."""
    return torch.expm1(sky.clamp(0.0, 1.0) * SCALE) / GAIN
