"""Head paths: what is written is read again, and nothing else is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vrgen.core import Camera, Node, Scene
from vrgen.core.frames import direction_from_angles, look_rotation, matrix_from_quaternion
from vrgen.errors import InputProblem, ValueProblem
from vrgen.view.along import RATE, along
from vrgen.view.head_path import MOST_BYTES, HeadPath

EYES = [
    [-0.03, 0, 0, 0, 0, 0, 1, -0.9, 0.7, 0.8, -0.85],
    [0.03, 0, 0, 0, 0.1, 0, 0.995, -0.7, 0.9, 0.8, -0.85],
]


def path_of(count: int = 3) -> HeadPath:
    """A head that walks along +X and turns."""
    frames = [
        (k / 72, k * 0.1, 1.6, 0, *look_rotation(direction_from_angles(20 * k, 5))) for k in range(count)
    ]
    return HeadPath("show", 1 / 72, (640, 700), np.array(frames), np.array(EYES), ((1, "camera_001"),))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 0.1), st.floats(-50, 50), st.floats(0, 3), st.floats(0, 360), st.floats(-80, 80)
        ),
        min_size=1,
        max_size=20,
    )
)
def test_a_path_survives_its_file(tmp_path_factory, told):
    """To a hundredth of a millimetre and of a millisecond."""
    times = np.cumsum([row[0] for row in told])
    frames = [
        (time, x, y, -x, *look_rotation(direction_from_angles(azimuth, elevation)))
        for time, (_, x, y, azimuth, elevation) in zip(times, told, strict=True)
    ]
    path = replace(path_of(), frames=np.array(frames), stops=((0, "camera_a"),))
    file = tmp_path_factory.mktemp("path") / "walk.json"
    path.write(file)
    again = HeadPath.read(file)
    assert np.abs(again.frames - path.frames).max() <= 0.51e-5
    assert np.abs(again.eyes - path.eyes).max() <= 0.51e-6
    assert (again.scene, again.eye_size, again.stops) == (path.scene, path.eye_size, path.stops)
    assert again.period == path.period


def test_eyes_lie_where_the_head_says():
    """In the middle of both is the head; the frusta are those of the angles, the second eye's is canted."""
    path = path_of()
    left, right = path.eyes_at(2)
    head = path.head(2)
    assert np.allclose((left.position + right.position) / 2, head[:3, 3])
    assert np.allclose(right.position - left.position, head[:3, 0] * 0.06)
    edge = left.projection @ (np.tan(-0.9), np.tan(0.8), -1, 1)
    assert edge[:2] / edge[3] == pytest.approx((-1, 1))
    canted = matrix_from_quaternion(EYES[1][3:7])
    assert np.allclose(np.linalg.inv(right.view)[:3, :3], head[:3, :3] @ canted)


def broken(**changes):
    """The JSON of a path with some keys changed."""
    return path_of().to_json() | changes


FRAME = [0.0, 0, 1.6, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    "data, place",
    [
        ([], "no head path"),
        ({"vrgen": "scene"}, "no head path"),
        (broken(version=2), "version: got 2, expected 1"),
        (broken(scene="show"), "scene: expected"),
        (broken(scene={"name": 3}), "scene: expected"),
        (broken(period=0), "period: got 0.0"),
        (broken(period="1"), "period: got"),
        (broken(eye_size=[640]), "eye_size: got"),
        (broken(eye_size=[640, 1e9]), "eye_size: got"),
        (broken(frames=[]), "frames: got 0 rows"),
        (broken(frames={}), "frames: got {}"),
        (broken(frames=[FRAME, FRAME[:7]]), r"frames\[1\]: got"),
        (broken(frames=[[*FRAME[:7], "1"]]), r"frames\[0\]: got"),
        (broken(frames=[[*FRAME[:7], True]]), r"frames\[0\]: got"),
        (broken(frames=[[*FRAME[:7], float("nan")]]), r"frames\[0\]: got"),
        (broken(frames=[[10**400, *FRAME[1:]]]), r"frames\[0\]: got"),
        (broken(frames=[[*FRAME[:4], 0, 0, 0, 0.5]]), r"frames\[0\]: got .*unit quaternion"),
        (broken(frames=[[1, *FRAME[1:]], FRAME]), r"frames\[1\]: got .*a time not before"),
        (broken(frames=[[0, 1e9, *FRAME[2:]]]), r"frames\[0\]: got .*within 100000 m"),
        (broken(eyes=EYES[:1]), "eyes: got 1"),
        (broken(eyes=[EYES[0], [*EYES[1][:7], 0.5, 0.4, 0.8, -0.8]]), r"eyes\[1\]: got"),
        (broken(stops=[[9, "camera_001"]]), r"stops\[0\]: got frame 9"),
        (broken(stops=[[0, 5]]), r"stops\[0\]: got"),
        (broken(stops="all"), "stops: got"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, data, place):
    file = tmp_path / "walk.json"
    file.write_text(json.dumps(data))
    with pytest.raises(InputProblem, match=rf"^walk\.json: {place}"):
        HeadPath.read(file)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"vrgen": NaN'])
def test_what_is_no_json_is_refused(tmp_path, text):
    (tmp_path / "walk.json").write_bytes(text)
    with pytest.raises(InputProblem, match=r"walk\.json: no JSON"):
        HeadPath.read(tmp_path / "walk.json")


def test_what_is_too_large_is_not_even_read(tmp_path):
    with (tmp_path / "walk.json").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(InputProblem, match="expected at most"):
        HeadPath.read(tmp_path / "walk.json")
    with pytest.raises(InputProblem, match="cannot read"):
        HeadPath.read(tmp_path / "none.json")


def test_values_are_checked_in_python_too():
    with pytest.raises(ValueProblem, match="eye_size"):
        replace(path_of(), eye_size=(2, 2))
    with pytest.raises(ValueProblem, match="frames"):
        replace(path_of(), frames=np.zeros((3, 7)))


def cameras_at(*places) -> Scene:
    """A scene of cameras that look along -Z."""
    nodes = [Node(f"camera_{k:03}", translation=place, camera=Camera(0.8)) for k, place in enumerate(places)]
    return Scene("stops", tuple(nodes))


def test_a_walk_of_our_own_passes_every_stop():
    """In their order, where they stand, a second each; between them no leap."""
    scene = cameras_at((0, 1.5, 0), (4, 1.5, 0), (4, 1.5, 3))
    path = along(scene)
    assert [name for _, name in path.stops] == ["camera_000", "camera_001", "camera_002"]
    for (frame, _), node in zip(path.stops, scene.nodes, strict=True):
        for k in (frame, frame + RATE - 1):
            assert np.allclose(path.head(k)[:3, 3], node.translation)
            assert np.allclose(path.head(k)[:3, :3], np.eye(3))
    assert np.linalg.norm(np.diff(path.frames[:, 1:4], axis=0), axis=1).max() < 0.12
    assert np.allclose(np.diff(path.frames[:, 0]), 1 / 72)


def test_a_scene_without_cameras_is_looked_at_all_around(build):
    path = along(Scene("one", (Node("n", meshes=(build.quad(build.unlit(1, 0, 0)),)),)))
    ahead = np.array([path.head(k)[:3, 2] for k in range(len(path.frames))])
    assert path.stops == () and np.ptp(path.frames[:, 1:4], axis=0).max() == 0
    assert ahead[:, 0].min() < -0.9 and ahead[:, 0].max() > 0.9
