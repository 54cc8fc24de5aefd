"""What tools/data/make_bank.py makes of sources before they are encoded, and of latents after."""

import importlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vrgen.synth.photo import normals

TOOLS = Path(__file__).parents[2] / "tools" / "data"


@pytest.fixture
def maker(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(TOOLS))
    return importlib.import_module("make_bank")


def test_slopes_rise_to_the_height_they_are_of(maker):
    """Normals of a periodic height lead back to it, but for its mean and what central differences miss."""
    noise = np.random.default_rng(0).normal(size=(48, 64)).astype(np.float32)
    height = 6 * cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), 3)[48:96, 64:128]
    back = maker.risen(normals(height, periodic=True)[..., :2])
    assert np.abs(back - (height - height.mean())).max() < 0.1 * height.std()


def test_latents_are_kept_to_half_a_step(maker):
    """int8 and a scale for each channel, however loud a channel is."""
    latent = torch.randn(5, 8, 8) * torch.tensor([0.001, 0.1, 1.0, 10.0, 100.0])[:, None, None]
    kept, scale = maker.whole_numbers(latent)
    error = (kept.float() * scale[:, None, None] - latent).abs()
    assert kept.dtype == torch.int8
    assert 100 < kept.abs().amax(dim=(1, 2)).min()
    assert bool((error <= 0.51 * scale[:, None, None]).all())
