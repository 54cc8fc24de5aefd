"""Delivery: geometry covered exactly, UVs continued, light drawn within its tolerance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import LightOptions, backdrop, light
from vrgen.bake.light import illuminate
from vrgen.bake.tone import Look, curve, tone
from vrgen.core import Image, Light, Mesh, Node, Scene, Sky, Surface, Texture
from vrgen.core.frames import LUMINANCE, linear_to_srgb
from vrgen.errors import ValueProblem

OPTIONS = LightOptions(texel_m=0.1, samples=16, bounces=2)


def gallery(mesh, box, grey, even_sky, **rest) -> Scene:
    """A room open above with a wall that has a window, a picture, a lamp."""
    walls = box((0, 0, 0), (4, 2.5, 3), inside=True)
    del walls[4]
    window = [(1, 0.8, 0), (2, 0.8, 0), (2, 1.8, 0), (1, 1.8, 0)]
    wall = holed((4, 2.5), window, grey(0.8))
    picture = [[(0.01, 1, 2), (0.01, 1, 1), (0.01, 2, 1), (0.01, 2, 2)]]
    art = Surface("art", base_colour=Texture(Image(np.full((4, 4, 3), 90, np.uint8))))
    nodes = (
        Node("walls", meshes=(mesh(walls[:1] + walls[2:], grey(0.8)), wall), children=(
            Node("work", meshes=(mesh(picture, art, lighting="neutral"),)),
        )),
        Node("lamp", translation=np.array([2.0, 2.0, 1.5]), light=Light("point", 200.0)),
    )  # fmt: skip
    return Scene("gallery", nodes, sky=even_sky(100.0), **rest)


def holed(size, window, surface) -> Mesh:
    """A wall in the plane z = 0 that faces +z, with a rectangular hole, in eight triangles; UV in metres."""
    width, height = size
    outer = [(0, 0, 0), (width, 0, 0), (width, height, 0), (0, height, 0)]
    points = np.array(outer + window, np.float32)
    indices = []
    for k in range(4):
        a, b = k, (k + 1) % 4
        indices += [[a, b, 4 + b], [a, 4 + b, 4 + a]]
    uv = np.stack([points[:, 0], height - points[:, 1]], axis=1)
    return Mesh(points, np.array(indices), surface, uv0=uv, normals=np.tile([0, 0, 1.0], (8, 1)))


def triangle_areas(mesh: Mesh) -> np.ndarray:
    corners = mesh.positions[mesh.indices].astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return 0.5 * np.linalg.norm(cross, axis=1)


@pytest.fixture
def before(mesh, box, grey, even_sky) -> Scene:
    return gallery(mesh, box, grey, even_sky)


@pytest.fixture
def after(before) -> Scene:
    return light(before, OPTIONS)


def meshes(scene: Scene) -> list[Mesh]:
    return [mesh for node, _ in scene.walk() for mesh in node.meshes]


def test_area_is_kept(before, after) -> None:
    for old, new in zip(meshes(before), meshes(after), strict=True):
        assert triangle_areas(new).sum() == pytest.approx(triangle_areas(old).sum(), rel=1e-5)
        assert triangle_areas(new).min() > 1e-7


def test_no_crack_and_no_t_junction(before, after) -> None:
    """Every edge has two triangles, but those of the border, which lie on the old border."""
    for old, new in zip(meshes(before), meshes(after), strict=True):
        points, vertex = np.unique(np.round(new.positions / 1e-4), axis=0, return_inverse=True)
        faces = vertex.reshape(-1)[new.indices]
        sides = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
        count = Counter(map(tuple, np.sort(sides, axis=1).tolist()))
        assert set(count.values()) <= {1, 2}
        single = np.array([edge for edge, n in count.items() if n == 1])
        ends = points[single] * 1e-4 if len(single) else np.zeros((0, 2, 3))
        length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum()
        assert length == pytest.approx(open_border(old), rel=1e-4)


def open_border(mesh: Mesh) -> float:
    points, vertex = np.unique(np.round(mesh.positions / 1e-4), axis=0, return_inverse=True)
    faces = vertex.reshape(-1)[mesh.indices]
    sides = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    count = Counter(map(tuple, np.sort(sides, axis=1).tolist()))
    single = np.array([edge for edge, n in count.items() if n == 1])
    return float(np.linalg.norm(points[single[:, 0]] - points[single[:, 1]], axis=1).sum() * 1e-4)


def test_uv_and_normals_are_continued(after) -> None:
    wall = meshes(after)[1]
    expected = np.stack([wall.positions[:, 0], 2.5 - wall.positions[:, 1]], axis=1)
    np.testing.assert_allclose(wall.uv0, expected, atol=1e-4)
    np.testing.assert_allclose(wall.normals, np.tile([0, 0, 1.0], (len(wall.positions), 1)), atol=1e-6)


def test_lit_meshes_are_unlit_and_need_no_plugin(before, after) -> None:
    for old, new in zip(meshes(before), meshes(after), strict=True):
        assert new.surface.unlit
        assert new.surface.base_colour is old.surface.base_colour
        assert new.surface.base_colour_factor == (1, 1, 1, old.surface.base_colour_factor[3])
        assert new.colours is not None
        assert 0 <= new.colours.min() and new.colours.max() <= 1
        assert new.lighting == "none"


def test_works_get_grey_and_gentle_light(after) -> None:
    colours = meshes(after)[2].colours
    assert (colours[:, 0] == colours[:, 1]).all() and (colours[:, 1] == colours[:, 2]).all()
    assert colours[:, 0].min() >= 0.8


def test_light_is_drawn_within_its_tolerance(before) -> None:
    from vrgen.bake.deliver import tessellate
    from vrgen.core.progress import SILENT

    stage, lux = illuminate(before, OPTIONS)
    for tolerance in (0.004, 0.03):
        patches = tessellate(
            stage, lux, Look(0.05, np.ones(3)), tolerance=tolerance, max_triangles=10**6, progress=SILENT
        )
        assert max(patch.error for patch in patches) <= tolerance
    few = tessellate(stage, lux, Look(0.05, np.ones(3)), tolerance=0.002, max_triangles=900, progress=SILENT)
    assert sum(len(patch.triangles) for patch in few) + sum(len(x.triangles) for x in stage.loose) <= 900


def test_exposure_is_recorded_and_kept(before) -> None:
    out = light(replace(before, extras={"vrgen": {"seed": 3}}), replace(OPTIONS, exposure=0.02))
    assert out.extras["vrgen"] == {"seed": 3, "exposure": 0.02}
    assert out.records[-1].step == "bake"
    assert out.records[-1].options["samples"] == 16


def test_a_white_wall_is_neither_grey_nor_burnt(after) -> None:
    painted = meshes(after)[0].colours[:, :3] @ LUMINANCE.astype(np.float32)
    shown_ = linear_to_srgb(0.85 / 0.8 * painted) * 255  # the wall's grey of 0.8 travels in the colours
    assert 205 < np.percentile(shown_, 60) < 240


def test_a_mirrored_node_keeps_its_front(mesh, box, grey, even_sky) -> None:
    quads = box((0, 0, 0), (1, 1, 1))
    node = Node("block", scale=np.array([-1.0, 1, 1]), meshes=(mesh(quads, grey(0.5)),))
    out = light(Scene("mirror", (node,), sky=even_sky(100.0)), OPTIONS)
    new = out.nodes[0].meshes[0]
    corners = new.positions[new.indices].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("tk,tk->t", normals, corners.mean(axis=1) - 0.5) > 0).all()
    assert new.colours[:, 0].max() > 0.5 * 0.5


def test_tone_rises_keeps_hue_and_stays_below_one() -> None:
    x = np.geomspace(1e-4, 1e4, 500)
    y = curve(x)
    assert (np.diff(y) >= 0).all() and y[-1] <= 1
    assert np.abs(np.diff(np.diff(y) / np.diff(x))).max() < 0.5
    colour = np.array([0.3, 0.2, 0.1])
    np.testing.assert_allclose(tone(colour) / tone(colour)[0], colour / colour[0], rtol=1e-5)
    hot = tone(np.array([50.0, 5.0, 1.0]))
    assert hot.max() <= 1 and hot.min() > 0.5
    assert tone(np.zeros((2, 3))).max() == 0


def test_balance_takes_most_of_a_tint_out_and_keeps_brightness() -> None:
    tinted = np.array([[80.0, 100.0, 60.0], [40.0, 50.0, 30.0]])
    look = Look.of(tinted, np.ones(2))
    after = tinted * look.balance
    assert np.ptp(after[0]) < 0.4 * np.ptp(tinted[0])
    assert after.mean(axis=0) @ LUMINANCE == pytest.approx(tinted.mean(axis=0) @ LUMINANCE)
    assert Look.of(tinted, np.ones(2), 0.5).exposure == 0.5


def test_backdrop_looks_inward_and_has_no_seam() -> None:
    """The picture on each triangle is the sky in that direction, seen from inside."""
    rng = np.random.default_rng(1)
    sky = Sky(np.repeat(np.repeat(rng.random((8, 16, 3)), 8, 0), 8, 1).astype(np.float32))
    out = backdrop(Scene("empty", sky=sky), exposure=1.0)
    ball = out.nodes[-1].meshes[0]
    corners = ball.positions[ball.indices].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("tk,tk->t", normals, corners.mean(axis=1)) < 0).all()
    assert np.linalg.norm(ball.positions, axis=1) == pytest.approx(40.0)
    from vrgen.core.frames import equirect_uv

    middle = ball.uv0[ball.indices].mean(axis=1)
    turn = np.abs((equirect_uv(corners.mean(axis=1)) - middle + 0.5) % 1.0 - 0.5)
    assert turn[:, 1].max() < 0.01 and turn[:, 0].max() < 0.01
    assert np.ptp(ball.uv0[ball.indices][..., 0], axis=1).max() < 0.05
    picture = ball.surface.base_colour.image
    assert (picture.width, picture.height, picture.colour_space) == (2048, 1024, "srgb")
    assert np.ptp(picture.pixels[[0, -1]].astype(int), axis=1).max() == 0


def test_backdrop_is_made_once(even_sky) -> None:
    scene = Scene("empty", sky=even_sky(1.0))
    twice = backdrop(backdrop(scene, exposure=1.0), exposure=2.0)
    assert [node.name for node in twice.nodes] == ["sky"]
    assert backdrop(Scene("dark"), exposure=1.0).nodes == ()
    with pytest.raises(ValueProblem, match="above 0"):
        backdrop(scene, exposure=0.0)
