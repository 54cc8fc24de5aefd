"""`vrgen inspect` on the command line: the record in full, the tables, and JSON that holds everything."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from vrgen.cli.main import main
from vrgen.core import Image, Material, Mesh, Node, Record, Scene, Surface, Texture
from vrgen.gltf import write

OAK = Record(
    "texture",
    {"kind": "oak", "size": 8, "slider": ["warmth=+0.5"]},
    7,
    "material_gan",
    "ab" * 32,
    {"vrgen": "0.1.0"},
    ("CC0-1.0",),
)
GALLERY = Record("gallery", {"style": "loft", "works": 1, "roles": {"floor": "oak_7"}, "notes": None}, 7)


def board(surface: Surface, name: str) -> Mesh:
    return Mesh(
        np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0)], np.float32),
        np.array([(0, 1, 2)]),
        surface,
        uv0=np.array([(0, 1), (1, 1), (1, 0)], np.float32),
        name=name,
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("out") / "rooms.glb"
    grain = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    wood = Surface.of(Material("oak", "oak", Image(grain), record=OAK, size_m=(2.0, 0.5)), name="floor_oak")
    art = Surface("canvas", base_colour=Texture(Image(grain[:4])), unlit=True)
    work = Node("work", meshes=(board(art, "canvas"),), extras={"vrgen": {"work": {"title": "Dusk"}}})
    room = Node(
        "room", meshes=(board(wood, "floor"), board(Surface("paint"), "door")), children=(Node("corner"),)
    )
    write(Scene("rooms", (room, work), records=(OAK, GALLERY)), path)
    return str(path)


def run(*argv: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["inspect", *argv])
    return code, out.getvalue(), err.getvalue()


def test_without_a_flag_it_says_what_was_made_how(file: str) -> None:
    code, out, _ = run(file)
    assert code == 0
    assert "textures: 2 images, 0.0 MB in the file" in out
    assert "surface: floor_oak  oak, seed 7, warmth +0.5, by material_gan  floor, 1 triangle" in out
    assert "works of art: 1\n" in out
    assert "not generated, or not said: paint\n" in out
    assert "made: texture  by material_gan abababababab  seed 7  kind=oak, size=8" in out
    assert "notes" not in out
    assert f"model: material_gan  sha256 {'ab' * 32}" in out
    assert "licences: CC0-1.0" in out


def test_the_table_of_textures_says_where_each_came_from(file: str) -> None:
    _, out, _ = run(file, "--textures")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][:3] == ["texture", "pixels", "format"]
    assert lines[1][:2] == ["0", "8x8"]
    assert " ".join(lines[1][5:]) == "floor_oak base_colour oak, seed 7, warmth +0.5, by material_gan CC0-1.0"
    assert " ".join(lines[2][5:]) == "canvas base_colour work: Dusk not said"


def test_the_tree_goes_as_deep_as_asked(file: str) -> None:
    assert run(file, "--tree")[1].startswith(
        "room  2 meshes, 2 triangles\n  corner\nwork  1 mesh, 1 triangle\n"
    )
    _, out, _ = run(file, "--depth", "1")
    assert out.startswith("room  2 meshes, 2 triangles\nwork  1 mesh, 1 triangle\n  and 1 node further down")
    code, _, err = run(file, "--depth", "0")
    assert code == 2 and "expected 1 or more levels" in err


@pytest.mark.parametrize("name", ["floor_oak", "floor", "0"])
def test_a_record_is_told_in_full_by_surface_mesh_or_texture(file: str, name: str) -> None:
    _, out, _ = run(file, "--record", name)
    words = " ".join(out.split())
    for told in (
        "seed 7",
        f"digest sha256 {'ab' * 32}",
        "latents quilted from the latents of oak",
        "sliders warmth +0.5",
        "option size 8",
        "version vrgen 0.1.0",
        "licences CC0-1.0",
        "one tile 2 x 0.5 m",
        "image base_colour: texture 0, 8x8 image/",
        "worn by floor, 1 triangle",
    ):
        assert told in words


def test_steps_works_and_paint_have_their_words(file: str) -> None:
    assert "option roles floor oak_7" in " ".join(run(file, "--record", "gallery")[1].split())
    assert "made a work of art: Dusk" in " ".join(run(file, "--record", "canvas")[1].split())
    assert "the file does not say how" in run(file, "--record", "paint")[1]
    code, out, err = run(file, "--record", "flor_oak")
    assert (code, out) == (2, "")
    assert "Did you mean 'floor_oak'? Generated here: floor_oak." in err


def test_json_holds_everything_and_does_not_depend_on_what_is_printed(file: str) -> None:
    told = json.loads(run(file, "--json")[1])
    asked = json.loads(run(file, "--json", "--tree", "--textures", "--record", "floor_oak")[1])
    (one,) = asked.pop("asked")
    for found in (told, asked):
        found.pop("seconds"), found.pop("stages")
    assert told == asked
    assert {"path", "bytes", "name", "generator", "nodes", "meshes", "draw_calls", "triangles"} <= set(told)
    assert {"textures", "texture_memory", "surfaces", "licences", "models", "records"} <= set(told)
    assert told["records"] == [OAK.to_json(), GALLERY.to_json()]
    assert told["textures"][0]["record"] == OAK.to_json()
    assert told["surfaces"][2]["work"] == "Dusk"
    assert one["route"] == "quilted from the latents of oak"
    assert (one["sliders"], one["textures"]) == ({"warmth": 0.5}, {"base_colour": 0})
    assert Path(told["path"]).name == "rooms.glb"
