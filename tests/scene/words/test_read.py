"""A SCENE.toml is refused where it is wrong: by line, with the nearest right name, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from vrgen.errors import InputProblem, VrgenError
from vrgen.scene.words.check import check
from vrgen.scene.words.keys import keys
from vrgen.scene.words.read import read_words
from vrgen.scene.words.tables import Described

GROUND = '[[material]]\nname = "m"\n[[mesh]]\nname = "ground"\nplane = [4, 4]\nmaterial = "m"\n'
"""Six lines that are right."""
BALL = '[[mesh]]\nname = "ball"\nlathe = [[0.1, 0], [0.1, 1]]\nmaterial = "m"\n'
"""Four more, at line 7."""


def read(folder: Path, text: str) -> Described:
    """What a text says, checked."""
    path = folder / "court.toml"
    path.write_text(text)
    words, source = read_words(path)
    check(words, source, folder=folder, check_material=lambda table: None)
    return words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[mseh]]\nname = "a"', r"line 1.*unknown table 'mseh'.*'mesh'"),
        (GROUND + "colour = 3", r"line 7.*unknown key 'colour'"),
        (GROUND + BALL + '[mesh.scater]\non = "ground"', r"'ball' scater.*line 11.*Did you mean 'scatter'"),
        (GROUND + BALL + "at = [0, 1]", r"line 11.*list of length 3"),
        (GROUND + BALL + "at = [0, nan, 1]", r"line 11.*nan"),
        (GROUND + BALL + 'on = "grund"', r"line 11.*'grund'.*Did you mean 'ground'"),
        (GROUND + BALL + "box = [1, 1, 1]", r"line 7.*box and lathe.*exactly one"),
        (
            GROUND + '[[mesh]]\nname = "ground"\nplane = [1, 1]\nmaterial = "m"',
            r"line 8.*taken by \[\[mesh\]\] 1",
        ),
        (GROUND + '[[mesh]]\nname = "b"\nplane = [1, 1]\nmaterial = "n"', r"line 10.*no material called 'n'"),
        (GROUND + '[[mesh]]\nname = "b"\nplane = [1, 1]', r"line 7.*wears nothing"),
        (GROUND + '[[mesh]]\nname = "b"\nfile = "b.xyz"', r"line 9.*ends in .glb"),
        (GROUND + '[[mesh]]\nname = "b"\nfile = "b.glb"', r"line 9.*no file 'b.glb'"),
        (GROUND + '[[mesh]]\nname = "B b"\nplane = [1, 1]', r"line 8.*a-z"),
        (GROUND + BALL + '[mesh.along]\nwall = "ground"', r"along \(line 11\).*count or spacing"),
        (GROUND + BALL + "[mesh.along]\ncount = 3", r"line 11.*a wall, or start and end"),
        (GROUND + BALL + "[mesh.grid]\ncount = [0, 3]\nstep = [1, 1]", r"grid.count \(line 12\).*>= 1"),
        (GROUND + '[[light]]\nname = "l"\nkind = "pont"', r"line 9.*Did you mean 'point'"),
        (GROUND + '[[light]]\nname = "l"\nkind = "point"\nlux = 3', r"line 7.*candela"),
        (GROUND + '[[camera]]\nname = "c"\nat = [0, 1, 0]', r"line 7.*look or of"),
        (GROUND + '[walkable]\non = ["gronud"]', r"line 8.*Did you mean 'ground'"),
        (GROUND + '[sky]\nfile = "x.hdr"', r"line 8.*no file"),
        (GROUND + '[[gallery]]\npictures = "here"', r"line 8.*no folder"),
        ('[[material]]\nname = "m"\ncolour = "red"', r"line 3.*a colour such as"),
        ('[[material]]\nname = "m"\nkind = "a"\nfolder = "b"', r"line 4.*one of them"),
        ("[scene]\nseed = -1", r"line 2.*>= 0"),
        ("[scene]\ntitle = 3", r"line 2.*text in quotes"),
        ("[scene\n", r"not valid TOML.*line 1"),
        ("", r"no \[\[mesh\]\]"),
    ],
)
def test_it_is_refused_at_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(VrgenError, match=rf"(?s)court.toml.*{told}"):
        read(tmp_path, text)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="cannot read"):
        read_words(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputProblem, match="not UTF-8"):
        read_words(tmp_path / "bad.toml")


def test_what_is_right_is_read(tmp_path: Path) -> None:
    words = read(tmp_path, GROUND + BALL + 'scatter = { on = "ground", count = 3, spacing = 0.5 }')
    assert [mesh.name for mesh in words.mesh] == ["ground", "ball"]
    assert words.mesh[1].scatter is not None and words.mesh[1].scatter.count == 3


def test_the_documentation_names_every_key() -> None:
    """It is generated from the tables, so a key without its line would be a fault of the generator."""
    told = keys()
    for table in ("[scene]", "[sky]", "[[material]]", "[[mesh]]", "[mesh.grid]", "[mesh.along]"):
        assert f"\n{table}:" in f"\n{told}"
    for table in ("[mesh.scatter]", "[[light]]", "[[camera]]", "[spawn]", "[walkable]", "[[gallery]]"):
        assert f"\n{table}:" in told
    for line in ('  kind = "point" | "spot" | "sun", needed', "  count = whole number from 1, needed"):
        assert line in told
    assert "  lathe = list of [number from 0, number]" in told


@pytest.mark.parametrize("value", ["0", "-1", "1e-9", "1e9", "inf", '"1"', "[]", "true", "{}", "2026-01-01"])
@pytest.mark.parametrize("key", ["scale", "height", "turn", "at", "lathe", "sides", "title", "scatter"])
def test_a_wrong_value_is_refused_or_read_and_never_more(tmp_path: Path, key: str, value: str) -> None:
    try:
        read(
            tmp_path,
            GROUND + BALL.replace("lathe = ", "lathe = " if key != "lathe" else "# ") + f"{key} = {value}",
        )
    except VrgenError as problem:
        assert "court.toml" in str(problem) and "\n" not in str(problem)
