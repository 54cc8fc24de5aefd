"""`vrgen bake` as it is asked for: files of every kind, materials from folders, deliveries, sentences."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

import vrgen
from vrgen.cli.main import main
from vrgen.core import Light, Mesh, Node, Scene, Surface
from vrgen.errors import InputProblem, UsageProblem
from vrgen.gltf import read, write
from vrgen.verbs.bake import BakeOptions, passes
from vrgen.verbs.dressing import parse_material

QUAD = np.array([[0, 0, 0], [2, 0, 0], [2, 0, -2], [0, 0, -2]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def run(words: str) -> tuple[int, str]:
    """Exit code and what was said to people."""
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = main(words.split())
    return code, said.getvalue()


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """A folder with maps under Poly Haven's names, half a metre wide."""
    import cv2

    folder = tmp_path / "tiles"
    folder.mkdir()
    cv2.imwrite(str(folder / "tiles_diff.png"), np.full((16, 16, 3), 150, np.uint8))
    cv2.imwrite(str(folder / "tiles_rough.png"), np.full((16, 16, 1), 90, np.uint8))
    (folder / "record.json").write_text(json.dumps({"tiles": {"kind": "tiles", "size_m": [0.5, 0.5]}}))
    return folder


@pytest.fixture
def floor(tmp_path: Path) -> Path:
    path = tmp_path / "floor.glb"
    lamp = Node("lamp", translation=np.array([1.0, 1.5, -1.0]), light=Light("point", 50.0))
    ground = Node("ground", meshes=(Mesh(QUAD, FACES, Surface("grey")),), extras={"level": 2})
    write(Scene("floor", (ground, lamp)), path)
    return path


def only_mesh(scene: Scene) -> Mesh:
    (mesh,) = (mesh for node, _ in scene.walk() for mesh in node.meshes)
    return mesh


def test_a_material_from_a_folder_lies_at_its_size(floor: Path, tiles: Path) -> None:
    made = vrgen.bake(floor, material=(f"{tiles}:ground",), light="none")
    mesh = only_mesh(made)
    assert mesh.surface.base_colour.scale == (2.0, 2.0)
    np.testing.assert_allclose(np.ptp(mesh.uv0, axis=0), [2, 2])
    assert made.nodes[0].extras == {"level": 2} and made.nodes[1].light is not None


@pytest.mark.parametrize("kind", ["stl", "ply", "obj"])
def test_meshes_of_other_kinds_are_dressed_and_written(kind: str, tmp_path: Path, tiles: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    source, out = tmp_path / f"box.{kind}", tmp_path / "out.glb"
    trimesh.creation.box((10, 20, 30)).export(source)
    code, said = run(f"bake {source} -m {tiles} --unit cm --up z --light none -o {out}")
    assert code == 0, said
    low, high = read(out).bounds()
    np.testing.assert_allclose(high - low, [0.1, 0.3, 0.2], atol=1e-6)


@pytest.mark.parametrize("light", ["ao", "vertex", "atlas", "lightmap"])
def test_every_delivery_is_written_and_read_again(light: str, floor: Path, tmp_path: Path) -> None:
    out, sidecar = tmp_path / "out.glb", tmp_path / "light.exr"
    beside = f" --sidecar {sidecar}" if light in ("atlas", "lightmap") else ""
    code, said = run(f"bake {floor} --light {light} --texel-m 0.25 --samples 8 -o {out}{beside}")
    assert code == 0, said
    made = read(out)
    surface = only_mesh(made).surface
    assert surface.unlit == (light in ("vertex", "atlas"))
    assert (surface.lightmap is not None) == (light == "lightmap")
    assert (surface.occlusion is not None) == (light in ("ao", "lightmap"))
    assert made.nodes[0].extras == {"level": 2}
    if light == "lightmap":  # the map holds the lamp's light: shining on, it would be there twice
        assert made.nodes[1].light is None
        assert made.nodes[1].extras["vrgen"]["baked_light"] == {"kind": "point", "intensity": 50.0}
    else:
        assert made.nodes[1].light is not None
    assert str(tmp_path) not in out.read_bytes().decode("latin-1")
    assert sidecar.exists() == bool(beside)
    if beside:
        import OpenEXR

        lux = OpenEXR.File(str(sidecar)).channels()["RGB"].pixels
        assert lux.max() == pytest.approx(50.0 / 1.5**2, rel=0.1)


def test_lamps_whose_light_is_baked_are_put_out_or_kept_as_asked(floor: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.glb"
    coarse = f"bake {floor} --texel-m 0.25 --samples 8 -o {out}"
    for words, stays in (("--light lightmap", False), ("--light lightmap --lights keep", True)):
        code, said = run(f"{coarse} {words}")
        assert code == 0 and ("1 lamps are put out" in said) != stays
        lamp = read(out).nodes[1]
        assert (lamp.light is not None) == stays
        if not stays:
            told = lamp.extras["vrgen"]["baked_light"]
            assert told == {"kind": "point", "intensity": 50.0}
    assert vrgen.bake(floor, light="vertex", lights="drop", samples=4).nodes[1].light is None
    assert vrgen.bake(floor, light="ao", lights="drop", samples=4).nodes[1].light is not None
    with pytest.raises(UsageProblem, match="lights"):
        BakeOptions(lights="off")


def test_density_is_pixels_a_metre(floor: Path) -> None:
    sizes = []
    for density in (10, 20):
        made = vrgen.bake(floor, light="lightmap", density=density, samples=4)
        sizes.append(only_mesh(made).surface.lightmap.image.width)
    assert sizes[0] == 24 and sizes[1] == 44


@pytest.mark.parametrize(
    ("text", "part", "seed"),
    [("bricks", "*", 0), ("bricks:7", "*", 7), ("bricks:wall_*", "wall_*", 0), ("oak:3:door", "door", 3)],
)
def test_materials_are_taken_apart(text: str, part: str, seed: int) -> None:
    asked = parse_material(text, size=64)
    assert (asked.part, asked.texture.seed, asked.folder) == (part, seed, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("brick", "Did you mean 'bricks'"),
        ("bricks:1:a:b", "expected KIND"),
        ("bricks:", "expected KIND"),
        ("no/such/folder:wall", "no such folder"),
    ],
)
def test_what_is_no_material_is_said(text: str, told: str) -> None:
    with pytest.raises(UsageProblem, match=told):
        BakeOptions(material=(text,))


def test_wrong_requests_are_said_before_any_work(floor: Path, tiles: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="Did you mean 'ground'"):
        vrgen.bake(floor, material=(f"{tiles}:grund",))
    with pytest.raises(UsageProblem, match="has no picture"):
        vrgen.bake(floor, light="vertex", sidecar=tmp_path / "x.exr")
    with pytest.raises(UsageProblem, match=r"expected a name that ends in \.exr"):
        vrgen.bake(floor, light="atlas", sidecar=tmp_path / "x.png")
    with pytest.raises(UsageProblem, match="density"):
        vrgen.bake(floor, light="atlas", density=float("nan"))
    with pytest.raises(InputProblem, match="there is no file"):
        vrgen.bake(floor, sky=tmp_path / "none.hdr")


def test_passes_end_in_what_one_bake_gives(floor: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.glb", tmp_path / "two.glb"
    assert run(f"bake {floor} --texel-m 0.25 --samples 64 -o {one}")[0] == 0
    code, said = run(f"bake {floor} --texel-m 0.25 --samples 64 --progressive -o {two}")
    assert code == 0 and "two.glb holds 8 of 64 samples after" in said and "the pass with 64 takes" in said
    assert one.read_bytes() == two.read_bytes()
    assert [passes(number) for number in (4, 31, 48, 256, 4096)] == [
        (4,),
        (31,),
        (6, 48),
        (4, 32, 256),
        (8, 64, 512, 4096),
    ]


def test_stopped_it_leaves_the_best_so_far(floor: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.glb"
    words = f"bake {floor} --texel-m 0.02 --samples 32768 --progressive -o {out}"
    work = subprocess.Popen(
        [sys.executable, "-m", "vrgen", *words.split()], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while not out.exists() and time.monotonic() < end:
        time.sleep(0.05)
    work.send_signal(signal.SIGINT)
    said = work.communicate(timeout=60)[1].decode()
    assert work.returncode == 130
    assert re.search(
        r"stopped; out\.glb is whole and holds \d+ of 32768 samples a texel: the best so far", said
    )
    assert only_mesh(read(out)).colours is not None
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".glb"] == []


def test_a_lightmap_keeps_its_dark_steps(floor: Path, tmp_path: Path) -> None:
    """As JPEG of quality 95 a dark room lost up to 17 of 255 levels of what is shown."""
    scene = vrgen.bake(floor, light="lightmap", density=20, samples=16)
    wanted = only_mesh(scene).surface.lightmap.image
    out = tmp_path / "out.glb"
    write(scene, out)
    np.testing.assert_array_equal(only_mesh(read(out)).surface.lightmap.image.pixels, wanted.pixels)
