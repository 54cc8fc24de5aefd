"""Colliders hold what they stand for, and follow its place."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vrgen.core import Surface
from vrgen.scene.words.collide import convex_parts, hull, solids_of, told
from vrgen.scene.words.models import Model
from vrgen.scene.words.placing import Spot
from vrgen.scene.words.shapes import box, stone
from vrgen.scene.words.stand import Stood
from vrgen.scene.words.tables import MeshTable


def shapes_of(one: Stood) -> list[list[dict[str, Any]]]:
    """What extras say of each copy, in the scene's frame."""
    solids = solids_of(one, seed=1)
    return [[told(solid, spot) for solid in own] for own, spot in zip(solids, one.spots, strict=True)]


def stood(kind: Literal["none", "box", "hull", "parts"], spot: Spot) -> Stood:
    """A stone at a spot."""
    table = MeshTable(name="a", stone=(1, 0.6, 0.8), material="m", collider=kind)
    return Stood(table, (Model(stone((1, 0.6, 0.8), Surface(), name="a", seed=4)),), (spot,))


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 360), st.floats(0.2, 3), st.tuples(st.floats(-9, 9), st.floats(0, 3), st.floats(-9, 9)))
def test_a_box_holds_the_thing(turn: float, size: float, at: tuple[float, float, float]) -> None:
    one = stood("box", Spot(at, turn, size))
    ((shape,),) = shapes_of(one)
    back = np.linalg.inv(Spot(tuple(shape["at"]), shape["turn"]).matrix)
    points = one.triangles()[0].reshape(-1, 3) @ back[:3, :3].T + back[:3, 3]
    assert (np.abs(points) <= np.asarray(shape["size"]) / 2 + 1e-3).all()
    assert np.allclose(np.ptp(points, axis=0), shape["size"], atol=2e-3)


def test_a_hull_holds_the_thing_with_few_corners() -> None:
    one = stood("hull", Spot((1, 2, 3), 30, 2))
    ((shape,),) = shapes_of(one)
    assert shape["type"] == "convex"
    corners, points = np.array(shape["points"]), one.triangles()[0].reshape(-1, 3)
    assert 8 <= len(corners) < len(points) / 4
    for way in np.random.default_rng(3).normal(size=(30, 3)):
        assert (corners @ way).max() == pytest.approx((points @ way).max(), abs=1e-3)
    assert shapes_of(stood("none", Spot((0, 0, 0)))) == [[]]


def test_what_is_flat_is_its_own_hull() -> None:
    flat = np.array([[(0, 0, 0), (1, 0, 0), (1, 0, 1)], [(0, 0, 0), (1, 0, 1), (0, 0, 1)]], float)
    assert len(hull(flat)) == 4


def test_parts_of_an_angle_leave_its_corner_free() -> None:
    pytest.importorskip("coacd")
    bars = [box(size, Surface(), name="bar")[0] for size in ((2, 0.3, 0.3), (0.3, 2, 0.3))]
    triangles = np.concatenate([bar.positions[bar.indices].astype(float) for bar in bars])
    parts = convex_parts(triangles, seed=1)
    assert 2 <= len(parts) <= 6
    assert not any((part.max(axis=0) > (0.7, 1.5, 0)).all() for part in parts)
    again = convex_parts(triangles, seed=1)
    assert all(np.array_equal(one, other) for one, other in zip(parts, again, strict=True))
