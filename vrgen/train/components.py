"""Where material_gan starts: the principal components of 8x8 blocks of maps."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vrgen.models.material_gan import CHANNELS, DOWN, TOTAL, spread
from vrgen.train.data import MaterialSource, material_batch

CROPS, SIZE = 200, 128
WORTH = {
    "base_colour": 1.3,
    "normal": 2.0,
    "roughness": 1.0,
    "metallic": 0.7,
    "height": 0.7,
    "occlusion": 0.7,
}
"""How much a map's error counts against another's: normals barely leave 0.5."""
SPREAD = 0.4
"""Root mean square of the latents at the start."""


@torch.no_grad()
def start_from_components(makers: nn.ModuleDict, sources: list[MaterialSource], seed: int) -> None:
    """Set the linear maps P of the encoder and Q of the generator (models.material_gan) by the data.

    With the weighted covariance of all blocks C = V S^2 V^T, the first rows of V^T scaled by 1/sqrt(S):
    the first component varies most still, but the last does not drown in noise.
    """
    maps, there = material_batch(sources, np.random.default_rng([seed, 7]), count=CROPS, size=SIZE)
    worth = torch.cat([torch.full((s.stop - s.start,), WORTH[name]) for name, s in CHANNELS.items()])
    shown = (torch.from_numpy(maps) - 0.5) * (spread(torch.from_numpy(there)) * worth)[:, :, None, None]
    blocks = functional.pixel_unshuffle(shown, DOWN).permute(0, 2, 3, 1).flatten(0, 2)
    energy, vectors = torch.linalg.eigh(blocks.T @ blocks / len(blocks))
    down, up = (cast(nn.Conv2d, makers[name].direct) for name in ("encoder", "generator"))
    count = down.out_channels
    energy, vectors = energy.flip(0)[:count], vectors.flip(1)[:, :count]
    size = energy.clamp_min(1e-5 * float(energy[0])).sqrt()  # components that a small set lacks
    scale = SPREAD / size.mean().sqrt() / size.sqrt()
    weights = worth.repeat_interleave(DOWN * DOWN)  # pixel_unshuffle keeps a channel's pixels together
    down.weight.copy_(_kernel(scale[:, None] * vectors.T * weights))
    up.weight.copy_(_kernel((vectors / scale).div(weights[:, None])))


def _kernel(matrix: Tensor) -> Tensor:
    """(out, in) to the weight of a 1x1 convolution."""
    assert max(matrix.shape) == TOTAL * DOWN * DOWN
    return matrix[:, :, None, None]
