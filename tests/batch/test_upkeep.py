"""Upkeep: damage is found by reading, and only what nobody stands on is removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import trivial

import vrgen
from vrgen.batch import run
from vrgen.batch.store import Store
from vrgen.batch.upkeep import Holding, Pruned
from vrgen.cli.main import main
from vrgen.errors import InputProblem
from vrgen.verbs.store import Checked

Write = Callable[[str], Path]
THREE = '[[product]]\nmake = "trivial"\nseed = "0..2"\n'


def make(path: Path, out: Path, store: Path) -> list[str]:
    return [one.state for one in run(path, out, workers=1, store=store)]


def test_show_counts_steps_and_folders(recipe: Write, tmp_path: Path) -> None:
    make(recipe(THREE), tmp_path / "out", tmp_path / "store")
    held = vrgen.store(action="show", place=tmp_path / "store")
    assert isinstance(held, Holding)
    assert (held.steps, held.contents, held.bytes) == (3, 3, 3 * trivial.SIZE)
    assert held.by_maker == {"trivial": 3}
    assert [(root.out, len(root.keys)) for root in held.roots] == [(str(tmp_path / "out"), 3)]


def test_check_finds_what_kept_its_size_and_time(recipe: Write, tmp_path: Path) -> None:
    path, out, place = recipe(THREE), tmp_path / "out", tmp_path / "store"
    make(path, out, place)
    store = Store(place)
    made = store.recall(next(store.keys()))
    assert made is not None
    blob = store.blob_path(made.files[0].sha256)
    stat = blob.stat()
    os.chmod(blob, 0o644)
    blob.write_bytes(bytes(stat.st_size))  # a bit that rots changes neither
    os.utime(blob, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    found = vrgen.store(action="check", place=place)
    assert isinstance(found, Checked)
    assert len(found.wrong) == 1
    assert "item.bin damaged or gone" in found.wrong[0]
    assert sorted(make(path, out, place)) == ["kept", "kept", "made"]
    for seed in range(3):
        assert (out / f"trivial/{seed}.bin").read_bytes() == trivial.content(seed)
    assert vrgen.store(action="check", place=place).wrong == ()  # type: ignore[union-attr]


def test_prune_leaves_what_a_folder_stands_on(recipe: Write, tmp_path: Path) -> None:
    path, place = recipe(THREE), tmp_path / "store"
    make(path, tmp_path / "one", place)
    path.write_text(THREE.replace("0..2", "2..4"))
    make(path, tmp_path / "two", place)
    shutil.rmtree(tmp_path / "one")
    young = vrgen.store(action="prune", place=place)
    assert isinstance(young, Pruned)
    assert (young.steps, young.young) == (0, 2)
    dry = vrgen.store(action="prune", place=place, older=0.0, dry_run=True)
    assert isinstance(dry, Pruned)
    assert (dry.steps, dry.contents, dry.bytes) == (2, 2, 2 * trivial.SIZE)
    assert vrgen.store(action="prune", place=place, older=0.0) == dry
    assert make(path, tmp_path / "two", place) == ["kept"] * 3
    held = vrgen.store(place=place)
    assert isinstance(held, Holding)
    assert held.steps == 3


def test_a_changed_recipe_frees_what_it_dropped(recipe: Write, tmp_path: Path) -> None:
    path, out, place = recipe(THREE), tmp_path / "out", tmp_path / "store"
    make(path, out, place)
    path.write_text(THREE.replace("0..2", "0..1"))
    make(path, out, place)
    pruned = vrgen.store(action="prune", place=place, older=0.0)
    assert isinstance(pruned, Pruned)
    assert pruned.steps == 1


def test_the_command_finds_the_store_of_an_output_folder(
    recipe: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    list(run(recipe(THREE), tmp_path / "out", workers=1))
    assert main(["store", "show", str(tmp_path / "out")]) == 0
    assert "3 steps, 3 contents" in capsys.readouterr().out
    with pytest.raises(InputProblem, match="there is no store"):
        vrgen.store(place=tmp_path)
