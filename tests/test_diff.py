"""Diff of files: the same command twice is equal, a change of one seed is named first, packing comes last."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

import vrgen
from vrgen.cli.main import main
from vrgen.core import Mesh, Node, Scene, Surface
from vrgen.gltf.packing import first_byte

PLACES = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], np.float32)


def room(seed: int) -> Scene:
    """A board of oak, made as a gallery makes its materials: the record lies in the scene and the surface."""
    oak = vrgen.texture(kind="oak", seed=seed, size=64)
    uv = np.array([(0, 1), (1, 1), (1, 0), (0, 0)], np.float32)
    mesh = Mesh(PLACES, np.array([(0, 1, 2), (0, 2, 3)]), Surface.of(oak, name="oak"), uv0=uv, name="board")
    assert oak.record is not None
    return Scene("room", (Node("board", meshes=(mesh,)),), records=(oak.record,))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Seed 3 twice, and seed 4."""
    folder = tmp_path_factory.mktemp("files")
    for name, seed in (("one", 3), ("twin", 3), ("other", 4)):
        vrgen.write(room(seed), folder / f"{name}.glb")
    return {path.stem: path for path in folder.glob("*.glb")}


def run(*argv: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(argv)
    return code, out.getvalue(), err.getvalue()


def test_the_same_command_twice_gives_the_same_bytes_and_no_difference(files: dict[str, Path]) -> None:
    assert files["one"].read_bytes() == files["twin"].read_bytes()
    assert vrgen.diff(files["one"], files["twin"]).equal
    code, out, _ = run("diff", str(files["one"]), str(files["twin"]))
    assert code == 0
    assert out.startswith("one.glb and twin.glb are equal")


def test_a_change_of_one_seed_is_named_first(files: dict[str, Path]) -> None:
    code, out, _ = run("diff", str(files["one"]), str(files["other"]))
    assert code == 1
    lines = out.splitlines()
    assert lines[0].split() == "~ record 1 texture oak seed 3 -> 4".split()
    assert "first in record 1 texture oak: seed 3 -> 4" in lines[-1]
    assert any("texture oak base_colour" in line and "dB" in line for line in lines)
    code, out, _ = run("diff", str(files["one"]), str(files["other"]), "--json", "--quiet")
    found = json.loads(out)
    assert code == 1
    assert (found["first"]["what"], found["first"]["before"], found["first"]["after"]) == ("seed", 3, 4)
    assert (found["equal"], found["counts"]["texture"]) == (False, 4)  # ORM fills two slots
    assert found["deltas"][0] == found["first"]


def test_a_reroll_is_the_first_and_only_cause(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "rerolled.glb"
    vrgen.write(vrgen.reroll(files["one"], node="board"), path)
    found = vrgen.diff(files["one"], path)
    assert found.first is not None
    assert (found.first.sign, found.first.place, found.first.sentence) == ("+", "2 remake oak", "seed 4")
    assert {delta.part for delta in found.deltas} == {"record", "surface", "texture"}
    fresh = vrgen.diff(files["other"], path)
    assert {delta.part for delta in fresh.deltas} == {"record"}  # the same as if seed 4 had been asked for


def test_scenes_and_files_can_be_mixed(files: dict[str, Path]) -> None:
    read = vrgen.read(files["one"])
    assert vrgen.diff(read, files["twin"]).equal
    moved = replace(read, nodes=(replace(read.nodes[0], translation=np.array([0.0, 0.0, 2.0])),))
    (delta,) = vrgen.diff(files["one"], moved).deltas
    assert delta.sentence == "moved 2 m"


def test_files_of_one_scene_in_other_bytes_say_where_they_differ(
    files: dict[str, Path], tmp_path: Path
) -> None:
    data = files["one"].read_bytes()
    other = tmp_path / "other.glb"
    other.write_bytes(data.replace(b'"generator":"vrgen', b'"generator":"VRGEN'))
    (delta,) = vrgen.diff(files["one"], other).deltas
    assert (delta.part, delta.place, delta.what) == ("file", "asset", "generator")
    assert (str(delta.before).lower(), delta.after) == (str(delta.after).lower(), str(delta.before).upper())
    assert first_byte(files["one"], other) == data.index(b'"generator":"vrgen') + len(b'"generator":"')
    padded = tmp_path / "padded.glb"
    padded.write_bytes(data + b"\0\0\0\0")
    (delta,) = vrgen.diff(files["one"], padded).deltas
    assert (delta.place, delta.what) == ("bytes", f"differ from byte {len(data)}")


def test_long_lists_are_cut_and_all_of_them_can_be_asked_for(tmp_path: Path) -> None:
    nodes = tuple(Node(f"stop_{i:02}") for i in range(40))
    for name, scene in (("few", Scene("x", nodes[:2])), ("many", Scene("x", nodes))):
        vrgen.write(scene, tmp_path / f"{name}.glb")
    pair = (str(tmp_path / "few.glb"), str(tmp_path / "many.glb"))
    _, out, _ = run("diff", *pair)
    assert out.count("+ node stop_") == 24
    assert "and 14 more nodes; --all prints them" in out
    assert "differ in 38 nodes; first in node stop_02: only in the second" in out
    _, out, _ = run("diff", *pair, "--all")
    assert out.count("+ node stop_") == 38


def test_what_is_no_file_is_one_sentence(tmp_path: Path, files: dict[str, Path]) -> None:
    code, out, err = run("diff", str(files["one"]), str(tmp_path / "absent.glb"))
    assert (code, out) == (1, "")
    assert err.startswith("vrgen: there is no file")
