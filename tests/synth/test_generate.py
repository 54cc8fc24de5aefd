"""What the shipped weights make: real runs of the real models."""

import numpy as np
import pytest
import torch

from vrgen.core.frames import angles_from_direction
from vrgen.core.sun import illuminance
from vrgen.errors import UsageProblem
from vrgen.maps.seam import seam_score
from vrgen.synth import KINDS, SkyOptions, TextureOptions, sky, texture
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import HALO, WINDOW, decode, load_generator


def test_every_kind_is_in_the_bank_and_nothing_else():
    """The table of kinds and the bank's card agree."""
    assert {entry.facts["kind"] for entry in load_bank("material_bank").entries} == set(KINDS)


@pytest.mark.parametrize("kind", ["bricks", "oak", "plaster", "grass", "metal"])
def test_textures_tile_and_are_physical(kind):
    """Every map tiles in both directions; normals have length 1 and face out; the size is known."""
    made = texture(TextureOptions(kind=kind, seed=4, size=512))
    for name, image in made.maps().items():
        assert image.pixels.shape[:2] == (512, 512), name
        for axis in ("u", "v"):
            assert seam_score(image.to_float(), axis) <= 1.0, (name, axis)
    normal = made.normal.to_float() * 2 - 1
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1.0, atol=0.02)
    assert normal[..., 2].min() > 0
    assert made.size_m[0] > 0
    assert (made.metallic is not None) == (kind == "metal")
    assert made.base_colour.to_float().std() > 0.001


def test_a_seed_means_the_same_and_another_one_another():
    """Byte for byte; other seeds differ by more than noise."""
    one, again, other = (texture(TextureOptions(kind="bricks", seed=s, size=256)) for s in (1, 1, 2))
    assert one.base_colour.digest() == again.base_colour.digest()
    assert one.record == again.record
    apart = np.abs(one.base_colour.to_float() - other.base_colour.to_float()).mean()
    assert apart > 0.03


def test_windows_leave_no_trace(monkeypatch):
    """A picture of several windows equals the one made in a single one, and the plain network's."""
    generator, _ = load_generator("material_gan", "cpu")
    source = load_bank("material_bank").of_kind("bricks")[0].latent
    latent = np.tile(source, (1, 2, 1))[:, : WINDOW + 16, :24]
    windowed = decode(generator, latent, device="cpu", wrap_y=True)
    monkeypatch.setattr("vrgen.synth.decode.WINDOW", 128)
    np.testing.assert_allclose(windowed, decode(generator, latent, device="cpu", wrap_y=True), atol=1e-4)
    with torch.inference_mode():
        whole = generator(torch.from_numpy(latent[None]))[0].permute(1, 2, 0).numpy()
    assert HALO * 8 < whole.shape[0]
    np.testing.assert_allclose(windowed, whole, atol=0.5 / 255)


@pytest.mark.parametrize(("elevation", "azimuth"), [(12.0, 90.0), (45.0, 200.0)])
def test_the_asked_sun_is_the_measured_sun(elevation, azimuth):
    """Within 3 degrees; the light of dome and sun is daylight."""
    made = sky(SkyOptions(seed=5, size=512, kind="clear", sun_elevation=elevation, sun_azimuth=azimuth))
    assert made.sun is not None
    found = angles_from_direction(made.sun.direction)
    assert found[1] == pytest.approx(elevation, abs=3)
    assert (found[0] - azimuth + 180) % 360 - 180 == pytest.approx(0, abs=3)
    assert 5_000 < illuminance(made.radiance) < 150_000


@pytest.mark.parametrize("kind", ["clear", "cloudy", "overcast", "dusk", "night"])
def test_skies_close_in_azimuth(kind):
    """Seam score on the log scale the eye sees; finite, never negative."""
    made = sky(SkyOptions(seed=2, size=512, kind=kind))
    assert np.isfinite(made.radiance).all()
    assert made.radiance.min() >= 0
    assert seam_score(np.log1p(made.radiance), "u") <= 1.0
    assert (made.sun is None) or kind in ("clear", "cloudy")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: texture(TextureOptions(kind="brick")),
        lambda: texture(TextureOptions(size=0)),
        lambda: texture(TextureOptions(size=100000)),
        lambda: texture(TextureOptions(seed=-1)),
        lambda: sky(SkyOptions(size=1000)),
        lambda: sky(SkyOptions(sun_elevation=95.0)),
    ],
)
def test_wrong_requests_are_one_sentence(wrong):
    """UsageProblem, what was got and what was expected."""
    with pytest.raises(UsageProblem, match=r"got|called"):
        wrong()
