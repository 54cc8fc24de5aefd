"""How far the colours and textures of two pictures are apart, without a network to learn it from.

Both are filtered at random at three scales (fine detail by filters of mean zero, palette by single pixels),
and the values of each filter are sorted and compared: the sliced Wasserstein distance of their patches.
What a patch shows does not count, only how often it occurs. It says from the first step on where a style
lies; a critic needs thousands to find out.

Sources: sliced Wasserstein texture synthesis (Rabin et al. 2011; Heitz et al. 2021).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

FILTERS = 16
"""Drawn at each scale: as many for texture, half as many for colour."""
KERNEL = 5
FINE = 0.5
"""Weight of texture against colour. At 1 a network fills calm skies with a grid of dots (see grid_strength):
it has no other way to make what it cannot see."""
SCALES = 3
OPPONENT = ((0.577, 0.577, 0.577), (1.414, -1.414, 0.0), (0.816, 0.816, -1.633))
"""Lightness, red - green, yellow - blue; the latter two twice as loud, being that much weaker in pictures."""


def texture_distance(made: Tensor, real: Tensor, noise: torch.Generator) -> Tensor:
    """Mean distance of (N, 3, H, W) to real pictures of the same shape, pair by pair."""
    turn = torch.tensor(OPPONENT).to(made)
    made, real = (torch.einsum("dc,nchw->ndhw", turn, x) for x in (made, real))
    distance = made.new_zeros(())
    for scale in range(SCALES):
        fine = torch.randn(FILTERS, 3, KERNEL, KERNEL, generator=noise)
        fine = fine - fine.mean(dim=(2, 3), keepdim=True)
        colour = torch.randn(FILTERS // 2, 3, 1, 1, generator=noise)
        top, left = torch.randint(2, (2,), generator=noise).tolist()  # every other pixel tells enough
        for filters, weight in ((fine, FINE), (colour, 1.0)):
            unit = (filters / filters.flatten(1).norm(dim=1)[:, None, None, None]).to(made)
            one, other = (
                functional.conv2d(x[..., top:, left:], unit, stride=2).flatten(2).sort(dim=2).values
                for x in (made, real)
            )
            distance = distance + weight * functional.l1_loss(one, other)
        if scale + 1 < SCALES:
            made, real = (functional.avg_pool2d(x, 2) for x in (made, real))
    return distance / SCALES


def grid_strength(change: Tensor) -> Tensor:
    """Mean strength of what repeats every 4 pixels within 16 x 16, in what was changed (N, 3, H, W).

    A network with strides of 4 can draw such a grid into calm places at no cost, and short of that many steps
    critics let it pass; no style has one.
    """
    n, c, h, w = change.shape
    cells = change.reshape(n, c, h // 16, 4, 4, w // 16, 4, 4).mean(dim=(3, 6))
    return (cells - cells.mean(dim=(3, 5), keepdim=True)).abs().mean()


def nearest_in_tone(pictures: Tensor, others: Tensor) -> Tensor:
    """For each of (N, 3, H, W) the one of (M, 3, H, W) whose mean colour is nearest, (N, 3, H, W)."""
    apart = torch.cdist(pictures.mean(dim=(2, 3)), others.mean(dim=(2, 3)))
    return others[apart.argmin(dim=1)]
