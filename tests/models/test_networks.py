"""The networks: shapes, wrapping, gradients, weights that come back."""

import numpy as np
import pytest
import torch

from vrgen.errors import InputProblem
from vrgen.models import material_gan, sky_vae
from vrgen.models.blocks import pad_around
from vrgen.models.weights import load_weights, save_weights


@pytest.mark.parametrize("wrap_y", [True, False])
def test_padding_is_circular_padding_and_so_is_its_gradient(wrap_y):
    """Equal to functional.pad; first and second derivatives by finite differences."""
    x = torch.randn(1, 2, 6, 5, dtype=torch.double, requires_grad=True)
    pad = torch.nn.functional.pad
    around = pad(
        pad(x, (2, 2, 0, 0), mode="circular"), (0, 0, 2, 2), mode="circular" if wrap_y else "replicate"
    )
    assert torch.equal(pad_around(x, 2, wrap_y=wrap_y), around)
    assert torch.autograd.gradcheck(lambda t: pad_around(t, 2, wrap_y=wrap_y), x)
    assert torch.autograd.gradgradcheck(lambda t: pad_around(t, 1, wrap_y=wrap_y) ** 2, x)


def material_networks():
    """Encoder and generator with weights that do something."""
    torch.manual_seed(0)
    shape = material_gan.MaterialGanShape(latent=8, widths=(8, 8, 8), critic=8)
    encoder, generator = material_gan.Encoder(shape), material_gan.Generator(shape)
    for p in [*encoder.parameters(), *generator.parameters()]:
        torch.nn.init.normal_(p, std=0.2)
    return encoder, generator


@torch.no_grad()
def test_material_generator_moves_with_its_latents():
    """Rolling the latents by a cell rolls the picture by 8 pixels: there is no border anywhere."""
    _, generator = material_networks()
    latent = torch.randn(1, 8, 6, 5)
    made = generator(latent)
    assert made.shape == (1, 9, 48, 40)
    moved = generator(latent.roll((1, -2), (2, 3)))
    torch.testing.assert_close(moved, made.roll((8, -16), (2, 3)), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_encoder_sees_nothing_of_hidden_maps():
    """Changing a map that is not seen changes no latent; changing the colour does."""
    encoder, _ = material_networks()
    maps, seen = torch.rand(1, 9, 32, 32), torch.zeros(1, 5)
    other = maps.clone()
    other[:, 3:] = 0.9
    assert torch.equal(encoder(maps, seen), encoder(other, seen))
    other[:, 0] = 0.1
    assert not torch.equal(encoder(maps, seen), encoder(other, seen))


@torch.no_grad()
def test_sky_generator_is_circular_in_azimuth_only():
    """Rolled latents give a rolled sky; turned upside down they give another one."""
    torch.manual_seed(0)
    shape = sky_vae.SkyVaeShape(latent=4, widths=(8, 8, 8), critic=8)
    generator = sky_vae.Generator(shape)
    for p in generator.parameters():
        torch.nn.init.normal_(p, std=0.2)
    latent = torch.randn(1, 4, 4, 8)
    made = generator(latent)
    torch.testing.assert_close(generator(latent.roll(3, 3)), made.roll(24, 3), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(generator(latent.roll(1, 2)), made.roll(8, 2), atol=1e-2)


def test_sky_scale_round_trip():
    """compress and expand are inverse up to the clip."""
    x = torch.tensor([0.0, 0.01, 1.0, 12.0, 30.0])
    torch.testing.assert_close(sky_vae.expand(sky_vae.compress(x)), x, atol=1e-5, rtol=1e-5)
    assert float(sky_vae.compress(torch.tensor(1e6))) == pytest.approx(1.0)


def test_weights_come_back_with_their_card(tmp_path):
    """fp16 precision, digest of the file, no code."""
    path = tmp_path / "a.safetensors"
    digest = save_weights(path, {"generator.x": torch.linspace(0, 1, 7)}, {"steps": 3})
    tensors, card, again = load_weights(path)
    assert card == {"steps": 3, "digest": digest}
    assert again == digest
    np.testing.assert_allclose(tensors["generator.x"].numpy(), np.linspace(0, 1, 7), atol=1e-3)


def test_damaged_and_missing_weights_are_one_sentence(tmp_path):
    """InputProblem that names the file."""
    path = tmp_path / "a.safetensors"
    with pytest.raises(InputProblem, match="no such weights"):
        load_weights(path)
    save_weights(path, {"x": torch.zeros(3)}, {})
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputProblem, match="damaged weights"):
        load_weights(path)
