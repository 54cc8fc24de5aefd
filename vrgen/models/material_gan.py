"""material_gan: a whole PBR set from a latent map, adversarially sharpened, tiling by construction.

    z = E(x, m) = P x + e(x, m)          8x down, 72 channels; x the maps, m which maps are there
    x' = G(z + noise) = Q z + g(z + noise)   8x up
    loss of E, G: masked L1 at two scales + L1 of gradients + 1e-4 |z|^2 + w * softplus(-D(x'))
    loss of D:    softplus(-D(x)) + softplus(D(x')) + gamma/2 |grad D(x)|^2

P and Q are linear maps of 8x8 blocks to a latent cell and back. They start as principal components of the
data (train.components), the networks e and g as zero: from the first step on all that is linear is known, and
what is learned is the rest. (Without them 6,000 steps ended below the principal components alone.)

All convolutions wrap around in x and y, so a latent map that is periodic decodes to a texture that
tiles. Maps that a source lacks are masked in the loss and hidden from the encoder; some that it has are
hidden at random, so the encoder learns to work from colour alone and the generator to invent the rest.

Sources: autoencoding beyond pixels (Larsen et al. 2016); non-saturating loss (Goodfellow et al. 2014);
R1 (Mescheder et al. 2018); shortcuts by space-to-depth (Chen et al. 2024, deep compression autoencoder);
spatial latents for textures (Bergmann et al. 2017, PSGAN).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vrgen.models.blocks import (
    PatchCritic,
    encoder_stack,
    generator_stack,
    keep_variance,
    start_silent,
    unfolded,
)

CHANNELS: dict[str, slice] = {
    "base_colour": slice(0, 3),
    "normal": slice(3, 5),
    "roughness": slice(5, 6),
    "metallic": slice(6, 7),
    "height": slice(7, 8),
    "occlusion": slice(8, 9),
}
"""Where each map lies among the channels. Colour is sRGB in [0, 1]; normal is x, y in [-1, 1] halved
and centred on 0.5; the others are linear in [0, 1]."""
TOTAL = 9
HIDEABLE = tuple(name for name in CHANNELS if name != "base_colour")
DOWN = 8
"""Pixels a latent cell, along each axis."""


@dataclass(frozen=True, slots=True)
class MaterialGanShape:
    """Sizes of the networks."""

    latent: int = 72
    """Channels of the latent map."""
    widths: tuple[int, int, int] = (48, 96, 128)
    """Channels at 1/2, 1/4 and 1/8 of the size."""
    critic: int = 48
    """First width of the discriminator."""


def shape_of(card: Mapping[str, Any]) -> MaterialGanShape:
    """The sizes that a model card tells."""
    first, second, third = card["widths"]
    return MaterialGanShape(card["latent"], (first, second, third), card["critic"])


class Encoder(nn.Module):
    """Maps to latents."""

    def __init__(self, shape: MaterialGanShape) -> None:
        super().__init__()
        self.stack = encoder_stack(TOTAL + len(HIDEABLE), shape.widths, shape.latent, wrap_y=True)
        keep_variance(self.stack)
        start_silent(self.stack)
        self.direct = nn.Conv2d(TOTAL * DOWN * DOWN, shape.latent, 1, bias=False)

    def forward(self, maps: Tensor, seen: Tensor) -> Tensor:
        """maps (N, 9, H, W), seen (N, 5) of 0 and 1 in the order of HIDEABLE -> (N, latent, H/8, W/8)."""
        channel_seen = spread(seen)[:, :, None, None]
        shown = (maps - 0.5) * channel_seen
        planes = seen[:, :, None, None].expand(-1, -1, *maps.shape[2:])
        known: Tensor = self.direct(nn.functional.pixel_unshuffle(shown, DOWN))
        refined: Tensor = self.stack(torch.cat([4.0 * shown, planes], dim=1))
        return known + refined


class Generator(nn.Module):
    """Latents to maps."""

    def __init__(self, shape: MaterialGanShape) -> None:
        super().__init__()
        self.stack = generator_stack(shape.latent, shape.widths, TOTAL, wrap_y=True)
        keep_variance(self.stack)
        start_silent(self.stack)
        self.direct = nn.Conv2d(shape.latent, TOTAL * DOWN * DOWN, 1, bias=False)

    def refine_in(self, dtype: torch.dtype) -> None:
        """Let the network refine in another dtype from its second layer on. The linear map is a hundred times
        as much, and rounded latents cost more than all that follows: both stay float32."""
        self.stack[1:].to(dtype)

    def forward(self, latent: Tensor) -> Tensor:
        """(N, latent, H, W) -> maps (N, 9, 8 H, 8 W), not clipped."""
        entered: Tensor = self.stack[0](latent)
        dtype = next(self.stack[1:].parameters()).dtype
        refined: Tensor = self.stack[1:](entered.to(dtype)).to(latent.dtype)
        return unfolded(self.direct, latent, refined, DOWN) + refined + 0.5


class Critic(nn.Module):
    """Real or made, patch by patch; maps that are not there are greyed out on both sides."""

    def __init__(self, shape: MaterialGanShape) -> None:
        super().__init__()
        self.patches = PatchCritic(TOTAL, len(HIDEABLE), shape.critic, wrap_y=True)

    def forward(self, maps: Tensor, there: Tensor) -> Tensor:
        """maps (N, 9, H, W), there (N, 5) -> logits (N, 1, H/4, W/4)."""
        logits: Tensor = self.patches((maps - 0.5) * spread(there)[:, :, None, None], there)
        return logits


def spread(flags: Tensor) -> Tensor:
    """Flags a map (N, 5) in the order of HIDEABLE to flags a channel (N, 9); colour is always there."""
    colour = torch.ones_like(flags[:, :1])
    return torch.cat([colour, colour, colour, flags[:, :1], flags], dim=1)
