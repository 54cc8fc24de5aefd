"""What glows: textures on it, its strength in a file; cones and ranges of lamps by their formulas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import LightOptions, light
from vrgen.bake.light import illuminate
from vrgen.bake.light_texels import light_texels
from vrgen.core import Image, Light, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import look_rotation
from vrgen.gltf import read, write

COARSE = LightOptions(texel_m=0.25, samples=256, bounces=0, denoise=False)
FLOOR = [[(-2, 0, 2), (2, 0, 2), (2, 0, -2), (-2, 0, -2)]]
HALVES = np.zeros((64, 64, 3), np.uint8)
HALVES[:, 32:] = (255, 188, 0)
GLOW = Surface(
    "glow",
    emissive=Texture(Image(HALVES, "srgb"), wrap=("clamp_to_edge", "clamp_to_edge")),
    emissive_factor=(1, 1, 1),
    emissive_strength=200.0,
)


def panel(x0: float, x1: float, u0: float, u1: float, surface: Surface, **rest) -> Mesh:
    """A piece of a panel at 1.5 m that looks down and shows the columns u0 to u1 of its texture."""
    points = [(x0, 1.5, -0.4), (x1, 1.5, -0.4), (x1, 1.5, 0.4), (x0, 1.5, 0.4)]
    uv = [(u0, 0), (u1, 0), (u1, 1), (u0, 1)]
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    return Mesh(np.array(points, np.float32), faces, surface, uv0=np.array(uv, np.float32), **rest)


def lit(mesh, grey, *meshes: Mesh) -> np.ndarray:
    nodes = (Node("floor", meshes=(mesh(FLOOR, grey(0.5)),)), Node("panel", meshes=meshes))
    stage, lux = illuminate(Scene("panel", nodes), COARSE)
    return lux[np.abs(stage.receivers.places[:, 0, 1]) < 0.01]


def test_a_texture_glows_where_it_lies(mesh, grey) -> None:
    """A panel that shows the glowing half alone shines as a plain one of that colour does."""
    plain = replace(GLOW, emissive=None, emissive_factor=(1.0, 0.503, 0.0))
    shown = lit(mesh, grey, panel(-0.5, 0.5, 0.55, 0.95, GLOW, lighting="none"))
    expected = lit(mesh, grey, panel(-0.5, 0.5, 0, 1, plain, lighting="none"))
    np.testing.assert_allclose(shown[:, :2], expected[:, :2], rtol=0.02)
    assert not lit(mesh, grey, panel(-0.5, 0.5, 0.05, 0.45, GLOW, lighting="none")).any()


def test_two_halves_are_one_panel(mesh, grey) -> None:
    both = (panel(-0.5, 0, 0, 0.5, GLOW, lighting="none"), panel(0, 0.5, 0.5, 1, GLOW, lighting="none"))
    half = lit(mesh, grey, both[1])
    np.testing.assert_allclose(lit(mesh, grey, *both)[:, 0], half[:, 0], rtol=0.1)
    whole = lit(mesh, grey, panel(-0.5, 0.5, 0, 1, GLOW, lighting="none"))
    assert whole.sum() == pytest.approx(half.sum(), rel=0.02)  # the same light, from a place nearby


def test_strength_is_read_from_a_file(mesh, grey, tmp_path) -> None:
    """KHR_materials_emissive_strength: cd/m2, as the analytic panel of test_light has them."""
    plain = replace(GLOW, emissive=None, emissive_factor=(1.0, 0.5, 0.25))
    made = panel(-0.5, 0.5, 0, 1, plain)
    path = tmp_path / "panel.glb"
    write(Scene("panel", (Node("panel", meshes=(made,)),)), path)
    (again,) = read(path).nodes[0].meshes
    assert again.surface.emissive_strength == 200.0
    before, after = (lit(mesh, grey, replace(one, lighting="none")) for one in (made, again))
    np.testing.assert_allclose(before, after, rtol=1e-5)
    np.testing.assert_allclose(after[:, 2], after[:, 0] / 4, rtol=1e-4)


def test_glow_is_painted_where_it_lies(mesh, grey) -> None:
    """The dark half of a glowing thing stays dark in an atlas, and in vertices."""
    thing = panel(-0.5, 0.5, 0, 1, replace(GLOW, base_colour_factor=(0.02, 0.02, 0.02, 1)))
    scene = Scene("panel", (Node("panel", meshes=(thing,)),))
    made, _ = light_texels(scene, replace(COARSE, light="atlas", exposure=0.01), density=32)
    (atlas,) = made.nodes[0].meshes
    picture = atlas.surface.base_colour.image.to_linear()
    corners = np.array([[-0.5, -0.4], [0.5, -0.4], [-0.5, 0.4]])
    nearest = [np.abs(atlas.positions[:, [0, 2]] - corner).sum(axis=1).argmin() for corner in corners]
    left, right, below = atlas.uv0[nearest]
    for share, bright in ((0.25, False), (0.75, True)):
        u, v = left + share * (right - left) + 0.5 * (below - left)
        row, column = int(v * picture.shape[0]), int(u * picture.shape[1])
        assert (picture[row, column, 0] > 0.4) == bright
    (vertices,) = light(scene, replace(COARSE, exposure=0.01)).nodes[0].meshes
    dark = vertices.positions[:, 0] < -0.49
    assert vertices.colours[dark, 0].max() < 0.05 < 0.5 < vertices.colours[~dark, 0].max()


@pytest.mark.parametrize("reach", [1.8, 3.0])
def test_range_is_the_window_of_the_extension(mesh, grey, reach: float) -> None:
    """KHR_lights_punctual: max(min(1 - (d / range)^4, 1), 0) / d^2."""
    lamp = Node("lamp", translation=np.array([0.0, 1.5, 0.0]), light=Light("point", 100.0, range_m=reach))
    floor = Node("floor", meshes=(mesh(FLOOR, grey(0.5)),))
    stage, lux = illuminate(Scene("lamp", (floor, lamp)), replace(COARSE, texel_m=0.05))
    places = stage.receivers.places
    square = ((places - (0, 1.5, 0)) ** 2).sum(axis=-1)
    window = np.clip(1 - (square / reach**2) ** 2, 0, 1)
    expected = (100.0 * window * 1.5 / square**1.5).mean(axis=1)
    np.testing.assert_allclose(lux[:, 0], expected, rtol=0.01, atol=1e-3)


def test_cone_falls_off_as_the_extension_says(mesh, grey) -> None:
    """KHR_lights_punctual: ((cos a - cos outer) / (cos inner - cos outer))^2 between the two cones."""
    inner, outer = 0.3, 0.9
    spot = Light("spot", 100.0, inner_cone=inner, outer_cone=outer)
    lamp = Node("lamp", translation=np.array([0, 1.5, 0]), rotation=look_rotation((0, -1, 0)), light=spot)
    floor = Node("floor", meshes=(mesh(FLOOR, grey(0.5)),))
    stage, lux = illuminate(Scene("lamp", (floor, lamp)), replace(COARSE, texel_m=0.05))
    places = stage.receivers.places.mean(axis=1)
    distance = np.linalg.norm(places - (0, 1.5, 0), axis=1)
    cosine = 1.5 / distance
    fall = np.clip((cosine - np.cos(outer)) / (np.cos(inner) - np.cos(outer)), 0, 1) ** 2
    np.testing.assert_allclose(lux[:, 0], 100.0 * fall * cosine / distance**2, rtol=0.03, atol=0.05)
