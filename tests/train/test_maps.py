"""The photo_maps family: what it is shown, what it learns, what it refuses."""

import json

import cv2
import numpy as np
import pytest
import torch

from vrgen.errors import InputProblem
from vrgen.models.photo_maps import Estimator, PhotoMapsShape
from vrgen.models.weights import save_weights
from vrgen.synth.estimate import estimate, load_estimator
from vrgen.train import TrainOptions, settle
from vrgen.train.data import read_material_sets
from vrgen.train.maps import HABITS, MapsFamily, maps, photographed
from vrgen.train.noise import Noise


def write_set(folder):
    """Round bumps, brighter on top, as base colour, normal, roughness and height of 64 pixels."""
    folder.mkdir(parents=True)
    y, x = np.mgrid[:64, :64] * 2 * np.pi / 16
    height = (np.sin(x) * np.sin(y) + 1) / 2
    rise = 3.0 * np.stack([np.cos(x) * np.sin(y), -np.sin(x) * np.cos(y)], axis=-1) * np.pi / 16
    normal = np.concatenate([-rise, np.ones((64, 64, 1))], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    colour = np.stack([0.3 + 0.5 * height] * 3, axis=-1) * [1.0, 0.8, 0.6]
    pictures = {
        "albedo": colour,
        "normal": normal * 0.5 + 0.5,
        "height": height,
        "roughness": 0.8 - 0.3 * height,
    }
    for name, picture in pictures.items():
        pixels = (picture * 255 + 0.5).astype(np.uint8)
        cv2.imwrite(str(folder / f"{name}.png"), pixels[..., ::-1] if pixels.ndim == 3 else pixels)


def tiny_weights():
    """Tensors and card of a network of 8 channels, as a file of weights would give them."""
    torch.manual_seed(0)
    tensors = {
        f"estimator.{name}": t for name, t in Estimator(PhotoMapsShape((8, 8, 8), 8)).state_dict().items()
    }
    return tensors, {"shape": {"widths": [8, 8, 8], "critic": 8}, "digest": "", "learned_from": []}


@pytest.fixture
def data(tmp_path):
    """A folder with one PBR set."""
    write_set(tmp_path / "data" / "bumps")
    return tmp_path / "data"


def test_a_photo_is_not_the_base_colour_but_like_it(data):
    """Other light and tone, the same bumps: in range, different every time, well correlated."""
    (source,) = read_material_sets(data)[0]
    crop = source.levels[0].astype(np.float32).transpose(2, 0, 1) / 255
    rng = np.random.default_rng(0)
    photos = [photographed(crop, source.there, rng) for _ in range(8)]
    for photo in photos:
        assert photo.shape == (3, 64, 64)
        assert photo.min() >= 0.0
        assert photo.max() <= 1.0
    assert np.abs(photos[0] - photos[1]).mean() > 0.01
    likeness = [np.corrcoef(p.mean(axis=0).ravel(), crop[:3].mean(axis=0).ravel())[0, 1] for p in photos]
    assert np.median(likeness) > 0.7


def test_it_learns_bumps(data):
    """Five steps on one batch bring the normals nearer; an absent map has no error."""
    plan = settle(TrainOptions(data=data, out=data, batch=2, crop=32), HABITS)
    sources = read_material_sets(data)[0]
    family = MapsFamily(sources, [], plan, start=tiny_weights())
    batch = family.batch(np.random.default_rng(0))
    rule = torch.optim.AdamW(family.makers.parameters(), 3e-3)
    errors = []
    for _ in range(5):
        loss, figures, pairs = family.make(batch, Noise(0, 0, 0, 2), sharpen=0.0)
        rule.zero_grad()
        loss.backward()
        rule.step()
        errors.append(figures["normal"])
        assert figures["occlusion"] == 0.0
    assert errors[-1] < errors[0]
    assert family.judge(pairs, penalty=0.1).item() > 0.0
    assert family.make(batch, Noise(0, 0, 0, 2), sharpen=1.0)[1]["fooled"] > 0.0


def test_a_run_ends_in_weights_that_estimate(data, tmp_path):
    """One step from given weights by `maps` itself; its own load where the shipped ones do."""
    tensors, card = tiny_weights()
    digest = save_weights(tmp_path / "tiny.safetensors", tensors, {**card, "model": "photo_maps"})
    options = TrainOptions(
        data=data, out=tmp_path / "run", from_=str(tmp_path / "tiny.safetensors"), steps=1, batch=1, crop=32
    )
    folder = maps(options).folder
    estimator, own = load_estimator("cpu", folder / "photo_maps.safetensors")
    assert own != digest
    found = estimate(estimator, np.full((32, 32, 3), 0.5, np.float32), periodic=True, device="cpu")
    assert found.shape == (32, 32, 3)
    assert json.loads((folder / "photo_maps.json").read_text())["started_from"]["digest"] == digest
    measures = (folder / "log.jsonl").read_text()
    for name in ("degrees_normal", "psnr_normal", "error_roughness", "correlation_height"):
        assert name in measures


def test_pictures_without_maps_teach_nothing(tmp_path):
    """Textures alone are refused with what to put there."""
    write_set(tmp_path / "set")
    (tmp_path / "data").mkdir()
    (tmp_path / "set" / "albedo.png").rename(tmp_path / "data" / "moss.png")
    with pytest.raises(InputProblem, match="put PBR sets there"):
        maps(TrainOptions(data=tmp_path / "data", out=tmp_path / "run"))
