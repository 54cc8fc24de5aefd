"""The sample gallery on a headset: CI fails when it leaves the starter budget or `vrgen check` warns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vrgen.cli.main import main
from vrgen.core.files import resource

WALK = ("--render-scale", "0.05", "--per-stop", "4")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery of `make demo`."""
    file = tmp_path_factory.mktemp("demo") / "gallery.glb"
    assert main(["gallery", str(resource("assets/samples")), "-o", str(file), "--quiet"]) == 0
    return file


@pytest.mark.slow
def test_the_sample_gallery_is_within_the_starter_budget(
    samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every camera stop is walked past, and the command says so with its exit code."""
    report = tmp_path / "report.json"
    assert main(["replay", str(samples), "-o", str(report), *WALK]) == 0
    told = json.loads(report.read_text())
    assert len(told["stops"]) == 10 and all(stop["pictures"] == 4 for stop in told["stops"])
    assert all(stop["draw_calls"] < 150 and stop["triangles"] < 200_000 for stop in told["stops"])
    assert told["whole"]["texture_bytes"] < 500e6
    out = capsys.readouterr().out
    assert "gallery.glb is within Quest 3's starter budget" in out
    assert "camera_001  Seven ridges" in out


@pytest.mark.slow
def test_leaving_it_is_an_exit_code(
    samples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same walk against a smaller budget: 1, and the sentence says what and where."""
    from dataclasses import replace

    from vrgen.view.replay import BUDGETS

    monkeypatch.setitem(BUDGETS, "quest3", replace(BUDGETS["quest3"], triangles=30_000))
    assert main(["replay", str(samples), "--json", *WALK]) == 1
    told = json.loads(capsys.readouterr().out)
    assert len(told["over"]) == 1 and "triangles at camera_" in told["over"][0]


@pytest.mark.slow
def test_the_sample_gallery_passes_the_check(samples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No error and no warning, for the smaller headset too."""
    for target in ("quest2", "quest3"):
        assert main(["check", str(samples), "--target", target, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert [one for one in told["findings"] if one["severity"] != "info"] == []
