"""Restyled pictures, materials and skies: what stays, what tiles, what the sun does."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from vrgen.core import Image, Material, Sky, Sun
from vrgen.core.frames import angles_from_direction, direction_from_angles
from vrgen.core.seam import seam_score
from vrgen.core.sun import illuminance, measure_sun, sun_colour, with_sun
from vrgen.errors import UsageProblem, ValueProblem
from vrgen.models.cyclegan import CycleGanShape, Edges, make_generator
from vrgen.models.weights import save_weights
from vrgen.synth import restyle as room
from vrgen.synth.restyle import Restyler, restyle_image, restyle_material
from vrgen.synth.restyle_request import RestyleOptions
from vrgen.synth.restyle_sky import restyle_sky

LIGHT = {"ab": {"sun": "set", "lux": 600.0}, "ba": {"sun": "risen", "elevation": 40.0}}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with `paint` (sRGB), `still` (skies, light unchanged) and `dusk` (skies, light changes)."""
    folder = tmp_path_factory.mktemp("models")
    shape = CycleGanShape(width=4, blocks=1, skip=True)
    torch.manual_seed(2)
    tensors = {}
    for direction in ("ab", "ba"):
        network = make_generator(shape)
        torch.nn.init.normal_(network.model[-2].weight, std=0.02)  # type: ignore[index,arg-type]
        tensors |= {f"{direction}.{name}": t for name, t in network.state_dict().items()}
    card = {"family": "cyclegan", "shape": asdict(shape), "licences": ["CC0-1.0"]}
    for name, more in {
        "paint": {"scale": "srgb"},
        "still": {"scale": "sky"},
        "dusk": {"scale": "sky", "light": LIGHT},
    }.items():
        save_weights(folder / f"{name}.safetensors", tensors, card | {"model": name} | more)
    return folder


def options_for(models: Path, name: str, **more: object) -> RestyleOptions:
    return replace(RestyleOptions(model=str(models / f"{name}.safetensors"), device="cpu"), **more)


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(4).random(shape, np.float32)


def sky_of(elevation: float | None, *, height: int = 64) -> Sky:
    """A bluish dome in cd/m2, brighter at azimuth 100, with or without a sun at azimuth 30."""
    dome = 2000 + 1500 * noise(height, 2 * height, 3) * np.array([0.6, 0.8, 1.0], np.float32)
    column = round((100 / 360 + 0.5) * 2 * height)
    dome[8:40, column - 6 : column + 6] *= 3
    if elevation is None:
        return Sky(dome)
    sun = Sun(direction_from_angles(30, elevation), 50_000.0, sun_colour(elevation))
    lit = with_sun(dome, sun)
    return Sky(lit, measure_sun(lit))


@pytest.mark.parametrize("shape", [(40, 56, 3), (39, 55, 3), (33, 34, 4), (32, 32, 1), (32, 32, 2)])
def test_pictures_of_any_size_and_channels(models: Path, shape: tuple[int, ...]) -> None:
    """Colour changes, alpha does not; strength 0 is the picture itself, a half lies between."""
    given = Image((noise(*shape) * 255).astype(np.uint8))
    made = {s: restyle_image(given, options_for(models, "paint", strength=s)) for s in (0.0, 0.5, 1.0)}
    alpha = shape[2] in (2, 4)
    assert made[1.0].pixels.shape == (*shape[:2], 4 if alpha else 3)
    if alpha:
        assert (made[1.0].pixels[..., -1] == given.pixels[..., -1]).all()
    none, half, full = (made[s].to_float()[..., :3] for s in (0.0, 0.5, 1.0))
    assert (none == given.to_float()[..., : 3 if shape[2] >= 3 else 1]).all()
    assert np.abs(half - (none + full) / 2).max() < 1.01 / 255 < np.abs(full - none).max()


@pytest.mark.parametrize("edges", ["plain", "tile", "sky"])
def test_windows_equal_the_untiled_result(models: Path, monkeypatch: pytest.MonkeyPatch, edges: str) -> None:
    restyler = Restyler(options_for(models, "paint"))
    picture = noise(48, 64, 3)
    whole = restyler.restyled(picture, edges=edges)  # type: ignore[arg-type]
    monkeypatch.setattr(room, "AT_ONCE", 0)
    assert np.abs(restyler.restyled(picture, edges=edges) - whole).max() < 1e-4  # type: ignore[arg-type]
    assert np.abs(whole - picture).max() > 0.01


@pytest.mark.parametrize(("edges", "axes"), [("plain", ()), ("tile", (0, 1)), ("sky", (1,))])
def test_larger_strokes_are_those_of_a_smaller_picture(
    models: Path, edges: Edges, axes: tuple[int, ...]
) -> None:
    """Detail stays, what changes is coarser, and what wraps still does."""
    picture = noise(64, 128, 3)
    fine, coarse = (
        Restyler(options_for(models, "paint", stroke=stroke)).restyled(picture, edges=edges) - picture
        for stroke in (1.0, 4.0)
    )
    steps = [np.abs(np.diff(change, axis=1)).mean() / change.std() for change in (fine, coarse)]
    assert 0 < 2 * steps[1] < steps[0]
    restyler = Restyler(options_for(models, "paint", stroke=4.0))
    for axis in axes:
        rolled = restyler.restyled(np.roll(picture, 32, axis), edges=edges)
        np.testing.assert_allclose(rolled, np.roll(picture + coarse, 32, axis), atol=1e-4)


def test_fast_is_nearly_the_same(models: Path) -> None:
    picture = noise(48, 64, 3)
    plain, fast = (
        Restyler(options_for(models, "paint", fast=fast)).restyled(picture, edges="plain")
        for fast in (False, True)
    )
    assert 0 < np.abs(plain - fast).max() < 0.02


def test_a_material_tiles_as_before_and_keeps_its_other_maps(models: Path) -> None:
    """Rolled by some pixels before or after, it is the same."""
    colour = (noise(32, 48, 3) * 255).astype(np.uint8)
    rough = Image(noise(32, 48, 1), "linear")
    made = {}
    for name, pixels in {"as it is": colour, "rolled": np.roll(colour, (12, 20), (0, 1))}.items():
        given = Material("m", "wood", Image(pixels), roughness=rough, size_m=(2.0, 3.0))
        made[name] = restyle_material(given, options_for(models, "paint", reverse=True))
    assert made["as it is"].roughness is rough and made["as it is"].size_m == (2.0, 3.0)
    rolled = np.roll(made["as it is"].base_colour.pixels, (12, 20), (0, 1)).astype(int)
    assert np.abs(rolled - made["rolled"].base_colour.pixels).max() <= 1
    record = made["rolled"].record
    assert record is not None and record.to_json()["options"] == {
        "model": "paint",
        "reverse": True,
        "strength": 1.0,
        "stroke": 1.0,
    }
    assert record.model_digest and record.licences == ("CC0-1.0",)


def test_a_stroke_along_the_border_moves_all_maps_alike(models: Path) -> None:
    """An edge that lies just at the border comes to lie inside, of every map at the same place."""
    colour = np.full((32, 64, 3), 60, np.uint8)
    colour[:, :3] = 220
    marks = (noise(32, 64, 1) * 255).astype(np.uint8)
    given = Material("m", "wood", Image(colour), roughness=Image(marks, "linear"), size_m=(1.0, 2.0))
    assert seam_score(colour, "u") > 1
    made = restyle_material(given, options_for(models, "paint"))
    assert seam_score(made.base_colour.pixels, "u") <= 1
    bright = int(made.base_colour.pixels.sum(axis=(0, 2)).astype(int).reshape(1, 64).argmax())
    assert made.roughness is not None
    shifts = [s for s in range(64) if (np.roll(marks, s, 1).sum(0) == made.roughness.pixels.sum(0)).all()]
    assert len(shifts) == 1 and (bright - shifts[0]) % 64 < 4


def test_a_sky_keeps_its_sun_its_light_and_its_lamps(models: Path) -> None:
    """Whatever the network does to the dome."""
    given = sky_of(35.0, height=256)
    lamp = given.radiance.copy()
    lamp[200, 80] = 4e5  # far above the scale's clip, below the horizon
    made = restyle_sky(Sky(lamp, given.sun), options_for(models, "still"))
    assert made.sun is not None and given.sun is not None
    apart = np.degrees(np.arccos(np.clip(made.sun.direction @ given.sun.direction, -1, 1)))
    assert apart < 1.0 and abs(made.sun.lux / given.sun.lux - 1) < 0.05
    assert abs(illuminance(made.radiance) / illuminance(lamp) - 1) < 0.05
    assert made.radiance[200, 80].max() > 1e5
    assert np.abs(made.radiance / np.maximum(lamp, 1.0) - 1).mean() > 0.01


@pytest.mark.parametrize("name", ["still", "paint"])
def test_a_sky_is_closed_in_azimuth_by_both_sorts_of_models(models: Path, name: str) -> None:
    given = sky_of(None)
    made = restyle_sky(given, options_for(models, name))
    rolled = restyle_sky(Sky(np.roll(given.radiance, 32, axis=1)), options_for(models, name))
    assert np.allclose(np.roll(made.radiance, 32, axis=1), rolled.radiance, rtol=2e-3)
    assert made.sun is None


def test_the_sun_sets_and_rises_as_the_card_says(models: Path) -> None:
    """Dusk has no sun and 600 lux; day has one where the dome was brightest, at 40 degrees."""
    evening = restyle_sky(sky_of(35.0), options_for(models, "dusk"))
    assert evening.sun is None and abs(illuminance(evening.radiance) - 600) < 6
    day = restyle_sky(evening, options_for(models, "dusk", reverse=True))
    assert day.sun is not None and illuminance(day.radiance) > 50_000
    azimuth, elevation = angles_from_direction(day.sun.direction)
    assert abs(azimuth - 100) < 20 and abs(elevation - 40) < 13
    half = restyle_sky(sky_of(None), options_for(models, "dusk", strength=0.5))
    assert 700 < illuminance(half.radiance) < 0.8 * illuminance(sky_of(None).radiance)


def test_what_cannot_be_restyled_is_said(models: Path) -> None:
    with pytest.raises(UsageProblem, match=r"got strength 1\.5, expected 0 to 1"):
        Restyler(options_for(models, "paint", strength=1.5))
    with pytest.raises(UsageProblem, match=r"got stroke 0\.5, expected 1 to 16"):
        Restyler(options_for(models, "paint", stroke=0.5))
    with pytest.raises(UsageProblem, match="learned from HDR skies, got a picture"):
        restyle_image(Image(noise(32, 32, 3)), options_for(models, "dusk"))
    restyler = Restyler(options_for(models, "paint"))
    with pytest.raises(ValueProblem, match="got 8196x4 pixels"):
        restyler.restyled(noise(4, 8196, 3), edges="plain")
    with pytest.raises(ValueProblem, match="divide by 4"):
        restyler.restyled(noise(30, 32, 3), edges="tile")
    with pytest.raises(UsageProblem, match="no weights 'cyclegan_paintng' ship"):
        Restyler(RestyleOptions(model="cyclegan_paintng"))


def test_the_command_line_writes_each_sort(models: Path, tmp_path: Path) -> None:
    from vrgen.cli.main import main
    from vrgen.maps.read import read_sky
    from vrgen.maps.read_material import read_materials
    from vrgen.maps.write import write_material, write_png, write_sky

    model = str(models / "paint.safetensors")
    write_png(Image(noise(32, 40, 3)), tmp_path / "p.png")
    maps = {"normal": Image(noise(32, 32, 3), "linear"), "height": Image(noise(32, 32, 1), "linear")}
    write_material(Material("old_oak", "planks", Image(noise(32, 32, 3)), **maps), tmp_path / "set")
    facts = {"old_oak": {"kind": "planks", "size_m": [2.0, 2.0]}}
    (tmp_path / "set" / "record.json").write_text(json.dumps(facts))
    write_sky(sky_of(30.0), tmp_path / "s.hdr")
    for given, out in (("p.png", "q.png"), ("set", "made"), ("s.hdr", "t.exr")):
        assert main(["restyle", str(tmp_path / given), "-o", str(tmp_path / out), "--model", model]) == 0
    (before,), (after,) = (read_materials(tmp_path / name) for name in ("set", "made"))
    assert after.kind == "planks" and after.size_m == (2.0, 2.0)
    assert after.height is not None and before.height is not None
    assert after.height.pixels.dtype == np.uint16 and (after.height.pixels == before.height.pixels).all()
    assert (after.base_colour.pixels != before.base_colour.pixels).any()
    assert (tmp_path / "made" / "old_oak_preview.png").exists() and (tmp_path / "t_preview.png").exists()
    assert read_sky(tmp_path / "t.exr").sun is not None
    assert main(["restyle", str(tmp_path / "p.png"), "-o", str(tmp_path / "q.jpg"), "--model", model]) == 2
