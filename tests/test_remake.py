"""A surface made again from its record: the same without a change, and what a gallery would have with one."""

from __future__ import annotations

import importlib.util
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

import vrgen
from vrgen.core import Mesh, Node, Scene, Sky, Surface, Texture
from vrgen.core.change import Change, record_of, replaced, slider_names
from vrgen.core.frames import direction_from_angles
from vrgen.core.progress import SILENT
from vrgen.errors import InputProblem, Interrupted, UsageProblem
from vrgen.gltf import WriteOptions, write
from vrgen.gltf.encode import encode
from vrgen.gltf.read import Reader
from vrgen.verbs.remake import prepare, remake, saved
from vrgen.view.reroll import Workshop

QUICK: dict[str, Any] = {"samples": 4, "bounces": 1, "texel_m": 0.5, "denoise": False}
MADE = {
    "brick_bricks",
    "wall_plaster",
    "floor_concrete",
    "ceiling_oak",
    "beam_walnut",
    "sill_concrete",
    "sky",
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("one", "two"):
        noise = np.random.default_rng(ord(name[0])).integers(0, 256, (80, 120, 3), np.uint8)
        Pictures.fromarray(noise).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def unlit(pictures: Path) -> Scene:
    """A loft as it is built, before any light."""
    sky = vrgen.sky(seed=5, size=512)
    return vrgen.gallery(pictures, style="loft", seed=4, sky=sky)


@pytest.fixture(scope="module")
def scene(unlit: Scene) -> Scene:
    """The loft with its light."""
    return vrgen.bake(unlit, **QUICK)


@pytest.fixture(scope="module")
def file(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("out") / "show.glb"
    write(scene, path, WriteOptions(drop_unused=True))
    return path


def surfaces(scene: Scene) -> dict[str, Surface]:
    return {mesh.surface.name: mesh.surface for node, _ in scene.walk() for mesh in node.meshes}


def meshes(scene: Scene) -> list[Mesh]:
    return [mesh for node, _ in scene.walk() for mesh in node.meshes]


def pixels(surface: Surface) -> np.ndarray:
    assert surface.base_colour is not None
    return surface.base_colour.image.pixels


def in_file(surface: Surface) -> bytes:
    """The base colour as `vrgen.write` encodes it."""
    assert surface.base_colour is not None
    return encode(surface.base_colour.image, "colour")[0]


def images_of(path: Path) -> set[bytes]:
    reader = Reader.open(path, SILENT)
    reader.scene()
    return {bytes(reader.images.encoded(index)) for index in reader.images.sizes()}


def mean(surface: Surface) -> np.ndarray:
    assert surface.base_colour is not None
    return surface.base_colour.image.to_linear().mean(axis=(0, 1))


def fields_of(surface: Surface) -> dict[str, Any]:
    """All that can be compared: everything but the pixels."""
    said = {name: getattr(surface, name) for name in surface.__dataclass_fields__}
    for name, value in said.items():
        if isinstance(value, Texture):
            said[name] = (value.uv_set, value.offset, value.rotation, value.scale, value.wrap, value.magnify)
    return said


def test_without_a_change_surfaces_of_the_bake_come_back_bit_by_bit(scene: Scene) -> None:
    found = {name: one for name, one in surfaces(scene).items() if record_of(one)}
    assert set(found) == MADE
    for name in ("brick_bricks", "ceiling_oak", "sky"):
        surface = found[name]
        again = remake(scene, surface, Change())
        np.testing.assert_array_equal(pixels(again), pixels(surface), err_msg=name)
        assert fields_of(again) == fields_of(surface)


def test_without_a_change_every_surface_of_the_file_comes_back_byte_by_byte(file: Path) -> None:
    """The file keeps what is needed: record, role, style, seed, exposure, and which way is up on a wall."""
    there, read = images_of(file), vrgen.read(file)
    for name, surface in surfaces(read).items():
        if name in MADE:
            again = remake(read, surface, Change())
            assert in_file(again) in there, name
            assert fields_of(again) == fields_of(surface)


def test_without_a_change_a_surface_lit_by_the_viewer_comes_back_with_all_its_maps(unlit: Scene) -> None:
    for name in ("floor_concrete", "brick_bricks"):
        old = surfaces(unlit)[name]
        again = remake(unlit, old, Change())
        assert fields_of(again) == fields_of(old)
        for slot in ("base_colour", "metallic_roughness", "normal", "occlusion"):
            was, now = getattr(old, slot), getattr(again, slot)
            np.testing.assert_array_equal(now.image.pixels, was.image.pixels, err_msg=f"{name} {slot}")


def test_the_next_seed_is_what_a_gallery_of_that_seed_wears(pictures: Path, scene: Scene, file: Path) -> None:
    read = vrgen.read(file)
    old = surfaces(read)["wall_plaster"]
    record = record_of(old)
    assert record is not None and record.seed is not None
    new = remake(read, old, Change(seed_step=1))
    assert new.extras["vrgen"]["record"]["seed"] == record.seed + 1
    assert (pixels(new) != pixels(old)).mean() > 0.3
    np.testing.assert_allclose(mean(new), mean(old), atol=0.01)  # the style's tone holds
    wall = vrgen.texture(kind="plaster", seed=record.seed + 1, size=1024)
    sky = vrgen.sky(seed=5, size=512)
    other = vrgen.bake(vrgen.gallery(pictures, style="loft", seed=4, wall=wall, sky=sky), **QUICK)
    np.testing.assert_array_equal(pixels(new), pixels(surfaces(other)["wall_plaster"]))


def test_sliders_change_what_is_seen(scene: Scene) -> None:
    old = surfaces(scene)["brick_bricks"]
    lighter = remake(scene, old, Change(sliders={"brightness": 2.0}))
    warmer = remake(scene, old, Change(sliders={"warmth": 1.5}))
    assert mean(lighter).sum() > 1.15 * mean(old).sum()
    assert mean(warmer)[0] / mean(warmer)[2] > 1.15 * mean(old)[0] / mean(old)[2]
    assert record_of(warmer).options["slider"] == ["warmth=+1.5"]  # type: ignore[union-attr]
    assert record_of(warmer).seed == record_of(old).seed  # type: ignore[union-attr]
    cooler = remake(scene, warmer_worn(scene, old, warmer), Change(sliders={"warmth": -1.5}))
    assert "slider" not in record_of(cooler).options  # type: ignore[union-attr]


def warmer_worn(scene: Scene, old: Surface, new: Surface) -> Surface:
    """`new`, which the scene must wear to tell which way is up."""
    return surfaces(replaced(scene, old, new))[old.name]


def test_a_slider_there_and_back_is_the_gallery_s_own(scene: Scene) -> None:
    old = surfaces(scene)["brick_bricks"]
    there = remake(scene, old, Change(sliders={"contrast": 1.0}))
    after = replaced(scene, old, there)
    back = remake(after, there, Change(sliders={"contrast": -1.0}))
    assert (pixels(there) != pixels(old)).mean() > 0.3
    np.testing.assert_array_equal(pixels(back), pixels(old))


def test_larger_features_are_larger_in_metres(scene: Scene) -> None:
    """Courses of bricks: half as many on a tile that covers as many metres."""
    old = surfaces(scene)["brick_bricks"]
    larger = remake(scene, old, Change(sliders={"scale": 2.0}))
    assert larger.extras["vrgen"]["size_m"] == old.extras["vrgen"]["size_m"]
    assert courses(larger) == pytest.approx(courses(old) / 2, abs=1)


def courses(surface: Surface) -> int:
    """Strongest period down a tile."""
    rows = pixels(surface).astype(float).mean(axis=(1, 2))
    strength = np.abs(np.fft.rfft(rows - rows.mean()))
    return int(strength[8:].argmax()) + 8


def test_where_a_texture_was_moved_it_stays_moved(scene: Scene) -> None:
    old = surfaces(scene)["brick_bricks"]
    assert old.base_colour is not None
    moved = replace(old, base_colour=replace(old.base_colour, offset=(0.25, 0.5)), double_sided=True)
    again = remake(replaced(scene, old, moved), moved, Change())
    assert again.base_colour is not None
    assert again.base_colour.offset == (0.25, 0.5) and again.double_sided
    np.testing.assert_array_equal(pixels(again), pixels(old))


def test_another_sky_keeps_the_sun_that_the_light_was_baked_from(file: Path) -> None:
    read = vrgen.read(file)
    old = surfaces(read)["sky"]
    (sun,) = (world[:3, 2] for node, world in read.walk() if node.light and node.light.kind == "directional")
    new = remake(read, old, Change(seed_step=1))
    assert pixels(new).shape == (1024, 2048, 3)
    assert (pixels(new) != pixels(old)).mean() > 0.8
    record = record_of(new)
    assert record is not None and record.seed != record_of(old).seed  # type: ignore[union-attr]
    asked = direction_from_angles(record.options["sun_azimuth"], record.options["sun_elevation"])
    assert float(asked @ sun) > np.cos(np.radians(0.1))
    again = remake(replaced(read, old, new), new, Change())
    np.testing.assert_array_equal(pixels(again), pixels(new))


def test_the_horizon_of_another_sky_is_bright_where_one_of_the_next_is(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    room = importlib.import_module("vrgen.verbs.remake")
    read = vrgen.read(file)
    old = surfaces(read)["sky"]
    record = record_of(old)
    assert record is not None and record.seed is not None
    small = replace(old, extras={"vrgen": {"record": {**record.to_json(), "options": {"size": 256}}}})
    worn = replaced(read, old, small)
    for step, lights, taken in ((1, (0, 1), 2), (-1, (0, 0, 1), -3), (1, (0, 0, 0, 0), 1), (0, (0,), 0)):
        left = iter(lights)
        monkeypatch.setattr(room, "horizon_light", lambda radiance, left=left: next(left))
        made = record_of(remake(worn, small, Change(seed_step=step)))
        assert made is not None and made.seed == record.seed + taken


def test_a_sky_of_an_older_file_is_told_by_the_scene(file: Path) -> None:
    read = vrgen.read(file)
    old = surfaces(read)["sky"]
    plain = replace(old, extras={})
    again = remake(replaced(read, old, plain), plain, Change(sliders={"warmth": 0.5}))
    assert mean(again)[0] / mean(again)[2] > 1.05 * mean(old)[0] / mean(old)[2]
    assert record_of(again).options["warmth"] == 0.5  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "change", "kind", "sentence"),
    [
        ("frame", Change(1), InputProblem, "frame is painted in one colour, which lies in the baked light"),
        ("picture_one", Change(1), InputProblem, "picture_one does not say how it was made"),
        ("wall_plaster", Change(sliders={"glow": 1}), UsageProblem, "no slider is called 'glow' here"),
        ("sky", Change(sliders={"relief": 1}), UsageProblem, "There are: cover, warmth"),
    ],
)
def test_what_cannot_be_made_again_is_refused(
    scene: Scene, name: str, change: Change, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        remake(scene, surfaces(scene)[name], change)


def test_a_sky_from_a_file_is_refused() -> None:
    from vrgen.bake import backdrop

    lit = backdrop(Scene("x", sky=Sky(np.ones((8, 16, 3), np.float32))), exposure=1.0)
    with pytest.raises(InputProblem, match="came from a file"):
        remake(lit, surfaces(lit)["sky"], Change(1))


def test_a_material_without_a_style_is_worn_as_it_is() -> None:
    made = vrgen.texture(kind="oak", seed=3, size=128)
    quad = Mesh(
        np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], np.float32),
        np.array([(0, 1, 2), (0, 2, 3)]),
        Surface.of(made, name="board"),
        uv0=np.array([(0, 1), (1, 1), (1, 0), (0, 0)], np.float32),
    )
    room = Scene("room", (Node("board", meshes=(quad,)),))
    again = remake(room, quad.surface, Change())
    assert fields_of(again) == fields_of(quad.surface)
    np.testing.assert_array_equal(pixels(again), pixels(quad.surface))


def test_what_is_saved_tells_the_new_seed_and_can_go_back(file: Path, tmp_path: Path) -> None:
    read = vrgen.read(file)
    old = surfaces(read)["floor_concrete"]
    new = remake(read, old, Change(seed_step=1))
    after = replaced(read, old, new)
    for before, now in zip(meshes(read), meshes(after), strict=True):
        assert now.digest() == before.digest()
    path = saved(after, tmp_path, "show")
    assert (path.name, saved(after, tmp_path, "show").name) == (
        "show-rerolled-001.glb",
        "show-rerolled-002.glb",
    )
    told = vrgen.inspect(path).records[-1]
    assert (told.step, told.options["surface"]) == ("remake", "floor_concrete")
    assert told.seed == record_of(old).seed + 1  # type: ignore[union-attr]
    again = vrgen.read(path)
    worn = surfaces(again)["floor_concrete"]
    assert record_of(worn).seed == told.seed  # type: ignore[union-attr]
    back = remake(again, worn, Change(seed_step=-1))
    assert in_file(back) in images_of(file)
    assert [r.to_json() for r in replaced(again, worn, back).records[:-1]] == [
        r.to_json() for r in read.records
    ]


def test_saving_leaves_works_and_all_that_was_not_made_again_untouched(file: Path, tmp_path: Path) -> None:
    read = vrgen.read(file)
    old = surfaces(read)["sill_concrete"]
    after = replaced(read, old, remake(read, old, Change(seed_step=1)))
    gone = images_of(file) - images_of(saved(after, tmp_path, "show"))
    assert gone == {in_file(surfaces(read)["sill_concrete"])}


class Impatient:
    """Progress that ends the work at a stage."""

    def __init__(self, word: str) -> None:
        self.word = word

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Any]:
        if name.startswith(self.word):
            raise Interrupted(name)
        yield lambda units: None

    def note(self, text: str) -> None:
        raise AssertionError(text)


@pytest.mark.parametrize("word", ["generating", "dressing", "delivering"])
def test_it_can_be_stopped_between_steps(scene: Scene, word: str) -> None:
    with pytest.raises(Interrupted, match=word):
        remake(scene, surfaces(scene)["sill_concrete"], Change(), progress=Impatient(word))


def test_in_a_workshop_beside_a_render_loop(file: Path) -> None:
    """The real thing, as a headset uses it: two wishes, one refusal, and the scene to save."""
    prepare()
    read = vrgen.read(file)
    sill, frame = surfaces(read)["sill_concrete"], surfaces(read)["frame"]
    shop = Workshop(read, remake)
    try:
        shop.ask(sill, Change(seed_step=1))
        shop.ask(frame, Change(seed_step=1))
        news = list(heard(shop, 2))
    finally:
        shop.close()
    (old, new), refusal = news
    assert old is sill
    np.testing.assert_array_equal(pixels(new), pixels(remake(read, sill, Change(seed_step=1))))
    assert refusal.startswith("frame is painted")
    assert surfaces(shop.scene)["sill_concrete"] is new


def heard(shop: Workshop, count: int) -> Iterator[Any]:
    until = time.monotonic() + 120
    while count and time.monotonic() < until:
        news = shop.poll()
        if news is not None:
            count -= 1
            yield news
        time.sleep(0.01)
    assert not count


def test_sliders_that_show_nothing_are_not_offered(scene: Scene, unlit: Scene) -> None:
    baked, lit = surfaces(scene), surfaces(unlit)
    assert "roughness" in slider_names(lit["wall_plaster"])
    assert "roughness" not in slider_names(baked["wall_plaster"])
    assert slider_names(baked["sky"]) == ("cover", "warmth")
    assert slider_names(baked["frame"]) == slider_names(baked["picture_one"]) == ()


IN_A_HEADSET = """
import os, signal, sys, threading
import vrgen
from vrgen.verbs import headset

def remake(*subject, **options):
    made = real(*subject, **options)
    # a wearer who looks at it for a while and then takes the headset off
    threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    return made

real, headset.remake = headset.remake, remake
vrgen.view(sys.argv[1], xr=True, mirror=False, help=False, pictures=sys.argv[2])
"""


def test_a_floor_is_made_again_in_a_headset(
    scene: Scene, file: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Under the stand-in (no headset was tried): the trigger is held on the floor, the next seed comes in
    while frames go on, and is saved with its record when the visit ends; all other pictures stay."""
    standin = stand_in(tmp_path_factory.mktemp("standin"))
    down = (0.2, 1.2, -0.3, -math.sin(math.radians(30)), 0, 0, math.cos(math.radians(30)))
    script = standin.script("frames 20000", "rate 60", "period_ms 16.7", "size 160 180")
    script.at(0, "tracked left 0").hand(0, "right", down).head(0, (0, 1.6, 0, -0.3, 0, 0, 0.954))
    script.at(20, "button right trigger 1").at(70, "button right trigger 0").dump(15)
    words = [sys.executable, "-c", IN_A_HEADSET, str(file), str(tmp_path)]
    outcome = standin.run(words, script, environment={"OMP_NUM_THREADS": "1"}, timeout=200)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.refusals == [] and outcome.frames > 100
    saved_one = vrgen.read(tmp_path / "show-rerolled-001.glb")
    before, after = (
        record_of(surfaces(scene)["floor_concrete"]),
        record_of(surfaces(saved_one)["floor_concrete"]),
    )
    assert before is not None and after is not None and after.seed == before.seed + 1
    assert [record.options["surface"] for record in saved_one.records if record.step == "remake"] == [
        "floor_concrete"
    ]
    known = images_of(file)
    assert len(images_of(tmp_path / "show-rerolled-001.glb") - known) == 1


def stand_in(folder: Path) -> Any:
    """The stand-in runtime of tests/view/xr; skips where it cannot be built."""
    place = Path(__file__).parent / "view" / "xr" / "standin.py"
    spec = importlib.util.spec_from_file_location("standin", place)
    assert spec is not None and spec.loader is not None
    module = sys.modules["standin"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.StandIn(module.build(folder), folder)
