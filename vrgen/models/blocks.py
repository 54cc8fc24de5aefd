"""Layers that the networks share: wrapped convolutions and residual blocks."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn


def _padded(x: Tensor, amount: int, wrap_y: bool) -> Tensor:
    x = torch.cat([x[..., -amount:], x, x[..., :amount]], dim=3)
    if wrap_y:
        return torch.cat([x[:, :, -amount:], x, x[:, :, :amount]], dim=2)
    top, bottom = x[:, :, :1], x[:, :, -1:]
    return torch.cat([top] * amount + [x] + [bottom] * amount, dim=2)


class _PadAround(torch.autograd.Function):
    """One padded copy forward, four small adds backward.

    functional.pad's circular mode loses channels_last, and cat's gradient fills and adds whole tensors:
    together they cost a third of a training step on a CPU.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, amount: int, wrap_y: bool) -> Tensor:
        ctx.amount, ctx.wrap_y = amount, wrap_y
        return _padded(x, amount, wrap_y)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (grad,), amount = grads, ctx.amount
        x = grad[:, :, amount:-amount].clone()
        if ctx.wrap_y:
            x[:, :, -amount:] += grad[:, :, :amount]
            x[:, :, :amount] += grad[:, :, -amount:]
        else:
            x[:, :, :1] += grad[:, :, :amount].sum(dim=2, keepdim=True)
            x[:, :, -1:] += grad[:, :, -amount:].sum(dim=2, keepdim=True)
        y = x[..., amount:-amount].clone(memory_format=torch.channels_last)
        y[..., -amount:] += x[..., :amount]
        y[..., :amount] += x[..., -amount:]
        return y, None, None


def pad_around(x: Tensor, amount: int, *, wrap_y: bool) -> Tensor:
    """Pad (N, C, H, W) by `amount` on each side: x wraps around; y wraps or repeats its edge row."""
    if not (torch.is_grad_enabled() and x.requires_grad):  # nor can an export see into a custom function
        return _padded(x, amount, wrap_y)
    padded: Tensor = _PadAround.apply(x, amount, wrap_y)  # type: ignore[no-untyped-call]
    return padded


class WrappedConv(nn.Conv2d):
    """3x3 convolution whose input wraps around in x, and in y when asked: what it makes tiles."""

    def __init__(self, channels_in: int, channels_out: int, *, wrap_y: bool) -> None:
        super().__init__(channels_in, channels_out, 3)
        self.wrap_y = wrap_y
        self.pads = True

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C', H, W); two less along each side when it does not pad (`in_windows`)."""
        return super().forward(pad_around(x, 1, wrap_y=self.wrap_y) if self.pads else x)


class Residual(nn.Module):
    """x + conv(silu(conv(silu(x)))), starting as the identity."""

    def __init__(self, channels: int, *, wrap_y: bool) -> None:
        super().__init__()
        self.first = WrappedConv(channels, channels, wrap_y=wrap_y)
        self.second = WrappedConv(channels, channels, wrap_y=wrap_y)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        silu = nn.functional.silu
        changed: Tensor = self.second(silu(self.first(silu(x))))
        return cropped(x, changed) + changed


def cropped(x: Tensor, like: Tensor) -> Tensor:
    """The middle of x (N, C, H, W), as large as `like`; x itself when it is that large."""
    top, left = ((x.shape[axis] - like.shape[axis]) // 2 for axis in (2, 3))
    return x if not top and not left else x[:, :, top:-top, left:-left]


def unfolded(direct: nn.Conv2d, latent: Tensor, like: Tensor, down: int) -> Tensor:
    """Blocks of `down` x `down` pixels that a linear map makes of cells (N, C, h, w), where `like` lies: the
    middle of all, as large as that. Cells beyond it are not looked at."""
    spare = (down * latent.shape[2] - like.shape[2]) // (2 * down)
    cells = latent[:, :, spare:-spare, spare:-spare] if spare else latent
    return cropped(nn.functional.pixel_shuffle(direct(cells), down), like)


def in_windows(network: nn.Module) -> nn.Module:
    """A copy for windows that bring their own surroundings: no layer pads, each takes its rim off."""
    network = copy.deepcopy(network)
    for module in network.modules():
        if isinstance(module, WrappedConv):
            module.pads = False
    return network


def same_on_all_threads(network: nn.Module) -> None:
    """Make the results of 1x1 convolutions independent of the number of threads, bit for bit.

    torch hands them to oneDNN or, on one thread, to a matrix product that sums in another order. A dilation
    means nothing to a single point, but what is dilated always goes to oneDNN.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1):
            module.dilation = (2, 2)


def encoder_stack(
    channels_in: int, widths: tuple[int, int, int], channels_out: int, *, wrap_y: bool
) -> nn.Sequential:
    """8 times down: three space-to-depth steps, residual blocks between; no pixel is thrown away."""
    a, b, c = widths
    return nn.Sequential(
        nn.PixelUnshuffle(2),
        nn.Conv2d(4 * channels_in, a, 1),
        Residual(a, wrap_y=wrap_y),
        nn.PixelUnshuffle(2),
        nn.Conv2d(4 * a, b, 1),
        Residual(b, wrap_y=wrap_y),
        nn.PixelUnshuffle(2),
        nn.Conv2d(4 * b, c, 1),
        Residual(c, wrap_y=wrap_y),
        Residual(c, wrap_y=wrap_y),
        nn.SiLU(),
        WrappedConv(c, channels_out, wrap_y=wrap_y),
    )


def generator_stack(
    channels_in: int, widths: tuple[int, int, int], channels_out: int, *, wrap_y: bool
) -> nn.Sequential:
    """8 times up: the encoder mirrored, with depth-to-space (sub-pixel convolution, Shi et al. 2016)."""
    a, b, c = widths
    return nn.Sequential(
        WrappedConv(channels_in, c, wrap_y=wrap_y),
        Residual(c, wrap_y=wrap_y),
        Residual(c, wrap_y=wrap_y),
        nn.Conv2d(c, 4 * b, 1),
        nn.PixelShuffle(2),
        Residual(b, wrap_y=wrap_y),
        Residual(b, wrap_y=wrap_y),
        nn.Conv2d(b, 4 * a, 1),
        nn.PixelShuffle(2),
        Residual(a, wrap_y=wrap_y),
        nn.SiLU(),
        WrappedConv(a, 4 * channels_out, wrap_y=wrap_y),
        nn.PixelShuffle(2),
    )


def keep_variance(network: nn.Module) -> None:
    """Draw all weights so that a signal keeps its size from layer to layer (residual branches stay zero).

    torch's default shrinks it by about 0.6 a layer: after eight layers the latents drown in the noise that
    training adds to them, and the generator learns the mean colour alone.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and bool(module.weight.any()):
            nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
            nn.init.zeros_(module.bias)  # type: ignore[arg-type]


def start_silent(stack: nn.Sequential) -> None:
    """Let the last convolution of `stack` start at zero: what stands beside it decides at first."""
    last = [layer for layer in stack if isinstance(layer, nn.Conv2d)][-1]
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)  # type: ignore[arg-type]


class PatchCritic(nn.Module):
    """The discriminator: how real does the detail of each patch of about 30 pixels look?

    A PatchGAN (Isola et al. 2017) on what a picture has beyond its 4x4 averages, amplified. What a
    reconstruction lacks is detail, a hundredth of a picture's variance: shown whole pictures, a critic
    was still at chance after 4,000 steps; shown the detail, it knows four of five after 60.
    """

    GAIN = 8.0
    """Detail has a spread of about 0.05; this brings it near 0.5."""

    def __init__(self, channels_in: int, flags: int, width: int, *, wrap_y: bool) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),
            WrappedConv(4 * (channels_in + flags), width, wrap_y=wrap_y),
            nn.LeakyReLU(0.2),
            nn.PixelUnshuffle(2),
            WrappedConv(4 * width, 2 * width, wrap_y=wrap_y),
            nn.LeakyReLU(0.2),
            WrappedConv(2 * width, 2 * width, wrap_y=wrap_y),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 1),
        )
        keep_variance(self)

    def forward(self, x: Tensor, flags: Tensor | None = None) -> Tensor:
        """(N, C, H, W) and what is known of it (N, F) -> logits (N, 1, H/4, W/4); above 0 is real."""
        coarse = nn.functional.avg_pool2d(x, 4)
        detail = self.GAIN * (x - nn.functional.interpolate(coarse, scale_factor=4.0, mode="bilinear"))
        if flags is not None:
            detail = torch.cat([detail, flags[:, :, None, None].expand(-1, -1, *x.shape[2:])], dim=1)
        logits: Tensor = self.layers(detail)
        return logits
