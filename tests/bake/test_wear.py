"""Wear: edges and nooks are found where they are, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.bake.test_paint import cube, seen, waves
from vrgen.bake.dress import Wear, dress
from vrgen.bake.dress_options import DressOptions
from vrgen.bake.edges import Solid, exposure
from vrgen.bake.paint import Job, Painted, paint
from vrgen.bake.wear import chipped, grain, worn
from vrgen.core import Image, Material, Mesh, Node, Scene
from vrgen.core.progress import SILENT

SIDE = 0.3
"""Metres of the cubes."""


def plain() -> Material:
    return Material(
        "plain",
        "plain",
        Image(np.full((64, 64, 3), 128, np.uint8)),
        roughness=Image(np.full((64, 64, 1), 0.4, np.float32), "linear"),
        size_m=(0.25, 0.25),
    )


def scaled(factor: tuple[float, float, float]) -> Mesh:
    made = cube()
    return replace(made, positions=made.positions * np.array(factor, np.float32) * SIDE)


def at(made: Painted, picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """What the picture of the first mesh shows at points (n, 3) on its front (+Z), in sides of the cube."""
    mesh = made.meshes[0]
    faces = mesh.indices[made.ground.plane[: len(mesh.indices), 2] > 0.9]
    corners, uv = mesh.positions[faces].astype(float), mesh.uv0[faces].astype(float)
    found = []
    for point in points:
        for triangle, places in zip(corners[..., :2], uv, strict=True):
            weights = np.linalg.solve(np.vstack([triangle.T / SIDE, np.ones(3)]), [*point[:2], 1.0])
            if weights.min() > -1e-6:
                found.append(weights @ places)
                break
    size = np.array(made.colour.shape[1::-1])
    return seen(picture, np.array(found) * size)


def painted(*meshes: Mesh, texels: int = 400_000) -> Painted:
    return paint([Job(mesh, np.eye(4), plain(), None) for mesh in meshes], texels=texels, progress=SILENT)


def felt(made: Painted) -> np.ndarray:
    """(height, width, 2) edges and nooks, at the pictures' own size."""
    solid = Solid(made.ground.corners, tuple(range(len(made.parts))))
    return exposure(made.given.sheet, made.ground, [solid], finer=4, seed=0, progress=SILENT)


def test_edges_are_felt_at_edges_and_nowhere_else() -> None:
    made = painted(scaled((1, 1, 1)))
    edge = at(made, felt(made), np.array([[0.495, 0.1, 0.5], [0.47, 0.1, 0.5], [0.3, 0, 0.5], [0, 0, 0.5]]))[
        :, 0
    ]
    assert edge[0] > 0.4 and edge[0] > edge[1] and edge[2:].max() == 0


def test_the_back_of_a_board_is_no_edge() -> None:
    made = painted(scaled((1, 1, 0.01)))
    assert at(made, felt(made), np.array([[0.0, 0.0, 0], [0.3, 0.2, 0]]))[:, 0].max() == 0


def test_a_nook_is_felt_above_a_floor() -> None:
    floor = scaled((1.4, 0.1, 1.4))
    floor = replace(floor, positions=floor.positions - np.array([0, 0.55 * SIDE, 0], np.float32))
    made = painted(scaled((1, 1, 1)), floor)
    nook = at(made, felt(made), np.array([[0, -0.48, 0.5], [0, -0.4, 0.5], [0, 0.2, 0.5]]))[:, 1]
    assert nook[0] > 0.5 and 0.05 < nook[1] < nook[0] and nook[2] == 0


def test_wear_lightens_and_roughens_edges_and_leaves_faces_alone() -> None:
    made = painted(scaled((1, 1, 1)))
    solid = Solid(made.ground.corners, (0,))
    old = worn(made, [solid], wear=0.9, seed=1, progress=SILENT)
    middle = np.stack([np.linspace(-0.4, 0.4, 30), np.zeros(30), np.full(30, 0.5)], axis=1)
    np.testing.assert_allclose(at(old, old.colour, middle), at(made, made.colour, middle), atol=1e-4)
    np.testing.assert_allclose(at(old, old.normal, middle), at(made, made.normal, middle), atol=1e-4)
    along = np.linspace(-0.49, 0.49, 200)
    rim = np.stack([np.full(200, 0.492), along, np.full(200, 0.5)], axis=1)
    lighter = at(old, old.colour, rim)[:, 0] / at(made, made.colour, rim)[:, 0]
    rougher = at(old, old.orm, rim)[:, 1] - at(made, made.orm, rim)[:, 1]
    assert lighter.min() > 0.99 and rougher.min() > -1e-3
    assert 0.15 < (lighter > 1.1).mean() < 0.95  # broken up, not a border
    assert np.corrcoef(lighter, rougher)[0, 1] > 0.9


def test_what_stands_out_chips_first_and_older_is_more() -> None:
    edge, noise = np.full(50, 0.7), np.linspace(0.2, 0.8, 50)
    low, high = (chipped(edge, np.full(50, h), noise, 0.6) for h in (0.2, 0.8))
    assert (high >= low).all() and high.sum() > 1.3 * low.sum()
    more = chipped(edge, np.full(50, 0.5), noise, 1.0).sum()
    less = chipped(edge, np.full(50, 0.5), noise, 0.3).sum()
    assert more > 1.3 * less > 0
    assert chipped(np.zeros(50), np.ones(50), np.ones(50), 1.0).max() == 0


def test_grain_is_even_smooth_and_of_its_seed() -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform(-3, 3, (20000, 3))
    one = grain(points, 3)
    np.testing.assert_allclose(one.mean(axis=0), 0.5, atol=0.02)
    assert one.std(axis=0).min() > 0.12 and abs(np.corrcoef(one.T)[0, 1]) < 0.1
    np.testing.assert_allclose(grain(points + 1e-5, 3), one, atol=0.01)
    np.testing.assert_array_equal(grain(points, 3), one)
    assert np.abs(grain(points, 4) - one).mean() > 0.05


def test_worn_meshes_are_painted_even_where_uvs_serve(mesh, grey) -> None:
    wall = mesh([[(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]], grey(0.5))
    said: list[str] = []

    class Desk(type(SILENT)):
        def note(self, text: str) -> None:
            said.append(text)

    options = DressOptions(wear=0.5, texels=256**2)
    scene = Scene("s", (Node("wall", meshes=(wall,)),))
    one, two = (dress(scene, [Wear(waves())], options, seed=seed, progress=Desk()) for seed in (1, 1))
    surface, again = (made.nodes[0].meshes[0].surface for made in (one, two))
    assert surface.name == "painted" and any("1 tiling meshes are painted" in text for text in said)
    assert surface.base_colour.image.digest() == again.base_colour.image.digest()


@pytest.mark.parametrize("served", [True, False])
def test_uvs_that_serve_are_what_is_painted(served, mesh, grey) -> None:
    """A wall whose UVs start elsewhere: what is painted lies where it would have tiled."""
    from vrgen.bake.sampling import Sampler

    wall = mesh([[(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]], grey(0.5))
    wall = replace(wall, uv0=wall.uv0 * 0.7 + 0.13) if served else replace(wall, uv0=None)
    scene = Scene("s", (Node("wall", meshes=(wall,)),))
    tiled = dress(scene, [Wear(waves(height=False))]).nodes[0].meshes[0]
    options = DressOptions(wear=0.01, texels=512**2)
    made = dress(scene, [Wear(waves(height=False))], options).nodes[0].meshes[0]
    inner = np.array([[0.3, 0.3, 0.4], [0.2, 0.5, 0.3], [0.6, 0.2, 0.2]])

    def shown(mesh: Mesh) -> np.ndarray:
        uv = np.einsum("nc,tck->ntk", inner, mesh.uv0[mesh.indices].astype(float)).reshape(-1, 2)
        return Sampler().colours(mesh.surface.base_colour, uv, footprint=1.0)[:, :3]

    place = [np.einsum("nc,tck->ntk", inner, m.positions[m.indices].astype(float)) for m in (tiled, made)]
    np.testing.assert_allclose(place[0], place[1], atol=1e-6)
    np.testing.assert_allclose(shown(made), shown(tiled), atol=0.04)
