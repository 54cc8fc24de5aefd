"""Exposure from where people stand: rooms in daylight, courts, single things, what is closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import LightOptions
from vrgen.bake.expose import expose
from vrgen.bake.light import illuminate
from vrgen.bake.light_texels import light_texels
from vrgen.core import Light, Node, Scene, Sky, Sun
from vrgen.core.frames import LUMINANCE

COARSE = LightOptions(texel_m=0.25, samples=64, bounces=4)
GROUND = [[(-8, 0, 12), (12, 0, 12), (12, 0, -8), (-8, 0, -8)]]


@pytest.fixture
def day() -> Sky:
    return Sky(np.full((32, 64, 3), 4000.0, np.float32), Sun(np.array([0.6, 0.8, 0.0]), 60_000.0, np.ones(3)))


def windowed(z: float, side: float, low: float, width: float, height: float) -> list:
    """A wall that looks to -z (inside) or +z, with a window from (1.5, 0.8) to (3, 1.8)."""
    strips = ((low, 1.5, 0, height), (3, width, 0, height), (1.5, 3, 0, 0.8), (1.5, 3, 1.8, height))
    quads = [[(a, c, z), (b, c, z), (b, d, z), (a, d, z)] for a, b, c, d in strips]
    return quads if side > 0 else [quad[::-1] for quad in quads]


def house(mesh, box, grey) -> tuple[Node, ...]:
    """A room of 4 x 2.5 x 4 m with a window, walls of 0.2 m, in a landscape."""
    inner = box((0, 0.01, 0), (4, 2.5, 4), inside=True)[1:] + windowed(4, -1, 0, 4, 2.5)
    outer = box((-0.2, 0, -0.2), (4.2, 2.7, 4.2))[1:5] + windowed(4.2, 1, -0.2, 4.2, 2.7)
    return (
        Node("inner", meshes=(mesh(inner, grey(0.7)),)),
        Node("outer", meshes=(mesh(outer, grey(0.7)),)),
        Node("ground", meshes=(mesh(GROUND, grey(0.3)),)),
    )


def shown(scene: Scene, options: LightOptions = COARSE):
    """Where (n, 3), which way (n, 3) and how light (n,) white is shown, and the stage and lux (n, 3)."""
    stage, lux = illuminate(scene, options)
    light, look = expose(scene, stage, lux, options.exposure, seed=0)
    return stage.receivers.places.mean(axis=1), stage.receivers.normals, look.shown(light) @ LUMINANCE, lux


def test_room_and_day_are_both_seen(mesh, box, grey, day) -> None:
    places, normals, value, lux = shown(Scene("house", house(mesh, box, grey), sky=day))
    upright = np.abs(normals[:, 1]) < 0.3
    inside = ((places > 0.02) & (places < (3.98, 2.48, 3.98))).all(axis=1) | (
        upright & (places > -0.05).all(axis=1) & (places < 4.05).all(axis=1)
    )
    outside = ((places < -0.1) | (places > 4.1)).any(axis=1)
    assert np.median(lux[outside]) > 15 * np.median(lux[inside & upright])
    assert 0.45 < np.median(value[inside & upright]) < 0.95
    sunny = outside & (normals @ (0.6, 0.8, 0.0) > 0.5) & (lux[:, 1] > 30_000)
    shade = outside & upright & (normals[:, 0] < -0.9)
    assert sunny.any() and shade.any()
    assert np.median(value[sunny]) < 0.97
    assert 0.2 < np.median(value[shade]) < 0.85 * np.median(value[sunny])


def test_the_light_of_a_place_keeps_its_contrast(mesh, box, grey, day) -> None:
    """Factors differ between room and day, not between sun and shade of one place."""
    scene = Scene("house", house(mesh, box, grey), sky=day)
    stage, lux = illuminate(scene, COARSE)
    light, _ = expose(scene, stage, lux, None, seed=0)
    factor = light[:, 1] / np.maximum(lux[:, 1], 1e-6)
    places = stage.receivers.places.mean(axis=1)
    far = (np.abs(places[:, 1]) < 0.005) & (places[:, 0] < -2)  # ground, in the sun and in the shadow
    assert lux[far].max() > 4 * lux[far].min()
    assert factor[far].max() < 1.3 * factor[far].min()
    ceiling = (stage.receivers.normals[:, 1] < -0.9) & (places[:, 1] < 2.51)
    assert factor[far].max() < 0.2 * factor[ceiling].min()


def test_outsides_that_nobody_sees_do_not_count(mesh, box, grey) -> None:
    lamp = Node("lamp", translation=np.array([2.0, 2.0, 1.5]), light=Light("point", 50.0))
    inner = Node("in", meshes=(mesh(box((0, 0, 0), (4, 2.5, 3), inside=True), grey(0.7)),))
    outer = Node("out", meshes=(mesh(box((-0.3, -0.3, -0.3), (4.3, 2.8, 3.3)), grey(0.7)),))
    bare = Scene("box", (inner, lamp))
    dressed = Scene("box", (inner, outer, lamp))
    looks = []
    for scene in (bare, dressed):
        stage, lux = illuminate(scene, COARSE)
        looks.append(expose(scene, stage, lux, None, seed=0)[1].exposure)
    assert looks[1] == pytest.approx(looks[0], rel=0.05)


@pytest.mark.parametrize("size", [0.3, 3.0])
def test_a_single_thing_under_the_sky_is_not_burnt(mesh, box, grey, day, size: float) -> None:
    block = Node("block", meshes=(mesh(box((0, 0, 0), (size, size, size)), grey(0.6)),))
    _, normals, value, _ = shown(Scene("thing", (block,), sky=day), replace(COARSE, texel_m=0.1 * size))
    assert value[normals[:, 1] > 0.9].max() < 0.95
    assert 0.15 < np.median(value[normals[:, 0] < -0.9]) < 0.8  # a tenth of the light on its top


def test_an_exposure_that_is_given_holds_everywhere(mesh, box, grey, day) -> None:
    scene = Scene("house", house(mesh, box, grey), sky=day)
    stage, lux = illuminate(scene, replace(COARSE, samples=8))
    light, look = expose(scene, stage, lux, 0.002, seed=0)
    assert light is lux and look.exposure == 0.002


def test_textures_are_exposed_as_vertices_are(mesh, box, grey, day) -> None:
    scene = Scene("house", house(mesh, box, grey), sky=day)
    stage, lux = illuminate(scene, COARSE)
    exposure = expose(scene, stage, lux, None, seed=0)[1].exposure
    made, lightmap = light_texels(scene, replace(COARSE, light="atlas"), density=4)
    assert made.extras["vrgen"]["exposure"] == pytest.approx(exposure, rel=0.1)
    assert lightmap.illuminance.max() > 30_000  # as it was traced, not as it is shown


def test_nothing_lit_is_no_trouble(mesh, grey) -> None:
    scene = Scene("dark", (Node("ground", meshes=(mesh(GROUND, grey(0.3)),)),))
    stage, lux = illuminate(scene, COARSE)
    light, look = expose(scene, stage, lux, None, seed=0)
    assert look.exposure == 1.0 and not light.any()
