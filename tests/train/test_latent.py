"""Latents to learn from, and a training of seconds whose weights draw."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vrgen.errors import InputProblem
from vrgen.models import material_gan
from vrgen.models.latent_facts import Facts
from vrgen.models.latent_gan import LatentGanShape
from vrgen.models.weights import load_weights, save_weights
from vrgen.synth.draw import draw_latent
from vrgen.train import TrainOptions, settle
from vrgen.train.latent import HABITS, LatentFamily, go_on_from, latent, patch_distance
from vrgen.train.latent_data import LatentSource, facts_of, latent_batch, read_rows, toned, waves_of


def source_of(period, *, tiles=True):
    """Stripes across: `period` cells a cycle, 4 channels, 32x32 cells."""
    column = np.sin(2 * np.pi * np.arange(32) / period)
    maps = np.stack([column * k + k for k in range(1, 5)])[:, None, :].repeat(32, axis=1)
    return LatentSource("stripes", "stripes", maps.astype(np.float16), {"pixels": 256}, tiles=tiles)


def test_the_strongest_wave_is_the_stripes():
    """Eight cells a cycle, to the right; nothing else stands out."""
    waves = waves_of(source_of(8).latents.astype(np.float32))
    assert waves[0] == pytest.approx([0.0, 1 / 8, 1.0])
    assert not waves[1:].any()


def test_noise_has_no_waves():
    """No wave stands out of white noise."""
    assert not waves_of(np.random.default_rng(0).standard_normal((8, 64, 64)).astype(np.float32)).any()


def test_crops_lie_where_they_say():
    """The wave of the source, put where a crop says it lies, is the crop's own."""
    source = source_of(8)
    crops, numbers, where = latent_batch([source], np.random.default_rng(1), count=8, size=20)
    facts = facts_of([source], LatentGanShape(latent=4))
    maps = facts.wave_maps(torch.from_numpy(numbers), torch.from_numpy(where), (20, 20), 1).numpy()
    column = np.sin(2 * np.pi * (np.arange(32)) / 8)
    turn = np.angle(np.fft.rfft(column)[4])
    own = (crops[:, 0] - 1.0) / 1.0
    angle = np.pi / 8  # a wave is taken in the middle of a cell, the stripes at its left edge
    expected = np.cos(turn + angle * -1) * maps[:, 0] - np.sin(turn + angle * -1) * maps[:, 1]
    np.testing.assert_allclose(own, expected, atol=0.02)


def test_what_does_not_tile_is_not_wrapped():
    """Sixteen crops of a ramp: none jumps."""
    ramp = np.arange(32, dtype=np.float16)[None, None, :].repeat(32, axis=1)
    source = LatentSource("ramp", "ramp", ramp, {"pixels": 256}, tiles=False)
    crops, _, _ = latent_batch([source], np.random.default_rng(0), count=16, size=24)
    assert (np.diff(crops, axis=3) == 1).all()


def test_facts_bring_latents_to_one_scale():
    """Normalised latents have mean 0 and a root mean square near 1, whatever the source's scale."""
    big, small = source_of(8), source_of(16)
    big = LatentSource("big", "big", big.latents * np.float16(3), big.facts)
    facts: Facts = facts_of([big, small], LatentGanShape(latent=4, sources=2))
    for i, source in enumerate((big, small)):
        z = torch.from_numpy(source.latents[None].astype(np.float32))
        y = facts.normalised(z, torch.tensor([i]))
        assert y.mean(dim=(0, 2, 3)).abs().max() < 0.02
        assert 0.5 < float(y.square().mean().sqrt()) < 2.0


def test_patch_distance_compares_patches_not_places():
    """The same picture rolled is as near as itself; another contrast is far."""
    torch.manual_seed(0)
    real = torch.randn(2, 4, 24, 24)
    other = [real.roll(5, 3), 2.0 * real]
    near, far = (float(patch_distance(x, real, torch.Generator().manual_seed(0))) for x in other)
    assert near < 0.1 * far


def test_rows_name_kinds(tmp_path):
    """Without kinds.toml every source is its own kind; a bad file is one sentence."""
    assert read_rows(tmp_path, [source_of(8)]) == [{"name": "stripes", "kind": "stripes"}]
    path = tmp_path / "kinds.toml"
    path.write_text('[[source]]\nname = "a"\nkind = "wood"\n')
    assert read_rows(tmp_path, []) == [{"name": "a", "kind": "wood"}]
    for text in ("[[source]]\nname = 'a'\n", "[[", ""):
        path.write_text(text)
        with pytest.raises(InputProblem, match=r"kinds\.toml"):
            read_rows(tmp_path, [])


def test_toning_moves_the_mean_and_no_other_map():
    """The asked sRGB mean; half of the contrast; normals as they were."""
    maps = np.random.default_rng(0).uniform(0.3, 0.7, (32, 32, 9)).astype(np.float32)
    moved = toned(maps, {"tone": [128, 100, 110], "contrast": 0.5})
    np.testing.assert_allclose(moved[..., :3].mean(axis=(0, 1)) * 255, [128, 100, 110], atol=0.1)
    np.testing.assert_allclose(moved[..., 0].std(), 0.5 * maps[..., 0].std(), rtol=1e-3)
    assert np.array_equal(moved[..., 3:], maps[..., 3:])


def test_both_losses_reach_every_weight():
    """A sharpened step moves every weight of layout and detail; the critics' loss, of both critics."""
    source = source_of(8)
    plan = settle(TrainOptions(data=Path(), out=Path(), batch=1), HABITS)
    family = LatentFamily([source], torch.nn.Identity(), plan, "")
    noise = torch.Generator().manual_seed(0)
    loss, figures, pairs = family.make(family.batch(np.random.default_rng(0)), noise, sharpen=1.0)
    assert {"layout_fooled", "detail_fooled"} <= figures.keys()
    loss.backward()
    assert all(p.grad is not None and p.grad.any() for p in family.makers.parameters())
    family.critic.zero_grad()
    family.judge(pairs, penalty=0.1).backward()
    assert all(p.grad is not None and p.grad.any() for p in family.critic.parameters())


@torch.no_grad()
def test_embeddings_go_on_by_name():
    """Sources in another order, one of them new: each finds its own embedding, the rest is copied."""
    a, b, c = (LatentSource(n, n, source_of(8).latents, {"pixels": 256, "kind": n, "name": n}) for n in "abc")
    plan = settle(TrainOptions(data=Path(), out=Path()), HABITS)
    old, new = (LatentFamily(s, torch.nn.Identity(), plan, "") for s in ([a, b], [b, c, a]))
    for parameter in old.makers.parameters():
        parameter.normal_()
    was = new.makers["layout"].condition.embedding.weight.clone()
    go_on_from(new, old.makers.state_dict(), old.card())
    rows = [family.makers["layout"].condition.embedding.weight for family in (old, new)]
    assert torch.equal(rows[1][[2, 0]], rows[0])
    assert torch.equal(rows[1][1], was[1])
    assert torch.equal(new.makers["detail"].out.conv.weight, old.makers["detail"].out.conv.weight)
    assert new.makers["facts"].mean.shape == (3, 4)


@pytest.fixture
def trained(tmp_path):
    """Two textures, an untrained material_gan, two steps; the run folder."""
    torch.set_num_threads(1)
    data = tmp_path / "data"
    data.mkdir()
    rng = np.random.default_rng(0)
    for name in ("moss", "sand"):
        cv2.imwrite(str(data / f"{name}.png"), rng.integers(0, 255, (64, 64, 3), np.uint8))
    shape = material_gan.MaterialGanShape(latent=6, widths=(8, 8, 8), critic=8)
    networks = {"encoder": material_gan.Encoder(shape), "generator": material_gan.Generator(shape)}
    tensors = torch.nn.ModuleDict(networks).state_dict()
    weights = tmp_path / "material_gan.safetensors"
    card = {"model": "material_gan", "shape": {"latent": 6, "widths": [8, 8, 8], "critic": 8}}
    save_weights(weights, tensors, card)
    latent(
        TrainOptions(
            data=data, out=tmp_path / "run", from_=str(weights), steps=2, batch=1, snapshot=2,
            sharpen_from=0.25, device="cpu",
        )
    )  # fmt: skip
    return tmp_path / "run"


def test_a_trained_run_draws(trained):
    """Every source is a kind; measures, samples and weights are there, and draw."""
    weights = trained / "latent_gan.safetensors"
    _, card, _ = load_weights(weights)
    assert [entry["kind"] for entry in card["entries"]] == ["moss", "sand"]
    assert (trained / "samples" / "000002.png").exists()
    last = json.loads((trained / "log.jsonl").read_text().splitlines()[-1])
    assert last["swd"] > 0
    assert draw_latent("moss", 5, 24, "cpu", weights=weights).shape == (6, 24, 24)
