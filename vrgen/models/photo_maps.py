"""photo_maps: height, normal, roughness and occlusion of a surface from one photograph of it.

    b_jc = bands of the photo       j = 1, 2, 4, 8 pixels; c = luminance, red - green, blue - yellow
    G, d = U(photo)                 gains of every band and a slow part, at a quarter of the size
    h = 8 d + sum 4 j G_jc b_jc     height in pixels; roughness and occlusion likewise, from luminance alone
    normal = (-dh/dx, -dh/dy, 1) / |.|    unit length, and the height's own by construction
    loss = masked L1 and L2 of normal, roughness and occlusion, L1 of the rise of h over 4 and 16 pixels,
           (1 - correlation) of h with the true height
           + w * softplus(-D(photo, maps)) once the discriminator has joined

What is fine comes from the photo itself, so nothing blurs; what the network says is which of it is relief and
which is paint: whether dark means deep here, and how deep. It starts as a Sobel filter and learns in
a tenth of the time of a U-Net that paints the maps itself. A result depends on 170 pixels in every
direction: a brick with its joints. All convolutions wrap around: a photo that tiles has maps that tile.

Sources: undecimated spline wavelets (Starck and Murtagh 1994); U-Net (Ronneberger et al. 2015); all maps of a
material from one picture (Deschaintre et al. 2018); conditional discriminator (Isola et al. 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vrgen.models.blocks import PatchCritic, Residual, WrappedConv, keep_variance, pad_around

OUTPUTS: dict[str, slice] = {"height": slice(0, 1), "roughness": slice(1, 2), "occlusion": slice(2, 3)}
"""Where each result lies among the channels: height in pixels around 0, the others in [0, 1], not clipped."""
TOTAL = 3
DOWN = 16
"""Sides of the input are multiples of this."""
REACH = 176
"""Pixels, a multiple of DOWN, beyond which nothing can change a result."""
SCALES = (1, 2, 4, 8)
"""Pixels that the bands are wide."""
OPPONENT = ((0.30, 0.59, 0.11), (0.5, -0.5, 0.0), (-0.25, -0.25, 0.5))
"""Luminance, red against green, blue against yellow."""
SPLINE = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)
SLOW, STEEP, SHADE = 8.0, 4.0, 4.0
"""What a head's 1 means: pixels of the slow height, slope of a band of full contrast, roughness of it."""
MATT, OPEN = 0.6, 0.9
"""Roughness and occlusion to begin with: about the mean of real sets."""
PLANES = (1 + 3 * len(SCALES), 1 + len(SCALES), 1 + len(SCALES))
"""Heads of height, roughness and occlusion: the slow part, then a gain a band."""
FLATTEST_Z = 0.2
"""True normals count as no flatter than this (78 degrees): steeper ones are noise of a scan."""


@dataclass(frozen=True, slots=True)
class PhotoMapsShape:
    """Sizes of the network."""

    widths: tuple[int, int, int] = (48, 80, 112)
    """Channels at 1/4, 1/8 and 1/16 of the size."""
    critic: int = 32
    """First width of the discriminator."""


def shape_of(card: Mapping[str, Any]) -> PhotoMapsShape:
    """The sizes that a model card tells."""
    first, second, third = card["widths"]
    return PhotoMapsShape((first, second, third), card["critic"])


class Estimator(nn.Module):
    """The U-Net from a quarter to a sixteenth of the size, and the bands that it weighs."""

    def __init__(self, shape: PhotoMapsShape) -> None:
        super().__init__()
        a, b, c = shape.widths
        self.entry = nn.Sequential(WrappedConv(48, a, wrap_y=True), Residual(a, wrap_y=True))
        self.down = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4 * a, b, 1), Residual(b, wrap_y=True))
        self.ground = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(4 * b, c, 1),
            Residual(c, wrap_y=True),
            Residual(c, wrap_y=True),
            nn.Conv2d(c, b, 1),
            _Twice(),
        )
        self.up = nn.Sequential(Residual(b, wrap_y=True), nn.Conv2d(b, a, 1), _Twice())
        heads = WrappedConv(a, sum(PLANES), wrap_y=True)
        self.exit = nn.Sequential(Residual(a, wrap_y=True), nn.SiLU(), heads)
        keep_variance(self)
        # It begins as a Sobel filter on a matt surface, whatever the photo shows.
        begin = torch.zeros(sum(PLANES))
        begin[1 : 1 + len(SCALES)] = 1.0 / (STEEP * torch.tensor(SCALES))
        begin[PLANES[0]], begin[PLANES[0] + PLANES[1]] = 4.0 * (MATT - 0.5), 4.0 * (OPEN - 0.5)
        heads.bias = nn.Parameter(begin)
        with torch.no_grad():
            heads.weight.mul_(0.1)

    def forward(self, photo: Tensor) -> Tensor:
        """sRGB (N, 3, H, W) in [0, 1], sides multiples of 16 -> (N, 3, H, W) float32 as OUTPUTS says."""
        fine = self.entry(functional.pixel_unshuffle(4.0 * (photo - 0.5), 4))
        middle = self.down(fine)
        middle = 0.7071 * (middle + self.ground(middle))
        heads = self.exit(0.7071 * (fine + self.up(middle)))
        with torch.autocast(photo.device.type, enabled=False):  # eight bits of a number are steps in a normal
            return _composed(heads.float(), bands_of(photo.float()))


class _Twice(nn.Module):
    """Twice the size, smoothly: sub-pixel convolution leaves a grid in the gains for thousands of steps."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, 2 H, 2 W)."""
        return _grown(x, 2, "bilinear")


class Critic(nn.Module):
    """Do these maps belong to this photo? Maps that a set lacks are greyed out on both sides."""

    def __init__(self, shape: PhotoMapsShape) -> None:
        super().__init__()
        self.patches = PatchCritic(3 + 3, 0, shape.critic, wrap_y=True)

    def forward(self, photo: Tensor, normal_xy: Tensor, roughness: Tensor) -> Tensor:
        """Photo (N, 3, H, W), normal (N, 2, H, W), roughness around 0 -> logits (N, 1, H/4, W/4)."""
        logits: Tensor = self.patches(torch.cat([photo - 0.5, normal_xy, roughness], dim=1))
        return logits


def bands_of(photo: Tensor) -> Tensor:
    """(N, 3, H, W) to the bands of luminance, then of both differences of colour: (N, 12, H, W)."""
    mixed = torch.einsum("kc,nchw->nkhw", photo.new_tensor(OPPONENT), photo)
    taps = photo.new_tensor(SPLINE)
    bands = []
    for scale in SCALES:
        around = pad_around(mixed, 2 * scale, wrap_y=True)
        across = functional.conv2d(around, taps.view(1, 1, 1, 5).expand(3, 1, 1, 5), groups=3, dilation=scale)
        blurred = functional.conv2d(
            across, taps.view(1, 1, 5, 1).expand(3, 1, 5, 1), groups=3, dilation=scale
        )
        bands.append(mixed - blurred)
        mixed = blurred
    return torch.stack(bands, dim=2).flatten(1, 2)


def _composed(heads: Tensor, bands: Tensor) -> Tensor:
    """Heads (N, sum(PLANES), H/4, W/4) and bands (N, 12, H, W) to the outputs."""
    height, roughness, occlusion = _grown(heads, 4, "bilinear").split(PLANES, dim=1)  # type: ignore[no-untyped-call]
    smooth = _grown(heads[:, :1], 4, "bicubic")
    rise = bands.new_tensor(SCALES).repeat(3).view(1, -1, 1, 1)
    count = len(SCALES)
    made = [SLOW * smooth + STEEP * (rise * height[:, 1:] * bands).sum(dim=1, keepdim=True)]
    for part in (roughness, occlusion):
        fine = (part[:, 1:] * bands[:, :count]).sum(dim=1, keepdim=True)
        made.append(0.5 + 0.25 * part[:, :1] + SHADE * 0.25 * fine)
    return torch.cat(made, dim=1)


def _grown(x: Tensor, times: int, mode: str) -> Tensor:
    """(N, C, H, W) to that many times the size, smoothly around the border too."""
    around = functional.interpolate(pad_around(x, 2, wrap_y=True), scale_factor=float(times), mode=mode)
    return around[:, :, 2 * times : -2 * times, 2 * times : -2 * times]


def normal_of(height: Tensor) -> Tensor:
    """Height in pixels (N, 1, H, W) that wraps around to unit normals (N, 3, H, W), +Y up."""
    around = pad_around(height, 1, wrap_y=True)
    right = 0.5 * (around[:, :, 1:-1, 2:] - around[:, :, 1:-1, :-2])
    up = 0.5 * (around[:, :, :-2, 1:-1] - around[:, :, 2:, 1:-1])
    return functional.normalize(torch.cat([-right, -up, torch.ones_like(up)], dim=1), dim=1)


def unit_normal(xy: Tensor) -> Tensor:
    """x, y of normals (N, 2, H, W) in [-1, 1] to unit normals (N, 3, H, W), none flatter than FLATTEST_Z."""
    z = (1.0 - xy.square().sum(dim=1, keepdim=True)).clamp_min(FLATTEST_Z**2).sqrt()
    return functional.normalize(torch.cat([xy, z], dim=1), dim=1)
