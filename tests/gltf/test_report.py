"""Inspect: which image was made how, what wears it, and what the words for it are."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vrgen.core import Image, Material, Mesh, Node, Record, Scene, Surface, Texture
from vrgen.core.progress import SILENT
from vrgen.gltf import inspect, write
from vrgen.gltf.made import licences, route, sliders
from vrgen.gltf.read import Reader

OAK = Record(
    "texture",
    {"kind": "oak", "size": 64, "slider": ["warmth=+0.5"]},
    7,
    "material_gan",
    "ab" * 32,
    {"vrgen": "0.1.0"},
    ("CC0-1.0",),
)
BAKE = Record("bake", {"light": "vertex"}, 0, licences=("MIT",))


@pytest.fixture
def file(quad: Any, picture: Any, tmp_path: Path) -> Path:
    """Oak twice, a work of art, paint."""
    oak = Material("oak", "oak", picture(1), normal=replace(picture(2), colour_space="linear"), record=OAK)
    wood = Surface.of(oak, name="floor_oak")
    art = Surface("canvas", base_colour=Texture(picture(3)), unlit=True)
    room = Node("room", meshes=(quad(wood, name="floor"), quad(Surface("paint"), name="")))
    work = Node("work", meshes=(quad(art, name="canvas"),), extras={"vrgen": {"work": {"title": "Dusk"}}})
    bench = Node("bench", meshes=(quad(wood, name="seat", n=2),))
    path = tmp_path / "rooms.glb"
    write(Scene("rooms", (room, work, bench), records=(OAK, BAKE)), path)
    return path


def test_every_image_says_what_wears_it_and_how_it_was_made(file: Path) -> None:
    report = inspect(file)
    assert [(one.worn, one.record) for one in report.textures] == [
        (("floor_oak base_colour",), OAK),
        (("floor_oak normal",), OAK),
        (("canvas base_colour",), None),
    ]
    reader = Reader.open(file, SILENT)
    reader.scene()
    for one in report.textures:
        assert one.digest == hashlib.sha256(reader.images.encoded(one.index)).hexdigest()


def test_every_surface_says_what_it_is_and_where(file: Path) -> None:
    floor, paint, canvas = inspect(file).surfaces
    assert (floor.name, floor.kind, floor.size_m, floor.unlit) == ("floor_oak", "oak", (1.0, 1.0), False)
    assert (floor.meshes, floor.triangles, floor.record) == (("floor", "seat"), 8 + 2, OAK)
    assert dict(floor.textures) == {"base_colour": 0, "normal": 1}
    assert (paint.name, paint.meshes, dict(paint.textures)) == ("paint", ("room",), {})
    assert (canvas.work, canvas.unlit, floor.work) == ("Dusk", True, "")


def test_models_and_licences_are_gathered(file: Path) -> None:
    report = inspect(file)
    assert dict(report.models) == {"material_gan": "ab" * 32}
    assert report.licences == ("CC0-1.0", "MIT")
    assert licences([None, BAKE, OAK, OAK]) == ("CC0-1.0", "MIT")


def test_what_a_file_says_wrongly_is_not_believed(quad: Any, tmp_path: Path) -> None:
    odd = {"kind": 3, "size_m": ["wide", 1], "record": {"step": 4}}
    mesh: Mesh = quad(Surface("odd", extras={"vrgen": odd}), name="odd")
    work = Node("odd", meshes=(mesh,), extras={"vrgen": {"work": ["Dusk"]}})
    write(Scene("odd", (work, Node("mine", meshes=(mesh,), extras={"vrgen": 5}))), tmp_path / "odd.glb")
    (one,) = inspect(tmp_path / "odd.glb").surfaces
    assert (one.kind, one.size_m, one.record, one.work) == ("", (), None, "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "oak"}, "quilted from the latents of oak"),
        ({"kind": "oak", "draw": "gan"}, "drawn from noise as oak"),
        ({"kind": "oak", "mix": "bricks:grass=0.4"}, "quilted from the latents of bricks and grass"),
        (
            {"kind": "plaster", "like": "wall.jpg", "refine": 20, "weights": "mine.safetensors"},
            "quilted from the latents of the photo wall.jpg, refined 20 times, with weights mine.safetensors",
        ),
        (
            {"kind": "oak", "toward": 9, "way": 0.5},
            "quilted from the latents of oak, 50% of the way to seed 9",
        ),
    ],
)
def test_the_way_through_the_latents_is_told(options: dict[str, Any], words: str) -> None:
    assert route(Record("texture", options)) == words


def test_skies_and_other_steps_tell_theirs() -> None:
    assert route(Record("sky", {"kind": "dusk"})) == "joined from decoded latents of dusk skies"
    assert route(Record("sky", {"kind": "like"})) == "decoded from the latents of a panorama"
    assert route(BAKE) == ""
    assert sliders(OAK) == {"warmth": 0.5}
    assert sliders(Record("sky", {"cover": 0.0, "warmth": 0.0})) == {"cover": 0.0}
    assert sliders(Record("sky", {"cover": None, "warmth": True})) == {}
    assert sliders(Record("texture", {"slider": ["warmth", "relief=much", 3]})) == {}


def test_an_image_that_two_surfaces_wear_names_both(quad: Any, tmp_path: Path) -> None:
    shared = Image(np.full((4, 4, 3), 120, np.uint8))
    surfaces = [
        Surface(name, base_colour=Texture(shared), metallic_factor=m) for name, m in (("a", 0.0), ("b", 1.0))
    ]
    write(Scene("x", (Node("n", meshes=tuple(quad(s, name=s.name) for s in surfaces)),)), tmp_path / "x.glb")
    (one,) = inspect(tmp_path / "x.glb").textures
    assert one.worn == ("a base_colour", "b base_colour")
