"""Skies: the asked sun, cover and warmth are measured; panoramas come back and blend; poles are calm."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from vrgen.core import Sky, Sun
from vrgen.core.frames import (
    LUMINANCE,
    angles_from_direction,
    direction_from_angles,
    equirect_directions,
)
from vrgen.core.sun import angle_to, illuminance, measure_sun, with_sun
from vrgen.errors import UsageProblem
from vrgen.maps.pole import pole_score
from vrgen.maps.seam import seam_score
from vrgen.synth import SkyOptions, sky, sky_like
from vrgen.synth.atmosphere import clear_gradient
from vrgen.synth.clouds import CloudLayer, cloud_cover, covered, moved
from vrgen.synth.panorama import calm_poles, calm_turn
from vrgen.synth.skyline import sky_share
from vrgen.verbs.sky import file_and_share


def made(**options):
    """A small sky of seed 2."""
    return sky(SkyOptions(**({"seed": 2, "size": 256, "kind": "clear", "sun_azimuth": 20.0} | options)))


def simple(dome=(1500.0, 2600.0, 4800.0)):
    """A painted day: a blue dome, grey ground, one dark tower, a sun at 120 and 30 degrees."""
    directions = equirect_directions(64)
    up = directions[..., 1:2]
    blue = np.array(dome, np.float32) * (1.4 - 0.7 * up)
    radiance = np.where(up > 0, blue, np.array([1100.0, 1000.0, 900.0], np.float32)).astype(np.float32)
    radiance[20:32, 90:98] = 150.0
    lit = with_sun(radiance, Sun(direction_from_angles(120.0, 30.0), 60_000.0, np.ones(3)))
    return Sky(lit, measure_sun(lit))


def apart(sun, azimuth, elevation):
    """Degrees between a sun and where it was asked for."""
    return np.degrees(np.arccos(np.clip(sun.direction @ direction_from_angles(azimuth, elevation), -1, 1)))


@pytest.mark.parametrize("kind", ["day", "clear", "cloudy"])
@pytest.mark.parametrize("elevation", [2.0, 12.0, 85.0])
def test_the_sun_is_where_it_was_asked_for(kind, elevation):
    """Within 3 degrees, all around."""
    for azimuth in (90.0, 200.0):
        sun = made(kind=kind, sun_elevation=elevation, sun_azimuth=azimuth).sun
        assert sun is not None
        assert apart(sun, azimuth, elevation) < 3


def test_a_lower_sun_is_weaker_and_warmer():
    """Lux of sun and dome, the sun's colour and the horizon's fall and redden together."""
    skies = [made(sun_elevation=elevation) for elevation in (60.0, 25.0, 8.0, 3.0)]
    for higher, lower in pairwise(skies):
        assert lower.sun.lux < higher.sun.lux
        assert illuminance(lower.radiance) < illuminance(higher.radiance)
        assert lower.sun.colour[0] / lower.sun.colour[2] > higher.sun.colour[0] / higher.sun.colour[2]
    glow = [clear_gradient(elevation)[28] @ np.eye(3) for elevation in (60.0, 8.0, 3.0)]
    warm = [np.mean(row[:, 0]) / np.mean(row[:, 2]) for row in glow]
    assert warm[0] < warm[1] < warm[2]


def test_cover_is_followed():
    """The measured share of cloud grows with the asked one, from clear to closed; the sun fades."""
    asked = (0.0, 0.25, 0.5, 0.75, 1.0)
    skies = [made(cover=cover, sun_elevation=35.0) for cover in asked]
    measured = [cloud_cover(s.radiance) for s in skies]
    assert all(later > earlier + 0.03 for earlier, later in pairwise(measured)), measured
    assert measured[0] < 0.15
    assert measured[-1] > 0.85
    assert skies[-1].sun is None
    assert skies[3].sun.lux < 0.5 * skies[0].sun.lux


def test_clouds_cover_what_is_asked_of_an_empty_dome():
    """Over a plain blue dome the share is exact within the soft edge, wherever the clouds are moved."""
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.standard_normal((64, 128)).astype(np.float32), (0, 0), 3)
    layer = moved(CloudLayer(noise / noise.std(), np.ones((64, 128), np.float32)), rng, 96)
    blue = np.broadcast_to(np.array([0.4, 0.8, 1.6], np.float32), (96, 192, 3))
    share = np.ones((96, 192), np.float32)
    for cover in (0.2, 0.5, 0.8):
        changed = covered(blue, share, layer, cover, np.ones(3))
        pale = (changed[..., 2] < 1.5 * changed[..., 0]) & (
            equirect_directions(96)[..., 1] > np.sin(np.radians(15))
        )
        weights = np.sqrt(1 - equirect_directions(96)[..., 1] ** 2)
        dome = equirect_directions(96)[..., 1] > np.sin(np.radians(15))
        assert (weights * pale).sum() / (weights * dome).sum() == pytest.approx(cover, abs=0.12)


def test_warmth_is_followed():
    """Red against blue of the light on the ground rises with it; its amount stays."""
    skies = [made(warmth=warmth) for warmth in (-1.0, -0.3, 0.0, 0.3, 1.0)]
    red_to_blue = [s.radiance[..., 0].mean() / s.radiance[..., 2].mean() for s in skies]
    assert all(b > 1.05 * a for a, b in pairwise(red_to_blue))
    lux = [illuminance(s.radiance) for s in skies]
    np.testing.assert_allclose(lux, lux[2], rtol=0.02)


@pytest.mark.parametrize("size", [256, 2048])
def test_seam_and_poles_are_calm(size):
    """At the model's size and enlarged: azimuth closes, and no ring around zenith or nadir stands out."""
    shown = np.log1p(made(size=size, kind="cloudy").radiance)
    assert shown.shape == (size // 2, size, 3)
    assert seam_score(shown, "u") <= 1.0
    assert pole_score(shown, "up") <= 1.0
    assert pole_score(shown, "down") <= 1.0


def test_a_panoramas_own_sun_keeps_its_bloom_until_it_is_moved():
    """Blur and bloom around it come back; a sun that is moved, or must be sharper, is drawn anew."""
    wide = np.repeat(np.repeat(simple().radiance, 2, axis=0), 2, axis=1)
    away = angle_to(equirect_directions(128), direction_from_angles(120.0, 30.0))
    bloom = (3e5 * np.exp(-((away / 2.5) ** 2)))[..., None] * np.array([1.0, 0.9, 0.7])
    radiance = np.asarray(wide + bloom, np.float32)
    given, near = Sky(radiance, measure_sun(radiance)), away < 4.0
    for size, kept in ((256, True), (512, False)):
        back = sky_like(given, SkyOptions(size=size)).radiance
        seen = back.reshape(128, size // 256, 256, size // 256, 3).mean(axis=(1, 3))
        error = np.abs(np.log(seen[near] / radiance[near])).mean()
        assert bool(error < 0.15) is kept
    moved_up = sky_like(given, SkyOptions(size=256, sun_elevation=55.0))
    assert apart(moved_up.sun, 120.0, 55.0) < 3


def test_streaks_at_a_pole_are_found_and_calmed():
    """Spokes that every row carries alike are a pinwheel: the score sees it, calming takes it away."""
    x, y, z = np.moveaxis(equirect_directions(128), -1, 0)
    smooth = (np.sin(9 * x + 4 * z) + np.cos(7 * z - 3 * y))[..., None].astype(np.float32)
    wheel = 0.3 * np.cos(np.linspace(0, 2 * np.pi * 40, 256, endpoint=False))[None, :, None]
    streaked = smooth + wheel * (np.arange(128) < 8)[:, None, None]
    assert pole_score(smooth, "up") <= 1.0
    assert pole_score(streaked, "up") > 1.0
    assert pole_score(calm_poles(streaked), "up") <= 1.0
    assert np.array_equal(calm_poles(streaked)[40:80], streaked[40:80])


def test_an_edge_in_the_border_is_turned_aside():
    """By as little as needed, not at all where the border is calm, and not further than two degrees."""
    rng = np.random.default_rng(0)
    picture = (rng.normal(0, 1, (180, 360, 3)) * rng.uniform(0.001, 0.02, (1, 360, 1))).astype(np.float32)
    picture[:, 100:104] += 1.0
    assert calm_turn(picture, 0) == 0
    turn = calm_turn(picture, -100)
    assert 0 < abs(turn) <= 2
    rolled = np.roll(picture, -100 + turn, axis=1)
    assert seam_score(rolled, "u") <= 1.0 < seam_score(np.roll(picture, -100, axis=1), "u")


def test_a_panorama_comes_back():
    """Encoded and decoded: sun, brightness and picture are those that were given."""
    given = simple()
    back = sky_like(given, SkyOptions(size=256))
    assert apart(back.sun, 120.0, 30.0) < 3
    assert back.sun.lux == pytest.approx(given.sun.lux, rel=0.1)
    assert illuminance(back.radiance) == pytest.approx(illuminance(given.radiance), rel=0.15)
    domes = [sky.radiance[: sky.height // 5].mean(axis=(0, 1)) for sky in (back, given)]
    np.testing.assert_allclose(domes[0], domes[1], rtol=0.3)


def test_a_panorama_takes_another_sun_and_warmth():
    """The asked sun stands in it; warmth reddens it."""
    moved_sun = sky_like(simple(), SkyOptions(size=256, sun_elevation=10.0, sun_azimuth=300.0))
    assert apart(moved_sun.sun, 300.0, 10.0) < 3
    assert moved_sun.sun.lux < simple().sun.lux
    plain, warm = (sky_like(simple(), SkyOptions(size=256, warmth=w)).radiance for w in (0.0, 1.0))
    assert warm[..., 0].mean() / warm[..., 2].mean() > 1.3 * plain[..., 0].mean() / plain[..., 2].mean()


def test_two_panoramas_blend():
    """More of the other, more of its dome; the ground stays the first's."""
    other = simple(dome=(2600.0, 2600.0, 2600.0))
    skies = [sky_like(simple(), SkyOptions(size=256), other=other, share=s).radiance for s in (0.0, 0.5, 1.0)]
    blue = [s[20:40, :, 2].mean() / s[20:40, :, 0].mean() for s in skies]
    assert blue[0] > blue[1] > blue[2]
    ground = [np.log(s[90:].mean(axis=(0, 1)) @ LUMINANCE) for s in skies]
    assert max(ground) - min(ground) < 0.4


def test_towers_are_no_sky():
    """The border follows what stands up."""
    picture = np.log1p(simple().radiance / 3000.0) / 5
    share = sky_share(np.clip(cv2.resize(picture, (512, 256), interpolation=cv2.INTER_CUBIC), 0, 1))
    assert share[40:70].mean() > 0.9
    assert share[140:].max() < 0.1
    assert share[95:115, 366:386].mean() < 0.2


def test_the_file_and_its_share():
    """FILE, FILE:SHARE, and what is neither."""
    assert file_and_share("a/dusk.hdr")[1] == 0.5
    assert [str(file_and_share("a/dusk.hdr:0.25")[0]), file_and_share("a/dusk.hdr:0.25")[1]] == [
        "a/dusk.hdr",
        0.25,
    ]
    with pytest.raises(UsageProblem, match="FILE:SHARE"):
        file_and_share("dusk.hdr:half")


@pytest.mark.parametrize("wrong", [{"cover": 1.5}, {"warmth": -2.0}, {"kind": "dusk", "sun_elevation": 10.0}])
def test_what_is_out_of_range_is_said(wrong):
    """UsageProblem: what was got."""
    with pytest.raises(UsageProblem, match="got"):
        made(**wrong)
    assert angles_from_direction((1.0, 0.0, 0.0)) == (0.0, 0.0)
