"""A photo becomes a tile and a PBR set that tiles."""

import cv2
import numpy as np
import pytest
import torch

from vrgen.core import Image
from vrgen.errors import InputProblem, UsageProblem, ValueProblem
from vrgen.maps.seam import seam_score
from vrgen.models.photo_maps import Estimator, PhotoMapsShape
from vrgen.synth.estimate import estimate
from vrgen.synth.photo import maps_of, normals
from vrgen.synth.photo_request import MapsOptions
from vrgen.synth.seamless import delight, scaled, seamless


def bricks(height, width, period=32):
    """A wall photographed straight on: light joints, bricks of slightly different red, grain."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    row = y // (period // 2)
    column = (x + (row % 2) * period // 2) // period
    tone = rng.uniform(0.35, 0.5, (row.max() + 1, column.max() + 1))[row, column]
    joint = (y % (period // 2) < 3) | ((x + (row % 2) * period // 2) % period < 3)
    grey = np.where(joint, 0.7, tone)[..., None] * np.array([1.0, 0.6, 0.5])
    return (grey + rng.normal(0, 0.01, grey.shape)).clip(0, 1).astype(np.float32)


@pytest.fixture
def photo():
    """150 x 200 pixels, whole multiples of nothing, darker to the right."""
    return bricks(150, 200) * np.linspace(1.0, 0.6, 200, dtype=np.float32)[None, :, None]


def test_a_wall_closes_at_whole_bricks():
    """The tile's sides are whole periods of the wall, so courses go on across the border."""
    tile = seamless(bricks(180, 230))
    assert tile.shape[0] % 32 in (0, 1, 31)
    assert tile.shape[1] % 32 in (0, 1, 31)
    assert tile.shape[0] >= 0.5 * 180
    for axis in ("u", "v"):
        assert seam_score(tile, axis) <= 1.0


def test_nothing_is_seen_twice():
    """Sharp grain stays as sharp inside of the strip that was cut through as outside: no cross-fade."""
    rng = np.random.default_rng(0)
    grain = cv2.GaussianBlur(rng.random((192, 192, 3), dtype=np.float32), (0, 0), 1.0)
    tile = seamless(grain)
    strip = tile[:, : 192 // 6].std()
    assert strip == pytest.approx(float(tile[:, 192 // 6 :].std()), rel=0.1)


def test_light_that_falls_off_is_evened_out(photo):
    """Left and right are 1.6 apart in the photo and near each other afterwards; the mean stays."""
    even = delight(photo)
    sides = [float(p[:, :60].mean() / p[:, -60:].mean()) for p in (photo, even)]
    assert sides[0] > 1.2
    assert sides[1] < 1.1
    assert even.mean() == pytest.approx(float(photo.mean()), rel=0.05)


@pytest.mark.parametrize("size", [(64, 64), (50, 130)])
def test_scaling_keeps_a_tile_a_tile_and_in_place(size):
    """A sine of whole periods comes out as the same sine, smaller or larger, border included."""

    def wave(height, width):
        y, x = ((np.arange(n) + 0.5) / n * 2 * np.pi for n in (height, width))
        value = 0.5 + 0.2 * np.sin(y)[:, None] + 0.2 * np.cos(2 * x)[None, :]
        return np.repeat(value[..., None], 3, axis=2).astype(np.float32)

    assert np.abs(scaled(wave(96, 80), size) - wave(*size)).max() < 0.01


def test_windows_leave_no_trace():
    """A picture in windows of 32 pixels equals the same at once, wrapped around or mirrored."""
    torch.manual_seed(0)
    network = Estimator(PhotoMapsShape(widths=(8, 8, 8), critic=8)).eval()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.15)
    picture = np.random.default_rng(1).random((48, 32, 3), dtype=np.float32)
    for periodic in (True, False):
        whole = estimate(network, picture, periodic=periodic, device="cpu")
        parts = estimate(network, picture, periodic=periodic, device="cpu", window=32)
        assert np.abs(whole - parts).max() < 1e-4
    with pytest.raises(ValueProblem, match="multiples of 16"):
        estimate(network, picture[:-1], periodic=True, device="cpu")


def test_a_set_from_a_photo_tiles_and_its_maps_agree(photo):
    """Seams at most 1 on every map; unit normals that are the gradient of the written height."""
    made = maps_of(Image(photo), MapsOptions(size=96, metres=0.5), name="wall")
    assert set(made.maps()) == {"base_colour", "normal", "roughness", "height", "occlusion"}
    for name, image in made.maps().items():
        assert image.width == image.height == 96
        for axis in ("u", "v"):
            assert seam_score(image.to_float(), axis) <= 1.0, name
    normal = made.normal.to_float() * 2 - 1
    assert np.abs(np.linalg.norm(normal, axis=-1) - 1).max() < 0.02
    pixels = made.record.options["height_m"] / (made.size_m[0] / 96)
    again = normals(made.height.pixels[..., 0] * pixels, periodic=True)
    assert np.abs(again - normal).mean() < 0.02
    assert 0.25 < made.size_m[0] <= 0.5
    assert made.record.model_digest
    assert (
        made.base_colour.digest()
        == maps_of(Image(photo), MapsOptions(size=96, metres=0.5)).base_colour.digest()
    )


def test_depth_scales_every_slope(photo):
    """Twice the relief, twice the height in metres; none, a flat normal."""
    one, two, flat = (
        maps_of(Image(photo), MapsOptions(size=64, relief=relief)) for relief in (1.0, 2.0, 0.0)
    )
    assert one.roughness.to_float().mean() == pytest.approx(0.6, abs=0.02)
    ratio = two.record.options["height_m"] / one.record.options["height_m"]
    assert ratio == pytest.approx(2.0, rel=0.01)
    assert (flat.normal.pixels == [128, 128, 255]).all()


def test_a_whole_photo_keeps_its_shape(photo):
    """3:4 stays 3:4, with square pixels in metres, and the picture itself when it is not to tile."""
    made = maps_of(
        Image(photo), MapsOptions(size=128, keep_aspect=True, seamless=False, delight=False, metres=1.5)
    )
    assert (made.base_colour.width, made.base_colour.height) == (128, 96)
    assert made.size_m == pytest.approx((2.0, 1.5))
    small = cv2.resize(photo, (128, 96), interpolation=cv2.INTER_AREA)
    assert np.abs(made.base_colour.to_float() - small).max() < 0.01


def test_kinds_of_photo(photo):
    """Grey, transparent and linear pictures come through; what is transparent takes the mean colour."""
    alpha = np.ones((150, 200, 1), np.float32)
    alpha[:40] = 0.0
    holed = np.concatenate([photo, alpha], axis=-1)
    holed[:40, :, :3] = 1.0
    made = maps_of(Image(holed), MapsOptions(size=64, seamless=False, delight=False)).base_colour.to_float()
    assert made[:10].max() < 0.6
    grey = maps_of(Image(photo[..., :1]), MapsOptions(metres=2.0))
    assert grey.base_colour.channels == 3
    assert grey.size_m[0] <= 2.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"size": 100}, "96 is near"), ({"size": 9000}, "8192 is near"), ({"metres": 0.0}, "short side"),
     ({"relief": -1.0}, "2 is usual"), ({"roughness": 1.5}, "0.6 is usual")],
)  # fmt: skip
def test_options_that_cannot_be(photo, changes, said):
    """Each says what would do."""
    with pytest.raises(UsageProblem, match=said):
        maps_of(Image(photo), MapsOptions(**changes))


def test_a_photo_that_shows_nothing(photo):
    """50 pixels are no surface."""
    with pytest.raises(InputProblem, match="expected at least 96"):
        maps_of(Image(photo[:50]), MapsOptions())
