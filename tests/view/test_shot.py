"""Pictures: what each pixel must be, by arithmetic that does not come from the renderer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.core import Camera, Image, Light, Node, Sky, Sun, Surface, Texture
from vrgen.core.frames import direction_from_angles, linear_to_srgb, look_rotation, srgb_to_linear
from vrgen.errors import UsageProblem, ValueProblem
from vrgen.view.shot import ShotOptions, shot, shots

SMALL = ShotOptions(size=(64, 64), antialias="none")
LINEAR = replace(SMALL, linear=True)


def centre(image: Image) -> np.ndarray:
    """The middle pixel as floats."""
    return image.pixels[image.height // 2, image.width // 2].astype(np.float64)


@pytest.mark.parametrize("antialias", ["none", "fxaa", "msaa"])
def test_unlit_is_factor_times_texture_times_colour(gl, build, antialias):
    """KHR_materials_unlit to the last bit: linear product, sRGB encoded, no tone mapping."""
    texel, factor, tint = (200, 90, 30), (0.8, 0.5, 1.0), (0.25, 0.9, 0.6)
    texture = Texture(Image(np.full((8, 8, 3), texel, np.uint8)))
    surface = build.unlit(*factor, base_colour=texture)
    mesh = build.quad(surface, colours=[(*tint, 1.0)] * 4)
    got = centre(shot(build.scene(mesh), replace(SMALL, antialias=antialias)))
    wanted = linear_to_srgb(srgb_to_linear(np.array(texel) / 255) * factor * tint) * 255
    assert np.abs(got - wanted).max() <= 1.0


def test_every_byte_survives(gl, build):
    """An sRGB ramp comes out as it went in, whatever the exposure."""
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, axis=2)
    surface = build.unlit(1, 1, 1, base_colour=Texture(Image(ramp), magnify="nearest"))
    options = ShotOptions(size=(256, 256), antialias="none", exposure=7.0)
    half = float(2 * np.arctan(0.5))
    got = shot(build.scene(build.quad(surface), yfov=half), options).pixels[128].astype(int)
    assert np.abs(got - ramp[0].astype(int))[1:-1].max() <= 1  # the outermost lie on the edge


def test_filtering_happens_in_linear_light(gl, build):
    """Black and white texels seen from afar average to half the light (188), not to half the byte."""
    board = build.checker(((0, 0, 0), (255, 255, 255)), cells=64, cell=1)
    surface = build.unlit(1, 1, 1, base_colour=Texture(board))
    assert centre(shot(build.scene(build.quad(surface), distance=6.0), SMALL)) == pytest.approx(188, abs=3)


def test_grey_and_rgba_and_deep_images(gl, build):
    """One channel is grey, sixteen bits and floats mean the same as eight."""
    wanted = linear_to_srgb(0.5) * 255
    for pixels, space in (
        (np.full((4, 4, 1), round(float(wanted)), np.uint8), "srgb"),
        (np.full((4, 4, 4), 32768, np.uint16), "linear"),
        (np.full((4, 4, 3), 0.5, np.float32), "linear"),
        (np.full((5, 3, 3), round(float(wanted) * 257), np.uint16), "srgb"),
    ):
        surface = build.unlit(1, 1, 1, base_colour=Texture(Image(pixels, space)))
        assert centre(shot(build.scene(build.quad(surface)), SMALL)) == pytest.approx(wanted, abs=1)


def test_texture_transform_turns_as_the_sample_models_do(gl, build):
    """A quarter turn counter-clockwise (v down) shows at a corner the texel that lies a quarter turn away."""
    corners = np.array([[[250, 0, 0], [0, 250, 0]], [[0, 0, 250], [250, 250, 0]]], np.uint8)
    image = Image(corners.repeat(8, axis=0).repeat(8, axis=1))
    texture = Texture(image, rotation=np.pi / 2, magnify="nearest", wrap=("repeat", "repeat"))
    picture = shot(build.scene(build.quad(build.unlit(1, 1, 1, base_colour=texture)), yfov=0.9), SMALL).pixels
    for u, v in ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)):
        turned = (v % 1.0, -u % 1.0)  # (cos u + sin v, -sin u + cos v)
        wanted = corners[int(turned[1] * 2), int(turned[0] * 2)]
        at = 0.5 + (np.array([u, v]) - 0.5) * 2 / (2 * 2 * np.tan(0.45))
        assert np.abs(picture[int(at[1] * 64), int(at[0] * 64)].astype(int) - wanted).max() <= 1


@pytest.mark.parametrize(
    ("wrap", "wanted"), [("repeat", 10), ("mirrored_repeat", 250), ("clamp_to_edge", 250)]
)
def test_wrapping(gl, build, wrap, wanted):
    """Beyond u = 1 the texture repeats, mirrors or stays at its edge."""
    greys = np.array([10, 90, 170, 250], np.uint8)
    image = Image(greys.reshape(1, 4, 1).repeat(3, axis=2))
    texture = Texture(image, wrap=(wrap, wrap), magnify="nearest", offset=(0.625, 0.0))
    got = centre(shot(build.scene(build.quad(build.unlit(1, 1, 1, base_colour=texture))), SMALL))
    assert got == pytest.approx(wanted, abs=1)


def test_mask_cuts_at_its_threshold(gl, build):
    """Alpha below the cutoff lets the wall behind through, alpha at it does not; and mask writes depth."""
    wall = Node("wall", translation=[0, 0, -1], meshes=(build.quad(build.unlit(0, 0, 1), size=8.0),))
    for alpha, wanted in ((0.49, (0, 0, 255)), (0.5, (255, 0, 0)), (0.9, (255, 0, 0))):
        front = build.quad(build.unlit(1, 0, 0, alpha, alpha_mode="mask", alpha_cutoff=0.5))
        assert tuple(centre(shot(build.scene(front, wall), SMALL))) == wanted


def test_opaque_ignores_alpha(gl, build):
    """Alpha counts for mask and blend alone."""
    front = build.quad(build.unlit(1, 0, 0, 0.1))
    assert tuple(centre(shot(build.scene(front), SMALL))) == (255, 0, 0)


def test_blending_is_linear_and_back_to_front(gl, build):
    """Two panes over a wall, listed in the wrong order, give over(near, over(far, wall)) in linear light."""
    near = Node(
        "near", translation=[0, 0, 0.5], meshes=(build.quad(build.unlit(1, 0, 0, 0.5, alpha_mode="blend")),)
    )
    far = Node("far", meshes=(build.quad(build.unlit(0, 1, 0, 0.25, alpha_mode="blend")),))
    wall = Node("wall", translation=[0, 0, -1], meshes=(build.quad(build.unlit(0.2, 0.2, 0.8), size=8.0),))
    light = np.array([0.2, 0.2, 0.8])
    for colour, alpha in (((0, 1, 0), 0.25), ((1, 0, 0), 0.5)):
        light = np.array(colour) * alpha + light * (1 - alpha)
    got = centre(shot(build.scene(near, far, wall), SMALL))
    assert np.abs(got - linear_to_srgb(light) * 255).max() <= 2


def test_back_faces(gl, build):
    """Single-sided faces vanish from behind, double-sided stay, and a mirroring transform changes neither."""
    away = {"rotation": look_rotation((0, 0, 1))}
    for surface, more, seen in (
        (build.unlit(1, 0, 0), away, False),
        (build.unlit(1, 0, 0, double_sided=True), away, True),
        (build.unlit(1, 0, 0), {"scale": [-1, 1, 1]}, True),
        (build.unlit(1, 0, 0), {**away, "scale": [-1, 1, 1]}, False),
    ):
        got = centre(shot(build.scene(Node("n", meshes=(build.quad(surface),), **more)), SMALL))
        assert (tuple(got) == (255, 0, 0)) is seen


def test_sky_lies_where_the_frames_say(gl, build):
    """The centre of the image is seen along +X, u = 0.25 along -Z, the top along +Y."""
    height = 64
    radiance = np.full((height, 2 * height, 3), 0.05, np.float32)
    marks = {
        (1, 0, 0): (64, 32),
        (0, 0, -1): (32, 32),
        (0, 0, 1): (96, 32),
        (-1, 0, 0): (0, 32),
        (0, 1, 0): (64, 0),
    }
    for number, (column, row) in enumerate(marks.values()):
        columns = slice(None) if row == 0 else (np.arange(-6, 6) + column) % (2 * height)
        radiance[max(row - 6, 0) : row + 6, columns] = 0.2 + number * 0.2
    for number, direction in enumerate(marks):
        eye = Node("camera_front", rotation=look_rotation(direction), camera=Camera(0.3))
        scene = replace(build.scene(), nodes=(eye,), sky=Sky(radiance))
        assert centre(shot(scene, LINEAR)) == pytest.approx(0.2 + number * 0.2, rel=0.01), direction


def test_sky_turns_the_right_way_round(gl, build):
    """Looking along -Z, what lies to the right is towards +X: larger u, larger azimuth."""
    height = 32
    u = (np.arange(2 * height) + 0.5) / (2 * height)
    sky = Sky(np.broadcast_to(u[None, :, None], (height, 2 * height, 3)).astype(np.float32))
    row = shot(build.scene(sky=sky), LINEAR).pixels[32, :, 0]
    assert row[32] == pytest.approx(0.25, abs=0.01) and np.all(np.diff(row) >= 0) and row[-1] > row[0] + 0.05


@pytest.mark.parametrize("yfov", [0.4, 1.2])
def test_field_of_view(gl, build, yfov):
    """A square of 2 m seen from 3 m covers 1 / (3 tan(fov / 2)) of the height."""
    options = ShotOptions(size=(400, 200), antialias="none")
    picture = shot(build.scene(build.quad(build.unlit(1, 0, 0)), distance=3.0, yfov=yfov), options).pixels
    red = (picture == (255, 0, 0)).all(axis=2)
    wanted = min(200.0, 200 / (3 * np.tan(yfov / 2)))
    assert red.any(axis=1).sum() == pytest.approx(wanted, abs=1.5)
    assert red.any(axis=0).sum() == pytest.approx(min(400.0, 200 / (3 * np.tan(yfov / 2))), abs=1.5)


def test_narrow_pictures_keep_what_the_camera_frames(gl, build):
    """A camera made for 2:1 shows its whole width in a tall picture too."""
    mesh = build.quad(build.unlit(1, 0, 0))
    scene = build.scene(mesh)
    camera = replace(
        scene.nodes[-1], camera=Camera(0.4, aspect=2.0), translation=[0, 0, 1 / (2 * np.tan(0.2))]
    )
    red = shot(
        replace(scene, nodes=(scene.nodes[0], camera)), ShotOptions(size=(50, 100), antialias="none")
    ).pixels[50]
    assert (red == (255, 0, 0)).all(axis=1).sum() == 50


def brdf_facing(albedo: float) -> float:
    """Reflected radiance per lux of a rough dielectric seen and lit straight on: Lambert + GGX at alpha 1."""
    return (1 - 0.04) * albedo / np.pi + 0.04 * (1 / np.pi) * 0.25


@pytest.mark.parametrize("as_sky", [True, False])
def test_sunlit_patch(gl, build, as_sky):
    """A matt patch that faces the sun sends out E / pi x albedo (less the Fresnel share), in cd/m2."""
    patch, lux, albedo = Surface(base_colour_factor=(0.5, 0.5, 0.5, 1.0)), 1000.0, 0.5
    if as_sky:
        dark = np.zeros((16, 32, 3), np.float32)
        scene = build.scene(build.quad(patch), sky=Sky(dark, Sun(np.array([0.0, 0, 1]), lux, np.ones(3))))
    else:
        lamp = Node("sun", light=Light("directional", lux))
        scene = build.scene(build.quad(patch), lamp, sky=build.even_sky(0.0))
    assert centre(shot(scene, LINEAR)) == pytest.approx(lux * brdf_facing(albedo), rel=0.01)


def test_slanted_sun_follows_the_cosine(gl, build):
    """At 60 degrees a matt patch gets half the light (the specular lobe is small at full roughness)."""
    patch = build.quad(Surface(base_colour_factor=(1.0, 1.0, 1.0, 1.0)))
    sun = Sun(direction_from_angles(90.0, 60.0), 100.0, np.ones(3))
    got = centre(shot(build.scene(patch, sky=Sky(np.zeros((16, 32, 3), np.float32), sun)), LINEAR))
    assert got == pytest.approx(100 * 0.5 / np.pi, rel=0.06)


def test_point_light_falls_with_the_square(gl, build):
    """Twice as far away, a quarter of the light; nothing beyond its range."""
    patch = build.quad(Surface(), size=0.5)

    def lit(distance: float, **more: float) -> float:
        lamp = Node("lamp", translation=[0, 0, distance], light=Light("point", 100.0, **more))
        return float(centre(shot(build.scene(patch, lamp, sky=build.even_sky(0.0)), LINEAR))[0])

    assert lit(1.0) == pytest.approx(100 * brdf_facing(1.0), rel=0.02)
    assert lit(2.0) == pytest.approx(lit(1.0) / 4, rel=0.02)
    assert lit(2.0, range_m=1.9) == 0.0


def test_spot_cone(gl, build):
    """Full light within the inner cone, none beyond the outer, in between smooth."""
    floor = build.quad(Surface(), size=8.0)
    spot = Node("spot", translation=[0, 0, 2], light=Light("spot", 50.0, inner_cone=0.2, outer_cone=0.4))
    row = shot(build.scene(floor, spot, sky=build.even_sky(0.0), yfov=1.2), LINEAR).pixels[32, :, 0]
    angle = np.abs(np.arctan((np.arange(64) + 0.5 - 32) / 32 * np.tan(0.6)))
    assert np.all(row[angle > 0.41] == 0) and np.all(row[angle < 0.19] > 0.8 * row.max())
    between = row[32:][(angle[32:] > 0.2) & (angle[32:] < 0.4)]
    assert np.all(np.diff(between) < 0)


def test_even_sky_lights_evenly(gl, build):
    """White furnace: a white rough ball under an even sky of 1 cd/m2 is 1 all over, but for the split sum."""
    picture = shot(build.scene(build.ball(Surface()), sky=build.even_sky(1.0), distance=4.0), LINEAR).pixels
    assert picture[8:-8, 8:-8].min() > 0.93 and picture.max() < 1.07


def test_metal_mirrors_the_sky(gl, build):
    """A smooth metal patch seen straight on shows what lies behind the camera, in its own colour."""
    height, gold = 32, (1.0, 0.8, 0.4)
    radiance = np.zeros((height, 2 * height, 3), np.float32)
    radiance[:, height:] = 2.0  # the half with +Z
    patch = build.quad(Surface(base_colour_factor=(*gold, 1.0), metallic_factor=1.0, roughness_factor=0.0))
    got = centre(shot(build.scene(patch, sky=Sky(radiance)), LINEAR))
    assert got == pytest.approx(2 * np.array(gold), rel=0.06)


@pytest.mark.parametrize("tangents", [True, False])
def test_normal_map_bends_towards_the_light(gl, build, tangents):
    """A map that leans to +u catches a light from +X, one that leans up (green) a light from +Y."""
    for lean, direction in (((0.8, 0.0), (1, 0, 0.6)), ((0.0, 0.8), (0, 1, 0.6))):
        normal = np.array([*lean, 0.6]) * 0.5 + 0.5
        image = Image((np.full((4, 4, 3), normal) * 255).round().astype(np.uint8), "linear")
        towards = np.array(direction) / np.linalg.norm(direction)
        sky = Sky(np.zeros((16, 32, 3), np.float32), Sun(towards, 1.0, np.ones(3)))
        more = {"tangents": [(1, 0, 0, 1)] * 4} if tangents else {}
        bright, flat = (
            centre(shot(build.scene(build.quad(surface, **more), sky=sky), LINEAR))[0]
            for surface in (Surface(normal=Texture(image)), Surface())
        )
        bent = float(np.array([*lean, 0.6]) @ towards)
        assert bright / flat == pytest.approx(bent / towards[2], rel=0.06)


def test_occlusion_dims_the_sky_and_not_the_sun(gl, build):
    """Occlusion belongs to ambient light; its strength scales it."""
    image = Image(np.zeros((2, 2, 3), np.uint8), "linear")
    surface = Surface(occlusion=Texture(image), occlusion_strength=0.5)
    under_sky = centre(shot(build.scene(build.quad(surface), sky=build.even_sky(1.0)), LINEAR))[0]
    assert under_sky == pytest.approx(0.5, abs=0.05)
    sky = Sky(np.zeros((16, 32, 3), np.float32), Sun(np.array([0.0, 0, 1]), 10.0, np.ones(3)))
    in_sun = centre(shot(build.scene(build.quad(surface), sky=sky), LINEAR))[0]
    assert in_sun == pytest.approx(10 * brdf_facing(1.0), rel=0.01)


def test_emission(gl, build):
    """Emission is factor x strength, beside all light."""
    surface = Surface(
        base_colour_factor=(0, 0, 0, 1), emissive_factor=(1.0, 0.5, 0.0), emissive_strength=30.0
    )
    got = centre(shot(build.scene(build.quad(surface), sky=build.even_sky(0.0)), LINEAR))
    assert got == pytest.approx([30.0, 15.0, 0.0], abs=0.01)


def test_lightmap_replaces_light(gl, build):
    """Base colour x lightmap x intensity on UV 1; the sun in the scene does not count twice."""
    light = Image(np.array([[[0.25] * 3, [1.0] * 3]], np.float32), "linear")
    surface = Surface(
        base_colour_factor=(0.5, 0.5, 0.5, 1),
        lightmap=Texture(light, uv_set=1, magnify="nearest", wrap=("clamp_to_edge", "clamp_to_edge")),
        lightmap_intensity=2.0,
    )
    sky = Sky(np.zeros((16, 32, 3), np.float32), Sun(np.array([0.0, 0, 1]), 999.0, np.ones(3)))
    for u, wanted in ((0.2, 0.25), (0.8, 1.0)):
        mesh = build.quad(surface, uv1=[(u, 0.5)] * 4)
        assert centre(shot(build.scene(mesh, sky=sky), LINEAR)) == pytest.approx(wanted, rel=0.01)


def test_odd_rows_are_not_skewed(gl, build):
    """An RGB texture whose rows are no multiple of four bytes stays upright."""
    pixels = np.zeros((7, 7, 3), np.uint8)
    pixels[:, 3] = 255
    surface = build.unlit(1, 1, 1, base_colour=Texture(Image(pixels), magnify="nearest"))
    picture = shot(build.scene(build.quad(surface)), SMALL).pixels[..., 0]
    bright = [np.flatnonzero(row == 255).mean() for row in picture[8:56:8]]
    assert np.ptp(bright) == 0


def test_cameras_by_name(gl, build):
    """Every camera makes a picture, `overview` means camera_overview, and a typo names the nearest."""
    cameras = [
        Node(name, translation=[0, 0, 3], camera=Camera(0.8)) for name in ("camera_overview", "camera_001")
    ]
    scene = replace(build.scene(build.quad(build.unlit(1, 0, 0))), nodes=tuple(cameras))
    assert list(shots(scene, replace(SMALL, all=True))) == ["camera_overview", "camera_001"]
    assert list(shots(scene, SMALL)) == ["camera_overview"]
    assert list(shots(scene, replace(SMALL, camera="overview"))) == ["overview"]
    with pytest.raises(UsageProblem, match=r"camera_002.*Did you mean 'camera_001'"):
        shot(scene, replace(SMALL, camera="camera_002"))
    with pytest.raises(UsageProblem, match="no cameras"):
        shot(replace(scene, nodes=()), replace(SMALL, camera="x"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (0, 10)},
        {"size": (100000, 10)},
        {"msaa": 3},
        {"antialias": "smaa"},
        {"exposure": 0.0},
        {"exposure": float("nan")},
    ],
)
def test_wrong_options_say_what_is_expected(wrong):
    """Each wrong value is told with what was got and what is expected."""
    with pytest.raises(ValueProblem, match=r"got .*expected"):
        ShotOptions(**wrong)


def test_empty_scene(gl, build):
    """Nothing to see is a picture of the studio, not an error."""
    picture = shot(replace(build.scene(), nodes=()), SMALL).pixels
    assert picture.min() > 40 and picture.max() < 250
