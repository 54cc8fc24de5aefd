"""What the critic is shown: changes by p, normals that go with them, p that follows the critic."""

import numpy as np
import pytest
import torch

from vrgen.train.augment import CHANGES, DRAWS, MOST, SPAN, Augment
from vrgen.train.noise import Noise


def only(change, how=0.25, extra=0.0):
    """Draws that apply one change alone, p being 0.5."""
    draws = torch.ones(1, DRAWS)
    draws[0, change] = 0.0
    draws[0, CHANGES:] = how
    draws[0, DRAWS - 1] = extra
    return draws


def shown(x, draws, **options):
    """What an augmentation with p = 0.5 makes of x."""
    augment = Augment(**options)
    augment.p.fill_(0.5)
    return augment(x, draws)


def test_nothing_changes_at_the_start():
    """p is 0."""
    x = torch.rand(2, 3, 8, 8)
    assert Augment()(x, torch.zeros(2, DRAWS)) is x


def test_each_change_is_what_its_name_says():
    """Mirror, quarter turn, move, brightness, contrast, saturation."""
    x = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(shown(x, only(0)), x.flip(3))
    torch.testing.assert_close(shown(x, only(1)), x.rot90(1, (2, 3)))
    torch.testing.assert_close(shown(x, only(2, extra=0.5)), x.roll((2, 4), (2, 3)))
    torch.testing.assert_close(shown(x, only(3)), x - 0.1)
    torch.testing.assert_close(shown(x, only(4)), (x - 0.5) * 2**-0.25 + 0.5)
    grey = shown(x, only(5, how=0.0))
    torch.testing.assert_close(grey[:, 0], grey[:, 2])
    assert torch.equal(shown(x, only(1), turns=False), x)


def test_normals_go_with_the_picture_and_colours_leave_them_alone():
    """Channels 3 and 4 are the slopes of channel 5, before and after every turn."""
    height = torch.from_numpy(np.random.default_rng(0).random((16, 16)).astype(np.float32))

    def maps_of(h):
        x = 0.5 - (h.roll(-1, 1) - h.roll(1, 1)) / 4
        y = 0.5 + (h.roll(-1, 0) - h.roll(1, 0)) / 4
        return torch.stack([h, h, h, x, y, h])[None]

    for change in range(3):
        for how in (0.3, 0.6, 0.9):
            made = shown(maps_of(height), only(change, how), normal=(3, 4))
            torch.testing.assert_close(made, maps_of(made[0, 5]))
    recoloured = shown(maps_of(height), only(3), normal=(3, 4))
    assert torch.equal(recoloured[:, 3:], maps_of(height)[:, 3:])


def test_it_can_be_learned_through():
    """The gradient reaches every pixel."""
    x = torch.rand(4, 3, 8, 8, requires_grad=True)
    augment = Augment()
    augment.p.fill_(0.8)
    augment(x, augment.draw(Noise(0, 0, 0, 4), 4)).square().sum().backward()
    assert (x.grad.abs().sum(dim=1) > 0).all()


def test_p_follows_how_sure_the_critic_is():
    """Up while it knows every real picture, down when it does not, within bounds; the state carries it."""
    augment = Augment()
    for _ in range(3):
        augment.hear(torch.ones(100, 1, 2, 2))
        augment.adapt(lambda t: t, processes=1)
    assert float(augment.p) == pytest.approx(300 / SPAN)
    other = Augment()
    other.load_state_dict(augment.state_dict())
    other.hear(-torch.ones(100, 1))
    other.adapt(lambda t: t, processes=1)
    assert float(other.p) == pytest.approx(200 / SPAN)
    for _ in range(4):
        augment.hear(torch.ones(SPAN, 1))
        augment.adapt(lambda t: t, processes=1)
    assert float(augment.p) == pytest.approx(MOST)
