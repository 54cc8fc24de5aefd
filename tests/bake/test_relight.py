"""Light traced again in a baked scene: as a bake of the changed scene has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import LightOptions, light, light_texels
from vrgen.bake.relight import relit, untoned
from vrgen.bake.tone import tone
from vrgen.core import Image, Light, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import LUMINANCE
from vrgen.core.progress import SILENT

OPTIONS = LightOptions(texel_m=0.15, samples=128, bounces=6, exposure=0.04, tolerance=0.02)


def tiled(value: int) -> Surface:
    picture = Image(np.full((4, 4, 3), value, np.uint8), "srgb")
    return Surface("floor_oak", base_colour=Texture(picture))


DARK, PALE = tiled(60), tiled(220)


def room(mesh, box, floor: Surface) -> Scene:
    """4 x 2.5 x 3 m, a lamp, a block that throws a shadow, a floor to be changed."""
    quads = box((0, 0, 0), (4, 2.5, 3), inside=True)
    white = Surface("walls", base_colour=Texture(Image(np.full((4, 4, 3), 215, np.uint8), "srgb")))
    lamp = Node("lamp", translation=np.array([1.0, 2.2, 1.5]), light=Light("point", 60.0))
    nodes = (
        Node("walls", meshes=(mesh(quads[:5], white),)),
        Node("floor", meshes=(mesh(quads[5:], floor),)),
        Node("block", meshes=(mesh(box((2.5, 0, 1), (3.2, 1, 2)), white),)),
        lamp,
    )
    return Scene("room", nodes)


def made_of(scene: Scene, delivery: str) -> Scene:
    options = replace(OPTIONS, light=delivery)
    return light(scene, options) if delivery == "vertex" else light_texels(scene, options)[0]


def shown(mesh: Mesh) -> np.ndarray:
    """Light on the parts of a mesh, in equal measure for both deliveries."""
    if mesh.surface.lightmap is None:
        corners = mesh.positions[mesh.indices].astype(np.float64)
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        return np.average(mesh.colours[mesh.indices, 0].mean(axis=1), weights=area)
    values = mesh.surface.lightmap.image.to_float()[..., 0]
    place = (mesh.uv1[mesh.indices].mean(axis=1) * values.shape[::-1]).astype(int)
    return values[place[:, 1], place[:, 0]].mean()


@pytest.mark.parametrize("delivery", ["vertex", "lightmap"])
@pytest.mark.parametrize("ways", [(DARK, PALE), (PALE, DARK)])
def test_light_becomes_what_a_bake_would_make_it(mesh, box, delivery: str, ways) -> None:
    was, new = ways
    before = made_of(room(mesh, box, was), delivery)
    wanted = made_of(room(mesh, box, new), delivery)
    worn = before.nodes[1].meshes[0].surface
    dressed = replace(worn, base_colour=new.base_colour)
    floor = Node("floor", meshes=(replace(before.nodes[1].meshes[0], surface=dressed),))
    after = replace(before, nodes=(before.nodes[0], floor, *before.nodes[2:]))
    made = relit(before, after, [(worn, dressed)], seed=0, progress=SILENT)
    for place in (0, 2):
        old, now, exact = (shown(scene.nodes[place].meshes[0]) for scene in (before, made, wanted))
        assert abs(exact - old) > 0.03
        assert abs(now - exact) < 0.25 * abs(exact - old)
    for old, now in zip(after.walk(), made.walk(), strict=True):
        for one, two in zip(old[0].meshes, now[0].meshes, strict=True):
            np.testing.assert_array_equal(one.positions, two.positions)
            np.testing.assert_array_equal(one.indices, two.indices)


def test_nothing_changes_where_nothing_changed(mesh, box) -> None:
    before = made_of(room(mesh, box, DARK), "vertex")
    worn = before.nodes[1].meshes[0].surface
    made = relit(before, before, [(worn, worn)], seed=0, progress=SILENT)
    for old, now in zip(before.walk(), made.walk(), strict=True):
        for one, two in zip(old[0].meshes, now[0].meshes, strict=True):
            np.testing.assert_allclose(one.colours, two.colours, atol=1 / 255)


def test_tone_is_undone() -> None:
    values = np.random.default_rng(1).random((50, 3)) * 3
    np.testing.assert_allclose(untoned(tone(values)) @ LUMINANCE, values @ LUMINANCE, rtol=2e-3)
    grey = np.linspace(0, 8, 50)[:, None] * np.ones(3)
    np.testing.assert_allclose(untoned(tone(grey)), grey, rtol=2e-3, atol=1e-4)


def test_a_scene_without_baked_light_stays(mesh, box) -> None:
    scene = room(mesh, box, DARK)
    assert relit(scene, scene, [(DARK, PALE)], seed=0, progress=SILENT) is scene
