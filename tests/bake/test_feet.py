"""Light is cut along the feet of what stands on a floor, and stays on its side."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from vrgen.bake import LightOptions, light
from vrgen.bake.lines import Lines, cut_at_border, noded, simplified
from vrgen.core import Light, Node, Scene
from vrgen.gltf.check.leaks import leaks
from vrgen.gltf.check.subject import Subject

OPTIONS = LightOptions(texel_m=0.2, samples=16, bounces=0, denoise=False, exposure=0.05)


def halved(mesh, box, grey, *, low: float, high: float, sheet: bool = False) -> Scene:
    """A room of 4 x 3 m that a wall from x = low to high parts in two; a lamp shines in the right half."""
    room = mesh(box((-2, 0, -1.5), (2, 2.5, 1.5), inside=True), grey(0.7))
    sides = box((low, 0, -1.5), (high, 2.5, 1.5))
    wall = mesh([sides[2], sides[3]] if sheet else sides, grey(0.7), name="wall")
    lamp = Node("lamp", translation=np.array([1.2, 1.5, 0.3]), light=Light("point", 200.0))
    return Scene("halved", (Node("room", meshes=(room,)), Node("wall", meshes=(wall,)), lamp))


@pytest.mark.parametrize(("low", "high"), [(-0.07, 0.05), (0.0, 0.3), (0.11, 0.12)])
def test_no_light_runs_on_under_a_wall(mesh, box, grey, low: float, high: float) -> None:
    made = light(halved(mesh, box, grey, low=low, high=high), OPTIONS)
    assert not list(leaks(Subject(made, "quest3")))
    floor = made.nodes[0].meshes[0]
    x, y, _ = floor.positions.T
    shown = floor.colours[:, 0]
    beside = (y < 1e-5) & (x < low - 5e-4)
    assert (x[beside] > low - 2e-3).any(), "the floor is cut at the wall's dark side"
    assert shown[beside].max() < 1e-3
    lit = (y < 1e-5) & (x > high + 5e-4) & (x < high + 2e-3)
    assert shown[lit].min() > 0.15, "and the bright side is bright up to the wall"


def test_cuts_leave_no_crack(mesh, box, grey) -> None:
    """Every edge of the room's inside has two triangles, those along cuts and borders as well."""
    floor = light(halved(mesh, box, grey, low=-0.07, high=0.05), OPTIONS).nodes[0].meshes[0]
    points = np.round(floor.positions / 1e-4).astype(int)
    corner = np.unique(points, axis=0, return_inverse=True)[1].reshape(-1)[floor.indices]
    ends = np.sort(corner[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert set(Counter(map(tuple, ends.tolist())).values()) == {2}


def test_a_lit_floor_without_shadows_is_not_cut(mesh, box, grey, even_sky) -> None:
    floor = mesh([[(-2, 0, 2), (2, 0, 2), (2, 0, -2), (-2, 0, -2)]], grey(0.5))
    pole = mesh(box((0, 0, 0), (0.002, 0.3, 0.002)), grey(0.5))
    nodes = (Node("floor", meshes=(floor,)), Node("pole", meshes=(pole,)))
    made = light(Scene("even", nodes, sky=even_sky(100.0)), OPTIONS)
    assert len(made.nodes[0].meshes[0].indices) < 40


def test_narrow_boards_are_cut_at_both_faces_of_a_wall(mesh, box, grey) -> None:
    """A board of 10 cm, lit at its vertices, runs from the dark room through the wall into the bright one."""
    scene = halved(mesh, box, grey, low=-0.07, high=0.05)
    board = mesh(box((-1, 0.9, 0), (1, 0.93, 0.1)), grey(0.7), name="board")
    made = light(Scene("board", (*scene.nodes, Node("board", meshes=(board,)))), OPTIONS)
    assert not list(leaks(Subject(made, "quest3")))
    new = made.nodes[3].meshes[0]
    x = new.positions[:, 0]
    assert np.isclose(x, -0.071, atol=1e-4).any() and np.isclose(x, 0.051, atol=1e-4).any()
    assert new.colours[x < -0.05, :3].max() < 1e-3 < new.colours[x > 0.3, :3].max()


def lines(*ends: tuple[float, float, float, float]) -> Lines:
    """Lines from (x, y) to (x, y)."""
    points = np.array(ends, float).reshape(-1, 2)
    return Lines.of(points, np.arange(len(points)).reshape(-1, 2), np.zeros_like(points))


def segments(found: Lines) -> set[tuple[float, ...]]:
    """Their ends in centimetres, the lower first."""
    ends = np.round(100 * found.points[found.edges], 1)
    return {tuple(value for end in sorted(map(tuple, pair.tolist())) for value in end) for pair in ends}


def test_lines_are_cut_where_they_cross_and_where_they_lie_on_each_other() -> None:
    assert segments(noded(lines((0, 0, 2, 2), (0, 2, 2, 0)))) == {
        (0, 0, 100, 100), (100, 100, 200, 200), (0, 200, 100, 100), (100, 100, 200, 0),
    }  # fmt: skip
    along = noded(lines((0, 0, 2, 0), (1, 0, 3, 0)))
    assert segments(along) == {(0, 0, 100, 0), (100, 0, 200, 0), (200, 0, 300, 0)}


def test_lines_end_on_the_border_and_say_where() -> None:
    square = Lines.of(
        np.array([[0, 0], [2, 0], [2, 2], [0, 2]], float),
        np.array([[0, 1], [1, 2], [2, 3], [3, 0]]),
        np.zeros((4, 2)),
    )
    cut = cut_at_border(lines((-1, 0.5, 3, 0.5), (0.2, 0.0005, 1, 0.0005), (3, 3, 4, 4)), square)
    assert segments(cut) == {(0, 50, 200, 50)}
    told = {(int(b), round(float(s), 6)) for b, s in zip(cut.border, cut.share, strict=True) if b in (1, 3)}
    assert told == {(1, 0.25), (3, 0.75)}


def test_bends_smaller_than_asked_are_straightened() -> None:
    points = np.array([[0, 0], [1, 0.001], [2, 0], [2, 1]], float)
    bent = Lines.of(points, np.array([[0, 1], [1, 2], [2, 3]]), np.zeros_like(points))
    assert segments(simplified(bent, 0.003)) == {(0, 0, 200, 0), (200, 0, 200, 100)}
