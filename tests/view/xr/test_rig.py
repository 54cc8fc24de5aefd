"""The rig: laws of moving someone who moves herself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vrgen.core.frames import direction_from_angles, look_rotation, matrix_from_quaternion
from vrgen.view.xr.rig import Rig, heading

metres, degrees = st.floats(-50, 50), st.floats(-720, 720)
rigs = st.builds(lambda x, y, z, yaw: Rig((x, y, z), yaw), metres, metres, metres, degrees)


@st.composite
def heads(draw):
    """Someone of any height anywhere in her room, who looks anywhere but straight up or down."""
    pose = np.eye(4)
    way = direction_from_angles(draw(st.floats(0, 360)), draw(st.floats(-80, 80)))
    pose[:3, :3] = matrix_from_quaternion(look_rotation(way))
    pose[:3, 3] = draw(st.floats(-2, 2)), draw(st.floats(0.5, 2.2)), draw(st.floats(-2, 2))
    return pose


def apart(a: float, b: float) -> float:
    """Degrees between two azimuths."""
    return abs((a - b + 180) % 360 - 180)


@given(rigs)
def test_it_is_upright_and_of_true_size(rig):
    turn = rig.matrix[:3, :3]
    assert np.allclose(turn @ turn.T, np.eye(3)) and np.linalg.det(turn) == pytest.approx(1)
    assert np.allclose(turn[1], (0, 1, 0)) and np.allclose(rig.matrix[:3, 3], rig.position)


def test_yaw_counts_to_the_left():
    assert np.allclose(Rig(yaw=90).matrix[:3, :3] @ (0, 0, -1), (-1, 0, 0))


@given(rigs, heads(), degrees)
def test_turning_keeps_the_head_where_it_is(rig, head, right):
    turned = rig.turned(head, right)
    before, after = rig.world(head), turned.world(head)
    assert np.allclose(before[:3, 3], after[:3, 3], atol=1e-9)
    assert apart(heading(after), heading(before) + right) < 1e-6
    assert turned.position[1] == rig.position[1]


@given(rigs, heads(), st.tuples(metres, metres, metres))
def test_landing_puts_the_head_above_the_floor_point(rig, head, floor):
    landed = rig.lands(head, floor)
    assert np.allclose(landed.below(head), floor, atol=1e-9) and landed.yaw == rig.yaw
    assert landed.world(head)[1, 3] == pytest.approx(floor[1] + head[1, 3])  # her own height


@given(rigs, heads(), st.floats(0, 360))
def test_facing_turns_the_gaze_and_nothing_else(rig, head, azimuth):
    faced = rig.faces(head, azimuth)
    assert apart(heading(faced.world(head)), azimuth) < 1e-6
    assert np.allclose(faced.below(head), rig.below(head), atol=1e-9)


@pytest.mark.parametrize("elevation", [-90, -88, 88, 90])
def test_who_looks_up_or_down_still_heads_somewhere(elevation):
    """Nodding from level to straight up or down does not change the heading."""
    for azimuth in (0, 100, 250):
        nod = np.eye(4)
        level = matrix_from_quaternion(look_rotation(direction_from_angles(azimuth, 0)))
        angle = np.radians(elevation)
        tilt = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
        nod[:3, :3] = level @ np.array(tilt)
        assert apart(heading(nod), azimuth) < 1e-6
