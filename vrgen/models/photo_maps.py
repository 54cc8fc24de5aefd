"""photo_maps: normal, roughness, height and occlusion of a surface from one photograph of it.

    (p, q), h, r, a = U(photo)       p, q slopes: height over pixels, to the right and upwards
    normal = (-p, -q, 1) / |.|       unit length by construction
    height = argmin |grad h' - (p, q)|^2 + k |h' - h|^2          (synth.relief: the two heads made one)
    loss = masked L1 and L2 of normal, roughness and occlusion, L1 of grad h against the true slopes at three
           scales, (1 - correlation) of h with the true height
           + w * softplus(-D(photo, maps)) once the discriminator has joined

A U-Net from half to a sixteenth of the size; a pixel sees 124 pixels in every direction, enough for a brick
with its joints. Convolutions wrap around: a photo that tiles has maps that tile; others are handed over
with a mirrored frame. Slopes, not normals, come out: they are what shading shows, and have no forbidden
values.

Sources: U-Net (Ronneberger et al. 2015); sub-pixel convolution (Shi et al. 2016); one network for all maps of
a material from one picture (Deschaintre et al. 2018); conditional discriminator (Isola et al. 2017).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vrgen.models.blocks import PatchCritic, Residual, WrappedConv, keep_variance

OUTPUTS: dict[str, slice] = {
    "slope": slice(0, 2),
    "height": slice(2, 3),
    "roughness": slice(3, 4),
    "occlusion": slice(4, 5),
}
"""Where each result lies among the channels: slope right and up (height over pixels), height in pixels
around 0, roughness and occlusion in [0, 1], not clipped."""
TOTAL = 5
DOWN = 16
"""Sides of the input are multiples of this."""
REACH = 128
"""Pixels, a multiple of DOWN, beyond which nothing can change a result."""
HEIGHT_UNIT = 2.0
"""Pixels a unit of the height head: its values stay near 1."""
FLATTEST_Z = 0.2
"""Normals lie no flatter than this (78 degrees): steeper ones are noise of a scan."""


@dataclass(frozen=True, slots=True)
class PhotoMapsShape:
    """Sizes of the network."""

    widths: tuple[int, int, int, int] = (24, 48, 72, 96)
    """Channels at 1/2, 1/4, 1/8 and 1/16 of the size."""
    critic: int = 32
    """First width of the discriminator."""


def shape_of(card: Mapping[str, Any]) -> PhotoMapsShape:
    """The sizes that a model card tells."""
    first, second, third, fourth = card["widths"]
    return PhotoMapsShape((first, second, third, fourth), card["critic"])


class Estimator(nn.Module):
    """The U-Net: what goes up is added to what came down at the same size."""

    def __init__(self, shape: PhotoMapsShape) -> None:
        super().__init__()
        widths = shape.widths
        self.entry = WrappedConv(12, widths[0], wrap_y=True)
        self.down = nn.ModuleList(Residual(width, wrap_y=True) for width in widths[:-1])
        self.shrink = nn.ModuleList(
            nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * a, b, 1)) for a, b in itertools.pairwise(widths)
        )
        self.ground = nn.Sequential(*(Residual(widths[-1], wrap_y=True) for _ in range(2)))
        self.grow = nn.ModuleList(
            nn.Sequential(nn.Conv2d(b, 4 * a, 1), nn.PixelShuffle(2)) for a, b in itertools.pairwise(widths)
        )
        self.up = nn.ModuleList(Residual(width, wrap_y=True) for width in widths[:-1])
        self.exit = WrappedConv(widths[0], 4 * TOTAL, wrap_y=True)
        keep_variance(self)
        with torch.no_grad():  # flat to begin with: rough noise takes hundreds of steps to go away
            self.exit.weight.mul_(0.1)

    def forward(self, photo: Tensor) -> Tensor:
        """sRGB (N, 3, H, W) in [0, 1], sides multiples of 16 -> (N, 5, H, W) as OUTPUTS says."""
        x = self.entry(nn.functional.pixel_unshuffle(4.0 * (photo - 0.5), 2))
        kept = []
        for floor, shrink in zip(self.down, self.shrink, strict=True):
            x = floor(x)
            kept.append(x)
            x = shrink(x)
        x = self.ground(x)
        for floor, grow in zip(reversed(self.up), reversed(self.grow), strict=True):
            x = floor((grow(x) + kept.pop()) * 0.7071)
        made = nn.functional.pixel_shuffle(self.exit(nn.functional.silu(x)), 2)
        slope, height, rest = made[:, :2], made[:, 2:3], made[:, 3:]
        return torch.cat([0.25 * slope, HEIGHT_UNIT * height, 0.5 + 0.25 * rest], dim=1)


class Critic(nn.Module):
    """Do these maps belong to this photo? Maps that a set lacks are greyed out on both sides."""

    def __init__(self, shape: PhotoMapsShape) -> None:
        super().__init__()
        self.patches = PatchCritic(3 + 3, 0, shape.critic, wrap_y=True)

    def forward(self, photo: Tensor, normal_xy: Tensor, roughness: Tensor) -> Tensor:
        """Photo (N, 3, H, W), normal (N, 2, H, W), roughness around 0 -> logits (N, 1, H/4, W/4)."""
        logits: Tensor = self.patches(torch.cat([photo - 0.5, normal_xy, roughness], dim=1))
        return logits


def normal_of(slope: Tensor) -> Tensor:
    """Slopes (N, 2, H, W) right and up to unit normals (N, 3, H, W), +Y up."""
    flat = torch.cat([-slope, torch.ones_like(slope[:, :1])], dim=1)
    return nn.functional.normalize(flat, dim=1)


def slope_of(normal_xy: Tensor) -> Tensor:
    """x, y of unit normals (N, 2, H, W) in [-1, 1] to slopes right and up, no steeper than FLATTEST_Z."""
    squared = normal_xy.square().sum(dim=1, keepdim=True)
    return -normal_xy / (1.0 - squared).clamp_min(FLATTEST_Z**2).sqrt()
