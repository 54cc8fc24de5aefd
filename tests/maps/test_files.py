"""What is written can be read again, and what is damaged ends in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pictures

from vrgen.core import Image, Material, Sky, Sun
from vrgen.core.sun import dome_lux, illuminance, with_sun
from vrgen.errors import InputProblem, ValueProblem
from vrgen.maps.preview import swatch
from vrgen.maps.read import read_sky
from vrgen.maps.write import SKY_FORMATS, tone_mapped, write_material, write_sky

SUN = Sun(direction=np.array([0.6, 0.8, 0.0]), lux=80_000.0, colour=np.array([1.0, 1.0, 1.0]))


@pytest.fixture(scope="module")
def sky() -> Sky:
    height = 256
    up = np.linspace(1.0, 0.2, height, dtype=np.float32)[:, None, None]
    dome = np.broadcast_to(up * np.array([3000, 4000, 6000], np.float32), (height, 2 * height, 3))
    return Sky(radiance=with_sun(dome, SUN), sun=SUN)


@pytest.mark.parametrize(("suffix", "tolerance"), [(".hdr", 0.01), (".exr", 0.0)])
def test_a_sky_comes_back_as_it_was_written(sky: Sky, tmp_path: Path, suffix: str, tolerance: float) -> None:
    write_sky(sky, tmp_path / f"sky{suffix}")
    back = read_sky(tmp_path / f"sky{suffix}")
    brightest = sky.radiance.max(axis=-1, keepdims=True)  # RGBE shares one exponent
    assert np.all(np.abs(back.radiance - sky.radiance) <= tolerance * brightest)
    assert back.sun is not None
    assert float(back.sun.direction @ SUN.direction) > 0.9995
    assert back.sun.lux == pytest.approx(SUN.lux, rel=0.05)


def test_a_relative_hdri_is_brought_to_daylight(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "sky.hdr"), np.full((32, 64, 3), 0.4, np.float32))
    assert illuminance(read_sky(tmp_path / "sky.hdr").radiance) == pytest.approx(
        dome_lux(40.0, cover=0.6), rel=1e-3
    )


@pytest.mark.parametrize("suffix", [".hdr", ".exr"])
def test_a_night_of_ours_stays_dark(tmp_path: Path, suffix: str) -> None:
    night = Sky(radiance=np.full((32, 64, 3), 1.0, np.float32))
    write_sky(night, tmp_path / f"night{suffix}")
    assert np.allclose(read_sky(tmp_path / f"night{suffix}").radiance, 1.0, rtol=0.01)


def test_a_tone_mapped_sky_uses_the_range_and_keeps_the_hue(sky: Sky) -> None:
    picture = tone_mapped(sky)
    assert picture.max() > 240
    assert 90 < np.median(picture) < 170
    dome = picture[:20, :20].reshape(-1, 3).mean(axis=0)
    assert dome[2] > dome[1] > dome[0]


def test_an_unknown_format_is_named(sky: Sky, tmp_path: Path) -> None:
    with pytest.raises(ValueProblem, match=r"\.hdr, \.exr, \.png"):
        write_sky(sky, tmp_path / "sky.tga")


def _damaged(folder: Path, name: str) -> Path:
    path = folder / name
    if name == "square.png":
        Pictures.new("RGB", (64, 64)).save(path)
    elif name == "black.png":
        Pictures.new("RGB", (64, 32)).save(path)
    elif name == "huge.hdr":
        path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 500000 +X 1000000\n" + b"\2" * 64)
    elif name == "short.hdr":
        path.write_bytes(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 32 +X 64\n")
    elif name != "absent.hdr":
        path.write_bytes(b"no picture at all")
    return path


@pytest.mark.parametrize(
    "name",
    [
        "square.png",
        "black.png",
        "huge.hdr",
        "short.hdr",
        "absent.hdr",
        "text.hdr",
        "text.exr",
        "text.jpg",
        "sky.txt",
    ],
)
def test_a_bad_sky_ends_in_one_sentence(tmp_path: Path, name: str) -> None:
    path = _damaged(tmp_path, name)
    with pytest.raises(InputProblem) as told:
        read_sky(path)
    assert name in str(told.value)
    assert ";" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_material_takes_poly_havens_names(tmp_path: Path) -> None:
    def grey(value: float) -> Image:
        return Image(np.full((8, 8, 1), value, np.float32), "linear")

    height = Image(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8, 1), "linear")
    material = Material(
        name="wall",
        kind="bricks",
        base_colour=Image(np.full((8, 8, 3), (200, 100, 50), np.uint8)),
        normal=Image(np.full((8, 8, 3), (128, 128, 255), np.uint8), "linear"),
        roughness=grey(0.5),
        height=height,
        occlusion=grey(1.0),
    )
    paths = write_material(material, tmp_path)
    names = sorted(path.name for path in paths)
    assert names == [f"wall_{word}.png" for word in ("ao", "arm", "diff", "disp", "nor_gl", "rough")]
    with Pictures.open(tmp_path / "wall_diff.png") as picture:
        assert picture.getpixel((0, 0)) == (200, 100, 50)
    with Pictures.open(tmp_path / "wall_arm.png") as picture:
        assert picture.getpixel((0, 0)) == (255, 128, 0)
    with Pictures.open(tmp_path / "wall_disp.png") as picture:
        deep = np.asarray(picture).astype(np.float64) / 65535
    assert np.abs(deep - height.pixels[..., 0]).max() < 1e-4
    assert set(tmp_path.iterdir()) == set(paths)
    assert ".png" in SKY_FORMATS


def test_a_preview_shows_the_relief_and_the_tile() -> None:
    rows = np.sin(np.linspace(0, 16 * np.pi, 128, endpoint=False, dtype=np.float32))[:, None]
    slope = np.broadcast_to(0.5 + 0.4 * rows, (128, 128))
    normal = np.stack(
        [np.full((128, 128), 0.5, np.float32), slope, np.full((128, 128), 0.95, np.float32)], axis=-1
    )
    flat = Material(name="a", kind="plaster", base_colour=Image(np.full((128, 128, 3), 150, np.uint8)))
    bumpy = replace(flat, normal=Image(np.ascontiguousarray(normal), "linear"))
    even, ridged = (swatch(material, size=64).pixels[:, 64:].astype(float) for material in (flat, bumpy))
    assert even.std(axis=(0, 1)).max() < 2
    assert ridged.std(axis=0).max() > 10
    assert np.array_equal(ridged[:32], ridged[32:])
