"""Walking: laws of movement, without a window."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vrgen.core.frames import look_rotation, matrix_from_quaternion
from vrgen.view.walk import RUN, SPEED, TALLEST, Stance, Wish, glided, inside, turned, walked

ROOMS = [[[0, 0], [4, 0], [4, 3], [0, 3]], [[4, 1], [9, 1], [9, 2], [4, 2]]]
"""A room of 4 x 3 m and a corridor that leaves it to the right."""
angles = st.floats(0, 360, exclude_max=True)


def test_inside_rooms():
    """In one or the other, and through the door between them."""
    assert inside(ROOMS, 1, 1) and inside(ROOMS, 8, 1.5) and inside(ROOMS, 4.0, 1.5)
    assert not inside(ROOMS, 8, 2.5) and not inside(ROOMS, -0.1, 1) and not inside([], 0, 0)


@given(angles, st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 3), st.booleans())
def test_nobody_walks_through_walls(azimuth, right, ahead, seconds, run):
    """From within, every walk ends within, and is no longer than its time allows."""
    start = Stance((1.0, 1.6, 1.0), azimuth)
    end = walked(start, Wish(right, ahead, 0.0, run), seconds, ROOMS)
    x, y, z = end.position
    assert inside(ROOMS, x, z) and y == 1.6
    assert math.hypot(x - 1, z - 1) <= SPEED * (RUN if run else 1) * seconds + 1e-9


def test_the_way_ahead_is_where_one_looks():
    """W goes along the gaze, D to its right, E up; looking up does not lift off."""
    facing = Stance((0.0, 1.6, 0.0), 270.0, 40.0)  # along -Z
    assert walked(facing, Wish(ahead=1), 1.0).position == pytest.approx((0, 1.6, -SPEED))
    assert walked(facing, Wish(right=1), 1.0).position == pytest.approx((SPEED, 1.6, 0))
    assert walked(facing, Wish(rise=1), 1.0).position == pytest.approx((0, 1.6 + SPEED, 0))


def test_sliding_along_a_wall():
    """Walking into a wall at a slant goes on along it."""
    end = walked(Stance((1.0, 1.6, 0.2), 315.0), Wish(ahead=1), 1.0, ROOMS)
    assert end.position[0] > 1.0 + SPEED * 0.6 and 0 < end.position[2] < 0.2


def test_through_the_door():
    """The doorway is wide enough to run through."""
    end = walked(Stance((3.0, 1.6, 1.5), 0.0), Wish(ahead=1, run=True), 1.0, ROOMS)
    assert end.position[0] == pytest.approx(3 + SPEED * RUN)


def test_who_starts_outside_is_free():
    """A spawn beyond all polygons does not freeze the visitor."""
    assert walked(Stance((20.0, 1.6, 20.0)), Wish(ahead=1), 1.0, ROOMS).position[2] < 20


@given(angles, angles, st.floats(-80, 80), st.floats(0, 1))
def test_glides_turn_the_shorter_way(first, second, elevation, share):
    """Ends are met exactly, and no point of the way is further from an end than the other end."""
    start, end = Stance((0, 1, 2), first, elevation), Stance((3, 1, 0), second, 0.0)
    assert glided(start, end, 0.0) == start
    last = glided(start, end, 1.0)
    assert last.position == end.position and np.allclose(last.direction, end.direction)

    def apart(a: float, b: float) -> float:
        return abs((a - b + 180) % 360 - 180)

    assert apart(glided(start, end, share).azimuth, first) <= apart(first, second) + 1e-6


@given(angles, st.floats(-80, 80))
def test_stance_of_a_camera(azimuth, elevation):
    """A camera's gaze survives."""
    stance = Stance((1.0, 2.0, 3.0), azimuth, elevation)
    world = np.eye(4)
    world[:3, :3] = matrix_from_quaternion(look_rotation(stance.direction))
    world[:3, 3] = stance.position
    assert np.allclose(Stance.of(world).direction, stance.direction, atol=1e-6)


def test_nobody_turns_upside_down():
    """The gaze stops short of straight up and down."""
    assert turned(Stance((0, 0, 0)), 700, 500).elevation == TALLEST
    assert turned(Stance((0, 0, 0)), 0, -500).elevation == -TALLEST
