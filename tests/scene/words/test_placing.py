"""Laws of placing: what is strewn keeps its distances, rows and grids are where they were asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vrgen.scene.words.ground import Ground
from vrgen.scene.words.placing import Spot, bearing, in_grid, in_row, near_any, strewn

LENGTH = st.floats(0.5, 12.0)
PLACE = st.tuples(st.floats(-9, 9), st.floats(-9, 9))


def slab(width: float, depth: float, y: float = 0.3) -> np.ndarray:
    """Two triangles (2, 3, 3) that look up."""
    x, z = width / 2, depth / 2
    a, b, c, d = ((-x, y, z), (x, y, z), (x, y, -z), (-x, y, -z))
    return np.array([(a, b, c), (a, c, d)])


def nowhere(points: np.ndarray) -> np.ndarray:
    """Nothing is taken."""
    return np.zeros(len(points), bool)


@settings(max_examples=40, deadline=None)
@given(LENGTH, LENGTH, st.integers(1, 60), st.floats(0.1, 2.0), st.floats(0, 1.5), st.integers(0, 99))
def test_what_is_strewn_keeps_its_distances(
    width: float, depth: float, count: int, spacing: float, margin: float, seed: int
) -> None:
    def throw() -> np.ndarray:
        chance = np.random.default_rng(seed)
        return strewn(
            Ground(slab(width, depth)),
            count=count,
            spacing=spacing,
            margin=margin,
            taken=nowhere,
            chance=chance,
        )

    places = throw()
    assert len(places) <= count
    assert np.array_equal(places, throw())
    assert (np.abs(places[:, 0]) <= width / 2 - margin + 1e-9).all()
    assert (np.abs(places[:, 2]) <= depth / 2 - margin + 1e-9).all()
    assert np.allclose(places[:, 1], 0.3)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e9 * np.eye(len(places))
    assert not len(places) or apart.min() >= spacing
    if 2 * margin < min(width, depth) - 0.2:
        assert len(places) >= 1


def test_a_surface_is_filled_before_it_counts_as_full() -> None:
    places = strewn(
        Ground(slab(10, 10)),
        count=10_000,
        spacing=1.0,
        margin=0,
        taken=nowhere,
        chance=np.random.default_rng(1),
    )
    assert len(places) > 0.6 * 100 / (math.pi * 0.25) * 0.69  # random packing covers about 0.55


def test_what_is_kept_clear_stays_clear() -> None:
    pillar = slab(1, 1)
    points = np.array([[0.0, 0, 0], [0.7, 0, 0], [0.9, 0, 0], [0.7, 5, 0.7], [0.75, 0, 0.75]])
    assert near_any(points, pillar, 0.3).tolist() == [True, True, False, True, False]


@given(PLACE, PLACE, st.integers(1, 30))
def test_a_row_begins_and_ends_where_it_should(
    start: tuple[float, float], end: tuple[float, float], count: int
) -> None:
    points = np.array(in_row(start, end, count=count, spacing=None))
    assert len(points) == count
    if count == 1:
        assert np.allclose(points[0], np.add(start, end) / 2)
        return
    assert np.allclose(points[0], start) and np.allclose(points[-1], end)
    assert np.allclose(np.diff(points, axis=0, n=2), 0, atol=1e-9)


@given(st.floats(0.3, 4), st.floats(1, 30))
def test_a_spacing_is_met_as_nearly_as_the_ends_allow(spacing: float, length: float) -> None:
    points = in_row((0, 0), (length, 0), count=None, spacing=spacing)
    gaps = np.diff([x for x, _ in points])
    assert len(points) == 1 or np.allclose(gaps, gaps[0])
    assert len(points) == 1 or spacing * 0.5 - 1e-9 <= gaps[0] <= spacing * 1.5 + 1e-9


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0.1, 5), st.floats(0.1, 5))
def test_a_grid_is_centred(across: int, along: int, step_x: float, step_z: float) -> None:
    points = np.array(in_grid((across, along), (step_x, step_z)))
    assert len(points) == across * along
    assert np.allclose(points.mean(axis=0), 0, atol=1e-9)
    assert np.allclose(np.ptp(points, axis=0), ((across - 1) * step_x, (along - 1) * step_z))


@given(PLACE, st.floats(0, 360))
def test_a_bearing_turns_x_along_the_row(start: tuple[float, float], degrees: float) -> None:
    end = (start[0] + math.cos(math.radians(degrees)), start[1] + math.sin(math.radians(degrees)))
    turned = Spot((0, 0, 0), bearing(start, end)).matrix @ (1, 0, 0, 1)
    assert np.allclose(turned[[0, 2]], np.subtract(end, start), atol=1e-9)


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_the_height_of_a_slope(x: float, z: float) -> None:
    ramp = slab(4, 4)
    ramp[..., 1] = ramp[..., 0] * 0.25
    assert Ground(ramp).height_at(x, z) == pytest.approx(x * 0.25, abs=1e-6)
    assert Ground(ramp).height_at(2.5, z) is None


def test_ground_looks_up_and_knows_its_border() -> None:
    down = slab(2, 2)[:, ::-1]
    assert len(Ground(down)) == 0 and len(Ground(slab(2, 2))) == 2
    assert len(Ground(slab(2, 2)).edges) == 4
    assert Ground(slab(2, 4)).to_edge(np.array([[0.0, 0, 0], [0.6, 0, 1.9]])) == pytest.approx([1.0, 0.1])
