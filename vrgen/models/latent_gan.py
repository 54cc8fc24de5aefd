"""latent_gan: latent maps of material_gan drawn from noise, in two steps, any size, tiling by construction.

    w = A [embedding(source), s]                         s style, one vector a picture
    l = sum of the source's waves, at every cell
    p = mean4x4(l) + kernel(source) * white noise        what has the source's spectrum, means of 4x4 cells
    c = p + layout(p, noise, waves; w)                   layout: means of 4x4 cells
    q = l + up(c - mean4x4(l)) + kernel'(source) * white noise    every cell; the noise leaves means alone
    y = q + detail(q, noise, waves; w)
    z = mean + spread * y                                mean and spread of the source

    loss of layout: u SWD(c, c_real) + softplus(-D1(c))
    loss of detail: r |mean2x2(y - y_real)| + |mean4x4(y - y_real)| + u SWD(y, y_real) + softplus(-D2(y)),
                    where c is that of y_real, disturbed
    loss of D:      softplus(-D(real)) + softplus(D(made)) + gamma/2 |grad D(real)|^2
    D(x) = a . h(x, waves) + embedding'(source) . h(x, waves)   for each patch, at two patch sizes

The layout is small, so it can be learned as a whole, and starts from noise that has the source's spectrum
already; the detail starts from a regression, so it knows joints and veins before it is asked to look real.
Each source of a kind has its own embedding: a kind is a set of sources, every one a plain texture. Latents
are normalised by source and channel, so colours are right before the first step. The waves are the peaks that
stand out of a source's spectrum, its lattice of bricks or boards: they keep their phases, all else is noise.
Generator and discriminator both see the strongest, where they lie. Every convolution wraps around and noise
and waves are periodic, so what is made tiles.

Sources: spatial noise and periodic input for textures (Bergmann et al. 2017, PSGAN); the prior, see
models.latent_facts; coarse to fine, each step with its own discriminator (Denton et al. 2015, LAPGAN);
disturbed conditions (Ho et al. 2022, cascaded diffusion); modulated convolutions with their variance divided
out (Karras et al. 2020, StyleGAN2); projection critic (Miyato and Koyama 2018); sliced Wasserstein distance
of patches (Heitz et al. 2021).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from vrgen.models.blocks import WrappedConv
from vrgen.models.latent_facts import COARSE, SPOTS, WAVES, Facts

STEP = 2 * COARSE
"""Sizes in cells are multiples of this."""
FIRST_GAIN = 0.05
"""Size of what the networks add at first: little, the prior is good."""
Normal = Callable[[tuple[int, ...]], Tensor]
"""Draws standard normal numbers of a shape."""


@dataclass(frozen=True, slots=True)
class LatentGanShape:
    """Sizes of the networks."""

    latent: int = 48
    """Channels of a latent map."""
    sources: int = 1
    """Sources that have an embedding."""
    width: int = 96
    """Channels inside."""
    noise: int = 8
    """Noise channels at each size."""
    style: int = 8
    """Length of the style vector."""
    critic: int = 96
    """First width of the discriminators."""


def shape_of(card: Mapping[str, Any]) -> LatentGanShape:
    """The sizes that a model card tells."""
    names = ("latent", "sources", "width", "noise", "style", "critic")
    return LatentGanShape(**{name: int(card[name]) for name in names})


class Modulated(nn.Module):
    """Wrapped 3x3 convolution whose input channels are scaled by w, its variance divided out again.

    Scaling what goes in and what comes out equals scaling the weights (Karras et al. 2020, equations 1 and
    3) and needs no convolution of its own for each picture.
    """

    def __init__(self, channels_in: int, channels_out: int, embedding: int) -> None:
        super().__init__()
        self.conv = WrappedConv(channels_in, channels_out, wrap_y=True)
        self.scale = nn.Linear(embedding, channels_in)
        self.shift = nn.Linear(embedding, channels_out)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="linear")
        for layer in (self.scale, self.shift):
            nn.init.normal_(layer.weight, std=0.3 / math.sqrt(embedding))
        nn.init.ones_(self.scale.bias)
        nn.init.zeros_(self.shift.bias)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x (N, C, H, W), w (N, E) -> (N, C', H, W)."""
        scale = self.scale(w)  # (N, C)
        power = self.conv.weight.float().square().sum(dim=(2, 3))  # (C', C)
        divide = (scale.float().square() @ power.T + 1e-6).rsqrt()  # (N, C')
        made: Tensor = self.conv(x * scale[:, :, None, None])
        shift: Tensor = self.shift(w)  # (N, C')
        styled: Tensor = made * divide[:, :, None, None].to(made.dtype) + shift[:, :, None, None]
        return styled


class Level(nn.Module):
    """Residual blocks at one size."""

    def __init__(self, channels_in: int, width: int, blocks: int, embedding: int) -> None:
        super().__init__()
        self.enter = Modulated(channels_in, width, embedding)
        self.blocks = nn.ModuleList(Modulated(width, width, embedding) for _ in range(2 * blocks))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """x (N, channels_in, H, W) -> (N, width, H, W)."""
        x = self.enter(x, w)
        for first, second in zip(self.blocks[::2], self.blocks[1::2], strict=True):
            x = (x + second(lively(first(lively(x), w)), w)) * math.sqrt(0.5)
        return x


class Condition(nn.Module):
    """Source and style to one vector."""

    def __init__(self, shape: LatentGanShape) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.sources, shape.width)
        self.mix = nn.Linear(shape.width + shape.style, shape.width)

    def forward(self, source: Tensor, style: Tensor) -> Tensor:
        """source (N,) integers, style (N, style) -> w (N, width)."""
        w: Tensor = lively(self.mix(torch.cat([self.embedding(source), style], dim=1)))
        return w


class Layout(nn.Module):
    """Noise to the means of 4x4 cells."""

    def __init__(self, shape: LatentGanShape) -> None:
        super().__init__()
        self.condition = Condition(shape)
        entering = shape.latent + shape.noise + 2 * WAVES
        self.wide = Level(entering, shape.width, 2, shape.width)
        self.near = Level(shape.width + entering, shape.width, 2, shape.width)
        self.out = Modulated(shape.width, shape.latent, shape.width)
        self.gain = nn.Parameter(torch.tensor(FIRST_GAIN))

    def forward(
        self,
        prior: Tensor,
        source: Tensor,
        style: Tensor,
        noise: tuple[Tensor, Tensor],
        waves: tuple[Tensor, Tensor],
    ) -> Tensor:
        """Normalised means (N, latent, h, w).

        prior (N, latent, h, w) is Facts.prior of the first channel of the near noise.
        source (N,), style (N, style), noise (N, noise, h/2, w/2) and (N, noise, h, w), waves as wave_maps
        gives them for 8 and 4 cells.
        """
        w = self.condition(source, style)
        half, strongest = nn.functional.avg_pool2d(prior, 2), [t[:, : 2 * WAVES] for t in waves]
        x = self.wide(torch.cat([half, noise[0], strongest[0]], dim=1), w)  # (N, width, h/2, w/2)
        x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
        x = self.near(torch.cat([x, prior, noise[1], strongest[1]], dim=1), w)  # (N, width, h, w)
        made: Tensor = prior + self.gain * self.out(lively(x), w)
        return made


class Detail(nn.Module):
    """Means of 4x4 cells to every cell; works on blocks of 2x2 cells."""

    def __init__(self, shape: LatentGanShape) -> None:
        super().__init__()
        self.condition = Condition(shape)
        self.wide = Level(shape.latent + shape.noise, shape.width, 1, shape.width)
        entering = shape.width + shape.noise + 4 * (shape.latent + 2 * WAVES)
        self.near = Level(entering, shape.width, 2, shape.width)
        self.out = Modulated(shape.width, 4 * shape.latent, shape.width)
        self.gain = nn.Parameter(torch.tensor(FIRST_GAIN))

    def forward(
        self, prior: Tensor, source: Tensor, style: Tensor, noise: tuple[Tensor, Tensor], waves: Tensor
    ) -> Tensor:
        """Normalised latents (N, latent, 4 h, 4 w).

        prior (N, latent, 4 h, 4 w) is Facts.cells, noise (N, noise, h, w) and (N, noise, 2 h, 2 w), waves
        (N, 2 LATTICE, 4 h, 4 w).
        """
        w = self.condition(source, style)
        means = nn.functional.avg_pool2d(prior, COARSE)
        x = self.wide(torch.cat([means, noise[0]], dim=1), w)  # (N, width, h, w)
        x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
        cells = torch.cat([prior, waves[:, : 2 * WAVES]], dim=1)
        fine = nn.functional.pixel_unshuffle(cells, 2)  # (N, .., 2 h, 2 w)
        x = self.near(torch.cat([x, noise[1], fine], dim=1), w)  # (N, width, 2 h, 2 w)
        return prior + self.gain * nn.functional.pixel_shuffle(self.out(lively(x), w), 2)


class Critic(nn.Module):
    """Real or made, for patches of 5 and of 12 positions. No padding: a crop has no neighbours."""

    def __init__(self, channels_in: int, shape: LatentGanShape) -> None:
        super().__init__()
        a, b = shape.critic, shape.critic * 4 // 3
        lively = nn.LeakyReLU(0.2)
        self.small = nn.Sequential(nn.Conv2d(channels_in, a, 3), lively, nn.Conv2d(a, b, 3), lively)
        self.large = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(b, b, 3), lively, nn.Conv2d(b, b, 1), lively)
        self.heads = nn.ModuleList(nn.Conv2d(b, 1, 1) for _ in range(2))
        self.embeddings = nn.ModuleList(nn.Embedding(shape.sources, b) for _ in range(2))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=0.2)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        """Normalised latents and waves (N, channels_in, H, W), source (N,) -> a logit a patch (N, P)."""
        small = self.small(x)
        logits = []
        for h, head, embedding in zip((small, self.large(small)), self.heads, self.embeddings, strict=True):
            known = (embedding(source)[:, :, None, None] * h).sum(dim=1, keepdim=True) / math.sqrt(h.shape[1])
            logits.append((head(h) + known).flatten(1))
        return torch.cat(logits, dim=1)


def lively(x: Tensor) -> Tensor:
    """Leaky ReLU that keeps the size of a signal."""
    return nn.functional.leaky_relu(x, 0.2) * math.sqrt(2 / 1.04)


def encoder_digest(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 hex of the encoder among material_gan's tensors: which latents these are.

    A generator may be trained further while the latents stay.
    """
    digest = hashlib.sha256()
    for name in sorted(name for name in tensors if name.startswith("encoder.")):
        digest.update(name.encode() + tensors[name].detach().cpu().to(torch.float16).numpy().tobytes())
    return digest.hexdigest()


def random_of(
    shape: LatentGanShape, count: int, size: tuple[int, int], normal: Normal
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """A style (N, style) and noise (N, noise, H/2, W/2) and (N, noise, H, W)."""
    height, width = size
    style = normal((count, shape.style))
    wide = normal((count, shape.noise, height // 2, width // 2))
    return style, (wide, normal((count, shape.noise, height, width)))


def draw(
    makers: nn.ModuleDict,
    shape: LatentGanShape,
    source: Tensor,
    where: Tensor,
    cells: int,
    normal: Normal,
    *,
    truncation: float = 1.0,
    closed: bool = True,
) -> Tensor:
    """material_gan's latents (N, latent, cells, cells), periodic; cells is a multiple of STEP.

    makers holds layout, detail and facts; source (N,), where (N, 2) as Facts.wave_maps asks. Below 1,
    `truncation` draws style and layout nearer to their mean: safer and less varied. `closed` fits whole tiles
    of the source into the map; left open, waves keep their lengths and break at the edge.
    """
    facts: Facts = makers["facts"]  # type: ignore[assignment]
    side = cells // COARSE
    style, (wide, near) = random_of(shape, len(source), (side, side), normal)
    waves = tuple(
        facts.wave_maps(source, where, (side // k, side // k), COARSE * k, closed=closed) for k in (2, 1)
    )
    fine = facts.wave_maps(source, where, (cells, cells), 1, closed=closed)
    lattice = facts.lattice(source, fine)
    wide, near = truncation * wide, truncation * near
    prior = facts.prior(source, near[:, 0], lattice)
    coarse = makers["layout"](prior, source, truncation * style, (wide, near), waves)
    style, noise = random_of(shape, len(source), (2 * side, 2 * side), normal)
    white = normal((len(source), SPOTS, cells, cells))
    prior = facts.cells(coarse, source, white, lattice)
    made = makers["detail"](prior, source, truncation * style, noise, fine)
    return facts.latents(made, source)
