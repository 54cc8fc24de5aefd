"""Where material_gan and sky_vae start: the principal components of 8x8 blocks of pixels."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vrgen.models.material_gan import CHANNELS, DOWN, spread
from vrgen.train.data import MaterialSource, SkySource, material_batch, sky_batch

CROPS, SIZE = 200, 128
WORTH = {
    "base_colour": 1.3,
    "normal": 2.3,
    "roughness": 1.7,
    "metallic": 0.7,
    "height": 0.7,
    "occlusion": 0.7,
}
"""How much a map's error counts against another's: normals barely leave 0.5."""
SPREAD = 0.4
"""About the root mean square of a material's latents at the start."""
SKY_SPREAD = 1.0
"""The same of a sky's: the prior is N(0, 1)."""


def start_from_components(makers: nn.ModuleDict, sources: list[MaterialSource], seed: int) -> None:
    """Set the linear maps P of the encoder and Q of the generator (models.material_gan) by the data."""
    maps, there = material_batch(sources, np.random.default_rng([seed, 7]), count=CROPS, size=SIZE)
    worth = torch.cat([torch.full((s.stop - s.start,), WORTH[name]) for name, s in CHANNELS.items()])
    shown = (torch.from_numpy(maps) - 0.5) * spread(torch.from_numpy(there))[:, :, None, None]
    _set(makers, shown, worth, SPREAD)


def start_from_sky_components(
    makers: nn.ModuleDict, sources: list[SkySource], seed: int, *, size: int
) -> None:
    """The same for models.sky_vae, from strips of `size` pixels."""
    strips, _ = sky_batch(sources, np.random.default_rng([seed, 7]), count=CROPS, size=size)
    _set(makers, torch.from_numpy(strips) - 0.5, torch.ones(3), SKY_SPREAD)


@torch.no_grad()
def _set(makers: nn.ModuleDict, pictures: Tensor, worth: Tensor, spread: float) -> None:
    """Components of pictures (N, C, H, W) whose channels count by `worth` (C,).

    With the weighted covariance of all blocks C = V S^2 V^T, the first rows of V^T scaled by 1/sqrt(S):
    the first component varies most still, but the last does not drown in noise.
    """
    down, up = (cast(nn.Conv2d, makers[name].direct) for name in ("encoder", "generator"))
    weights = worth.repeat_interleave(DOWN * DOWN)  # pixel_unshuffle keeps a channel's pixels together
    blocks = functional.pixel_unshuffle(pictures, DOWN).permute(0, 2, 3, 1).flatten(0, 2) * weights
    energy, vectors = torch.linalg.eigh(blocks.T @ blocks / len(blocks))
    energy, vectors = energy.flip(0)[: down.out_channels], vectors.flip(1)[:, : down.out_channels]
    size = energy.clamp_min(1e-5 * float(energy[0])).sqrt()  # components that a small set lacks
    scale = spread / size.mean().sqrt() / size.sqrt()
    down.weight.copy_((scale[:, None] * vectors.T * weights)[:, :, None, None])
    up.weight.copy_((vectors / scale / weights[:, None])[:, :, None, None])
