"""Walks: the asked share changed over, cells of one map or the other, borders where both agree."""

import numpy as np
import pytest

from vrgen.synth.morph import walk


def maps(seed, size=40):
    """Courses that differ in phase, with noise of their own (4, size, size)."""
    rng = np.random.default_rng(seed)
    y = (np.arange(size) + 0.5 + 3 * seed) / size
    courses = np.sign(np.sin(2 * np.pi * 5 * y))[:, None] * np.ones(size)
    return np.stack([3 * courses, *(0.5 * rng.standard_normal((3, size, size)))]).astype(np.float32)


def test_ends_are_the_ends():
    """The second one turned to where it fits: the courses lie on each other."""
    way = walk(maps(0), maps(1), np.random.default_rng(0))
    np.testing.assert_array_equal(way.at(0.0), maps(0))
    assert sorted(way.at(1.0).ravel()) == sorted(maps(1).ravel())
    np.testing.assert_array_equal(way.at(1.0)[0], maps(0)[0])


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_every_cell_is_of_one_map(share):
    """No means of two, and the share of the area that was asked for; courses stay whole all the way."""
    way = walk(maps(0), maps(1), np.random.default_rng(0))
    step = way.at(share)
    of_the_end = (step == way.end).all(axis=0)
    assert (of_the_end | (step == way.start).all(axis=0)).all()
    assert of_the_end.mean() == pytest.approx(share, abs=0.04)
    np.testing.assert_array_equal(step[0], maps(0)[0])


def test_what_changed_over_stays():
    """A step holds the one before."""
    way = walk(maps(0), maps(1), np.random.default_rng(0))
    early, late = (way.order < share for share in (0.3, 0.6))
    assert (late | ~early).all()


def test_borders_run_where_both_agree():
    """Cells on two sides of a border differ less between the maps than cells do elsewhere."""
    rng = np.random.default_rng(5)
    start = rng.standard_normal((4, 48, 48)).astype(np.float32)
    bumps = np.zeros((48, 48), np.float32)
    for i, j in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)):
        bumps[4 + i :: 8, 4 + j :: 8] = 1.0
    way = walk(start, start + 6 * bumps, np.random.default_rng(0))
    difference = ((way.start - way.end) ** 2).sum(axis=0)
    border = (way.order != np.roll(way.order, 1, 0)) | (way.order != np.roll(way.order, 1, 1))
    assert difference[border].mean() < 0.5 * difference[~border].mean()
