"""The photo_maps family: what it is shown, what it learns, what it refuses."""

import json

import cv2
import numpy as np
import pytest
import torch

from vrgen.errors import InputProblem
from vrgen.models.material_gan import CHANNELS
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
    """Twelve steps on one batch take a third of the error of the normals; absent maps have none."""
    plan = settle(TrainOptions(data=data, out=data, batch=2, crop=32), HABITS)
    sources = read_material_sets(data)[0]
    family = MapsFamily(sources, [], plan)
    batch = family.batch(np.random.default_rng(0))
    rule = torch.optim.AdamW(family.makers.parameters(), 6e-3)
    errors = []
    for _ in range(12):
        loss, figures, pairs = family.make(batch, Noise(0, 0, 0, 2), sharpen=0.0)
        rule.zero_grad()
        loss.backward()
        rule.step()
        errors.append(figures["normal"])
        assert figures["occlusion"] == 0.0
    assert errors[-1] < 0.67 * errors[0]
    assert family.judge(pairs, penalty=0.1).item() > 0.0
    assert family.make(batch, Noise(0, 0, 0, 2), sharpen=1.0)[1]["fooled"] > 0.0


def test_a_run_ends_in_weights_that_estimate(data, tmp_path):
    """Two steps by `maps` itself; its weights load where the shipped ones do."""
    folder = maps(TrainOptions(data=data, out=tmp_path / "run", steps=2, batch=1, crop=32, device="cpu"))
    estimator, digest = load_estimator("cpu", folder.folder / "photo_maps.safetensors")
    found = estimate(estimator, np.full((16, 16, 3), 0.5, np.float32), periodic=True, device="cpu")
    assert found.shape == (16, 16, 3)
    assert len(digest) == 64
    assert CHANNELS["base_colour"].start == 0
    measures = (folder.folder / "log.jsonl").read_text()
    assert "degrees_normal" in measures
    assert "correlation_height" in measures
    again = TrainOptions(
        data=data, out=tmp_path / "tuned", from_=str(folder.folder), steps=1, batch=1, crop=32
    )
    card = json.loads((maps(again).folder / "photo_maps.json").read_text())
    assert card["started_from"]["digest"] == digest


def test_pictures_without_maps_teach_nothing(tmp_path):
    """Textures alone are refused with what to put there."""
    write_set(tmp_path / "set")
    (tmp_path / "data").mkdir()
    (tmp_path / "set" / "albedo.png").rename(tmp_path / "data" / "moss.png")
    with pytest.raises(InputProblem, match="put PBR sets there"):
        maps(TrainOptions(data=tmp_path / "data", out=tmp_path / "run"))
