"""A run that is killed, stopped or in trouble ends as it should."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from vrgen.errors import VrgenError
from vrgen.models.weights import load_weights

CONFTEST = Path(__file__).with_name("conftest.py")
RUN = "import runpy, sys; runpy.run_path(sys.argv[1])['run_tiny'](sys.argv[2], steps=60, seconds=0.1)"


def digest_of(folder):
    """SHA-256 of the run's weights."""
    return load_weights(folder / "tiny.safetensors")[2]


def test_killed_at_any_moment_and_resumed_the_weights_are_the_same(tiny, tmp_path):
    """SIGKILL after some snapshots, wherever that meets it; the log then has every line once."""
    out = tmp_path / "killed"
    command = [sys.executable, "-c", RUN, str(CONFTEST), str(out)]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    tiny(tmp_path / "whole", steps=60)
    began = time.monotonic()
    while time.monotonic() - began < 60 and len(list((out / "samples").glob("*.png"))) < 4:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it was killed"
    (out / ".state-half.pt").write_bytes(b"half")
    _, folder = tiny(out, resume=True)
    assert digest_of(out) == digest_of(tmp_path / "whole")
    logged = [line["step"] for line in folder.read_log() if "swd" in line]
    assert logged == list(range(0, 61, 6))
    assert not list(out.rglob(".*"))


def test_a_run_goes_on_with_the_options_it_had(tiny, notes, tmp_path):
    """Seed and steps come from options.json; what is changed on purpose is said."""
    with pytest.raises(KeyboardInterrupt):
        tiny(tmp_path / "parts", seed=5, rate=1e-3, notes=notes("step 12"))
    heard = notes()
    tiny(tmp_path / "parts", resume=True, snapshot=4, notes=heard)
    assert json.loads((tmp_path / "parts" / "options.json").read_text())["seed"] == 5
    assert [line for line in heard.lines if line.startswith("not as before")] == [
        "not as before: snapshot was 6, is 4"
    ]


def test_a_loss_that_is_no_number_leads_back_to_the_last_snapshot(tiny, notes, tmp_path):
    """Once: the run ends well, at half the rate, which a resumed run remembers."""

    def at_step_15(family):
        family.step += 1
        return family.step == 15

    heard = notes()
    _, folder = tiny(tmp_path / "run", poison=at_step_15, notes=heard)
    assert [line for line in heard.lines if "back to step" in line] == [
        "step 16: loss is nan; back to step 12, from there at 0.5 of the rate"
    ]
    assert folder.load_state()["slower"] == 0.5
    assert [line["step"] for line in folder.read_log() if "swd" in line] == [0, 6, 12, 18, 24]
    tensors, _, _ = load_weights(tmp_path / "run" / "tiny.safetensors")
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


def test_after_three_returns_a_run_gives_up(tiny, tmp_path):
    """With one sentence, and the last good snapshot stays."""
    with pytest.raises(VrgenError, match=r"fails at step 1: loss is nan; 3 returns to step 0"):
        tiny(tmp_path / "run", poison=lambda family: True, times=99)
    assert (tmp_path / "run" / "state.pt").exists()


def test_the_best_snapshot_is_kept_apart(tiny, tmp_path):
    """best/ holds the snapshot of the lowest SWD, not the last one: the last ones are spoiled by the rate."""
    _, folder = tiny(tmp_path / "run", steps=12, rate=0.5, snapshot=2)
    measured = {line["step"]: line["swd"] for line in folder.read_log() if "swd" in line and line["step"]}
    best = min(measured, key=measured.get)
    card = json.loads((folder.folder / "best" / "tiny.json").read_text())
    assert card["steps"] == best
    assert card["measures"]["swd"] == pytest.approx(measured[best], rel=1e-4)
