"""Replays: figures that are known beforehand, drawn for both eyes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

from vrgen.core import Camera, Image, Mesh, Node, Scene, Texture
from vrgen.core.frames import look_rotation
from vrgen.errors import UsageProblem, ValueProblem
from vrgen.verbs.replay import replay
from vrgen.view.along import along
from vrgen.view.head_path import HeadPath
from vrgen.view.replay import BUDGETS, ReplayOptions
from vrgen.view.replay import replay as walk
from vrgen.view.replay_plot import HEAD, WIDTH, plot

SMALL = {"render_scale": 0.05, "per_stop": 2}


@pytest.fixture(scope="module")
def two_rooms(build) -> Scene:
    """Three panes before one camera and one textured pane before the other, back to back."""
    picture = Image(np.full((64, 64, 3), 90, np.uint8))
    plain, dressed = (
        build.quad(build.unlit(1, 0, 0)),
        build.quad(build.unlit(1, 1, 1, base_colour=Texture(picture))),
    )
    nodes = [Node(f"pane_{k}", translation=[k - 1, 0, -4], meshes=(plain,)) for k in range(3)]
    nodes.append(
        Node("work_001", translation=[0, 0, 4], rotation=look_rotation((0, 0, 1)), meshes=(dressed,),
             extras={"vrgen": {"work": {"title": "One"}}})
    )  # fmt: skip
    for name, z, direction, work in (
        ("camera_001", -1, (0, 0, -1), ""),
        ("camera_002", 1, (0, 0, 1), "work_001"),
    ):
        extras = {"vrgen": {"work": work}} if work else {}
        turned = look_rotation(direction)
        nodes.append(Node(name, translation=[0, 0, z], rotation=turned, camera=Camera(0.8), extras=extras))
    return Scene("two rooms", tuple(nodes))


def test_each_stop_costs_what_is_seen_there(gl, two_rooms):
    """Draw calls and triangles of either eye's picture, textures of the scene; the whole is the most."""
    standing = along(two_rooms)
    frames = standing.frames[[standing.stops[0][0], standing.stops[1][0]]]
    report = walk(two_rooms, replace(standing, frames=frames, stops=()), ReplayOptions(**SMALL))
    first, second = report.stops
    assert (first.name, first.title, first.pictures) == ("camera_001", "", 1)
    assert (second.name, second.title, second.pictures) == ("camera_002", "One", 1)
    assert (first.draw_calls, first.triangles) == (3, 6)
    assert (second.draw_calls, second.triangles) == (1, 2)
    memory = sum(4 * side * side for side in (64, 32, 16, 8, 4, 2, 1))
    assert first.texture_bytes == second.texture_bytes == pytest.approx(memory, abs=2)
    assert (report.whole.draw_calls, report.whole.triangles, report.whole.pictures) == (3, 6, 2)
    assert 0 < first.median_ms <= first.p90_ms <= first.worst_ms <= report.whole.worst_ms
    assert report.over == () and report.eye_size == (84, 88)


def test_pictures_are_spread_over_a_stop(gl, two_rooms):
    report = walk(two_rooms, along(two_rooms), ReplayOptions(render_scale=0.02, per_stop=5))
    assert [stop.pictures for stop in report.stops] == [5, 5] and report.whole.pictures == 10


def test_without_stops_the_path_is_cut_in_slices_of_time(gl, two_rooms):
    bare = replace(two_rooms, nodes=two_rooms.nodes[:4])
    still = along(two_rooms)
    frames = np.repeat(still.frames[:1], 25, axis=0)
    frames[:, 0] = np.arange(25)
    report = walk(bare, replace(still, frames=frames, stops=()), ReplayOptions(render_scale=0.02, per_stop=0))
    assert [stop.name for stop in report.stops] == ["0 s to 10 s", "10 s to 20 s", "20 s to 30 s"]
    assert [stop.pictures for stop in report.stops] == [10, 10, 5]


def test_what_leaves_the_budget_is_told_with_its_place(gl, two_rooms, build):
    """One pane more than a Quest 3 is meant to draw, all before the first camera."""
    most = BUDGETS["quest3"].draw_calls
    speck = Mesh([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)], build.unlit(0, 1, 0))
    many = [Node(f"more_{k}", translation=[0, 0, -4.1], meshes=(speck,)) for k in range(most - 3)]
    full = replace(two_rooms, nodes=(*two_rooms.nodes, *many))
    report = replay(full, **SMALL)
    assert report.over == (f"{most} draw calls at camera_001, expected fewer than {most}",)
    without_one = replace(two_rooms, nodes=(*two_rooms.nodes, *many[1:]))
    assert replay(without_one, **SMALL).over == ()
    (told,) = replay(without_one, target="quest2", **SMALL).over
    assert "expected fewer than 100" in told


def test_frame_time_is_judged_on_demand_alone(gl, two_rooms, monkeypatch):
    from vrgen.view import replay as room

    hasty = replace(BUDGETS["quest3"], frame_seconds=1e-7)
    monkeypatch.setitem(room.BUDGETS, "quest3", hasty)
    assert replay(two_rooms, **SMALL).over == ()
    (told,) = replay(two_rooms, strict=True, **SMALL).over
    assert "ms a picture" in told


def test_reports_are_files(gl, two_rooms, tmp_path):
    """JSON of all figures, and a plot; in a folder both."""
    path = tmp_path / "walk.json"
    along(two_rooms).write(path)
    report = replay(two_rooms, path=path, out=tmp_path / "report", **SMALL)
    told = json.loads((tmp_path / "report/replay.json").read_text())
    assert told["whole"]["draw_calls"] == report.whole.draw_calls
    assert [stop["name"] for stop in told["stops"]] == ["camera_001", "camera_002"]
    assert told["budget"]["name"] == "Quest 3"
    with Pillow.open(tmp_path / "report/replay.png") as picture:
        assert picture.size[0] == WIDTH
    replay(two_rooms, out=tmp_path / "only.png", **SMALL)
    assert not (tmp_path / "only.json").exists()
    with pytest.raises(UsageProblem, match=r"only\.gif"):
        replay(two_rooms, out=tmp_path / "only.gif", **SMALL)


def test_a_recorded_walk_costs_what_the_same_walk_of_ours_does(gl, two_rooms, tmp_path):
    """Through its file and back: the same stops, pictures and costs."""
    file = tmp_path / "walk.json"
    ours = along(two_rooms)
    ours.write(file)
    one, other = (walk(two_rooms, path, ReplayOptions(**SMALL)) for path in (ours, HeadPath.read(file)))
    for a, b in zip(one.stops, other.stops, strict=True):
        assert (a.name, a.pictures, a.draw_calls, a.triangles) == (
            b.name,
            b.pictures,
            b.draw_calls,
            b.triangles,
        )


def test_the_plot_shows_bars_below_and_above_the_budget(gl, two_rooms):
    """A stop that leaves the budget is red in its panel alone, and as high as it should be."""
    report = walk(two_rooms, along(two_rooms), ReplayOptions(**SMALL))
    first = replace(report.stops[0], draw_calls=300)
    drawn = plot(replace(report, stops=(first, report.stops[1]), over=("300 draw calls",))).pixels.astype(int)
    red = (drawn[..., 0] > 180) & (drawn[..., 1] < 110) & (drawn[..., 2] < 90)
    panel = red[HEAD : HEAD + 170]
    columns = np.flatnonzero(panel.sum(axis=0) > 20)
    assert 40 < len(columns) < 70  # one bar
    assert panel[:, columns[len(columns) // 2]].sum() == pytest.approx(170 * 300 / 400, abs=3)
    assert (red[HEAD + 230 :].sum(axis=0) < 20).all()


@pytest.mark.parametrize("wrong", [{"target": "quest9"}, {"render_scale": 0.0}, {"per_stop": -1}])
def test_wrong_options_say_what_is_expected(wrong):
    with pytest.raises(ValueProblem, match=r"got .*expected"):
        ReplayOptions(**wrong)
