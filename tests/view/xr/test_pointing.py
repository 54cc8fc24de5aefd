"""Pointing: rays against geometry, held against trying every triangle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vrgen.core import Mesh, Node, Scene, Surface
from vrgen.view.xr.pointing import Pointing
from vrgen.view.xr.triangles import Triangles

EYE = (2.0, 1.6, 2.0)


def slowly(corners, origin, way, reach):
    """Distance to the nearest triangle by solving three equations for each, seen or not."""
    best = np.inf
    for a, b, c in corners:
        system = np.stack([b - a, c - a, -way], axis=1)
        if abs(np.linalg.det(system)) > 1e-12:
            u, v, t = np.linalg.solve(system, origin - a)
            if u >= 0 and v >= 0 and u + v <= 1 and 0 <= t < min(best, reach):
                best = t
    return best


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 5, 24, 25, 200, 900]))
def test_the_tree_finds_what_trying_all_finds(seed, count):
    chance = np.random.default_rng(seed)
    middles = chance.uniform(-5, 5, (count, 1, 3))
    corners = middles + chance.normal(0, chance.uniform(0.1, 2), (count, 3, 3))
    nothing = np.zeros(count, bool)
    tree = Triangles(corners, nothing, nothing)
    origins, ways = chance.uniform(-6, 6, (7, 3)), chance.normal(size=(7, 3))
    ways[0, 0] = 0.0  # along a side of the boxes
    reach = chance.uniform(0.5, 9, 7)
    found = tree.nearest(origins, ways, reach, gaze=False)
    for k in range(7):
        wanted = slowly(corners, origins[k], ways[k], reach[k])
        assert found.distance[k] == pytest.approx(wanted, rel=1e-6, abs=1e-6), k
        if np.isfinite(wanted):
            assert slowly(corners[found.triangle[k]][None], origins[k], ways[k], reach[k]) == pytest.approx(
                wanted, rel=1e-6, abs=1e-6
            )


def test_a_gaze_passes_what_it_does_not_see():
    """Back faces of what has one side, and what is clear; a body passes neither."""
    corners = np.array([[(-1, -1, -z), (1, -1, -z), (0, 2, -z)] for z in (1.0, 2.0, 3.0)])
    tree = Triangles(corners[:, ::-1], np.array([True, False, False]), np.array([False, True, False]))
    line = (np.zeros((1, 3)), np.array([[0.0, 0, -1]]), np.array([9.0]))
    assert tree.nearest(*line, gaze=True).distance[0] == pytest.approx(3)
    assert tree.nearest(*line, gaze=False).distance[0] == pytest.approx(1)


def test_no_triangles_no_hits():
    empty = Triangles(np.zeros((0, 3, 3)), np.zeros(0, bool), np.zeros(0, bool))
    found = empty.nearest(np.zeros((2, 3)), np.ones((2, 3)), np.ones(2), gaze=True)
    assert np.isinf(found.distance).all() and (found.triangle == -1).all()
    assert Pointing(Scene("empty")).hit((0, 0, 0), (0, 0, -1)).kind == "sky"


def test_what_is_hit_says_what_it_is(home):
    """A work, its plaque, a wall, the floor, and the sky through the open roof."""
    pointing = Pointing(home)

    def towards(x, y, z):
        return pointing.hit(EYE, np.array((x, y, z)) - EYE)

    work = towards(2.1, 1.4, -2.95)
    assert (work.kind, work.exhibit.title, work.node) == ("work", "First", "work_001")
    assert np.allclose(work.point, (2.1, 1.4, -2.95)) and np.allclose(work.normal, (0, 0, 1))
    assert work.distance == pytest.approx(np.linalg.norm(np.subtract((2.1, 1.4, -2.95), EYE)))
    plaque = towards(2.9, 1.5, -2.98)
    assert (plaque.kind, plaque.exhibit.title) == ("plaque", "First")
    wall = towards(3.9, 2.5, -3)
    assert (wall.kind, wall.surface.name, wall.exhibit, wall.mesh.name) == (
        "surface",
        "wall_plaster",
        None,
        "wall",
    )
    assert towards(1, 0, -1).surface.name == "floor_oak"
    sky = towards(2, 30, 1)
    assert (sky.kind, sky.node, sky.surface.name) == ("sky", "sky", "sky")


def test_a_wall_hides_what_hangs_behind_it(home):
    assert Pointing(home).hit((2, 1.5, 0), (-1, 0, 0)).kind == "surface"


def test_what_is_not_drawn_is_not_hit(home):
    """In AR walls and floor are left out: works are seen through them."""
    pointing = Pointing(
        home, kept=lambda node, mesh: mesh.name not in ("wall", "floor") and node.name != "sky"
    )
    assert pointing.hit((2, 1.5, 0), (-1, 0, 0)).exhibit.title == "Second"
    assert pointing.hit((2, 1.5, 0), (0, -1, 0)).kind == "sky"


def test_a_worn_surface_is_told_after_it_was_swapped(home):
    pointing, way = Pointing(home), np.subtract((3.9, 2.5, -3), EYE)
    old = pointing.hit(EYE, way).surface
    second, third = replace(old, name="second"), replace(old, name="third")
    pointing.replace(old, second)
    pointing.replace(second, third)
    assert pointing.hit(EYE, way).surface is third
    assert pointing.hit(EYE, (0, -1, 0)).surface.name == "floor_oak"


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-0.5, 0.5))
def test_mirrored_and_turned_nodes_are_hit_where_they_are(x, y, tilt):
    """A pane under a mirroring, scaling, turning node: its front stays its front."""
    pane = Mesh(
        [(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [(0, 1, 2), (0, 2, 3)], Surface(name="pane")
    )
    turn = [0, np.sin(tilt / 2), 0, np.cos(tilt / 2)]
    node = Node("n", translation=[3, 1, -2], rotation=turn, scale=[-2, 1.5, 1], meshes=(pane,))
    point = (node.matrix @ (x * 0.99, y * 0.99, 0, 1))[:3]
    front = (node.matrix @ (0, 0, 1, 0))[:3]
    pointing = Pointing(Scene("s", (node,)))
    hit = pointing.hit(point + front * 2 + (0.1, 0, 0), -front * 2 - (0.1, 0, 0))
    assert hit.kind == "surface" and np.allclose(hit.point, point, atol=1e-5)
    assert pointing.hit(point - front, front).kind == "sky"


def test_bodies_stop_at_walls_from_either_side(home):
    pointing = Pointing(home)
    for start, end in (((2, 1, 0), (-2, 1, 0)), ((-2, 1, 0), (2, 1, 0))):
        piece, point, normal = pointing.blocked(np.array([start, end, end], float))
        assert piece == 0 and np.allclose(point, (0, 1, 0)) and normal[0] == np.sign(start[0])
    assert pointing.blocked(np.array([(2, 1, 0), (2, 1, 2), (-2, 1, 2)], float)) is None
