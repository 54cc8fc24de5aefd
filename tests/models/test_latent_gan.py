"""latent_gan: what it draws tiles, its waves close, its modulation is StyleGAN2's."""

import pytest
import torch

from vrgen.models import latent_gan
from vrgen.models.latent_facts import COARSE, Facts
from vrgen.models.latent_gan import Detail, LatentGanShape, Layout, Modulated

SHAPE = LatentGanShape(latent=6, sources=2, width=16, noise=3, style=4, critic=8)


@pytest.fixture
def makers():
    """Networks, two sources of other means, spreads, waves and noise."""
    torch.manual_seed(0)
    facts = Facts(SHAPE.latent, SHAPE.sources)
    facts.mean.copy_(torch.randn(2, 6))
    facts.spread.copy_(torch.rand(2, 6) + 0.5)
    facts.coarse_spread.copy_(torch.rand(2, 6) + 0.2)
    facts.kernel.normal_(std=0.05)
    facts.spots.normal_(std=0.05)
    facts.part.normal_()
    facts.tile.fill_(32.0)
    facts.waves[:, 0] = torch.tensor([[3 / 32, 0.0, 1.0], [2 / 32, 5 / 32, 1.0]])
    return torch.nn.ModuleDict({"layout": Layout(SHAPE), "detail": Detail(SHAPE), "facts": facts})


class Stored:
    """Normal numbers drawn once, rolled by whole blocks of 8 cells when asked again."""

    def __init__(self):
        self.noise, self.blocks, self.next = [], 0, 0

    def __call__(self, shape):
        if len(self.noise) <= self.next:
            self.noise.append(torch.randn(shape))
        noise = self.noise[self.next]
        self.next += 1
        return noise if noise.dim() < 4 else noise.roll(self.blocks * shape[2] // 4, 2)


@torch.no_grad()
def test_what_is_drawn_has_no_border(makers):
    """Noise and waves rolled by a block of 8 cells: the same latents, rolled by 8 cells."""
    stored, source = Stored(), torch.tensor([0, 1])
    where = torch.tensor([[3.0, 5.0], [0.0, 0.0]])
    made = latent_gan.draw(makers, SHAPE, source, where, 32, stored)
    assert made.shape == (2, 6, 32, 32)
    stored.blocks, stored.next = 1, 0
    where = where - torch.tensor([[8.0, 0.0]])
    moved = latent_gan.draw(makers, SHAPE, source, where, 32, stored)
    torch.testing.assert_close(moved, made.roll(8, 2), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_truncated_draws_stray_less(makers):
    """Layouts of the same noise differ less from those of none."""
    source, where = torch.tensor([0]), torch.zeros(1, 2)
    drawn = []
    for truncation in (0.0, 0.3, 1.0):
        noise = torch.Generator().manual_seed(3)

        def normal(shape, noise=noise):
            return torch.randn(shape, generator=noise)

        drawn.append(latent_gan.draw(makers, SHAPE, source, where, 32, normal, truncation=truncation))
    assert (drawn[1] - drawn[0]).abs().mean() < 0.7 * (drawn[2] - drawn[0]).abs().mean()


def test_closed_waves_go_on_around_the_edge(makers):
    """A tile of 32 cells is pressed into 24 and repeats after them; left open its wave does not."""
    facts, source, size = makers["facts"], torch.tensor([0]), (24, 24)
    here, below = torch.tensor([[0.0, 0.0]]), torch.tensor([[24.0, 0.0]])
    maps = [[facts.wave_maps(source, at, size, 1, closed=c) for at in (here, below)] for c in (True, False)]
    torch.testing.assert_close(*maps[0], atol=1e-4, rtol=0)
    assert not torch.allclose(*maps[1], atol=0.1)


def test_waves_too_fine_for_a_size_are_left_out(makers):
    """5 cycles in 32 cells cannot be seen at every fourth cell."""
    maps = makers["facts"].wave_maps(torch.tensor([0, 1]), torch.zeros(2, 2), (8, 8), COARSE)
    assert maps[0].abs().max() > 0.5
    assert maps[1].abs().max() == 0


@torch.no_grad()
def test_cells_keep_their_means(makers):
    """Noise from pieces of a source changes every cell, and no mean of 4x4 cells."""
    facts, source = makers["facts"], torch.tensor([1, 0])
    facts.spots.normal_()
    means, lattice = torch.randn(2, 6, 4, 4), torch.randn(2, 6, 16, 16)
    made = facts.cells(means, source, torch.randn(2, 2, 16, 16), lattice)
    torch.testing.assert_close(facts.coarse(made, source), means, atol=1e-4, rtol=1e-4)
    assert (made - facts.cells(means, source, torch.zeros(2, 2, 16, 16), lattice)).abs().mean() > 0.5


@torch.no_grad()
@pytest.mark.parametrize("size", [(8, 8), (48, 40)])
def test_the_prior_is_the_kernel_around_every_point(makers, size):
    """One point of noise gives the kernel there, wrapped around (folded where the map is smaller)."""
    facts, white = makers["facts"], torch.zeros(1, *size)
    facts.kernel.normal_()
    white[0, 3, 5] = 1.0
    made = facts.prior(torch.tensor([1]), white, torch.zeros(1, 6, 4 * size[0], 4 * size[1]))
    expected = torch.zeros(6, *size)
    rows, columns = ((torch.arange(32) + at) % n for at, n in zip((3, 5), size, strict=True))
    expected.index_put_(
        (torch.arange(6)[:, None, None], rows[:, None], columns), facts.kernel[1], accumulate=True
    )
    torch.testing.assert_close(made[0], expected, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_modulation_equals_modulated_and_demodulated_weights():
    """Karras et al. 2020, equations 1 and 3, one picture at a time."""
    torch.manual_seed(0)
    layer, x, w = Modulated(5, 7, 4), torch.randn(2, 5, 6, 6), torch.randn(2, 4)
    around = torch.nn.functional.pad(x, (1, 1, 1, 1), mode="circular")
    for i in range(2):
        weight = layer.conv.weight * layer.scale(w[i])[None, :, None, None]
        weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-6).sqrt()
        layer.conv.bias.zero_()
        expected = torch.nn.functional.conv2d(around[i : i + 1], weight) + layer.shift(w[i])[:, None, None]
        torch.testing.assert_close(layer(x, w)[i : i + 1], expected, atol=1e-4, rtol=1e-4)
