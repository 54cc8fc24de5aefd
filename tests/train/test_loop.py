"""Training: it learns, it resumes exactly, it says what is wrong."""

import json

import cv2
import numpy as np
import pytest
import torch

from vrgen.errors import InputProblem, UsageProblem
from vrgen.models.weights import load_weights
from vrgen.train import TrainOptions
from vrgen.train.gan import gan
from vrgen.train.vae import vae


@pytest.fixture
def textures(tmp_path):
    """Two coloured stripes patterns with grain, which no linear map of 72 numbers a block knows."""
    folder = tmp_path / "data"
    folder.mkdir()
    x = np.arange(64)
    for i, period in enumerate((8, 16)):
        stripes = (np.sin(2 * np.pi * x / period) > 0)[None, :, None] * np.array([200, 120, 40 + 90 * i])
        grain = np.random.default_rng(i).normal(0, 4, (64, 64, 3))
        cv2.imwrite(str(folder / f"t{i}.png"), (stripes + grain).clip(0, 255).astype(np.uint8))
    return folder


def options(textures, out, **changes):
    """A run of seconds."""
    base = dict(
        data=textures, out=out, steps=4, batch=2, crop=32, snapshot=2, sharpen_from=0.25, device="cpu"
    )
    return TrainOptions(**(base | changes))


def test_a_resumed_run_ends_with_the_same_weights(textures, tmp_path):
    """Stopped after 2 of 4 steps and resumed: bit-equal to the uninterrupted run, critic included."""
    torch.set_num_threads(1)
    gan(options(textures, tmp_path / "whole"))

    class Stop(Exception):
        pass

    class Stopper:
        def stage(self, name, total):
            from contextlib import nullcontext

            return nullcontext(lambda units: None)

        def note(self, text):
            if text.startswith("step 2"):
                raise Stop

    with pytest.raises(Stop):
        gan(options(textures, tmp_path / "parts"), progress=Stopper())
    gan(options(textures, tmp_path / "parts", resume=True))
    whole, _, digest = load_weights(tmp_path / "whole" / "material_gan.safetensors")
    parts, _, again = load_weights(tmp_path / "parts" / "material_gan.safetensors")
    assert whole.keys() == parts.keys()
    assert digest == again


def test_reconstruction_starts_from_components(textures, tmp_path):
    """Two stripe patterns are all but known from the first steps on, and more is learned, not lost."""
    gentle = {"steps": 40, "snapshot": 10, "sharpen_from": 1.0, "rate": 5e-5}
    run = gan(options(textures, tmp_path / "run", **gentle))
    lines = [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]
    assert lines[0]["psnr_base_colour"] > 33.0
    assert lines[-1]["psnr_base_colour"] > lines[0]["psnr_base_colour"] - 0.2
    assert len(list((run.folder / "samples").glob("*.png"))) == 5
    card = json.loads((run.folder / "material_gan.json").read_text())
    assert card["steps"] == 40
    assert card["learned_from"] == ["t0", "t1"]


def test_the_sky_family_trains(notes, tmp_path):
    """A few steps, critic included, give finite measures and weights; a sky lower than a crop is left out."""
    cv2.imwrite(str(tmp_path / "a.hdr"), np.random.default_rng(0).random((64, 128, 3), np.float32))
    cv2.imwrite(str(tmp_path / "low.hdr"), np.ones((32, 64, 3), np.float32))
    told = notes()
    run = vae(options(tmp_path, tmp_path / "run", crop=64, steps=4), progress=told)
    assert any("low.hdr: 32 rows, expected at least 64; give a smaller --crop" in line for line in told.lines)
    _, card, _ = load_weights(run.folder / "sky_vae.safetensors")
    assert np.isfinite(card["measures"]["psnr"])


def test_a_used_folder_needs_resume_and_resume_needs_a_state(tiny, tmp_path):
    """Two different sentences."""
    tiny(tmp_path / "run", steps=2)
    with pytest.raises(UsageProblem, match="--resume"):
        tiny(tmp_path / "run")
    with pytest.raises(InputProblem, match=r"no state\.pt"):
        tiny(tmp_path / "other", resume=True)
