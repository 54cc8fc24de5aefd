"""Reroll: a name finds its surface, one material changes and nothing else, twice the same."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

import vrgen
from vrgen.bake import backdrop
from vrgen.cli.main import main
from vrgen.core import Camera, Image, Light, Mesh, Node, Scene, Surface, Texture
from vrgen.core.change import record_of
from vrgen.core.progress import SILENT
from vrgen.core.wearers import like, named, wearers
from vrgen.errors import InputProblem, UsageProblem, ValueProblem
from vrgen.gltf.read import Reader
from vrgen.verbs.reroll import RerollOptions, parse_amounts, reflectance, rerolled, seed_step


def board(surface: Surface, *, name: str, z: float) -> Mesh:
    """A square metre that faces +Z."""
    return Mesh(
        np.array([(0, 0, z), (1, 0, z), (1, 1, z), (0, 1, z)], np.float32),
        np.array([(0, 1, 2), (0, 2, 3)]),
        surface,
        uv0=np.array([(0, 1), (1, 1), (1, 0), (0, 0)], np.float32),
        name=name,
    )


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Oak and plaster on boards, the oak in two sizes, paint, a picture, two cameras and a sky."""
    oak, small = vrgen.texture(kind="oak", seed=3, size=128), vrgen.texture(kind="oak", seed=3, size=64)
    plaster = Surface.of(vrgen.texture(kind="plaster", seed=5, size=64), name="wall_plaster")
    wood, frame = Surface.of(oak, name="floor_oak"), Surface.of(small, name="frame_oak")
    photo = Surface(name="picture", base_colour=Texture(Image(np.full((8, 8, 3), 90, np.uint8))))
    room = Node(
        "room",
        meshes=(board(plaster, name="room_wall", z=-1.0), board(wood, name="room_floor", z=-2.0)),
    )
    hall = Node("hall", meshes=(board(wood, name="hall_floor", z=0.0),))
    work = Node("work", meshes=(board(photo, name="canvas", z=0.5), board(frame, name="moulding", z=0.6)))
    door = Node("door", meshes=(board(Surface(name="paint"), name="door", z=-3.0),))
    away = Node("camera_away", translation=np.array([0.5, 0.5, 30.0]), camera=Camera(yfov=0.8))
    near = Node("camera_near", translation=np.array([0.5, 0.5, -0.2]), camera=Camera(yfov=1.0))
    bare = Scene("rooms", (room, hall, work, door, away, near), sky=vrgen.sky(seed=2, size=256))
    return backdrop(bare, exposure=0.01)


@pytest.fixture(scope="module")
def file(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("out") / "rooms.glb"
    vrgen.write(scene, path)
    return path


def surfaces(scene: Scene) -> dict[str, Surface]:
    return {mesh.surface.name: mesh.surface for node, _ in scene.walk() for mesh in node.meshes}


def seeds(scene: Scene) -> dict[str, int | None]:
    told = {name: record_of(surface) for name, surface in surfaces(scene).items()}
    return {name: record.seed for name, record in told.items() if record is not None}


def run(*argv: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(argv)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("name", "surface"),
    [
        ("floor_oak", "floor_oak"),
        ("room_floor", "floor_oak"),
        ("hall", "floor_oak"),
        ("work", "frame_oak"),  # the picture beside it was not generated
        ("sky", "sky"),
        ("door", "paint"),  # refused later, by what makes surfaces again
    ],
)
def test_a_surface_is_found_by_its_own_name_its_mesh_or_its_node(
    scene: Scene, name: str, surface: str
) -> None:
    assert [one.name for one in named(scene, name)] == [surface]


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        (
            "wall_plastr",
            UsageProblem,
            r"Did you mean 'wall_plaster'\? Generated here: wall_plaster, floor_oak",
        ),
        (
            "room",
            UsageProblem,
            "room wears 2 generated surfaces, expected one of them: wall_plaster, floor_oak",
        ),
        ("camera_near", InputProblem, "camera_near wears nothing that says how it was made"),
    ],
)
def test_a_name_that_means_nothing_or_too_much_says_what_there_is(
    scene: Scene, name: str, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        named(scene, name)


def test_what_was_made_from_one_record_is_alike_in_whatever_size(scene: Scene) -> None:
    assert [one.name for one in like(scene, surfaces(scene)["frame_oak"])] == ["frame_oak", "floor_oak"]
    assert [one.name for one in like(scene, surfaces(scene)["paint"])] == ["paint"]
    assert [node for node, _ in wearers(scene, surfaces(scene)["floor_oak"])] == ["room", "hall"]


def test_the_next_seed_is_worn_everywhere_and_nothing_else_changes(scene: Scene) -> None:
    after = vrgen.reroll(scene, node="hall")
    assert seeds(after) == {**seeds(scene), "floor_oak": 4}
    made = vrgen.texture(kind="oak", seed=4, size=128)
    new = surfaces(after)["floor_oak"].base_colour
    assert new is not None
    np.testing.assert_array_equal(new.image.pixels, made.base_colour.pixels)
    for name, old in surfaces(scene).items():
        assert (surfaces(after)[name] is old) is (name != "floor_oak")
    assert (after.records[-1].step, after.records[-1].seed) == ("remake", 4)


def test_seeds_are_counted_from_the_record_or_are_what_is_said(scene: Scene) -> None:
    for asked, seed in (("+2", 5), ("-1", 2), ("12", 12), (12, 12)):
        assert seeds(vrgen.reroll(scene, node="frame_oak", seed=asked))["frame_oak"] == seed
    assert (seed_step("+1", 9), seed_step("-1", 9), seed_step("7", 9), seed_step(9, 9)) == (1, -1, -2, 0)
    with pytest.raises(ValueProblem, match="seed: got"):
        seed_step("99999999999999999999", 0)


def test_sliders_keep_the_seed_and_add_up(scene: Scene) -> None:
    once = vrgen.reroll(scene, node="floor_oak", slider=("brightness=+1",))
    twice = vrgen.reroll(once, node="floor_oak", slider=("brightness=1", "warmth=-0.5"))
    record = record_of(surfaces(twice)["floor_oak"])
    assert record is not None
    assert (record.seed, record.options["slider"]) == (3, ["brightness=+2", "warmth=-0.5"])
    assert reflectance(surfaces(twice)["floor_oak"]) > 1.2 * reflectance(surfaces(scene)["floor_oak"])
    assert parse_amounts(("warmth=+0.5", "warmth=1")) == {"warmth": 1.5}


def test_all_alike_are_made_together(scene: Scene) -> None:
    done = rerolled(scene, RerollOptions(node="work", seed=9, all_like=True), SILENT)
    assert [one.after.name for one in done.made] == ["frame_oak", "floor_oak"]
    assert seeds(done.after) == {**seeds(scene), "frame_oak": 9, "floor_oak": 9}
    assert [one.before_record.seed for one in done.made] == [3, 3]


def test_a_surface_that_sends_on_less_baked_light_is_told(scene: Scene) -> None:
    notes: list[str] = []

    class Notes:
        stage = staticmethod(SILENT.stage)
        note = staticmethod(notes.append)

    unlit = scene.map_nodes(
        lambda node: replace(
            node, meshes=tuple(replace(m, surface=replace(m.surface, unlit=True)) for m in node.meshes)
        )
    )
    for slider in ("brightness=-2", "contrast=+0.1"):
        rerolled(unlit, RerollOptions(node="wall_plaster", slider=(slider,)), Notes())
    assert len(notes) == 1
    assert "less light than before; the baked light around it stays" in notes[0]


def test_light_on_the_second_uvs_and_what_is_not_understood_stay(scene: Scene) -> None:
    """As `bake --light lightmap` delivers: materials are kept, light and occlusion lie beside them."""
    light = Texture(Image(np.full((4, 4, 3), 200, np.uint8), "linear"), uv_set=1)
    coat = {"KHR_materials_clearcoat": {"clearcoatFactor": 0.5}}
    baked = replace(
        surfaces(scene)["floor_oak"],
        lightmap=light,
        lightmap_intensity=2.0,
        occlusion=light,
        occlusion_strength=0.5,
        kept=coat,
    )
    worn = scene.map_nodes(
        lambda node: replace(
            node,
            meshes=tuple(
                replace(m, surface=baked, uv1=m.uv0) if m.surface.name == "floor_oak" else m
                for m in node.meshes
            ),
        )
    )
    new = surfaces(vrgen.reroll(worn, node="floor_oak"))["floor_oak"]
    assert (new.lightmap, new.lightmap_intensity) == (light, 2.0)
    assert (new.occlusion, new.occlusion_strength) == (light, 0.5)
    assert new.kept == coat
    assert new.base_colour is not None and baked.base_colour is not None
    assert new.base_colour.image is not baked.base_colour.image


def test_an_atlas_of_all_light_and_colour_is_refused() -> None:
    atlas = Surface("atlas", base_colour=Texture(Image(np.zeros((4, 4, 3), np.uint8))), unlit=True)
    scene = Scene("x", (Node("room", meshes=(board(atlas, name="wall", z=0.0),)),))
    with pytest.raises(InputProblem, match=r"lies in one picture \(bake --light atlas\)"):
        vrgen.reroll(scene, node="wall")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"seed": "next"}, "seed: got 'next', expected"),
        ({"slider": ("warmth",)}, "slider: got 'warmth', expected NAME=AMOUNT"),
        ({"slider": ("warmth=nan",)}, "slider: got 'warmth=nan'"),
        ({"slider": ("glow=1",)}, "no slider is called 'glow'"),
    ],
)
def test_what_cannot_be_asked_for_is_one_sentence(
    scene: Scene, asked: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UsageProblem, match=sentence):
        vrgen.reroll(scene, node="floor_oak", **asked)  # type: ignore[arg-type]


def test_the_same_command_twice_gives_the_same_bytes_and_other_images_stay_as_they_are(
    file: Path, tmp_path: Path
) -> None:
    line = ("reroll", str(file), "--node", "room_floor", "--seed", "-1", "-o")
    assert run(*line, str(tmp_path / "a.glb"))[0] == 0
    code, out, _ = run(*line, str(tmp_path / "b.glb"), "--json")
    assert code == 0
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()
    (made,) = json.loads(out)["made"]
    assert (made["surface"], made["before"]["seed"], made["after"]["seed"]) == ("floor_oak", 3, 2)
    assert [one["mesh"] for one in made["worn"]] == ["room_floor", "hall_floor"]
    kept = images_of(file) & images_of(tmp_path / "a.glb")
    assert len(images_of(file)) - len(kept) == 3  # base colour, normal, ORM of the oak


def images_of(path: Path) -> set[bytes]:
    reader = Reader.open(path, SILENT)
    reader.scene()
    return {bytes(reader.images.encoded(index)) for index in reader.images.sizes()}


def test_the_preview_looks_from_where_most_is_seen(file: Path, tmp_path: Path) -> None:
    pytest.importorskip("OpenGL")
    from vrgen.view.before_after import best_camera

    read = vrgen.read(file)
    try:
        assert best_camera(read, [surfaces(read)["wall_plaster"]]) == "camera_near"
    except vrgen.VrgenError as problem:  # no OpenGL here
        pytest.skip(str(problem))
    picture = tmp_path / "look.png"
    line = ("reroll", str(file), "--node", "wall_plaster", "--slider", "brightness=-2")
    code, out, _ = run(*line, "-o", str(tmp_path / "x.glb"), "--preview", str(picture))
    assert code == 0
    assert "slider: none -> brightness=-2" in out
    assert "worn by room_wall" in out
    with Pictures.open(picture) as shown:
        assert shown.width == 1800
        halves = np.asarray(shown.convert("L"), np.float64)
    assert halves[:, :900].mean() > halves[:, 900:].mean() + 2


def test_without_cameras_the_preview_frames_the_scene(scene: Scene) -> None:
    from vrgen.view.before_after import best_camera

    assert best_camera(Scene("bare", (scene.nodes[0],)), []) is None


def test_light_is_traced_again_and_said_so(tmp_path: Path) -> None:
    """A floor made brighter lightens the wall beside it; the record says what was done."""
    wood = Surface.of(vrgen.texture(kind="oak", seed=3, size=64), name="floor_oak")
    wall = Surface(name="wall", base_colour=Texture(Image(np.full((8, 8, 3), 200, np.uint8))))
    flat = board(wood, name="floor", z=0.0)
    ground = replace(flat, positions=flat.positions[:, [0, 2, 1]] * np.float32([1, 1, -1]) + (0, 0, 1))
    room = Node("room", meshes=(board(wall, name="wall", z=0.0), ground))
    lamp = Node("lamp", translation=np.array([0.5, 0.9, 0.8]), light=Light("point", 20.0))
    baked = vrgen.bake(Scene("corner", (room, lamp)), texel_m=0.1, samples=32)
    path, out = tmp_path / "corner.glb", tmp_path / "again.glb"
    vrgen.write(baked, path)
    words = ("reroll", str(path), "--node", "floor_oak", "--slider", "brightness=2", "-o", str(out))
    code, _, said = run(*words, "--light", "again")
    assert code == 0 and "--light again traces it" not in said
    before, after = ({mesh.name: mesh for mesh in vrgen.read(file).nodes[0].meshes} for file in (path, out))
    gain = after["wall"].colours[:, 1].astype(float) - before["wall"].colours[:, 1]
    assert gain.max() > 0.02 and gain.min() > -0.01
    assert vrgen.read(out).records[-1].step == "relight"
    assert vrgen.read(out).records[-1].options == {"surfaces": ["floor_oak"], "light": "again"}
