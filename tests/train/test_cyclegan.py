"""cyclegan's family: data, pools, the identity first, exact resume."""

import cv2
import numpy as np
import pytest
import torch

from vrgen.errors import InputProblem, UsageProblem
from vrgen.models.cyclegan import CycleGanShape
from vrgen.models.cyclegan_states import load_cyclegan
from vrgen.models.weights import load_weights
from vrgen.train import cyclegan as room
from vrgen.train.cyclegan import POOL, Critics, CycleWeights, cyclegan
from vrgen.train.noise import Noise
from vrgen.train.options import TrainOptions
from vrgen.train.texture import grid_strength, nearest_in_tone, texture_distance
from vrgen.train.unpaired import picture_batch, read_pictures


def paint(folder, hue, count=3, size=(100, 130)):
    """Pictures of one hue with noise."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(hue)
    for i in range(count):
        pixels = np.full((*size, 3), 90, np.uint8)
        pixels[..., hue] = 190
        noisy = pixels + rng.integers(0, 40, pixels.shape).astype(np.uint8)
        cv2.imwrite(str(folder / f"p{hue}_{i}.png"), noisy)
    return folder


@pytest.fixture
def folders(tmp_path):
    """Blue pictures and red ones."""
    return paint(tmp_path / "a", 0), paint(tmp_path / "b", 2)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Networks of a few channels, critics of 34 pixels."""
    torch.set_num_threads(1)
    monkeypatch.setattr(room, "SHAPE", CycleGanShape(width=4, blocks=1, skip=True))
    monkeypatch.setitem(room.RECIPES, "reference", CycleWeights(critic=4, halvings=2))


def options_for(folders, out, **more):
    """A run of six steps on crops of 32."""
    given = {"steps": 6, "batch": 2, "crop": 32, "snapshot": 3, "sharpen_from": 0.0, "device": "cpu"} | more
    return TrainOptions(data=folders[0], data_b=folders[1], out=out, **given)


@pytest.fixture
def heard_at_once(monkeypatch):
    """Critics that the generators listen to from the first step."""
    from dataclasses import replace

    habits = replace(room.HABITS, alone=0, ramp=0)
    monkeypatch.setattr(room, "HABITS", habits)
    monkeypatch.setattr(room.CycleFamily, "habits", habits)


@pytest.mark.usefixtures("heard_at_once")
def test_a_run_that_is_resumed_ends_with_the_same_weights_and_pools(folders, tmp_path):
    """What the pools hold is part of the state."""

    class Stop:
        def stage(self, name, total):
            from contextlib import nullcontext

            return nullcontext(lambda units: None)

        def note(self, text):
            if text.startswith("step 3"):
                raise KeyboardInterrupt

    whole = cyclegan(options_for(folders, tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt):
        cyclegan(options_for(folders, tmp_path / "parts"), progress=Stop())
    parts = cyclegan(options_for(folders, tmp_path / "parts", resume=True))
    states = [folder.load_state()["critic"] for folder in (whole, parts)]
    assert int(states[0]["filled"]) == 12 and bool(states[0]["pool_b"][:12].any())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    first, second = (load_weights(tmp_path / name / "cyclegan.safetensors") for name in ("whole", "parts"))
    assert first[2] == second[2]
    assert first[1]["style_a"] == ["p0_0", "p0_1", "p0_2"] and first[1]["scale"] == "srgb"


@pytest.mark.usefixtures("heard_at_once")
def test_blue_turns_red_and_red_blue(folders, tmp_path, monkeypatch):
    """After some steps colours have gone where the other folder's are, by what textures tell."""
    weights = CycleWeights(cycle=0.1, texture=10.0, critic=4, halvings=2)
    monkeypatch.setitem(room.RECIPES, "reference", weights)
    cyclegan(options_for(folders, tmp_path / "run", steps=40, snapshot=40, rate=1e-2))
    a, b = (
        torch.from_numpy(picture_batch(read_pictures(f)[0], np.random.default_rng(1), count=2, size=32))
        for f in folders
    )
    model = str(tmp_path / "run" / "cyclegan.safetensors")
    with torch.inference_mode():
        for direction, given, red in (("ab", a, 1), ("ba", b, -1)):
            moved = (load_cyclegan(model, direction)[0](given) - given).mean(dim=(0, 2, 3))
            assert red * (moved[0] - moved[2]) > 0.1


def test_a_network_that_must_learn_the_identity_learns_it_first(folders, tmp_path, monkeypatch):
    """Without a skip the output starts as grey; before the critics join it comes near its input."""
    monkeypatch.setattr(room, "SHAPE", CycleGanShape(width=8, blocks=1))
    cyclegan(options_for(folders, tmp_path / "run", steps=40, snapshot=40, rate=5e-3, sharpen=0.0))
    a = torch.from_numpy(
        picture_batch(read_pictures(folders[0])[0], np.random.default_rng(1), count=2, size=32)
    )
    generator, _, _ = load_cyclegan(str(tmp_path / "run" / "cyclegan.safetensors"), "ab")
    with torch.inference_mode():
        assert (generator(a) - a).abs().mean() < 0.5 * a.abs().mean()


def test_pools_hold_the_last_and_hand_out_older_ones():
    """Fifty at most; of a hundred that come out about half are what went in just now."""
    critics = Critics(CycleWeights(), 8)
    fresh = 0
    for step in range(150):
        made = torch.full((1, 3, 8, 8), step / 256)
        out_a, out_b = critics.exchange(made, -made, Noise(0, step, 0, 1), count=3)
        assert out_a.shape == (3, 3, 8, 8) and torch.equal(out_a[:1], -out_b[:1])
        fresh += int(step >= POOL and bool((out_a[0] == made[0]).all()))
    assert int(critics.filled) == POOL and 30 < fresh < 70
    assert len(critics.pool_a.unique()) == POOL


def test_weights_of_a_run_are_gone_out_from(folders, tmp_path):
    """--from takes shape and weights of both directions, whatever a fresh run would have."""
    cyclegan(options_for(folders, tmp_path / "first", seed=1))
    more = cyclegan(options_for(folders, tmp_path / "more", from_=str(tmp_path / "first"), steps=1, rate=0.0))
    first, second = (load_weights(tmp_path / name / "cyclegan.safetensors")[0] for name in ("first", "more"))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert more.read_log()


def test_skies_are_learned_on_their_own_scale(tmp_path):
    """Panoramas wrap, pictures among them are brought to the same scale; values stay within it."""
    (tmp_path / "sky").mkdir()
    sky = np.random.default_rng(0).random((128, 256, 3), np.float32) * 5 + 1
    cv2.imwrite(str(tmp_path / "sky" / "s.hdr"), sky)
    paint(tmp_path / "sky" / "more", 1, count=1)
    sources, problems = read_pictures(tmp_path / "sky", as_skies=True)
    assert problems == [] and [source.wraps for source in sources] == [False, True]
    crops = picture_batch(sources, np.random.default_rng(0), count=8, size=96)
    assert crops.shape == (8, 3, 96, 96) and -1 <= crops.min() < crops.max() <= 1
    assert "a sky among pictures" in read_pictures(tmp_path / "sky")[1][0]


def test_what_cannot_be_learned_from_is_said(folders, tmp_path):
    """No second folder, no such folder, nothing in it, all of it held out."""
    with pytest.raises(UsageProblem, match="second one with --data-b"):
        cyclegan(TrainOptions(data=folders[0], out=tmp_path / "run"))
    with pytest.raises(InputProblem, match="no such folder"):
        cyclegan(options_for((folders[0], tmp_path / "none"), tmp_path / "run"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "broken.png").write_bytes(b"\x89PNG nothing")
    with pytest.raises(InputProblem, match=r"broken\.png"):
        cyclegan(options_for((folders[0], tmp_path / "empty"), tmp_path / "run"))
    with pytest.raises(UsageProblem, match="leave something"):
        cyclegan(options_for(folders, tmp_path / "run", holdout=("p2_0", "p2_1", "p2_2")))
    assert not (tmp_path / "run").exists()


def test_the_texture_distance_knows_colour_and_grain_and_not_place():
    """Nothing for the same pixels in another order of tiles; more for a tint, and for grain of one mean."""
    rng = torch.Generator().manual_seed(3)
    real = torch.rand(1, 3, 64, 64, generator=rng) * 0.4
    tinted = real + torch.tensor([0.3, 0.0, -0.3])[:, None, None]
    calm = real.mean(dim=(2, 3), keepdim=True).expand_as(real)

    def distance(made):
        return float(texture_distance(made, real, torch.Generator().manual_seed(1)))

    assert distance(real) == 0.0
    moved = distance(real.roll((32, 32), (2, 3)))
    assert moved < 0.1 * min(distance(tinted), distance(calm))
    assert torch.equal(nearest_in_tone(tinted, torch.cat([real, tinted * 0.9, calm])), tinted * 0.9)


def test_a_grid_is_told_from_strokes():
    """Dots every 4 pixels are all grid; a ramp, grain and dots every 5 pixels are next to none."""
    size, dots = 80, torch.zeros(1, 3, 80, 80)
    fives, ramp = dots.clone(), torch.linspace(0, 1, size).expand(1, 3, size, size)
    dots[..., ::4, ::4] = 1.0
    fives[..., ::5, ::5] = 1.0
    grain = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    strength = float(grid_strength(dots))
    assert strength > 0.1
    for other in (fives, ramp, grain):
        assert float(grid_strength(other)) < 0.5 * strength
    assert float(grid_strength(0.5 * dots)) == pytest.approx(0.5 * strength)
