"""Editing: what `vrgen texture` can be asked for besides a kind and a seed, on the shipped weights."""

from dataclasses import asdict

import numpy as np
import pytest

import vrgen
from vrgen.core import Image
from vrgen.core.seam import seam_score
from vrgen.errors import InputProblem, UsageProblem
from vrgen.maps.write import write_png
from vrgen.models.material_gan import Encoder, Generator, MaterialGanShape
from vrgen.models.weights import load_weights, save_weights, shipped
from vrgen.synth import TextureOptions, texture
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.encode import EVERY_MAP, encode, load_encoder
from vrgen.synth.like import misfit, refined
from vrgen.synth.source import Source, at_scale, closing, periods, source_of


def wall(height=150, width=170):
    """A photo of courses and joints with a fall-off of light: it does not tile. uint8 sRGB."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    course = y // 14
    joint = (y % 14 < 2) | ((x + 13 * (course % 2)) % 26 < 2)
    tone = rng.uniform(0.35, 0.6, (20, 20))[course % 20, (x + 13 * (course % 2)) // 26 % 20]
    grey = np.where(joint, 0.75, tone) + rng.normal(0, 0.02, (height, width)) + 0.1 * x / width
    colour = grey[..., None] * np.array([1.0, 0.75, 0.6])
    return Image((colour.clip(0, 1) * 255).astype(np.uint8))


def asked_again(made):
    """The Material that the record of another one asks for."""
    return vrgen.texture(seed=made.record.seed, **made.record.options)


def same(one, other):
    """Whether two materials have the same maps, byte for byte, and the same record."""
    maps = zip(one.maps().values(), other.maps().values(), strict=True)
    return one.record == other.record and all(a.digest() == b.digest() for a, b in maps)


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "bricks", "slider": ("roughness=-1", "warmth=+0.5", "scale=-1")},
        {"kind": "bricks", "mix": "sand=0.4"},
        {"kind": "bricks", "toward": 8, "way": 0.5},
    ],
    ids=["sliders", "mix", "walk"],
)
def test_the_record_makes_it_again(asked):
    """Same bytes from what the record says; every map tiles; normals are unit length."""
    made = vrgen.texture(seed=4, size=128, **asked)
    assert same(made, asked_again(made))
    for name, image in made.maps().items():
        for axis in ("u", "v"):
            assert seam_score(image.to_float(), axis) <= 1.0, (name, axis)
    np.testing.assert_allclose(np.linalg.norm(made.normal.to_float() * 2 - 1, axis=-1), 1.0, atol=0.02)


def test_a_photo_makes_tiling_variations(tmp_path, monkeypatch):
    """By its file; another seed, another one; the colour is the photo's; the record makes it again."""
    monkeypatch.chdir(tmp_path)
    write_png(wall(), tmp_path / "My Wall.png")
    one, other = (vrgen.texture(like="My Wall.png", seed=seed, size=128, metres=0.8) for seed in (0, 1))
    assert (one.name, one.kind) == ("my_wall_0", "photo")
    assert not same(one, other)
    assert same(one, asked_again(one))
    assert one.size_m[0] == pytest.approx(0.8, rel=0.3)
    for axis in ("u", "v"):
        assert seam_score(one.base_colour.to_float(), axis) <= 1.0
    wanted = wall().to_float().mean(axis=(0, 1))
    np.testing.assert_allclose(one.base_colour.to_float().mean(axis=(0, 1)), wanted, atol=0.06)


@pytest.fixture
def own_run(tmp_path):
    """A run folder of weights that went out from those that ship, and make everything greener."""
    tensors, card, digest = load_weights(shipped("material_gan"))
    tensors["generator.stack.11.bias"] = tensors["generator.stack.11.bias"].clone()
    tensors["generator.stack.11.bias"][4:8] += 0.2
    own = {"model": "material_gan", "shape": card["shape"], "started_from": {"digest": digest}}
    (tmp_path / "run").mkdir()
    return tmp_path / "run", save_weights(tmp_path / "run" / "material_gan.safetensors", tensors, own)


def test_own_weights_draw_kinds_and_photos(own_run, tmp_path):
    """The record names them; sliders still fit; greener than what ships."""
    folder, digest = own_run
    write_png(wall(), tmp_path / "wall.png")
    for asked in ({"kind": "bricks", "slider": ("roughness=-1",)}, {"like": str(tmp_path / "wall.png")}):
        usual, own = (vrgen.texture(seed=1, size=128, **asked, **more) for more in ({}, {"weights": folder}))
        red, green, _ = own.base_colour.to_float().mean((0, 1)) - usual.base_colour.to_float().mean((0, 1))
        assert green > 0.1 > abs(red)
        assert own.record.model_digest == digest
        assert own.record.options["weights"] == "run"
    low, high = (
        vrgen.texture(kind="bricks", seed=1, size=128, weights=folder, slider=(f"roughness={amount}",))
        for amount in (-2, 2)
    )
    assert high.roughness.to_float().mean() > low.roughness.to_float().mean() + 0.05


def test_weights_that_do_not_fit_are_refused(own_run, tmp_path):
    """Another model's, another number of channels, and drawing by latent_gan: each its own sentence."""
    folder, _ = own_run
    with pytest.raises(InputProblem, match="expected 'material_gan'"):
        vrgen.texture(weights=shipped("sky_vae"), size=64)
    with pytest.raises(InputProblem, match="no such weights"):
        vrgen.texture(weights=tmp_path / "nothing", size=64)
    with pytest.raises(UsageProblem, match="leave out weights"):
        vrgen.texture(kind="grass", draw="gan", weights=folder, size=64)
    shape = MaterialGanShape(latent=8, widths=(8, 8, 8), critic=8)
    own = {"model": "material_gan", "shape": asdict(shape)}
    networks = {"encoder": Encoder(shape), "generator": Generator(shape)}
    tensors = {f"{name}.{key}": t for name, n in networks.items() for key, t in n.state_dict().items()}
    save_weights(tmp_path / "small.safetensors", tensors, own)
    with pytest.raises(InputProblem, match="latents of 8 channels"):
        vrgen.texture(weights=tmp_path / "small.safetensors", size=64)


def test_refining_lowers_the_error():
    """Descent on the latents brings them nearer to a picture that they do not fit yet."""
    generator, _ = load_generator("material_gan", "cpu")
    latent = load_bank("material_bank").of_kind("bricks")[0].latent[:, :12, :12]
    maps = decode(generator, latent, device="cpu", wrap_y=True).clip(0, 1)
    rng = np.random.default_rng(0)
    maps = (maps + rng.normal(0, 0.05, (12, 12, 9)).repeat(8, axis=0).repeat(8, axis=1)).clip(0, 1)
    maps = maps.astype(np.float32)
    start = encode(load_encoder("cpu"), maps, device="cpu", tiles=False)
    end = refined(generator, start, maps, EVERY_MAP, passes=5)
    assert misfit(generator, end, maps, EVERY_MAP) < 0.9 * misfit(generator, start, maps, EVERY_MAP)


def test_encoding_does_not_join_what_does_not_tile():
    """The left edge of a picture that does not tile knows nothing of the right one."""
    rng = np.random.default_rng(1)
    maps = rng.random((128, 128, 9)).astype(np.float32)
    changed = maps.copy()
    changed[:, 96:] = 0.5
    before, after = (encode(load_encoder("cpu"), m, device="cpu", tiles=False) for m in (maps, changed))
    np.testing.assert_allclose(before[:, :, 0], after[:, :, 0], atol=1e-5)
    assert np.abs(before[:, :, -1] - after[:, :, -1]).max() > 0.1


@pytest.mark.parametrize("wraps", [True, False])
def test_periods_are_found_where_there_are_any(wraps):
    """Eight courses, six joints, and noise beside them; nothing in noise alone."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:96, :96] / 96
    noise = rng.standard_normal((6, 96, 96))
    noise[0] += 6 * (np.sin(2 * np.pi * 8 * y) > 0.7)
    noise[1] += 6 * (np.sin(2 * np.pi * 6 * x) > 0.7)
    down, right = periods(Source("a", noise.astype(np.float32), 0.01, "CC0-1.0", wraps))
    assert (down, right) == (pytest.approx(12, abs=0.2), pytest.approx(16, abs=0.2))
    plain = rng.standard_normal((6, 96, 96)).astype(np.float32)
    assert periods(Source("b", plain, 0.01, "CC0-1.0", wraps)) == (None, None)


def test_grids_close():
    """Whole periods, near the size asked for and nearly square; what repeats nowhere takes any size."""
    assert closing(64, (None, None)) == (64, 64)
    assert closing(64, (12, None)) == (60, 60)
    tall, wide = closing(64, (12, 9))
    assert tall % 12 == 0
    assert wide % 9 == 0
    assert abs(np.log(tall / wide)) < 0.1
    assert abs(np.log(tall / 64)) < 0.3


def test_scale_is_the_size_of_features():
    """Seven tiles fill the source; at 7/4 of its scale four fill as many cells, each as wide in metres."""
    source = source_of("terracotta", np.random.default_rng(0))
    cells = source.latent.shape[1]
    scaled = at_scale(source, 1.75, (cells, cells), "cpu")
    assert periods(source) == (pytest.approx(cells / 7), pytest.approx(cells / 7))
    assert periods(scaled) == (pytest.approx(cells / 4), pytest.approx(cells / 4))
    assert scaled.metres == pytest.approx(source.metres / 1.75)
    assert at_scale(source, 1.0, (cells, cells), "cpu") is source


def test_scale_turned_up_makes_larger_features():
    """Neighbouring pixels grow more alike with every unit."""
    alike = []
    for amount in (-2, 0, 2):
        made = texture(TextureOptions(kind="old_bricks", seed=1, size=128, slider=(f"scale={amount}",)))
        grey = made.base_colour.to_float().mean(axis=-1)
        alike.append(np.corrcoef(grey.ravel(), np.roll(grey, 1, 0).ravel())[0, 1])
    assert alike == sorted(alike)
    assert alike[2] > alike[0] + 0.1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"mask": "m.png"}, "--mix"),
        ({"refine": 5}, "--like"),
        ({"metres": 2.0}, "--like"),
        ({"like": "a.jpg", "mix": "bricks:grass=0.4"}, "OTHER=SHARE alone"),
        ({"like": "a.jpg", "refine": -1}, "0 to 1000"),
        ({"like": "a.jpg", "metres": 0.0}, "0.001 to 1000"),
        ({"way": 0.5}, "toward"),
        ({"toward": 3, "way": 1.5}, "0 to 1"),
        ({"toward": 3, "mix": "grass=0.4"}, "one of them"),
        ({"toward": -3}, "seed -3"),
        ({"slider": ("rough=1",)}, "Did you mean 'roughness'"),
    ],
)
def test_what_cannot_be_asked_for(asked, told):
    """One sentence, before any file is read."""
    with pytest.raises(UsageProblem, match=told):
        vrgen.texture(**asked)


def test_a_photo_that_is_not_there():
    """Named."""
    with pytest.raises(InputProblem, match=r"nowhere\.jpg"):
        vrgen.texture(like="nowhere.jpg")
