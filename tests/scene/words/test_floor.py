"""The walkable floor: inside what was named, around what stands there, by the even-odd rule of viewers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vrgen.core.surface import Surface
from vrgen.scene.words.floor import floor_of
from vrgen.scene.words.ground import Ground
from vrgen.scene.words.shapes import box
from vrgen.view.walk import Stance, Wish, inside, walked

BODY = 0.25


def block(x: float, z: float, width: float, depth: float, low: float = 0.0, high: float = 2.0) -> np.ndarray:
    """Triangles (12, 3, 3) of a box on the floor."""
    mesh = box((width, high - low, depth), Surface(), name="block")[0]
    return np.add(mesh.positions[mesh.indices], (x, low, z))


GROUND = block(0, 0, 8, 6, -0.2, 0.0)
CORNER = st.floats(-2.6, 2.6)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(CORNER, CORNER, st.floats(0.2, 1.5), st.floats(0.2, 1.5)), max_size=4))
def test_feet_keep_away_from_edges_and_obstacles(blocks: list[tuple[float, float, float, float]]) -> None:
    floor = floor_of(Ground(GROUND), [block(*one) for one in blocks], body=BODY)
    assert floor is not None and floor.height == 0.0
    assert inside(floor.polygons, *floor.spawn)
    chance = np.random.default_rng(5)
    for x, z in chance.uniform((-4.2, -3.2), (4.2, 3.2), size=(400, 2)):
        room = [4 - abs(x), 3 - abs(z)]
        room += [
            float(np.hypot(max(abs(x - bx) - w / 2, 0), max(abs(z - bz) - d / 2, 0)))
            for bx, bz, w, d in blocks
        ]
        if inside(floor.polygons, x, z):
            assert min(room) >= BODY - 0.01
        elif not blocks:
            assert min(room) <= BODY + 0.1


def test_a_pillar_is_walked_around() -> None:
    floor = floor_of(Ground(GROUND), [block(0, 0, 0.6, 0.6)], body=BODY, start=(-2.0, 0.0))
    assert floor is not None and len(floor.polygons) == 1
    assert not inside(floor.polygons, 0, 0) and inside(floor.polygons, 0, 1) and inside(floor.polygons, 1, 0)
    after = walked(Stance((-2.0, 1.6, 0.0), azimuth=0.0), Wish(ahead=1), 10, floor.polygons)
    assert after.position[0] < -0.5


def test_what_hangs_high_or_lies_low_is_no_obstacle() -> None:
    beam, sill, wall = block(0, 0, 6, 1, 2.2, 2.5), block(1, 0, 1, 6, 0, 0.08), block(-2, 0, 0.2, 6)
    floor = floor_of(Ground(GROUND), [beam, sill], body=BODY)
    assert floor is not None and inside(floor.polygons, 0, 0) and inside(floor.polygons, 1, 1)
    beyond = floor_of(Ground(GROUND), [wall], body=BODY, start=(2.0, 0.0))
    assert beyond is not None and not inside(beyond.polygons, -3, 0) and inside(beyond.polygons, -1, 0)


def test_no_room_is_no_floor() -> None:
    assert floor_of(Ground(GROUND), [block(0, 0, 8, 6)], body=BODY, start=(0.0, 0.0)) is None
    assert floor_of(Ground(block(0, 0, 0.4, 0.4, -1, 0)), [], body=BODY) is None
    assert floor_of(Ground(GROUND), [], body=BODY, start=(9.0, 9.0)) is None


def test_the_inside_of_a_block_is_no_place_to_be() -> None:
    floor = floor_of(Ground(GROUND), [block(0, 0, 3, 3, 0, 3)], body=BODY)
    assert floor is not None and not inside(floor.polygons, 0, 0)


def test_a_room_of_one_mesh_is_one() -> None:
    outer, inner = block(0, 0, 5, 5, -0.1, 3), block(0, 0, 4.6, 4.6, 0, 2.7)[:, ::-1]
    floor = floor_of(Ground(GROUND), [np.concatenate([outer, inner])], body=BODY, start=(0.0, 0.0))
    assert floor is not None and inside(floor.polygons, 1.5, 1.5) and not inside(floor.polygons, 2.4, 0)
