"""The sun: put in, measured, taken out."""

import numpy as np
import pytest

from vrgen.core.frames import (
    angles_from_direction,
    direction_from_angles,
    equirect_directions,
    equirect_solid_angles,
    equirect_uv,
    look_rotation,
    matrix_from_quaternion,
    quaternion_from_matrix,
)
from vrgen.core.sky import Sun
from vrgen.core.sun import (
    clear_sun_lux,
    horizon_light,
    illuminance,
    measure_sun,
    sun_colour,
    with_sun,
    without_sun,
)


@pytest.mark.parametrize("height", [128, 512])
@pytest.mark.parametrize(("azimuth", "elevation"), [(0.0, 20.0), (123.0, 7.0), (301.0, 65.0), (179.9, 40.0)])
def test_a_sun_put_into_a_sky_is_measured_there(height, azimuth, elevation):
    """Direction within half a pixel or 0.5 degrees, light within 3 %, colour within 2 %."""
    dome = np.full((height, 2 * height, 3), 3000.0, np.float32)
    sun = Sun(direction_from_angles(azimuth, elevation), clear_sun_lux(elevation), sun_colour(elevation))
    found = measure_sun(with_sun(dome, sun))
    assert found is not None
    apart = np.degrees(np.arccos(np.clip(found.direction @ sun.direction, -1, 1)))
    assert apart < 0.5
    assert found.lux == pytest.approx(sun.lux, rel=0.03)
    np.testing.assert_allclose(found.colour, sun.colour, rtol=0.02)


def test_a_sun_taken_out_leaves_no_sun_and_the_rest_alone():
    """Outside the cap nothing changes; inside nothing is brighter than the rim."""
    dome = np.full((128, 256, 3), 3000.0, np.float32)
    sun = Sun(direction_from_angles(80, 35), 80_000.0, sun_colour(35))
    clean = without_sun(with_sun(dome, sun), sun.direction)
    assert measure_sun(clean) is None
    np.testing.assert_allclose(clean, dome, rtol=0.02)


def test_an_overcast_sky_has_no_sun():
    """A smooth gradient three times as bright above."""
    rows = np.linspace(3, 1, 64, dtype=np.float32)[:, None, None]
    assert measure_sun(np.broadcast_to(rows, (64, 128, 3)).copy()) is None


def test_a_uniform_sky_sheds_pi_times_its_luminance():
    """E = pi L on the ground."""
    assert illuminance(np.ones((256, 512, 3), np.float32)) == pytest.approx(np.pi, rel=1e-3)


def test_solid_angles_fill_the_sphere():
    """Rows times width give 4 pi."""
    assert float(equirect_solid_angles(64).sum() * 128) == pytest.approx(4 * np.pi)


def test_equirect_directions_and_uv_are_inverse():
    """Every pixel centre comes back; the named directions lie where the convention says."""
    uv = equirect_uv(equirect_directions(32))
    np.testing.assert_allclose(uv[..., 0], np.broadcast_to((np.arange(64) + 0.5) / 64, (32, 64)), atol=1e-6)
    assert equirect_uv([1, 0, 0]) == pytest.approx([0.5, 0.5])
    assert equirect_uv([0, 0, -1]) == pytest.approx([0.25, 0.5])
    assert equirect_uv([0, 0, 1]) == pytest.approx([0.75, 0.5])


def test_rotations_are_rotations():
    """Matrix and quaternion are inverse; look_rotation looks along and keeps up."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        direction = rng.standard_normal(3)
        matrix = matrix_from_quaternion(look_rotation(direction))
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(matrix @ [0, 0, -1], direction / np.linalg.norm(direction), atol=1e-12)
        assert (matrix @ [0, 1, 0])[1] >= 0
        np.testing.assert_allclose(matrix_from_quaternion(quaternion_from_matrix(matrix)), matrix, atol=1e-9)


def test_angles_and_directions_are_inverse():
    """All around and up and down."""
    for azimuth in (0, 90, 200, 359):
        for elevation in (-60, 0, 45):
            found = angles_from_direction(direction_from_angles(azimuth, elevation))
            assert found == pytest.approx((azimuth, elevation))


def test_trees_that_stand_close_by_take_the_horizons_light():
    """What windows show against the dome; the ground does not count."""
    sky = np.ones((180, 360, 3), np.float32)
    sky[90:] = 0.01
    assert horizon_light(sky) == pytest.approx(1.0)
    sky[60:90] = 0.1
    assert horizon_light(sky) == pytest.approx(0.1)
