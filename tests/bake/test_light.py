"""Light against what is known exactly, and against a path tracer that shares no code with it."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import LightOptions, light
from vrgen.bake.light import illuminate
from vrgen.core import Light, Node, Scene, Sky, Sun, Surface
from vrgen.core.frames import equirect_directions, look_rotation
from vrgen.errors import UsageProblem

COARSE = LightOptions(texel_m=0.25, samples=64, bounces=0, denoise=False)
FLOOR = [[(-2, 0, 2), (2, 0, 2), (2, 0, -2), (-2, 0, -2)]]


def lit(scene: Scene, options: LightOptions = COARSE):
    """Centres (n, 3), normals (n, 3) and illuminance (n, 3) of all receivers."""
    stage, lux = illuminate(scene, options)
    return stage.receivers.places.mean(axis=1), stage.receivers.normals, lux


def test_furnace(mesh, box) -> None:
    """A closed box of albedo a whose walls emit e has radiance e / (1 - a) everywhere."""
    albedo, emitted = 0.6, 5.0
    surface = Surface(
        "oven",
        base_colour_factor=(albedo, albedo, albedo, 1),
        emissive_factor=(1, 1, 1),
        emissive_strength=emitted,
    )
    scene = Scene("oven", (Node("box", meshes=(mesh(box((0, 0, 0), (4, 3, 2), inside=True), surface),)),))
    _, _, lux = lit(scene, replace(COARSE, bounces=40))
    assert lux.mean() / np.pi == pytest.approx(emitted / (1 - albedo), rel=0.01)
    assert np.abs(lux / np.pi / (emitted / (1 - albedo)) - 1).max() < 0.1
    _, _, smooth = lit(scene, replace(COARSE, bounces=40, denoise=True))
    assert np.abs(smooth / np.pi / (emitted / (1 - albedo)) - 1).max() < 0.02


def test_floor_under_even_sky(mesh, grey, even_sky) -> None:
    scene = Scene("field", (Node("floor", meshes=(mesh(FLOOR, grey(0.5)),)),), sky=even_sky(100.0))
    _, _, lux = lit(scene)
    np.testing.assert_allclose(lux, np.pi * 100.0, rtol=1e-5)


def test_sun_at_an_angle_shines_once(mesh, grey) -> None:
    """Cosine law; a disc painted in the sky does not add to the sun measured from it."""
    direction = np.array([0.6, 0.8, 0.0])
    sun = Sun(direction, 10_000.0, np.array([1.0, 1.0, 1.0]))
    radiance = np.zeros((64, 128, 3), np.float32)
    radiance[equirect_directions(64) @ direction > np.cos(np.radians(1.7))] = 1e6
    assert radiance.any()
    scene = Scene("field", (Node("floor", meshes=(mesh(FLOOR, grey(0.5)),)),), sky=Sky(radiance, sun))
    _, _, lux = lit(scene)
    np.testing.assert_allclose(lux, 10_000.0 * 0.8, rtol=2e-3)


def test_directional_node_stands_for_the_sun(mesh, grey) -> None:
    sun = Sun(np.array([0.0, 1.0, 0.0]), 10_000.0, np.ones(3))
    node = Node("sun", rotation=look_rotation((0, -1, 0)), light=Light("directional", 500.0))
    sky = Sky(np.zeros((16, 32, 3), np.float32), sun)
    scene = Scene("field", (Node("floor", meshes=(mesh(FLOOR, grey(0.5)),)), node), sky=sky)
    np.testing.assert_allclose(lit(scene)[2], 500.0, rtol=2e-3)


def test_point_and_spot_fall_with_the_square(mesh, grey) -> None:
    floor = Node("floor", meshes=(mesh(FLOOR, grey(0.5)),))
    at = np.array([0.3, 1.7, -0.2])
    point = Node("lamp", translation=at, light=Light("point", 100.0, (1.0, 0.5, 0.25)))
    places, normals, lux = lit(Scene("lamp", (floor, point)))
    way = at - places
    square = (way**2).sum(axis=1)
    expected = 100.0 * np.einsum("nk,nk->n", way, normals) / square**1.5
    np.testing.assert_allclose(lux[:, 0], expected, rtol=0.01)
    np.testing.assert_allclose(lux[:, 2], expected / 4, rtol=0.01)
    spot = Node(
        "lamp",
        translation=at,
        rotation=look_rotation((0, -1, 0)),
        light=Light("spot", 100.0, inner_cone=0.4, outer_cone=0.6),
    )
    places, _, spotted = lit(Scene("lamp", (floor, spot)))
    angle = np.arccos((at - places)[:, 1] / np.linalg.norm(at - places, axis=1))
    inside, outside = angle < 0.32, angle > 0.7
    assert inside.any() and outside.any()
    np.testing.assert_allclose(spotted[inside, 0], expected[inside], rtol=0.02)
    assert not spotted[outside].any()


def test_panel_has_its_form_factor(mesh, grey) -> None:
    """Element parallel to a rectangle, above its corner (Howell's catalogue B-3), four quarters summed."""
    half, height, emitted = (0.5, 0.4), 1.5, 200.0
    (a, b), h = half, height
    panel = [[(-a, h, -b), (a, h, -b), (a, h, b), (-a, h, b)]]
    glow = Surface("glow", emissive_factor=(1, 1, 1), emissive_strength=emitted)
    scene = Scene(
        "panel",
        (
            Node("floor", meshes=(mesh(FLOOR, grey(0.5)),)),
            Node("panel", meshes=(mesh(panel, glow, lighting="none"),)),
        ),
    )
    places, _, lux = lit(scene, replace(COARSE, samples=256))

    def corner(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        p, q = x / h, y / h
        one, two = np.sqrt(1 + p**2), np.sqrt(1 + q**2)
        return (p / one * np.arctan(q / one) + q / two * np.arctan(p / two)) / (2 * np.pi)

    x, z = places[:, 0], places[:, 2]
    form = corner(a - x, b - z) + corner(a + x, b - z) + corner(a - x, b + z) + corner(a + x, b + z)
    assert np.sqrt(np.mean((lux[:, 0] / (np.pi * emitted * form) - 1) ** 2)) < 0.04
    assert lux[:, 0].sum() == pytest.approx((np.pi * emitted * form).sum(), rel=0.005)


def room(mesh, box, grey, even_sky) -> Scene:
    """4 x 2.5 x 3 m, a hole in the ceiling, a block, a lamp, a glowing panel."""
    walls = box((0, 0, 0), (4, 2.5, 3), inside=True)
    walls[4:5] = [
        [(0, 2.5, 0), (1.5, 2.5, 0), (1.5, 2.5, 3), (0, 2.5, 3)],
        [(3, 2.5, 0), (4, 2.5, 0), (4, 2.5, 3), (3, 2.5, 3)],
        [(1.5, 2.5, 2), (3, 2.5, 2), (3, 2.5, 3), (1.5, 2.5, 3)],
        [(1.5, 2.5, 0), (3, 2.5, 0), (3, 2.5, 1), (1.5, 2.5, 1)],
    ]
    red = Surface("red", base_colour_factor=(0.7, 0.3, 0.2, 1))
    panel = Surface("glow", emissive_factor=(1, 0.9, 0.8), emissive_strength=300.0)
    screen = [[(0.02, 1, 1), (0.02, 1, 0.5), (0.02, 1.8, 0.5), (0.02, 1.8, 1)][::-1]]
    nodes = (
        Node("room", meshes=(mesh(walls, grey(0.7)),)),
        Node("block", meshes=(mesh(box((2.5, 0, 1), (3.3, 0.9, 1.8)), red),)),
        Node("screen", meshes=(mesh(screen, panel, lighting="none"),)),
        Node("lamp", translation=np.array([1.0, 2.0, 2.0]), light=Light("point", 60.0)),
    )
    return Scene("room", nodes, sky=even_sky(400.0))


def test_agrees_with_plain_path_tracing(mesh, box, grey, even_sky) -> None:
    """No code shared: own intersection, no emitter sampling, no cache, no denoiser."""
    scene = room(mesh, box, grey, even_sky)
    stage, lux = illuminate(scene, replace(COARSE, texel_m=0.1, samples=128, bounces=3))
    rng = np.random.default_rng(5)
    rows = rng.choice(stage.receivers.texels, 16, replace=False)
    got = lux[rows]
    places, normals = stage.receivers.places[rows], stage.receivers.normals[rows]
    expected, spread = brute_force(stage, scene, places, normals, bounces=3, paths=1500, rng=rng)
    assert np.abs(got.mean(axis=0) / expected.mean(axis=0) - 1).max() < 0.03
    assert (np.abs(got - expected) < 4 * spread + 0.06 * expected).all()


def brute_force(stage, scene, places, normals, *, bounces, paths, rng):
    """Mean illuminance (n, 3) and its standard error, by cosine rays with a shadow ray to the lamp."""
    corners = stage.corners[1:].astype(np.float64)
    owner = stage.owner[1:]
    albedo = np.array([part.albedo for part in stage.parts])
    emission = np.array([part.emission for part in stage.parts])
    lamp = next(node for node in scene.nodes if node.light)
    means, errors = [], []
    for place, normal in zip(places.astype(float), normals.astype(float), strict=True):
        point = place[rng.integers(0, len(place), paths)]
        facing = np.repeat(normal[None], paths, axis=0)
        carried, total = np.full((paths, 3), np.pi), np.zeros((paths, 3))
        for depth in range(bounces + 2):
            way = lamp.translation - point
            far = np.linalg.norm(way, axis=1, keepdims=True)
            distance, _ = nearest(corners, point, way)
            cosine = np.maximum((way * facing).sum(axis=1, keepdims=True) / far, 0)
            open_ = (distance > 1 - 1e-6)[:, None]
            # carried is per radiance: light E makes radiance E / pi at the receiver's own surface.
            if depth <= bounces:
                total += carried / np.pi * open_ * cosine * lamp.light.intensity / far**2
            if depth > bounces:
                break
            way = cosine_way(facing, rng)
            distance, hit = nearest(corners, point, way)
            sky = ~np.isfinite(distance)
            total[sky] += carried[sky] * scene.sky.radiance[0, 0]
            face = np.cross(corners[hit, 1] - corners[hit, 0], corners[hit, 2] - corners[hit, 0])
            face /= np.linalg.norm(face, axis=1, keepdims=True)
            front = ~sky & ((face * way).sum(axis=1) < 0)
            total += np.where(front[:, None], carried * emission[owner[hit]], 0)
            matt = np.array([part.lit for part in stage.parts])[owner[hit]]
            carried = np.where((front & matt)[:, None], carried * albedo[owner[hit]], 0)
            point = np.where(
                front[:, None], point + way * np.where(sky, 0, distance)[:, None] + face * 1e-4, point
            )
            facing = np.where(front[:, None], face, facing)
        means.append(total.mean(axis=0))
        errors.append(total.std(axis=0) / np.sqrt(paths))
    return np.array(means), np.array(errors)


def cosine_way(normal, rng):
    """Lambert's trick: the normal plus a point on the unit sphere."""
    ball = rng.normal(size=normal.shape)
    way = normal + ball / np.linalg.norm(ball, axis=1, keepdims=True)
    return way / np.linalg.norm(way, axis=1, keepdims=True)


def nearest(corners, origin, way):
    """Moeller and Trumbore 1997, all against all: distance in lengths of `way` and triangle."""
    a = corners[:, 0]
    one, two = corners[:, 1] - a, corners[:, 2] - a
    p = np.cross(way[:, None], two[None])
    scale = (p * one).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        from_a = origin[:, None] - a
        u = (p * from_a).sum(axis=-1) / scale
        q = np.cross(from_a, one[None])
        v = (q * way[:, None]).sum(axis=-1) / scale
        t = (q * two).sum(axis=-1) / scale
        t = np.where((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-6), t, np.inf)
    hit = t.argmin(axis=1)
    return t[np.arange(len(t)), hit], hit


def test_a_wall_keeps_light_out(mesh, box, grey) -> None:
    """Two rooms with a common wall; only one has a lamp."""
    one, two = box((0, 0, 0), (3, 2.5, 3), inside=True), box((3, 0, 0), (6, 2.5, 3), inside=True)
    lamp = Node("lamp", translation=np.array([1.5, 1.5, 1.5]), light=Light("point", 500.0))
    nodes = (Node("one", meshes=(mesh(one, grey(0.8)),)), Node("two", meshes=(mesh(two, grey(0.8)),)), lamp)
    stage, lux = illuminate(Scene("rooms", nodes), replace(COARSE, texel_m=0.1, bounces=4, denoise=True))
    bright = stage.receivers.places[:, 0, 0] < 3
    outer = stage.receivers.normals[:, 0] == 0  # the common wall's two sides lie at the same x
    dark = ~bright & outer
    assert lux[dark].mean() < 1e-3 * lux[bright & outer].mean()
    sides = [grid for grid in stage.grids if grid.facet.axes[2, 0] > 0.9 and grid.facet.origin[0] > 2.9]
    assert len(sides) == 1
    assert lux[sides[0].receiver].max() < 1e-3 * lux[bright & outer].mean()


def test_corners_are_shaded_not_black(mesh, box, grey) -> None:
    lamp = Node("lamp", translation=np.array([2.0, 1.5, 1.5]), light=Light("point", 500.0))
    walls = Node("walls", meshes=(mesh(box((0, 0, 0), (4, 2.5, 3), inside=True), grey(0.7)),))
    stage, lux = illuminate(
        Scene("room", (walls, lamp)), replace(COARSE, texel_m=0.1, bounces=4, denoise=True)
    )
    for grid in stage.grids:
        values = lux[grid.receiver].mean(axis=-1)
        assert grid.own.all()
        assert values.min() > 0.25 * np.median(values)


def test_a_frame_leaves_no_dark_halo(mesh, box, grey, even_sky) -> None:
    """Texels under a thing are filled from around it."""
    wall = [[(0, 0, 0), (3, 0, 0), (3, 2, 0), (0, 2, 0)]]
    frame = box((1, 0.5, 0.002), (2, 1.5, 0.03))
    nodes = (Node("wall", meshes=(mesh(wall, grey(0.8)),)), Node("frame", meshes=(mesh(frame, grey(0.2)),)))
    stage, lux = illuminate(
        Scene("wall", nodes, sky=even_sky(100.0)), replace(COARSE, texel_m=0.1, samples=128)
    )
    grid = max(stage.grids, key=lambda grid: grid.facet.area)
    assert not grid.own.all()
    values = lux[grid.receiver].mean(axis=-1)
    assert values.min() > 0.7 * values.max()


def test_glass_lets_light_through(mesh, grey, even_sky) -> None:
    glass = Surface("glass", base_colour_factor=(1, 1, 1, 0.1), alpha_mode="blend")
    pane = [[(-2, 1, 2), (2, 1, 2), (2, 1, -2), (-2, 1, -2)]]
    nodes = (
        Node("floor", meshes=(mesh(FLOOR, grey(0.5)),)),
        Node("pane", meshes=(mesh(pane, glass, lighting="none"),)),
    )
    scene = Scene("glass", nodes, sky=even_sky(100.0))
    np.testing.assert_allclose(lit(scene)[2], np.pi * 100.0, rtol=1e-5)
    assert light(scene, COARSE).nodes[1].meshes[0] is scene.nodes[1].meshes[0]


def test_bounces_add_less_and_less(mesh, box, grey, even_sky) -> None:
    scene = room(mesh, box, grey, even_sky)
    means = [lit(scene, replace(COARSE, bounces=n))[2].mean() for n in range(5)]
    steps = np.diff(means)
    assert (steps > 0).all()
    assert (steps[1:] < 0.8 * steps[:-1]).all()


def test_same_seed_same_bytes_on_any_number_of_cores(mesh, box, grey, even_sky, monkeypatch) -> None:
    scene = room(mesh, box, grey, even_sky)

    def digests(seed: int) -> list[str]:
        out = light(scene, replace(COARSE, bounces=2, seed=seed))
        return [mesh.digest() for node, _ in out.walk() for mesh in node.meshes]

    first = digests(1)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert digests(1) == first
    assert digests(2) != first


def test_options_say_what_they_expect() -> None:
    with pytest.raises(UsageProblem, match="samples: got 1, expected 4 to 65536"):
        LightOptions(samples=1)
    with pytest.raises(UsageProblem, match="expected one of none, ao, vertex, atlas, lightmap"):
        LightOptions(light="fresco")
    with pytest.raises(UsageProblem, match="above 0"):
        LightOptions(exposure=-1.0)


def test_interruption_comes_through(mesh, box, grey, even_sky) -> None:
    class Stop:
        def stage(self, name: str, total: int):
            from contextlib import contextmanager

            @contextmanager
            def stage():
                def advance(units: int) -> None:
                    raise KeyboardInterrupt

                yield advance

            return stage()

        def note(self, text: str) -> None:
            pass

    with pytest.raises(KeyboardInterrupt):
        light(room(mesh, box, grey, even_sky), COARSE, progress=Stop())


def test_nothing_to_light_stays(even_sky) -> None:
    scene = Scene("empty", (Node("nothing"),), sky=even_sky(1.0))
    assert light(scene) is scene
