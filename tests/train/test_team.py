"""Parts and processes: however a batch is worked through, the same is learned."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from vrgen.errors import UsageProblem
from vrgen.models.weights import load_weights
from vrgen.train.noise import Noise

CONFTEST = Path(__file__).with_name("conftest.py")
RUN = "import runpy, sys; runpy.run_path(sys.argv[1])['run_tiny'](sys.argv[2])"


def same_weights(one, other):
    """Equal but for the order of sums."""
    (a, _, _), (b, _, _) = (load_weights(folder / "tiny.safetensors") for folder in (one, other))
    for name in a:
        torch.testing.assert_close(a[name], b[name], atol=2e-3, rtol=2e-3)


def test_noise_does_not_depend_on_the_parts():
    """Four samples at once, or two and two."""
    whole = Noise(3, 9, 0, 4)
    parts = [Noise(3, 9, 0, 2), Noise(3, 9, 2, 2)]
    for draw in ("normal", "uniform", "normal"):
        together = torch.cat([getattr(part, draw)((2, 5)) for part in parts])
        assert torch.equal(getattr(whole, draw)((4, 5)), together)
    assert not torch.equal(Noise(3, 9, 0, 1).normal((1, 5)), Noise(3, 10, 0, 1).normal((1, 5)))


def test_accumulation_learns_the_same(tiny, tmp_path):
    """A batch of 4 in four parts, critic, R1 and augmentation included."""
    _, whole = tiny(tmp_path / "whole")
    _, parts = tiny(tmp_path / "parts", accumulate=4)
    same_weights(whole.folder, parts.folder)
    for one, other in zip(whole.read_log(), parts.read_log(), strict=True):
        assert one.get("loss", 0) == pytest.approx(other.get("loss", 0), rel=1e-3)
    with pytest.raises(UsageProblem, match="cannot be cut into 5 parts"):
        tiny(tmp_path / "more", accumulate=5)


def test_two_processes_learn_what_one_does_with_twice_the_batch(tiny, tmp_path):
    """Gloo, two samples each against four: same losses, same critic, same weights."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    team = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", RUN, str(CONFTEST), str(tmp_path / "two")]
    both = [subprocess.Popen(command, env={**os.environ, **team, "RANK": rank}) for rank in ("0", "1")]
    _, one = tiny(tmp_path / "one")
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    same_weights(one.folder, tmp_path / "two")
    lines = one.__class__(tmp_path / "two").read_log()
    for key in ("loss", "critic", "swd"):
        ours, theirs = ([line[key] for line in log if key in line] for log in (one.read_log(), lines))
        assert len(ours) > 3
        np.testing.assert_allclose(ours, theirs, rtol=2e-3)
