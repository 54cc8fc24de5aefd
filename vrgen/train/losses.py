"""Losses the trainers share."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def masked_l1(made: Tensor, real: Tensor, weight: Tensor) -> Tensor:
    """Mean of weight * |made - real| over (N, C, H, W), by the sum of the weights (broadcast)."""
    weight = weight.expand_as(made)
    return ((made - real).abs() * weight).sum() / weight.sum().clamp_min(1.0)


def reconstruction(made: Tensor, real: Tensor, weight: Tensor) -> Tensor:
    """L1 + L1 of 4x4 averages + 0.3 L1 of the gradients; weight broadcasts to (N, C, H, W)."""
    weight = weight.expand_as(made)

    def pool(x: Tensor) -> Tensor:
        return functional.avg_pool2d(x, 4)

    loss = masked_l1(made, real, weight) + masked_l1(pool(made), pool(real), pool(weight))
    for axis in (2, 3):
        w = weight.narrow(axis, 1, weight.shape[axis] - 1)
        loss = loss + 0.3 * masked_l1(made.diff(dim=axis), real.diff(dim=axis), w)
    return loss


def inner(x: Tensor, margin: int) -> Tensor:
    """(N, C, H, W) without `margin` columns at the left and right."""
    return x[..., margin:-margin]


def generator_loss(logits_made: Tensor) -> Tensor:
    """Non-saturating: mean softplus(-D(G(z))) (Goodfellow et al. 2014, section 3)."""
    return functional.softplus(-logits_made).mean()


def critic_loss(logits_real: Tensor, logits_made: Tensor) -> Tensor:
    """Mean softplus(-D(x)) + softplus(D(G(z)))."""
    return functional.softplus(-logits_real).mean() + functional.softplus(logits_made).mean()


def r1_penalty(logits_real: Tensor, real: Tensor) -> Tensor:
    """Mean over the batch of |grad_x sum D(x)|^2 (Mescheder et al. 2018); `real` requires a gradient."""
    (gradient,) = torch.autograd.grad(logits_real.sum(), real, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


def kl_to_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)), mean over every latent value."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
