"""What sets two scenes apart: records first, every field of every value, and nothing for equal ones."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from vrgen.core import Camera, Image, Light, Mesh, Node, Record, Scene, Surface, Texture
from vrgen.core.compare import compared
from vrgen.core.difference import Delta, Difference, shown
from vrgen.core.leaves import ABSENT, in_words, leaves, psnr

PIXELS = np.random.default_rng(1).integers(0, 256, (8, 16, 3), np.uint8)
OAK = Record(
    "texture", {"kind": "oak", "size": 512}, 7, "material_gan", "ab" * 32, {"vrgen": "0.1.0"}, ("CC0-1.0",)
)


def board(surface: Surface, *, name: str = "board", width: float = 1.0) -> Mesh:
    return Mesh(
        np.array([(0, 0, 0), (width, 0, 0), (width, 1, 0), (0, 1, 0)], np.float32),
        np.array([(0, 1, 2), (0, 2, 3)]),
        surface,
        uv0=np.array([(0, 1), (1, 1), (1, 0), (0, 0)], np.float32),
        colours=np.full((4, 4), 0.5, np.float32),
        name=name,
    )


def scene() -> Scene:
    """Built anew each time: no value is the same object."""
    wood = Surface(
        name="wood",
        base_colour=Texture(Image(PIXELS.copy()), scale=(0.5, 0.5)),
        extras={"vrgen": {"record": OAK.to_json()}},
    )
    wall = Node("wall", meshes=(board(wood),), extras={"vrgen": {"tags": ["a", "b"]}})
    lamp = Node("lamp", translation=np.array([0.0, 2.0, 0.0]), light=Light("spot", 400.0))
    room = Node("room", children=(wall, lamp))
    eye = Node("camera", camera=Camera(yfov=1.0))
    sky = Record("sky", {"size": 256}, 3)
    return Scene("rooms", (room, eye), extras={"vrgen": {"exposure": 0.5}}, records=(OAK, sky))


def told(found: Difference) -> list[tuple[str, str, str]]:
    return [(delta.part, delta.place, delta.what) for delta in found.deltas]


def on(name: str, **changed: Any) -> Scene:
    """The scene with fields of one node changed."""
    return scene().map_nodes(lambda node: replace(node, **changed) if node.name == name else node)


def dressed(**changed: Any) -> Scene:
    """The scene with fields of its surface changed."""
    return scene().map_nodes(
        lambda node: replace(
            node, meshes=tuple(replace(m, surface=replace(m.surface, **changed)) for m in node.meshes)
        )
    )


def test_equal_scenes_do_not_differ() -> None:
    found = compared(scene(), scene())
    assert found == Difference()
    assert (found.equal, found.first, found.counts, str(found)) == (True, None, {}, "nothing")


@pytest.mark.parametrize(
    ("field", "value", "what", "sentence"),
    [
        ("options", {"kind": "oak", "size": 1024}, "options/size", "options/size 512 -> 1024"),
        ("seed", 8, "seed", "seed 7 -> 8"),
        ("model", "mine", "model", "model material_gan -> mine"),
        ("model_digest", "cd" * 32, "model_digest", f"model_digest {'ab' * 30}"[:60]),
        ("versions", {"vrgen": "0.2.0"}, "versions/vrgen", "versions/vrgen 0.1.0 -> 0.2.0"),
        ("licences", ("CC0-1.0", "MIT"), "licences/1", "licences/1 nothing -> MIT"),
    ],
)
def test_what_a_record_says_is_named_before_all_that_follows_from_it(
    field: str, value: Any, what: str, sentence: str
) -> None:
    changed = replace(OAK, **{field: value})
    other = dressed(extras={"vrgen": {"record": changed.to_json()}}, roughness_factor=0.5)
    found = compared(scene(), replace(other, records=(changed, other.records[1])))
    assert found.first is not None
    assert (found.first.part, found.first.place, found.first.what) == ("record", "1 texture oak", what)
    assert found.first.sentence.startswith(sentence)
    assert {part for part, _, _ in told(found)[1:]} == {"surface"}


def test_stages_that_were_added_or_left_out_leave_the_others_in_line() -> None:
    one = scene()
    bake = Record("bake", {"light": "vertex"}, 0)
    stone = Record("texture", {"kind": "stone", "slider": ["warmth=+0.5"]}, 5)
    more = compared(one, replace(one, records=(stone, *one.records, bake)))
    assert [(d.sign, d.place, d.sentence) for d in more.deltas] == [
        ("+", "1 texture stone", "seed 5, warmth=+0.5"),
        ("+", "4 bake", "seed 0"),
    ]
    assert [(d.sign, d.place) for d in compared(one, replace(one, records=one.records[1:])).deltas] == [
        ("-", "1 texture oak")
    ]
    swapped = compared(one, replace(one, records=(Record("gallery"), one.records[1])))
    assert [(d.sign, d.place) for d in swapped.deltas] == [("-", "1 texture oak"), ("+", "1 gallery")]


@pytest.mark.parametrize(
    ("other", "part", "sign", "place", "sentence"),
    [
        (replace(scene(), name="halls"), "scene", "~", "name", "name rooms -> halls"),
        (replace(scene(), extras={}), "scene", "~", "extras", "vrgen {'exposure': 0.5} -> nothing"),
        (replace(scene(), nodes=scene().nodes[:1]), "node", "-", "camera", "camera"),
        (on("lamp", translation=np.array([0.0, 2.0, 0.25])), "node", "~", "lamp", "moved 0.25 m"),
        (on("lamp", rotation=np.array([0.0, 1.0, 0.0, 1.0])), "node", "~", "lamp", "turned 90°"),
        (on("lamp", scale=np.full(3, 2.0)), "node", "~", "lamp", "scale 1.0, 1.0, 1.0 -> 2.0, 2.0, 2.0"),
        (on("lamp", light=Light("spot", 500.0)), "node", "~", "lamp", "light/intensity 400 -> 500"),
        (on("lamp", light=None), "node", "~", "lamp", "light light -> none"),
        (on("wall", extras={}), "node", "~", "wall", "extras/vrgen {'tags': ['a', 'b']} -> nothing"),
        (on("room", children=scene().nodes[0].children[::-1]), "node", "~", "wall", "order wall -> lamp"),
        (on("wall", meshes=()), "mesh", "-", "wall/board", "2 triangles"),
        (on("wall", meshes=(board(Surface("stone")),)), "mesh", "~", "wall/board", "surface wood -> stone"),
        (dressed(roughness_factor=0.5), "surface", "~", "wood", "roughness_factor 1 -> 0.5"),
        (dressed(unlit=True), "surface", "~", "wood", "unlit False -> True"),
        (dressed(base_colour=None), "surface", "~", "wood", "base_colour texture -> none"),
    ],
)
def test_every_change_is_named_and_none_other(
    other: Scene, part: str, sign: str, place: str, sentence: str
) -> None:
    (delta,) = compared(scene(), other).deltas
    assert (delta.part, delta.sign, delta.place, delta.sentence) == (part, sign, place, sentence)
    (back,) = compared(other, scene()).deltas
    assert back.sign == {"-": "+", "+": "-", "~": "~"}[sign]


def test_a_node_that_hangs_elsewhere_is_named() -> None:
    one = scene()
    room, eye = one.nodes
    wall, lamp = room.children
    found = compared(one, replace(one, nodes=(replace(room, children=(wall,)), lamp, eye)))
    assert told(found) == [("node", "lamp", "parent")]
    assert (found.deltas[0].before, found.deltas[0].after) == ("room", "")


def test_geometry_is_told_by_counts_or_by_how_far_it_is_apart() -> None:
    wood = scene().nodes[0].children[0].meshes[0].surface
    wider = compared(scene(), on("wall", meshes=(board(wood, width=1.5),)))
    assert [delta.sentence for delta in wider.deltas] == ["positions up to 0.5 apart"]
    half = board(wood)
    half = replace(half, positions=half.positions[:3], indices=half.indices[:1], uv0=None, colours=None)
    assert [delta.sentence for delta in compared(scene(), on("wall", meshes=(half,))).deltas] == [
        "vertices 4 -> 3",
        "triangles 2 -> 1",
        "uv0 4x2 float32 -> none",
        "colours 4x4 float32 -> none",
    ]


def test_pictures_are_told_by_psnr_or_by_size() -> None:
    def painted(pixels: np.ndarray, space: Any = "srgb") -> Scene:
        return dressed(base_colour=Texture(Image(pixels, space), scale=(0.5, 0.5)))

    lighter = np.minimum(PIXELS, 245) + np.uint8(10)
    (delta,) = compared(painted(np.minimum(PIXELS, 245)), painted(lighter)).deltas
    assert (delta.part, delta.place, delta.what) == ("texture", "wood base_colour", "pixels")
    assert delta.figures["psnr_db"] == pytest.approx(20 * np.log10(255 / 10), abs=0.01)
    (delta,) = compared(scene(), painted(PIXELS[::2, ::2])).deltas
    assert delta.sentence == "image 16x8 srgb -> 8x4 srgb"
    (delta,) = compared(scene(), painted(PIXELS, "linear")).deltas
    assert delta.sentence == "image/colour_space srgb -> linear"
    assert psnr(Image(PIXELS), Image(PIXELS.copy())) == 99.0
    assert psnr(Image(PIXELS), Image(PIXELS[:4])) is None


def test_what_many_meshes_wear_is_told_once() -> None:
    def rooms(factor: float) -> Scene:
        nodes = tuple(
            Node(f"room_{i}", meshes=(board(Surface("paint", roughness_factor=factor)),)) for i in range(3)
        )
        return Scene("rooms", nodes)

    assert told(compared(rooms(1.0), rooms(0.5))) == [("surface", "paint", "roughness_factor")]


def test_every_field_of_a_node_a_mesh_and_a_surface_counts() -> None:
    """New fields of these values are compared without being asked for."""
    for kind, names in ((Node, {"name", "meshes", "children"}), (Mesh, {"surface"})):
        assert names <= {spec.name for spec in fields(kind)}
    for spec in fields(Surface):
        value = getattr(Surface(), spec.name)
        if isinstance(value, float):
            found = compared(dressed(**{spec.name: value}), dressed(**{spec.name: value + 1}))
            assert [delta.what for delta in found.deltas] == [spec.name]


JSON = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-9, 9)
    | some.floats(allow_nan=True)
    | some.text(max_size=3),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON)
def test_leaves_are_empty_for_equal_values_alone(a: Any, b: Any) -> None:
    assert list(leaves(a, a)) == []
    there, back = list(leaves(a, b)), list(leaves(b, a))
    assert {(leaf.path, repr(leaf.before)) for leaf in there} == {
        (leaf.path, repr(leaf.after)) for leaf in back
    }
    if repr(a) == repr(b):
        assert there == []


def test_values_of_other_sorts_are_told_apart() -> None:
    assert [leaf.path for leaf in leaves({"a": True, "b": 1}, {"a": 1, "b": 1.0})] == [("a",)]
    assert [leaf.path for leaf in leaves(np.zeros(2), None)] == [()]
    assert [leaf.apart for leaf in leaves(np.zeros(2), np.array([0.0, 2.0]))] == [2.0]
    assert [leaf.apart for leaf in leaves(np.zeros(2, np.uint8), np.zeros(2, np.int8))] == [None]
    deep: Any = 1
    other: Any = 2
    for _ in range(200):
        deep, other = [deep], [other]
    assert len(list(leaves(deep, other))) == 1


def test_values_are_told_in_words_and_few_letters() -> None:
    assert in_words({"a": (np.zeros((2, 3), np.float32), Image(PIXELS), Light("spot", 1.0))}) == {
        "a": ["2x3 float32", "16x8 srgb", "light"]
    }
    assert (shown(None), shown(ABSENT), shown(""), shown([1, "b"]), shown([])) == (
        "none",
        "nothing",
        "''",
        "1, b",
        "none",
    )
    assert len(shown("x" * 100)) == 60
    assert Delta("node", "a", before="").to_json() == {
        "part": "node",
        "place": "a",
        "what": "",
        "sign": "-",
        "before": "",
    }
