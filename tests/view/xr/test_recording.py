"""A recording is the visit: where the head was in the world, and how the eyes sit in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vrgen.view.head_path import HeadPath
from vrgen.view.xr.cues import Cues
from vrgen.view.xr.frame import Frame, View
from vrgen.view.xr.recording import Recording
from vrgen.view.xr.rig import Rig


def frame_of(number: int, x: float) -> Frame:
    """The head is at (x, 1.6, number / 10), the eyes 64 mm apart."""
    head = np.eye(4)
    head[:3, 3] = x, 1.6, number / 10
    eyes = [head.copy(), head.copy()]
    eyes[0][0, 3] -= 0.032
    eyes[1][0, 3] += 0.032
    views = (View(eyes[0], (-0.9, 0.7, 0.8, -0.8)), View(eyes[1], (-0.7, 0.9, 0.8, -0.8)))
    return Frame(number, number / 90, 1 / 90, True, head, views, {})


@given(st.floats(0, 360), st.floats(-1, 1))
def test_eyes_of_the_path_are_where_the_eyes_were(yaw, x):
    rig, recording = Rig((5.0, 0.0, x), yaw), Recording("show")
    assert recording.path((640, 700)) is None
    frames = [frame_of(number, x) for number in range(3)]
    for frame in frames:
        recording.add(frame, Cues(rig, arrived="camera_002" if frame.number == 2 else None))
    path = recording.path((640, 700))
    assert path is not None and (path.scene, path.eye_size, path.stops) == (
        "show",
        (640, 700),
        ((2, "camera_002"),),
    )
    assert path.period == 1 / 90 and path.seconds == pytest.approx(2 / 90)
    for k, frame in enumerate(frames):
        for eye, view in zip(path.eyes_at(k), frame.views, strict=True):
            assert np.allclose(np.linalg.inv(eye.view), rig.world(view.pose))
            left, _, up, _ = np.tan(view.angles)
            edge = eye.projection @ (left, up, -1, 1)
            assert edge[:2] / edge[3] == pytest.approx((-1, 1))


def test_a_visit_is_recorded_and_read_again(wearer, tmp_path):
    """To the next work and back to a file: the path ends before the work, and says which stop that is."""
    from vrgen.view.xr.frame import Hand

    someone, recording = wearer(), Recording("house")
    for number in range(40):
        someone.hands = {"right": Hand(next=number == 3)}
        frame = someone.frame()
        recording.add(frame, someone.visitor.step(frame))
    recording.path((640, 700)).write(tmp_path / "walk.json")
    path = HeadPath.read(tmp_path / "walk.json")
    assert [name for _, name in path.stops] == ["camera_001"]
    assert np.allclose(path.head(39)[:3, 3], (2, 1.7, -0.8), atol=1e-4)
