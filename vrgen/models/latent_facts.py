"""What latent_gan knows of its sources before it learns: spread, waves, spectrum, and noise that has them.

The means of 4x4 cells and all cells of a source are taken apart into waves that keep their phases and a rest
that is noise with the source's spectrum. Every map here wraps around in x and y.

Sources: noise with the spectrum of an example (Galerne et al. 2011, asymptotic discrete spot noise), its
peaks kept apart (Francos et al. 1993, Wold decomposition).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vrgen.models.blocks import pad_around

LATTICE = 40
"""Waves a source at most: what they add is known, only where they start is drawn."""
WAVES = 6
"""The strongest of them, which the networks see."""
COARSE = 4
"""Cells along a side that the layout draws as one."""
KERNEL = 32
"""Layout cells along a source's side at most: 1024 pixels."""
SPOT, SPOTS = 16, 2
"""Cells along a side of the pieces of a source that noise in the cells is made of, and their number."""


class Facts(nn.Module):
    """What is known of the sources: buffers, so they travel with the weights."""

    mean: Tensor
    spread: Tensor
    coarse_spread: Tensor
    waves: Tensor
    """(sources, LATTICE, 3): cycles a cell down and right, and 1 if it is there; strongest first."""
    tile: Tensor
    """Cells of a source down and right, in which all its waves close."""
    part: Tensor
    """What each wave map adds to the normalised latents: (sources, latent, 2 LATTICE)."""
    spots: Tensor
    """Pieces (sources, SPOTS latent, SPOT, SPOT) of the cells beyond means and waves, scaled likewise."""
    kernel: Tensor
    """The normalised means of a source without its waves, scaled so that convolved with white noise of spread
    1 they have the same spread; smaller sources are filled up with zeros."""

    def __init__(self, latent: int, sources: int) -> None:
        """Nothing is known yet, of so many channels and sources."""
        super().__init__()
        self.register_buffer("mean", torch.zeros(sources, latent))
        self.register_buffer("spread", torch.ones(sources, latent))
        self.register_buffer("coarse_spread", torch.ones(sources, latent))
        self.register_buffer("waves", torch.zeros(sources, LATTICE, 3))
        self.register_buffer("tile", torch.full((sources, 2), 64.0))
        self.register_buffer("part", torch.zeros(sources, latent, 2 * LATTICE))
        self.register_buffer("spots", torch.zeros(sources, SPOTS * latent, SPOT, SPOT))
        self.register_buffer("kernel", torch.zeros(sources, latent, KERNEL, KERNEL))

    def normalised(self, z: Tensor, source: Tensor) -> Tensor:
        """Latents (N, latent, H, W) to mean 0 and spread 1 in each channel of their source."""
        return (z - self.mean[source][:, :, None, None]) / self.spread[source][:, :, None, None]

    def coarse(self, y: Tensor, source: Tensor) -> Tensor:
        """Normalised latents to the normalised means of 4x4 cells."""
        ratio = (self.spread / self.coarse_spread)[source][:, :, None, None]
        return nn.functional.avg_pool2d(y, COARSE) * ratio

    def lattice(self, source: Tensor, waves: Tensor) -> Tensor:
        """Normalised latents (N, latent, H, W) of waves (N, 2 LATTICE, H, W) at every cell, alone."""
        return torch.einsum("ncw,nwyx->ncyx", self.part[source], waves)

    def prior(self, source: Tensor, white: Tensor, lattice: Tensor) -> Tensor:
        """Normalised means with a source's waves and spectrum: (N, latent, h, w), float32.

        white (N, h, w) standard normal, lattice (N, latent, 4 h, 4 w).
        """
        random = _spot_noise(self.kernel[source][:, None], white[:, None])
        return random + self.coarse(lattice, source)

    def cells(self, coarse: Tensor, source: Tensor, white: Tensor, lattice: Tensor) -> Tensor:
        """Normalised means to normalised latents: every cell its mean, waves, and noise with the source's
        spectrum, which leaves the means alone: (N, latent, 4 h, 4 w).

        white (N, SPOTS, 4 h, 4 w) standard normal, lattice (N, latent, 4 h, 4 w).
        """
        ratio = (self.coarse_spread / self.spread)[source][:, :, None, None]
        pieces = self.spots[source].reshape(len(source), SPOTS, -1, SPOT, SPOT)
        made = lattice + _spot_noise(pieces, white)
        return made + _enlarged(coarse * ratio - nn.functional.avg_pool2d(made, COARSE))

    def latents(self, y: Tensor, source: Tensor) -> Tensor:
        """Normalised latents to material_gan's."""
        return y * self.spread[source][:, :, None, None] + self.mean[source][:, :, None, None]

    def wave_maps(
        self, source: Tensor, where: Tensor, size: tuple[int, int], cells: int, *, closed: bool = False
    ) -> Tensor:
        """Each wave's cosine and sine (N, 2 LATTICE, *size) at every `cells` cells; too fine ones are 0.

        where (N, 2): row and column, in cells, of the map's corner. `closed` fits whole tiles of the source
        into the map, so that the waves close around its edge.
        """
        height, width = size
        waves = self.waves[source]  # (N, LATTICE, 3)
        rate = waves[:, :, :2]
        if closed:
            tile = self.tile[source][:, None]
            extent = rate.new_tensor([height * cells, width * cells])
            rate = (rate * tile).round() * (extent / tile).round().clamp_min(1.0) / extent
        row, column = ((torch.arange(n, device=rate.device) + 0.5) * cells for n in (height, width))
        start = (rate * where[:, None]).sum(dim=2)[:, :, None, None]
        turn = rate[:, :, 0, None, None] * row[:, None] + rate[:, :, 1, None, None] * column + start
        fits = (rate.abs().amax(dim=2) * cells <= 0.5).to(rate.dtype)
        there = (waves[:, :, 2] * fits)[:, :, None, None]
        angle = 2 * math.pi * turn  # (N, LATTICE, *size)
        return torch.stack([angle.cos() * there, angle.sin() * there], dim=2).flatten(1, 2)


def _enlarged(means: Tensor) -> Tensor:
    """(N, C, h, w) to (N, C, 4 h, 4 w) with these means of 4x4 cells: bilinear, then put right."""
    size = float(COARSE)
    around = pad_around(means, 1, wrap_y=True)
    smooth = nn.functional.interpolate(around, scale_factor=size, mode="bilinear")
    smooth = smooth[:, :, COARSE:-COARSE, COARSE:-COARSE]
    off = means - nn.functional.avg_pool2d(smooth, COARSE)
    return smooth + nn.functional.interpolate(off, scale_factor=size, mode="nearest")


def _spot_noise(kernels: Tensor, white: Tensor) -> Tensor:
    """Kernels (N, K, C, h, w) around every point of white noise (N, K, H, W), wrapping: (N, C, H, W)."""
    height, width = white.shape[2:]
    tall, wide = kernels.shape[3:]
    kernels = nn.functional.pad(kernels, (0, -wide % width, 0, -tall % height))
    count, pieces, channels, tall, wide = kernels.shape
    folds = kernels.reshape(count, pieces, channels, tall // height, height, wide // width, width)
    folded = folds.sum(dim=(3, 5))  # a kernel larger than the map wraps around it
    spectrum = torch.fft.rfft2(folded) * torch.fft.rfft2(white.float())[:, :, None]
    made: Tensor = torch.fft.irfft2(spectrum.sum(dim=1), s=(height, width))
    return made
