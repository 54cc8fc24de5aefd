"""`vrgen check`: one line a finding, exit code 1 on errors, the same as JSON and in Python."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import vrgen
from vrgen.cli.main import main
from vrgen.core import Mesh, Node, Surface
from vrgen.core.budget import GUIDANCE
from vrgen.errors import InputProblem, ValueProblem

SOOT = Surface("soot", base_colour_factor=(0.002, 0.002, 0.002, 1.0))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sooty door of 1.2 m."""
    points = np.array([(0, 0, 0), (1, 0, 0), (1, 1.2, 0), (0, 1.2, 0)])
    door = Mesh(points, [[0, 1, 2], [0, 2, 3]], SOOT, name="door")
    path = tmp_path / "door.glb"
    vrgen.write(vrgen.Scene("s", (Node("door_1", meshes=(door,)),)), path)
    return path


def test_warnings_pass(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(file), "--target", "quest2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("warning ALBEDO_TOO_DARK material soot: base colour of 0.002")
    assert lines[1] == (
        "warning THING_OUT_OF_SCALE mesh door: a door 1.20 m high, expected 1.8 to 5.0 m; "
        "scale it to its true height in metres"
    )
    assert lines[-1].startswith("door.glb passes for Quest 2: 2 warnings")


def test_an_error_is_an_exit_code(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(GUIDANCE, "quest3", replace(GUIDANCE["quest3"], triangles=2))
    assert main(["check", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["target"], told["passes"], told["counts"]["error"]) == ("quest3", False, 1)
    assert told["findings"][0]["code"] == "TRIANGLES_BEYOND_GUIDANCE"
    assert set(told["findings"][0]) == {"code", "severity", "place", "sentence", "remedy"}
    assert main(["check", str(file), "--ignore", "TRIANGLES_BEYOND_GUIDANCE", "--quiet"]) == 0


def test_python_gets_the_findings(file: Path) -> None:
    found = vrgen.check(file, target="webxr", ignore=("VALIDATOR_MISSING",))
    assert [one.code for one in found] == ["ALBEDO_TOO_DARK", "THING_OUT_OF_SCALE"]
    assert vrgen.check(vrgen.read(file), target="webxr") == found, "a scene in memory says the same"
    assert found == vrgen.check(str(file), target="webxr", ignore=("VALIDATOR_MISSING",))


def test_a_wrong_target_or_code_names_the_right_ones(file: Path) -> None:
    with pytest.raises(ValueProblem, match=r"quest4.*quest2, quest3, webxr, desktop"):
        vrgen.check(file, target="quest4")  # type: ignore[arg-type]
    with pytest.raises(ValueProblem, match="Did you mean 'UV_STRETCH'"):
        vrgen.check(file, ignore=("UV_STRECH",))
    with pytest.raises(InputProblem, match="there is no file"):
        vrgen.check(file.with_name("none.glb"))
