"""Light through what alpha cuts out: leaves, fences, glass, film."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import LightOptions
from vrgen.bake.light import illuminate
from vrgen.bake.light_texels import light_texels
from vrgen.bake.parts import collect
from vrgen.core import Image, Light, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import look_rotation
from vrgen.gltf import read, write

COARSE = LightOptions(texel_m=0.1, samples=64, bounces=0, denoise=False)
FLOOR = [[(-2, 0, 2), (2, 0, 2), (2, 0, -2), (-2, 0, -2)]]
SUN = Node("sun", rotation=look_rotation((0, -1, 0)), light=Light("directional", 1000.0))


def sheet(height: float, side: float = 2.0) -> list:
    return [[(-side, height, side), (side, height, side), (side, height, -side), (-side, height, -side)]]


def fence(alpha: np.ndarray, **rest) -> Surface:
    """A black surface with this alpha (rows, columns), each pixel half a metre wide on UVs in metres."""
    pixels = np.zeros((*alpha.shape, 4), np.uint8)
    pixels[..., 3] = alpha
    rows, columns = alpha.shape
    picture = Texture(Image(pixels, "srgb"), scale=(2 / columns, 2 / rows), magnify="nearest")
    return Surface("fence", base_colour=picture, **{"alpha_mode": "mask", "double_sided": True} | rest)


def lit(scene: Scene, options: LightOptions = COARSE):
    stage, lux = illuminate(scene, options)
    floor = np.abs(stage.receivers.places[:, 0, 1]) < 0.01
    return stage.receivers.places.mean(axis=1)[floor], lux[floor, 0]


def under(mesh, grey, surface: Surface, *, layers: int = 1, sky=None, lighting: str = "none") -> Scene:
    sheets = tuple(
        Node(f"sheet_{k}", meshes=(mesh(sheet(0.5 + 0.01 * k), surface, lighting=lighting),))
        for k in range(layers)
    )
    return Scene("fence", (Node("floor", meshes=(mesh(FLOOR, grey(0.5)),)), *sheets, SUN), sky=sky)


@pytest.mark.parametrize("lighting", ["none", "baked"])
def test_sun_falls_through_holes_and_nowhere_else(mesh, grey, lighting: str) -> None:
    checks = np.array([[255, 0], [0, 255]], np.uint8)
    places, lux = lit(under(mesh, grey, fence(checks), lighting=lighting))
    column, row = (np.floor((places[:, [0, 2]] + (2, 2)) * 2)).astype(int).T
    inside = (np.abs((places[:, [0, 2]] * 2) % 1 - 0.5) < 0.2).all(axis=1)
    open_ = checks[row % 2, column % 2] == 0
    assert inside.sum() > 200
    np.testing.assert_allclose(lux[inside & open_], 1000.0, rtol=1e-3)
    assert not lux[inside & ~open_].any()


def test_half_of_the_sky_comes_through_half_a_sheet(mesh, grey, even_sky) -> None:
    """A wide sheet over the floor: nearly all of the sky is seen through its holes."""
    rng = np.random.default_rng(3)
    holes = np.where(rng.random((64, 64)) < 0.5, 255, 0).astype(np.uint8)
    scene = Scene("field", under(mesh, grey, fence(holes)).nodes[:1], sky=even_sky(100.0))
    wide = Node("sheet", meshes=(mesh(sheet(0.3, 40.0), fence(holes), lighting="none"),))
    _, lux = lit(replace(scene, nodes=(*scene.nodes, wide)), replace(COARSE, samples=256))
    assert lux.mean() == pytest.approx(np.pi * 100.0 * (1 - holes.mean() / 255), rel=0.08)


def test_light_goes_through_many_layers(mesh, grey) -> None:
    through = fence(np.zeros((2, 2), np.uint8))
    np.testing.assert_allclose(lit(under(mesh, grey, through, layers=12))[1], 1000.0, rtol=1e-3)
    closed = under(mesh, grey, through, layers=12)
    lid = Node("lid", meshes=(mesh(sheet(0.9), grey(0.5), lighting="none"),))
    assert not lit(replace(closed, nodes=(*closed.nodes, lid)))[1].any()


def test_factor_and_vertex_colour_count(mesh, grey) -> None:
    full = fence(np.full((2, 2), 200, np.uint8), base_colour_factor=(1, 1, 1, 0.6))  # 0.47: below 0.5
    assert lit(under(mesh, grey, full))[1].min() > 999
    assert not lit(under(mesh, grey, replace(full, alpha_cutoff=0.4)))[1].any()
    plain = Surface("veil", alpha_mode="mask", double_sided=True)
    scene = under(mesh, grey, plain)
    (veil,) = scene.nodes[1].meshes
    colours = np.ones((len(veil.positions), 4), np.float32)
    colours[:, 3] = 0.3
    thin = Node("veil", meshes=(replace(veil, colours=colours),))
    assert lit(replace(scene, nodes=(scene.nodes[0], thin, SUN)))[1].min() > 999
    assert not lit(scene)[1].any()


def test_blend_stops_light_where_it_is_half_there(mesh, grey) -> None:
    stickers = np.array([[255, 60], [60, 255]], np.uint8)
    places, lux = lit(under(mesh, grey, fence(stickers, alpha_mode="blend")))
    column, row = (np.floor((places[:, [0, 2]] + (2, 2)) * 2)).astype(int).T
    inside = (np.abs((places[:, [0, 2]] * 2) % 1 - 0.5) < 0.2).all(axis=1)
    there = stickers[row % 2, column % 2] > 127
    assert lux[inside & ~there].min() > 999 and not lux[inside & there].any()
    film = Surface("film", base_colour_factor=(1, 1, 1, 0.8), alpha_mode="blend", double_sided=True)
    assert not lit(under(mesh, grey, film))[1].any()


def test_transmission_in_a_file_lets_light_through(mesh, grey, tmp_path) -> None:
    clear = Surface("pane", kept={"extensions": {"KHR_materials_transmission": {"transmissionFactor": 0.9}}})
    scene = under(mesh, grey, replace(clear, double_sided=True), lighting="baked")
    path = tmp_path / "pane.glb"
    write(scene, path)
    again = read(path)
    assert "KHR_materials_transmission" in again.nodes[1].meshes[0].surface.kept["extensions"]
    assert lit(again)[1].min() > 999


def test_texels_see_through_holes_too(mesh, grey) -> None:
    checks = np.array([[255, 0], [0, 255]], np.uint8)
    scene = under(mesh, grey, fence(checks))
    _, light = light_texels(scene, replace(COARSE, light="lightmap"))
    inner = light.illuminance[..., 0][light.illuminance[..., 0] >= 0]
    assert 900 < np.percentile(inner, 95) < 1010
    assert np.percentile(inner, 5) < 10


def test_what_is_cut_out_has_no_colour() -> None:
    """Green leaves on white ground with alpha 0 send green light on."""
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[..., 3] = 0
    pixels[2:4] = (0, 188, 0, 255)
    quad = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    leaf = Surface("leaf", base_colour=Texture(Image(pixels, "srgb")), alpha_mode="mask")
    mesh = Mesh(quad, np.array([[0, 1, 2], [0, 2, 3]]), leaf, uv0=quad[:, :2])
    (part,) = collect(Scene("leaf", (Node("leaf", meshes=(mesh,)),)))
    assert part.albedo[0] == 0 and part.albedo[1] == pytest.approx(0.5, abs=0.01)
