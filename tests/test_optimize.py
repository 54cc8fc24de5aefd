"""`vrgen optimize`: measured, bounded, undone; a plan writes nothing; without node the rest is done."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import vrgen
from vrgen.cli.main import main
from vrgen.core import Camera, Image, Mesh, Node, Record, Scene, Surface, Texture
from vrgen.errors import MissingPart, UsageProblem, ValueProblem
from vrgen.gltf import read
from vrgen.gltf.optimize import encoders
from vrgen.verbs import optimize as verb_module

SIZE = 64


def square(name: str, surface: Surface, x: float) -> Mesh:
    """1 m, facing +Z."""
    corners = [(x, 1, 0), (x + 1, 1, 0), (x + 1, 2, 0), (x, 2, 0)]
    uv = [(0, 1), (1, 1), (1, 0), (0, 0)]
    return Mesh(corners, [(0, 1, 2), (0, 2, 3)], surface, normals=[(0, 0, 1)] * 4, uv0=uv, name=name)


@pytest.fixture(scope="module")
def room() -> Scene:
    """A work, and a wall of three plain colours."""
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    pixels = np.stack([x * 3, y * 3, (x + y) % 64 * 3], axis=-1).astype(np.uint8)
    work = Surface("work", base_colour=Texture(Image(pixels)), unlit=True)
    plain = [
        Surface(name, base_colour_factor=(*colour, 1.0), unlit=True)
        for name, colour in (("red", (0.6, 0.1, 0.1)), ("grey", (0.4, 0.4, 0.4)), ("white", (0.9, 0.9, 0.9)))
    ]
    meshes = tuple(square(s.name, s, x) for s, x in zip(plain, (-2.0, -1.0, 1.0), strict=True))
    nodes = (
        Node("wall", meshes=meshes, extras={"vrgen": {"room": "room 1"}}),
        Node("work_1", meshes=(square("work", work, 0.0),), extras={"vrgen": {"work": {"title": "A"}}}),
        Node("camera_overview", translation=np.array([0.0, 1.5, 2.5]), camera=Camera(1.0)),
    )
    extras = {"vrgen": {"walkable": [[[-2, 1], [2, 1], [2, 4], [-2, 4]]], "exposure": 1.0}}
    return Scene("Room", nodes, extras=extras, records=(Record("gallery", seed=3),))


@pytest.fixture(scope="module")
def file(room, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("room") / "room.glb"
    vrgen.write(room, path)
    return path


@pytest.fixture
def needs_gl():
    try:
        from vrgen.view.context import offscreen

        offscreen()
    except MissingPart as problem:
        pytest.skip(str(problem))


def test_for_the_desktop_every_reader_reads_it(file, tmp_path, needs_gl):
    report = vrgen.optimize(file, tmp_path / "out.glb", target="desktop")
    after = read(tmp_path / "out.glb")
    assert [(n.name, n.extras) for n, _ in after.walk()] == [(n.name, n.extras) for n, _ in read(file).walk()]
    assert after.extras == read(file).extras
    assert [record.step for record in after.records] == ["gallery", "optimize"]
    assert (report.before.draw_calls, report.after.draw_calls) == (4, 2)
    assert report.after.bytes == (tmp_path / "out.glb").stat().st_size
    assert report.psnr is not None and report.psnr > 55
    assert [step.name for step in report.steps] == ["meshes", "textures", "atlas", "nodes"]


def test_for_a_headset_it_is_packed(file, tmp_path, needs_gl):
    if encoders.missing():
        pytest.skip(encoders.missing())
    report = vrgen.optimize(file, tmp_path / "out.glb", target="quest3")
    assert report.after.texture_memory < report.before.texture_memory / 3
    assert report.psnr is not None and report.psnr >= 36
    assert report.steps[-1].name == "compression" and not report.steps[-1].undone
    assert b"KHR_texture_basisu" in (tmp_path / "out.glb").read_bytes()


def test_without_node_the_rest_is_done_and_it_is_said(file, tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "PROGRAM", "assets/nowhere")
    report = vrgen.optimize(file, tmp_path / "out.glb", least_psnr=0.0)
    assert report.after.draw_calls == 2 and read(tmp_path / "out.glb").name == "Room"
    (gap,) = report.missing
    assert "make encoders" in gap


def test_without_opengl_it_is_not_measured_and_that_is_said(file, tmp_path, monkeypatch):
    def none(*args: object, **kwargs: object) -> None:
        raise MissingPart("no OpenGL here; install it")

    monkeypatch.setattr(verb_module, "Fidelity", none)
    report = vrgen.optimize(file, tmp_path / "out.glb", target="desktop")
    assert report.psnr is None and report.missing == (
        "the likeness was not measured: no OpenGL here; install it",
    )


class Poor:
    """A measure that dislikes whatever was joined."""

    def __init__(self, scene: Scene, *, views: int) -> None:
        self.calls = sum(len(node.meshes) for node, _ in scene.walk())

    def of(self, scene: Scene) -> object:
        fewer = sum(len(node.meshes) for node, _ in scene.walk()) < self.calls
        return verb_module.Likeness(20.0, 20.0) if fewer else verb_module.Likeness(math.inf, math.inf)


def test_a_step_below_the_least_is_undone(file, tmp_path, monkeypatch):
    monkeypatch.setattr(verb_module, "Fidelity", Poor)
    report = vrgen.optimize(file, tmp_path / "out.glb", target="desktop")
    undone = {step.name: step.undone for step in report.steps}
    assert undone == {"meshes": True, "textures": False, "atlas": False, "nodes": False}
    assert report.after.draw_calls == report.before.draw_calls and report.psnr == math.inf


def test_a_plan_writes_nothing(file, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["optimize", str(file), "--plan", "--target", "desktop", "--least-psnr", "0"]
    assert main([*words, "--json", "--quiet"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["before"]["draw_calls"] == 4 and said["after"]["draw_calls"] == 2
    assert list(tmp_path.iterdir()) == []
    steps = {step["name"]: step["after"] for step in said["steps"]}
    assert [steps[name]["draw_calls"] for name in ("meshes", "textures", "nodes")] == [2, 2, 2]
    assert steps["meshes"]["bytes"] < said["before"]["bytes"]
    assert steps["textures"]["texture_memory"] == said["after"]["texture_memory"]
    assert main([*words, "--quiet"]) == 0


def test_a_plan_says_what_every_step_gains(file, capsys):
    assert main(["optimize", str(file), "--plan", "--textures", "webp", "--least-psnr", "0"]) == 0
    out = capsys.readouterr().out
    assert "2 draw calls" in out.partition("  textures")[0]
    assert "as WebP" in out and " MB" in out and out.count("gains ") == 5
    lasts = [line for line in out.splitlines() if "gains" in line]
    assert "gains nothing" in lasts[1]


def test_the_same_file_gives_the_same_bytes(file, tmp_path):
    for name in ("a", "b"):
        vrgen.optimize(file, tmp_path / f"{name}.glb", target="desktop", least_psnr=0.0)
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "quest4"}, "target: got 'quest4'"),
        ({"least_psnr": 99.0}, "least_psnr: got 99"),
        ({"quality": -1}, "quality: got -1"),
        ({"textures": "dds"}, "textures: got 'dds'"),
        ({"geometry": "zip"}, "geometry: got 'zip'"),
        ({"views": 0}, "views: got 0"),
        ({"lods": 5}, "lods: got 5"),
    ],
)
def test_options_out_of_range(file, tmp_path, options, words):
    with pytest.raises(ValueProblem, match=words):
        vrgen.optimize(file, tmp_path / "out.glb", **options)


def test_where_to_write_must_be_said(file, capsys):
    assert main(["optimize", str(file)]) == UsageProblem.exit_code
    assert "add -o OUT.glb" in capsys.readouterr().err
