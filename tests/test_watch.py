"""`vrgen watch`: what is saved is made again, and only that; what is wrong is one line, the rest stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import vrgen
from vrgen.batch.rebuild import Rebuild
from vrgen.batch.source import find_source, places_of
from vrgen.errors import InputProblem, OutputProblem, UsageProblem
from vrgen.gltf import read

PATIENCE = 60.0
COURT = """
[scene]
title = "Court"

[[material]]
name = "wall"
colour = "#c04030"

[[mesh]]
name = "cube"
box = [2, 2, 2]
material = "wall"

[bake]
light = "none"
"""


class Watching:
    """A watch in a process of its own, and what it says."""

    def __init__(self, *words: str, **variables: str) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
        environment.pop("PYOPENGL_PLATFORM", None)
        environment |= variables
        command = [sys.executable, "-m", "vrgen", "watch", *words]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._heard = threading.Thread(target=self._hear, daemon=True)
        self._heard.start()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        self.lines += (line.strip() for line in iter(self.process.stdout.readline, ""))

    def until(self, pattern: str, *, after: int = 0) -> str:
        """The first line from number `after` on that fits."""
        ends = time.monotonic() + PATIENCE
        while True:
            found = next((line for line in self.lines[after:] if re.search(pattern, line)), None)
            if found is not None:
                return found
            assert time.monotonic() < ends, f"never {pattern!r}: {self.lines}"
            time.sleep(0.02)

    def stop(self) -> float:
        """Ctrl-C; how many seconds the end took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(30) == 0, self.lines
        seconds = time.monotonic() - began
        self._heard.join(5)
        return seconds

    def close(self) -> None:
        """Whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def court(tmp_path: Path) -> Path:
    path = tmp_path / "court.toml"
    path.write_text(COURT)
    return path


@pytest.fixture
def watching(court: Path) -> Iterator[Watching]:
    one = Watching(str(court), "--no-view")
    yield one
    one.close()


def colour(file: Path) -> tuple[float, ...]:
    (mesh,) = (mesh for node, _ in read(file).walk() for mesh in node.meshes)
    return tuple(round(part, 3) for part in mesh.surface.base_colour_factor[:3])


def test_what_is_saved_is_made_again_and_ctrl_c_ends_it(court: Path, watching: Watching) -> None:
    """Another colour, the first one again (from the store), a typo, and the end within two seconds."""
    file = court.with_suffix(".glb")
    watching.until("watching")
    first = colour(file)
    for text, told in (
        (COURT.replace("c04030", "3040c0"), r"court\.toml changed: made court in"),
        (COURT, r"court\.toml changed: as it was once before"),
        (
            COURT.replace("colour", "color"),
            r"court\.toml: \[\[material\]\] 1 'wall' color \(line 7\).*'colour'",
        ),
        (COURT, r"court\.toml changed: in order again"),
        ("[scene\n", r"court\.toml is not valid TOML"),
    ):
        after = len(watching.lines)
        time.sleep(0.4)  # the watch has begun, and time stamps differ
        before = file.stat()
        court.write_text(text)
        watching.until(told, after=after)
        if "made court" in told:
            assert colour(file) != first
        elif "once before" in told:
            assert colour(file) == first
        else:
            assert file.stat() == before, "the last good result stays"
    assert watching.stop() < 2.0
    assert "watched court.toml: 3 versions" in watching.lines[-1]
    names = {path.name for path in court.parent.iterdir()}
    assert names == {"court.toml", "court.glb", ".vrgen"}, "nothing else lies about"


@pytest.fixture
def rebuild(court: Path) -> Iterator[Rebuild]:
    one = Rebuild(find_source(court), court.with_suffix(".glb"))
    yield one
    one.end()


def test_files_that_a_scene_names_count_and_others_do_not(court: Path, rebuild: Rebuild) -> None:
    maps = court.parent / "maps"
    maps.mkdir()
    grey = PIL.Image.fromarray(np.full((8, 8, 3), 120, np.uint8))
    grey.save(maps / "stone_diff.png")
    court.write_text(COURT.replace('colour = "#c04030"', 'folder = "maps"'))
    came = rebuild.make()
    assert came.made == ("court",) and came.fresh and rebuild.places == {court.parent, maps}
    (court.parent / "letter.txt").write_text("nothing to do with it")
    again = rebuild.make()
    assert (again.made, again.kept, again.fresh) == ((), 1, False)
    PIL.Image.fromarray(np.full((8, 8, 3), 60, np.uint8)).save(maps / "stone_diff.png")
    assert rebuild.make().made == ("court",)
    assert rebuild.ours(court.with_suffix(".glb")) and rebuild.ours(court.parent / ".vrgen")
    assert not rebuild.ours(maps / "stone_diff.png") and not rebuild.ours(court)


def test_of_a_recipe_only_what_changed_is_made(tmp_path: Path) -> None:
    (tmp_path / "court.toml").write_text(COURT)
    recipe = tmp_path / "many.toml"
    text = '[[product]]\nmake = "scene"\nname = "{}"\nfile = "court.toml"\nseed = {}\n'
    recipe.write_text(
        text.format("one", 1) + text.format("two", 2) + '[[product]]\nmake = "inspect"\nfile = "@one"\n'
    )
    rebuild = Rebuild(find_source(recipe), tmp_path / "many", show="one")
    try:
        came = rebuild.make()
        assert sorted(came.made) == ["inspect", "one", "two"] and came.fresh and rebuild.file.exists()
        recipe.write_text(recipe.read_text().replace("seed = 2", "seed = 3"))
        came = rebuild.make()
        assert (came.made, came.kept, came.fresh) == (("two",), 2, False), "what is looked at has not changed"
    finally:
        rebuild.end()
    with pytest.raises(UsageProblem, match=r"got 'tow', expected a product of many\.toml.*'two'"):
        Rebuild(find_source(recipe), tmp_path / "many", show="tow").make()


def test_a_file_is_a_recipe_a_scene_or_a_gallery_by_what_it_says(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    (pictures / "more").mkdir(parents=True)
    (pictures / "gallery.toml").write_text('[gallery]\ntitle = "Show"\n')
    source = find_source(pictures / "gallery.toml")
    assert (source.kind, source.path, source.stem) == ("gallery", pictures, "pictures")
    assert find_source(pictures).kind == "gallery"
    assert places_of(source.read()) == {pictures, pictures / "more"}
    (tmp_path / "gallery.toml").write_text(COURT)
    assert find_source(tmp_path / "gallery.toml").kind == "scene"


def test_what_cannot_be_watched_is_said_before_anything_is_made(court: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (tmp_path / "shots.toml").write_text('[[product]]\nmake = "texture"\nkind = "plaster"\nseed = 1\n')
    (tmp_path / "show.glb").write_bytes(b"glTF")
    for source, options, kind, told in (
        (tmp_path / "none.toml", {}, InputProblem, "there is no .*none.toml"),
        (tmp_path / "show.glb", {}, UsageProblem, "to look at a GLB that changes: vrgen view"),
        (pictures, {"out": pictures / "show.glb"}, OutputProblem, "would hang among its own pictures"),
        (court, {"show": "wall"}, UsageProblem, "it is for recipes"),
        (court, {"out": tmp_path / "court.obj"}, UsageProblem, r"\.glb"),
        (court, {"web": True, "view": False}, UsageProblem, "got both web and no view"),
    ):
        with pytest.raises(kind, match=told):
            vrgen.watch(source=source, **options)
    with pytest.raises(UsageProblem, match=r"shots\.toml: makes no GLB.*--no-view"):
        Rebuild(find_source(tmp_path / "shots.toml"), tmp_path / "shots").make()


@dataclass(frozen=True)
class Asked:
    """Options of something that takes its time."""

    seed: int
    like: Path | str | None = None


def test_what_was_generated_is_given_again_once_it_is_kept() -> None:
    from vrgen.synth import sky, texture
    from vrgen.synth.kept import keep, kept

    assert all(hasattr(make, "__wrapped__") for make in (sky, texture))
    make = kept(lambda options: [options.seed])
    assert make(Asked(3)) is not make(Asked(3)), "off until it is wanted"
    keep(2)
    try:
        first = make(Asked(3))
        assert make(Asked(3)) is first and make(Asked(4)) == [4]
        assert make(Asked(3)) is first and make(Asked(5)) == [5]
        assert make(Asked(3)) is first, "what was asked for last is kept longest"
        assert make(Asked(6)) == [6] and make(Asked(7)) == [7]
        assert make(Asked(3)) is not first, "the last two are kept"
        assert make(Asked(3, "a.png")) is not make(Asked(3, "a.png")), "a file may have changed"
    finally:
        keep(0)
