"""`vrgen texture` writes what it is asked for, and nothing when it cannot be."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest

from vrgen.cli.main import main


def run(*argv):
    """(exit code, stderr)."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["texture", *map(str, argv)])
    return code, err.getvalue()


def test_a_walk_is_numbered_and_has_a_sheet(tmp_path):
    """Three steps, one sheet, one record that tells each step's share; sliders repeat."""
    argv = (
        "--kind",
        "bricks",
        "--morph",
        "1:2:3",
        "--size",
        64,
        "--slider",
        "warmth=1",
        "--slider",
        "relief=-1",
    )
    code, told = run(*argv, "-o", tmp_path)
    assert code == 0, told
    names = ["bricks_1_to_2_000", "bricks_1_to_2_050", "bricks_1_to_2_100"]
    assert sorted(path.name for path in tmp_path.glob("*_diff.png")) == [f"{name}_diff.png" for name in names]
    assert (tmp_path / "sheet.png").exists()
    records = json.loads((tmp_path / "record.json").read_text())
    assert [records[name]["record"]["options"].get("way", 0.0) for name in names] == [0.0, 0.5, 1.0]
    assert records[names[0]]["record"]["options"]["slider"] == ["warmth=1", "relief=-1"]


def test_one_has_no_sheet(tmp_path):
    """A contact sheet is for several."""
    assert run("--kind", "bricks", "--size", 64, "-o", tmp_path)[0] == 0
    assert not (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize(
    "argv",
    [
        ("--size", 1),
        ("--kind", "brics"),
        ("--slider", "rough=1"),
        ("--morph", "1:2"),
        ("--morph", "1:2:1"),
        ("--morph", "1:2:3", "--count", 2),
        ("--mix", "bricks:grass=2"),
        ("--seed", 2**63 - 1, "--count", 2),
        ("--like", "nowhere.jpg"),
        ("--weights", "nowhere"),
        ("--kind", "planks", "--draw", "gan"),
    ],
)
def test_a_refused_request_leaves_no_folder(argv, tmp_path):
    """The request is checked before the folder is made."""
    code, told = run(*argv, "-o", tmp_path / "new")
    assert code in (1, 2)
    assert len(told.strip().splitlines()) <= 2
    assert not (tmp_path / "new").exists()
