"""Light leaks are told where a wall stands between two lit vertices, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.core import Mesh, Node, Scene, Surface
from vrgen.gltf.check import check
from vrgen.gltf.check.leaks import leaks
from vrgen.gltf.check.subject import Subject

LIT = Surface("floor", unlit=True)
BRIGHT, DARK = 0.8, 0.03


def floor(cuts: list[float]) -> Mesh:
    """A floor of strips between x = -2 and 2, bright right of the wall at x = 0 and dark left of it."""
    xs = np.array([-2.0, *cuts, 2.0])
    points = np.array([(x, 0.0, z) for z in (-2.0, 2.0) for x in xs])
    count = len(xs)
    faces = [(k, k + count, k + 1) for k in range(count - 1)]
    faces += [(k + 1, k + count, k + count + 1) for k in range(count - 1)]
    light = np.where(points[:, 0] > 0, BRIGHT, DARK)
    colours = np.concatenate([np.repeat(light[:, None], 3, axis=1), np.ones((len(points), 1))], axis=1)
    return Mesh(points.astype(np.float32), np.array(faces, np.uint32), LIT, colours=colours, name="floor")


def wall(*, height: float = 2.5, low: float = -0.1, high: float = 0.1) -> Mesh:
    """A box on the floor, from x = low to high, all the way along z."""
    corners = np.array([(x, y, z) for x in (low, high) for y in (0.0, height) for z in (-2.0, 2.0)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [part for a, b, c, d in quads for part in ((a, b, c), (a, c, d))]
    return Mesh(corners.astype(np.float32), np.array(faces, np.uint32), Surface("wall"), name="wall")


def told(*meshes: Mesh) -> list[str]:
    """Codes of the leaks of a scene."""
    scene = Scene("s", tuple(Node(f"n{k}", meshes=(mesh,)) for k, mesh in enumerate(meshes)))
    return [one.code for one in leaks(Subject(scene, "quest3"))]


def test_a_strip_that_runs_under_a_wall_leaks() -> None:
    assert told(floor([-0.5, 0.5]), wall()) == ["LIGHT_LEAKS"]


def test_the_same_strip_without_a_wall_is_a_soft_shadow() -> None:
    assert told(floor([-0.5, 0.5])) == []


def test_a_floor_cut_at_both_faces_of_the_wall_is_tight() -> None:
    assert told(floor([-0.11, 0.11]), wall()) == [], "the light falls off inside the wall"


def test_a_dark_vertex_inside_the_wall_shows_to_nobody() -> None:
    assert told(floor([-0.05, 0.5]), wall()) == []


@pytest.mark.parametrize("height", [0.012, 0.15])
def test_rugs_and_kerbs_are_no_walls(height: float) -> None:
    assert told(floor([-0.5, 0.5]), wall(height=height)) == []


def test_what_is_lit_by_lamps_in_the_viewer_is_left_alone() -> None:
    lit = replace(floor([-0.5, 0.5]), surface=Surface("floor"))
    assert told(lit, wall()) == []


def test_the_finding_says_where_and_how_much() -> None:
    scene = Scene("s", (Node("a", meshes=(floor([-0.5, 0.5]), wall())),))
    (found,) = [one for one in check(scene, "quest3") if one.code == "LIGHT_LEAKS"]
    assert found.place == "mesh floor"
    # at the wall's face, x = -0.1 of -0.5 to 0.5, light is interpolated to 0.4 of the way
    times = (DARK + 0.4 * (BRIGHT - DARK)) / DARK
    assert f"{times:.1f} times" in found.sentence and "at [-0.1" in found.sentence
