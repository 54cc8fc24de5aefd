"""What a bake delivers, seen by viewers of others: three.js in Chromium, F3D, Blender where there is one.

The marker room of tools/bench/agreement.py, coarsely baked and small; that script measures all of it.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import vrgen
from vrgen.errors import MissingPart
from vrgen.gltf import read, write

TOOLS = Path(__file__).resolve().parents[1] / "tools"
CARDS = {
    *("card_north", "card_east", "card_south", "card_west", "card_floor", "card_turned"),
    *("cube_+Z", "cube_-X", "cube_UP"),
}
"""What the three cameras see from the front; card_turned lies by KHR_texture_transform."""


@dataclass
class Bench:
    """The modules of the bench, its pictures made small, and the files."""

    scene: ModuleType
    viewers: ModuleType
    measure: ModuleType
    folder: Path

    def file(self, light: str) -> Path:
        """The GLB of a delivery."""
        return self.folder / f"{light}.glb"

    def ours(self, light: str) -> dict[str, Any]:
        """Our preview of it."""
        return self.viewers.ours(read(self.file(light)))

    def near(self, light: str, theirs: dict[str, Any]) -> Any:
        """How near pictures are to our preview."""
        return self.measure.agreement(self.viewers.jobs_of(self.ours(light)), self.viewers.jobs_of(theirs))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("agreement")
    sys.path.insert(0, str(TOOLS / "bench"))
    try:
        names = ("agreement_scene", "agreement_viewers", "agreement_measure")
        scene, viewers, measure = (importlib.import_module(name) for name in names)
    finally:
        sys.path.remove(str(TOOLS / "bench"))
    viewers.SIZE = (400, 300)
    room = scene.marker_room()
    for light in ("atlas", "lightmap"):
        finer = {"density": 128} if light == "atlas" else {}
        made = vrgen.bake(room, light=light, texel_m=0.1, samples=8, bounces=1, **finer)
        write(made, folder / f"{light}.glb")
    yield Bench(scene, viewers, measure, folder)
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def gl() -> None:
    """OpenGL without a window."""
    from vrgen.view.context import offscreen

    try:
        offscreen().make_current()
    except MissingPart as problem:
        pytest.skip(str(problem))


SQUARE = np.array([(0, 1), (1, 1), (1, 0), (0, 0)], np.float64)
"""Corners of a whole picture: bottom left, bottom right, top right, top left."""


def test_our_preview_has_everything_the_right_way_round(bench: Bench, gl: None) -> None:
    """Against the artwork and a pinhole camera, not against another picture of ours."""
    for light in ("atlas", "lightmap"):
        found = bench.measure.orientations(bench.ours(light))
        assert found == dict.fromkeys(CARDS, "right")


def test_a_lightmap_is_shown_as_it_is(bench: Bench, gl: None) -> None:
    """By `vrgen shot` too: no tone mapping over it, only the reflections that lit surfaces have."""
    shown = bench.viewers.ours_as_shown(read(bench.file("lightmap")))
    near = bench.near("lightmap", shown)
    assert near.psnr > 34 and near.mean < 4


def test_a_turned_card_is_told(bench: Bench, gl: None) -> None:
    shots = bench.ours("atlas")
    north = next(card for card in bench.scene.cards() if card.name == "card_north")
    place = bench.measure.on_screen(north.corners, "camera_north", bench.viewers.SIZE)
    art = bench.measure.unwarped(shots["camera_north"], place)
    turns = bench.measure.TURNS
    upright = bench.measure.unwarped(np.ascontiguousarray(north.art / np.float32(255)), SQUARE * 192.0)
    for name, turn in turns.items():
        scores = {other: bench.measure.likeness(turn(art), seen(upright)) for other, seen in turns.items()}
        assert max(scores, key=lambda other: scores[other]) == name


def test_domes_are_lit_from_above_where_colour_carries_relief(bench: Bench, gl: None) -> None:
    """Both halves of the panel: the right one runs its u backwards, so its tangents have the other sign."""
    for value in bench.measure.domes(bench.ours("atlas")["camera_north"]).values():
        assert value > 0.08


@pytest.fixture(scope="module")
def page(bench: Bench) -> Iterator[Any]:
    pytest.importorskip("playwright")
    if not (TOOLS / "page" / "node_modules" / "three").is_dir():
        pytest.skip("three.js is not here: make page")
    if not any(Path(path).exists() for path in bench.viewers.CHROMIUM):
        pytest.skip("no Chromium here")
    with bench.viewers.browser() as browser:
        yield browser


def test_three_js_shows_the_atlas_as_we_do(bench: Bench, page: Any, gl: None) -> None:
    shots = page.shots(bench.file("atlas"))
    near = bench.near("atlas", shots)
    assert near.psnr > 45 and near.ssim > 0.995
    assert bench.measure.orientations(shots) == dict.fromkeys(CARDS, "right")


def test_three_js_shows_the_lightmap_as_we_do(bench: Bench, page: Any, gl: None) -> None:
    """With our page's plugin. Its lamp shone once more, and the map was pi times too dark."""
    shots = page.shots(bench.file("lightmap"), plugin="ours")
    near = bench.near("lightmap", shots)
    assert near.psnr > 38 and near.ssim > 0.99
    assert bench.measure.orientations(shots) == dict.fromkeys(CARDS, "right")


def test_the_plainest_plugin_darkens_no_more_than_corners(bench: Bench, page: Any, gl: None) -> None:
    """As Hubs reads MOZ_lightmap: three.js darkens the map by the occlusion texture once more."""
    near = bench.near("lightmap", page.shots(bench.file("lightmap"), plugin="plain"))
    assert near.psnr > 20 and near.ssim > 0.95


def test_f3d_shows_the_atlas_as_we_do(bench: Bench, gl: None) -> None:
    if find_spec("f3d") is None:
        pytest.skip("no F3D here: pip install f3d")
    shots = bench.viewers.f3d(bench.file("atlas"))
    near = bench.near("atlas", shots)
    assert near.psnr > 32 and near.ssim > 0.97
    assert bench.measure.orientations(shots) == dict.fromkeys(CARDS, "right")


def test_blender_shows_the_atlas_as_we_do(bench: Bench, gl: None) -> None:
    python = os.environ.get("VRGEN_BLENDER")
    if not python:
        pytest.skip("VRGEN_BLENDER names no Python with bpy 5: pip install bpy==5.0.1 in a venv of its own")
    shots = bench.viewers.blender(bench.file("atlas"), python, samples=4, bounces=0)
    near = bench.near("atlas", shots)
    assert near.psnr > 25 and near.ssim > 0.9
    assert bench.measure.orientations(shots) == dict.fromkeys(CARDS, "right")
