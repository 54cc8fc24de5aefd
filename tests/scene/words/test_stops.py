"""Waypoints: the stops of a visit in their order, at eye height, for as long as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vrgen
from vrgen.core import Scene
from vrgen.core.exhibits import exhibits
from vrgen.errors import UsageProblem
from vrgen.view.along import RATE, along
from vrgen.view.viewpoint import cameras, tour

TEXT = """
[[material]]
name = "m"
colour = "#808080"
[bake]
light = "none"
[[mesh]]
name = "ground"
box = [10, 0.5, 10]
material = "m"
[[mesh]]
name = "cube"
box = [1, 1, 1]
at = [0, 0.5, 0]
material = "m"
title = "Cube"
[walkable]
on = ["ground"]
[[camera]]
name = "aside"
at = [4, 3, 4]
of = "cube"
[[camera]]
name = "overview"
at = [0, 3, 4]
of = "cube"
[[waypoint]]
name = "last"
at = [-3, 0]
look = [0, 1, 0]
[[waypoint]]
name = "second"
at = [3, 0]
of = "cube"
order = 2
stay = 3
[[waypoint]]
name = "first"
at = [0, 3]
look = [0, 1, 0]
order = 1
stay = 0.5
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A cube on a slab, with three waypoints and two cameras, read from its file."""
    folder = tmp_path_factory.mktemp("way")
    (folder / "a.toml").write_text(TEXT)
    vrgen.write(vrgen.scene(file=folder / "a.toml"), folder / "a.glb")
    return vrgen.read(folder / "a.glb")


def test_waypoints_come_in_their_order_and_cameras_stay_for_pictures(scene: Scene) -> None:
    names = ["overview", "first", "second", "last", "aside"]
    assert list(cameras(scene)) == [f"camera_{name}" for name in names]
    assert list(tour(scene)) == ["camera_first", "camera_second", "camera_last"]
    numbers = [n.extras["vrgen"]["stop"] for n, _ in scene.walk() if n.camera is not None]
    assert numbers == [0, 1, 2, 3, 4]
    assert scene.extras["vrgen"]["route"] == [[0, 3], [3, 0], [-3, 0]]


def test_the_eye_stands_on_the_floor_and_looks_where_it_should(scene: Scene) -> None:
    world = tour(scene)["camera_second"][1]
    assert np.allclose(world[:3, 3], (3, 0.5 + 1.6, 0))
    to_cube = np.array([0, 1, 0]) - world[:3, 3]
    assert np.allclose(-world[:3, 2], to_cube / np.linalg.norm(to_cube), atol=1e-6)
    (work,) = exhibits(scene)
    assert work.camera == "camera_second"


def test_a_walk_without_a_recording_stays_as_long_as_it_is_told(scene: Scene) -> None:
    path = along(scene)
    assert [name for _, name in path.stops] == ["camera_first", "camera_second", "camera_last"]
    places = path.frames[:, 1:4]
    for name, seconds in (("camera_first", 0.5), ("camera_second", 3.0), ("camera_last", 4.0)):
        there = np.linalg.norm(places - tour(scene)[name][1][:3, 3], axis=1) < 1e-6
        assert there.sum() / RATE == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('[[waypoint]]\nname = "x"\nat = [0, 0]', r"\[\[waypoint\]\] 4 'x' \(line \d+\): expected either"),
        ('[[waypoint]]\nname = "x"\nat = [0, 0]\nof = "cub"', "no mesh called 'cub'. Did you mean 'cube'"),
        ('[[waypoint]]\nname = "aside"\nat = [0, 0]\nof = "cube"', "'aside' is taken by"),
        ('[[waypoint]]\nname = "x"\nat = [0, 4]\nlook = [0, 2.1, 4]', r"look \(line \d+\): is where its eye"),
        ('[[waypiont]]\nname = "x"', "unknown table 'waypiont'. Did you mean 'waypoint'"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line(tmp_path: Path, wrong: str, told: str) -> None:
    (tmp_path / "a.toml").write_text(TEXT + wrong)
    with pytest.raises(UsageProblem, match=told):
        vrgen.scene(file=tmp_path / "a.toml")
