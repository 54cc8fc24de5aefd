"""Quilting: periodic, new, made of the source."""

import numpy as np
import pytest

from vrgen.errors import ValueProblem
from vrgen.maps.seam import seam_score
from vrgen.synth.quilt import QuiltOptions, _least_error_cut, quilt


def waves(size=48):
    """A periodic source with structure in both directions, and its own noise."""
    rng = np.random.default_rng(1)
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    courses = np.sign(np.sin(2 * np.pi * 6 * y))
    joints = np.sign(np.sin(2 * np.pi * (4 * x + 0.5 * (np.floor(12 * y) % 2))))
    return np.stack([courses, courses * joints, 0.3 * rng.standard_normal((size, size))]).astype(np.float32)


def test_values_come_from_the_source():
    """Blending along cuts never leaves the source's range."""
    made = quilt(waves(), (96, 96), np.random.default_rng(0))
    assert made.shape == (3, 96, 96)
    assert made.min() >= waves().min()
    assert made.max() <= waves().max()


def test_it_tiles():
    """The step over the border is an inner step, in both directions."""
    made = quilt(waves(), (96, 96), np.random.default_rng(0)).transpose(1, 2, 0)
    assert seam_score(made, "u") <= 1.0
    assert seam_score(made, "v") <= 1.0


def test_courses_survive():
    """Rows that are all up or all down stay so: patches find the phase of the courses."""
    made = quilt(waves(), (96, 96), np.random.default_rng(3))[0]
    assert np.abs(made.mean(axis=1)).min() > 0.9


def test_no_half_tile_is_copied():
    """Over all shifts of the source, less than half of the cells agree with it."""
    source, made = waves()[2], quilt(waves(), (48, 48), np.random.default_rng(5))[2]
    shifts = ((i, j) for i in range(48) for j in range(48))
    same = max(np.mean(np.abs(np.roll(source, shift, (0, 1)) - made) < 1e-6) for shift in shifts)
    assert same < 0.5


def test_seeds_give_the_same_and_others():
    """Same seed, same map; another seed, another one."""
    one, again, other = (quilt(waves(), (48, 48), np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_too_small_a_grid_is_refused():
    """Below a patch."""
    with pytest.raises(ValueProblem, match="at least 24"):
        quilt(waves(), (16, 48), np.random.default_rng(0), QuiltOptions())


def test_the_cut_takes_the_cheap_way():
    """A free diagonal in an expensive field is found."""
    error = np.ones((6, 8), np.float32)
    for i in range(6):
        error[i, i + 1] = 0.0
    assert _least_error_cut(error).tolist() == [1, 2, 3, 4, 5, 6]
