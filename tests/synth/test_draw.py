"""Draw: latents by kind and seed, from weights with a card."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from vrgen.core.seam import seam_score
from vrgen.errors import UsageProblem
from vrgen.models.latent_facts import Facts
from vrgen.models.latent_gan import Detail, LatentGanShape, Layout
from vrgen.models.weights import save_weights
from vrgen.synth import TextureOptions, check_texture, texture
from vrgen.synth.draw import draw_latent, drawn_source, load_drawer


@pytest.fixture
def weights(tmp_path):
    """Untrained networks; two sources of sand, one of moss that is not good enough."""
    torch.manual_seed(0)
    shape = LatentGanShape(latent=5, sources=3, width=8, noise=2, style=3, critic=8)
    facts = Facts(shape.latent, shape.sources)
    facts.mean.copy_(torch.tensor([[0.0], [10.0], [20.0]]).expand(3, 5))
    makers = torch.nn.ModuleDict({"layout": Layout(shape), "detail": Detail(shape), "facts": facts})
    names = (("sand", "a"), ("sand", "b"), ("moss", "c"))
    entries = [{"kind": kind, "name": name, "pixels": 512} for kind, name in names]
    path = tmp_path / "latent_gan.safetensors"
    card = {"model": "latent_gan", "shape": asdict(shape), "entries": entries, "kinds": ["sand"]}
    save_weights(path, makers.state_dict(), card)
    return path


def test_a_seed_is_one_map_of_one_source(weights):
    """The same seed, the same map; seeds draw both sources, each about its own mean."""
    _, card, _ = load_drawer("cpu", weights)
    numbers = [drawn_source("sand", seed, card)[0] for seed in range(12)]
    assert set(numbers) == {0, 1}
    maps = [draw_latent("sand", seed, 16, "cpu", weights=weights) for seed in range(12)]
    assert maps[0].shape == (5, 16, 16)
    assert np.array_equal(maps[0], draw_latent("sand", 0, 16, "cpu", weights=weights))
    assert [round(float(m.mean()) / 10) for m in maps] == numbers
    one, other = (maps[i] for i in [i for i, n in enumerate(numbers) if n == 0][:2])
    assert np.abs(one - other).mean() > 0.02


def test_what_cannot_be_drawn_is_one_sentence(weights):
    """A kind it does not know, one it draws badly (unless every kind is asked for), a size in between."""
    with pytest.raises(UsageProblem, match=r"does not know: 'sandd'.*Did you mean 'sand'"):
        draw_latent("sandd", 0, 16, "cpu", weights=weights)
    with pytest.raises(UsageProblem, match="well enough yet: 'moss'; it draws sand"):
        draw_latent("moss", 0, 16, "cpu", weights=weights)
    assert draw_latent("moss", 0, 16, "cpu", weights=weights, every_kind=True).mean() > 15
    with pytest.raises(UsageProblem, match="multiple of 8"):
        draw_latent("sand", 0, 20, "cpu", weights=weights)


def test_a_drawn_material_tiles_and_knows_what_made_it():
    """The shipped weights: every map tiles, the record names latent_gan, quilting gives something else."""
    wanted = TextureOptions(kind="sand", seed=3, size=256, draw="gan")
    made = texture(wanted)
    for name, image in made.maps().items():
        for axis in ("u", "v"):
            assert seam_score(image.to_float(), axis) <= 1.0, (name, axis)
    assert made.record.options["draw"] == "gan"
    assert made.record.versions["latent_gan"] == load_drawer("cpu")[2]
    quilted = texture(replace(wanted, draw="quilt"))
    drawn, laid = (m.base_colour.to_float() for m in (made, quilted))
    np.testing.assert_allclose(drawn.mean(axis=(0, 1)), laid.mean(axis=(0, 1)), atol=0.05)
    assert np.abs(drawn - laid).mean() > 0.01


@pytest.mark.parametrize("more", [{"toward": 3}, {"like": "a.png"}, {"slider": ("scale=1",)}])
def test_what_drawing_cannot_do_is_refused(more):
    """Walks, photos and scales are quilting's."""
    with pytest.raises(UsageProblem, match="drawn from noise"):
        check_texture(TextureOptions(kind="sand", draw="gan", **more))
