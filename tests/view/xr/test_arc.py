"""The throw: a parabola that lands on the floor or nowhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vrgen.core import Mesh, Node, Scene
from vrgen.core.frames import direction_from_angles
from vrgen.view.walk import inside
from vrgen.view.xr.arc import GRAVITY, SPEED, arc
from vrgen.view.xr.floors import Floors
from vrgen.view.xr.pointing import Pointing


@pytest.fixture(scope="module")
def ground(home):
    """Floors and pointing of the house."""
    pointing = Pointing(home)
    return Floors(home, pointing), pointing


@pytest.fixture(scope="module")
def bare(home):
    """The same for a house that says nothing of its floor, with a ramp and a step in it."""
    ramp = [(1, 0, 0), (3, 0, 0), (3, 1.5, -1.5), (1, 1.5, -1.5)]  # 45 degrees: no floor
    step = [(1, 0.3, 2.5), (3, 0.3, 2.5), (3, 0.3, 1.5), (1, 0.3, 1.5)]
    meshes = tuple(Mesh(corners, [(0, 1, 2), (0, 2, 3)]) for corners in (ramp, step))
    scene = Scene("bare", (*home.nodes, Node("added", meshes=meshes)))
    pointing = Pointing(scene)
    return Floors(scene, pointing), pointing


@settings(deadline=None)
@example(1.0, 0.0, 1.0, 148.0, 80.0)
@given(st.floats(0.7, 3.3), st.floats(-2.5, 2.5), st.floats(0.3, 1.9), st.floats(0, 360), st.floats(-89, 89))
def test_landings_lie_within_the_polygons(ground, at, home, x, z, height, azimuth, elevation):
    floors, pointing = ground
    thrown = arc(at((x, height, z), direction_from_angles(azimuth, elevation)), floors, pointing)
    assert np.allclose(thrown.points[0], (x, height, z)) and len(thrown.points) >= 2
    if thrown.landing is None:
        return
    px, py, pz = thrown.landing
    assert py == 0 and inside(home.extras["vrgen"]["walkable"], px, pz)
    assert np.allclose(thrown.points[-1], thrown.landing, atol=1e-9)
    assert pointing.blocked(thrown.points[:-1]) is None  # no wall on the way
    if px < 0:  # it went past the end of the wall between the rooms, or over it: the house has no roof
        x_along, y_along, z_along = thrown.points[::-1].T
        assert np.interp(0.0, x_along, z_along) > 1 or np.interp(0.0, x_along, y_along) > 3


@given(st.floats(-85, 20), st.floats(0.5, 2.0))
def test_it_lands_where_physics_says(ground, at, elevation, height):
    """Thrown from (2, h, 2) along -Z in the open room: x and z by the equation of a throw."""
    slope = np.radians(elevation)
    vy, vz = SPEED * np.sin(slope), SPEED * np.cos(slope)
    seconds = (vy + np.sqrt(vy**2 + 2 * GRAVITY * height)) / GRAVITY
    thrown = arc(at((2, height, 2), direction_from_angles(270, elevation)), *ground)
    if vz * seconds < 4.5:
        assert thrown.landing == pytest.approx((2, 0, 2 - vz * seconds), abs=1e-6)
    elif vz * seconds > 5.1:
        assert thrown.landing is None and thrown.points[-1][2] == pytest.approx(-3, abs=0.05)


def test_no_throw_through_a_wall(ground, at):
    """At the wall at x = 0 it ends; through the passage beside it, it does not."""
    thrown = arc(at((1, 1.2, 0), (-1, 0.2, 0)), *ground)
    assert thrown.landing is None and thrown.points[-1][0] == pytest.approx(0, abs=1e-9)
    passed = arc(at((1, 1.2, 2), (-1, -0.2, 0)), *ground)
    assert passed.landing is not None and passed.landing[0] < -0.4


def test_a_hand_through_a_wall_throws_nowhere(ground, at):
    hand = at((-0.3, 1.2, 0), (-1, -0.5, 0))
    assert arc(hand, *ground).landing is not None
    assert arc(hand, *ground, eye=np.array([0.4, 1.7, 0])).landing is None
    assert arc(at((0.3, 1.2, 2), (-1, -0.5, 0)), *ground, eye=np.array([0.4, 1.7, 2])).landing is not None


def test_where_one_may_not_stand_it_ends_without_a_landing(ground, at):
    """Beside a wall there is floor, but no polygon."""
    thrown = arc(at((2, 1.2, -2.4), (0, -1, -0.4)), *ground)
    assert thrown.landing is None and np.allclose(thrown.points[-1][1], 0) and thrown.points[-1][2] < -2.6


def test_a_floor_is_found_where_nothing_is_said(bare, at):
    """Floor and step bear, at their heights; ramp, wall and sky do not."""
    assert arc(at((2, 1.2, 1), (0, -1, -0.1)), *bare).landing[1] == pytest.approx(0, abs=1e-6)
    assert arc(at((2, 1.2, 2), (0, -1, 0.01)), *bare).landing[1] == pytest.approx(0.3, abs=1e-6)
    assert arc(at((2, 1.8, -0.5), (0, -1, -0.1)), *bare).landing is None
    assert arc(at((2, 1.2, 2), (1, 0.2, 0)), *bare).landing is None
    nothing = Scene("nothing")
    assert (
        arc(at((0, 1, 0), (0, 0, -1)), Floors(nothing, Pointing(nothing)), Pointing(nothing)).landing is None
    )


def test_gliding_without_polygons_follows_the_floor(bare):
    """Up a step, along a wall, and not through it; never onto the ramp."""
    floors, _ = bare
    assert floors.glided((2, 0, 1), 90, ahead=1, metres=0.8) == pytest.approx((2, 0.3, 1.8), abs=1e-6)
    at_wall = floors.glided((1, 0, 0), 180, ahead=1, metres=2)
    assert 0.25 < at_wall[0] < 0.4
    slanted = floors.glided((1, 0, 0.5), 225, ahead=1, metres=1.5)
    assert slanted[0] > 0.2 and slanted[2] < -0.4
    assert floors.glided((2, 0, 0.6), 270, ahead=1, metres=2)[2] > -0.1
    assert floors.glided((2, 0, 0.6), 270, ahead=-1, metres=0.4)[2] == pytest.approx(1.0)


def test_gliding_over_nothing_is_free():
    nothing = Scene("nothing")
    floors = Floors(nothing, Pointing(nothing))
    assert floors.glided((0, 0, 0), 0, ahead=0.5, metres=1) == pytest.approx((0.5, 0, 0))
    assert floors.below((0, 1, 0)) is None


def test_polygons_know_their_height(home):
    """A floor at the height of the spawn; what lies elsewhere bears nobody."""
    raised = replace(home, extras={"vrgen": {**home.extras["vrgen"], "spawn": [2.0, 0.5, 2.0]}})
    floors = Floors(raised, Pointing(raised))
    assert floors.bears((2, 0.5, 2)) and not floors.bears((2, 0.0, 2)) and not floors.bears((0, 0.5, 0))
    assert floors.below((2, 1.7, 2)) == (2, 0.5, 2)
    assert np.allclose(floors.crossed(np.array([2.0, 1.5, 2.0]), np.array([0.0, -1.0, -1.0])), (2, 0.5, 1))
    assert floors.crossed(np.array([2.0, 1.5, 2.0]), np.array([0.0, 1.0, -1.0])) is None
