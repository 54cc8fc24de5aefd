"""The main job, end to end, as a user runs it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import signal
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

import vrgen
from vrgen.cli.main import main
from vrgen.core.progress import SILENT

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"1 harvest.png": (320, 240), "2 tower.jpg": (200, 420), "3 river.webp": (600, 150)}


@dataclass(frozen=True)
class Run:
    """One `vrgen gallery --json`."""

    file: Path
    told: dict[str, Any]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures, one file that is none, and what the artist says about them."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, (name, (width, height)) in enumerate(SIZES.items()):
        x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
        waves = np.sin(9 * (x + y * (number + 1)))[..., None] * 0.3
        pixels = np.stack([x, y, 1 - x], axis=-1) * 0.6 + 0.2 + waves * 0.5
        Pictures.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no picture")
    work = '[[work]]\nfile = "1 harvest.png"\nartist = "A. Painter"\nsize_cm = [120, 90]\n'
    (folder / "gallery.toml").write_text('[gallery]\ntitle = "Three"\n' + work)
    return folder


@pytest.fixture(scope="module")
def gallery(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The three pictures in a white cube."""
    return make(pictures, tmp_path_factory.mktemp("out") / "show.glb")


def make(pictures: Path, file: Path, *more: str) -> Run:
    """Run the command in this process."""
    out = StringIO()
    with redirect_stdout(out):
        code = main(["gallery", str(pictures), "-o", str(file), "--seed", "4", "--json", *more])
    assert code == 0
    return Run(file, json.loads(out.getvalue()))


def test_the_summary_says_what_was_made(gallery: Run) -> None:
    told = gallery.told
    assert (told["works"], told["rooms"], told["style"], told["title"]) == (3, 1, "white-cube", "Three")
    assert told["left_out"] == ["broken.jpg"]
    assert any("broken.jpg" in note for note in told["notes"])
    assert told["paths"] == [{"path": str(gallery.file), "bytes": gallery.file.stat().st_size}]
    assert told["draw_calls"] < 150 and told["triangles"] < 200_000 and told["texture_bytes"] < 500e6
    assert {"reading works", "generating materials", "building rooms", "writing"} <= set(told["stages"])
    assert list(gallery.file.parent.iterdir()) == [gallery.file]


def test_the_file_says_how_it_was_made_and_names_no_path(gallery: Run, pictures: Path) -> None:
    scene = vrgen.read(gallery.file)
    steps = [record.step for record in scene.records]
    assert {"texture", "sky", "gallery", "bake"} <= set(steps)
    assert steps.index("gallery") < steps.index("bake")
    assert all(record.model_digest for record in scene.records if record.step in ("texture", "sky"))
    assert str(pictures.parent).encode() not in gallery.file.read_bytes()


def test_every_work_hangs_with_its_words_and_a_camera(gallery: Run) -> None:
    nodes = {node.name: (node, world) for node, world in vrgen.read(gallery.file).walk()}
    works = [node for node, _ in nodes.values() if isinstance(node.extras.get("vrgen", {}).get("work"), dict)]
    assert {node.extras["vrgen"]["work"]["file"] for node in works} == set(SIZES)
    assert {f"camera_{number:03}" for number in (1, 2, 3)} | {"camera_overview"} <= set(nodes)
    stops = [node.extras["vrgen"] for node, _ in nodes.values() if node.camera]
    assert {stop["work"] for stop in stops if "work" in stop} == {node.name for node in works}


def test_the_gallery_is_lit_for_every_viewer(gallery: Run) -> None:
    """Structure is unlit and carries its light as vertex colours that are neither black nor all one."""
    meshes = [mesh for node, _ in vrgen.read(gallery.file).walk() for mesh in node.meshes]
    lit = [mesh for mesh in meshes if mesh.surface.unlit and mesh.colours is not None]
    assert lit
    light = np.concatenate([mesh.colours[:, :3] for mesh in lit if mesh.colours is not None])
    assert 0.15 < light.mean() < 0.95
    assert light.std() > 0.05


def test_khronos_validator_finds_nothing(gallery: Run) -> None:
    spec = importlib.util.spec_from_file_location("validate_tool", ROOT / "tools/check/validate.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    sys.modules["validate_tool"] = tool
    spec.loader.exec_module(tool)
    if not tool.available():
        pytest.skip("needs node and gltf-validator: run `npm ci` in tools/check")
    (findings,) = tool.validate(gallery.file)
    assert [item for item in findings if item.severity in ("error", "warning")] == []


@pytest.mark.slow
def test_the_same_seed_is_the_same_file(gallery: Run, pictures: Path, tmp_path: Path) -> None:
    again = make(pictures, tmp_path / "again.glb")
    assert again.file.read_bytes() == gallery.file.read_bytes()


def test_a_dark_horizon_is_passed_over_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds are tried in their order; the first one when all are dark; an asked one is taken as it is."""
    room = importlib.import_module("vrgen.verbs.gallery")
    monkeypatch.setattr(room, "SKY_WIDTH", 256)
    seeds = [room.seed_of(7, part) for part in room.SKY_PARTS]
    for bright, taken in ((1, 1), (0, 0), (9, 0)):
        lights = iter(float(number == bright) for number in range(9))
        monkeypatch.setattr(room, "horizon_light", lambda radiance, lights=lights: next(lights))
        made = room._sky(room.GalleryOptions("pictures", seed=7), SILENT)
        assert made.record.seed == seeds[taken]
    monkeypatch.setattr(room, "horizon_light", lambda radiance: 0.0)
    assert room._sky(room.GalleryOptions("pictures", sky=5), SILENT).record.seed == 5


def test_strict_refuses_what_cannot_be_hung(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["gallery", str(pictures), "-o", str(tmp_path / "x.glb"), "--strict"])
    assert code == 1
    assert "broken.jpg" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_the_bake_leaves_nothing(
    pictures: Path, tmp_path: Path, number: signal.Signals
) -> None:
    words = [sys.executable, "-m", "vrgen", "gallery", str(pictures), "-o", str(tmp_path / "x.glb")]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        # A job in the background of a script ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("gathering light"):
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "vrgen: stopped; no half-written file was left behind"
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_own_wall_and_sky_are_worn(pictures: Path) -> None:
    red = vrgen.Image(np.full((64, 64, 3), (200, 20, 20), np.uint8))
    wall = vrgen.Material(name="red", kind="paint", base_colour=red)
    sky = vrgen.Sky(radiance=np.full((64, 128, 3), 4000.0, np.float32))
    scene = vrgen.gallery(pictures, wall=wall, sky=sky, style="white-cube")
    assert scene.sky is sky
    worn = {
        mesh.surface.extras.get("vrgen", {}).get("kind") for node, _ in scene.walk() for mesh in node.meshes
    }
    assert "paint" in worn
