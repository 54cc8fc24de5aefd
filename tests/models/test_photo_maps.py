"""photo_maps: bands, normals, and that it tiles by construction."""

import numpy as np
import torch

from vrgen.models.photo_maps import (
    DOWN,
    OUTPUTS,
    REACH,
    Estimator,
    PhotoMapsShape,
    bands_of,
    normal_of,
    unit_normal,
)

TINY = PhotoMapsShape(widths=(8, 8, 8), critic=8)


def estimator():
    """A tiny network whose residual branches do something."""
    torch.manual_seed(0)
    network = Estimator(TINY)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.15)
    return network.eval()


def test_bands_are_what_lies_between_two_widths():
    """Flat grey has none; one period of 4 pixels is in the two finest; colour shows in the others alone."""
    flat = torch.full((1, 3, 32, 32), 0.3)
    assert bands_of(flat).abs().max() < 1e-6
    wave = 0.5 + 0.2 * torch.sin(torch.arange(32) * torch.pi / 2)
    power = bands_of(wave.expand(1, 3, 32, 32)).square().mean(dim=(0, 2, 3))
    assert power[:2].sum() > 0.9 * power.sum()
    assert power[4:].max() < 1e-9


def test_a_shifted_photo_has_shifted_maps():
    """Around the border too, for shifts of whole cells: what is periodic stays periodic."""
    photo = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(1))
    network = estimator()
    with torch.inference_mode():
        made = network(photo)
        moved = network(photo.roll((DOWN, -2 * DOWN), (2, 3)))
    assert made[:, OUTPUTS["height"]].std() > 0.01
    assert (made.roll((DOWN, -2 * DOWN), (2, 3)) - moved).abs().max() < 1e-5 * made.abs().max()


def test_nothing_beyond_its_reach_changes_a_result():
    """A black square of 16 pixels changes maps near it, and none that lie REACH away on the ring."""
    side = 2 * REACH + 2 * DOWN
    photo = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(2))
    other = photo.clone()
    other[..., :DOWN, :DOWN] = 0.0
    network = estimator()
    with torch.inference_mode():
        difference = (network(photo) - network(other)).abs()[0]
    far = slice(DOWN + REACH, side - REACH)
    assert difference[:, :DOWN, :DOWN].max() > 1e-3
    assert difference[:, far].max() == 0.0
    assert difference[:, :, far].max() == 0.0


def test_normals_are_those_of_the_height():
    """A ramp of slope 1 to the right leans left by 45 degrees; all have unit length."""
    height = torch.arange(8.0).expand(1, 1, 8, 8)
    normal = normal_of(height)
    lean = 0.5**0.5
    assert torch.allclose(normal[0, :, 4, 4], torch.tensor([-lean, 0.0, lean]), atol=1e-6)
    assert torch.allclose(normal.norm(dim=1), torch.ones(1, 8, 8), atol=1e-6)
    up = normal_of(torch.arange(8.0)[:, None].expand(1, 1, 8, 8))  # rises downwards: leans up
    assert torch.allclose(up[0, :, 4, 4], torch.tensor([0.0, lean, lean]), atol=1e-6)


def test_true_normals_are_kept_from_lying_flat():
    """x, y of length 1 or more still give a unit vector that looks out of the surface."""
    xy = torch.tensor([[0.0, 0.6], [0.9, 0.9]]).T.reshape(1, 2, 2, 1).to(torch.float32)
    normal = unit_normal(xy)
    assert np.allclose(normal.norm(dim=1).numpy(), 1.0, atol=1e-6)
    assert normal[:, 2].min() > 0.1
