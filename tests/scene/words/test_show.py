"""A gallery within a scene: where the table wants it, its floor and its stops with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vrgen.core import Image, Material, Scene, Sky, Surface
from vrgen.core.exhibits import exhibits
from vrgen.scene.build import build, surfaces_needed
from vrgen.scene.plan import plan
from vrgen.scene.words.compose import Parts, compose
from vrgen.scene.words.read import read_words
from vrgen.scene.words.show import Show
from vrgen.scene.words.tables import GalleryTable
from vrgen.scene.work import Work
from vrgen.view.viewpoint import cameras
from vrgen.view.walk import inside

SKY = Sky(np.full((8, 16, 3), 4000.0, np.float32))
TEXT = """
[[mesh]]
name = "yard"
plane = [80, 80]
material = "m"
[[mesh]]
name = "room_01"
box = [1, 1, 1]
at = [-20, 0, 20]
material = "m"
[[mesh]]
name = "rocks"
stone = [1, 1, 1]
material = "m"
collider = "box"
[mesh.scatter]
on = "yard"
count = 40
spacing = 3
clear = ["gallery"]
clearance = 1.0
[[camera]]
name = "yard"
at = [-20, 1.6, 22]
of = "room_01"
[walkable]
on = ["yard"]
[spawn]
at = [-25, 25]
"""


@pytest.fixture(scope="module")
def hung() -> Scene:
    """A gallery of three pictures in grey."""
    grey = Image(np.full((16, 16, 3), 128, np.uint8))
    works = [
        Work(f"{k}.png", grey, None, None, f"Work {k}", "", "", "", "", None, None, (160, 160), str(k))
        for k in range(3)
    ]
    materials = {r.role: Material(r.role, str(r.kind), grey) for r in surfaces_needed("white-cube")}
    drawing = plan(works, style="white-cube", seed=3)
    return build(drawing, works, style="white-cube", materials=materials, sky=SKY, title="Show", seed=3)


def composed(folder: Path, hung: Scene, table: GalleryTable) -> Scene:
    """The yard with the gallery in it."""
    (folder / "yard.toml").write_text(TEXT)
    words, source = read_words(folder / "yard.toml")
    return compose(words, source, Parts({"m": Surface("m")}, sky=SKY, show=Show.of(hung, table)))


@pytest.mark.parametrize(
    ("at", "turn"), [((0.0, 0.0, 0.0), None), ((6.0, 0.0, -4.0), 90.0), ((0, 0, 3), -30)]
)
def test_floor_and_stops_move_with_the_house(
    tmp_path: Path, hung: Scene, at: tuple[float, float, float], turn: float | None
) -> None:
    table = GalleryTable(pictures="here", at=at, turn=turn)
    scene = composed(tmp_path, hung, table)
    places = cameras(scene)
    assert len(places) == 5 and len({node.name for node, _ in scene.walk()}) == len(list(scene.walk()))
    ours = scene.extras["vrgen"]
    for name, (_, world) in places.items():
        assert inside(ours["walkable"], world[0, 3], world[2, 3]), name
    stops = [node.extras["vrgen"]["stop"] for node, _ in scene.walk() if node.camera is not None]
    assert sorted(stops) == [0, 1, 2, 3, 4]
    assert ours["spawn"] == [-25, 0, 25] and ours["style"] == "white-cube"
    assert [work.camera for work in exhibits(scene)] == [f"camera_{k:03}" for k in (1, 2, 3)]


def test_a_scene_of_nothing_else_is_the_gallery_itself(tmp_path: Path, hung: Scene) -> None:
    (tmp_path / "a.toml").write_text('[[gallery]]\npictures = "here"\n')
    words, source = read_words(tmp_path / "a.toml")
    show = Show.of(hung, words.gallery[0])
    scene = compose(words, source, Parts(sky=SKY, show=show))
    ours, theirs = ({node.name: (node, world) for node, world in one.walk()} for one in (scene, hung))
    assert set(ours) == set(theirs)
    for name, (node, world) in theirs.items():
        assert np.allclose(ours[name][1], world, atol=1e-6), name
        assert [id(mesh) for mesh in ours[name][0].meshes] == [id(mesh) for mesh in node.meshes]
        assert ours[name][0].extras == node.extras
    said = scene.extras["vrgen"]
    for key in ("walkable", "route", "spawn"):
        for mine, its in zip(said[key], hung.extras["vrgen"][key], strict=True):
            assert np.allclose(mine, its, atol=2e-4)
    assert {k for k in hung.extras["vrgen"]} <= set(said)


def test_the_houses_walls_are_no_yard(tmp_path: Path, hung: Scene) -> None:
    scene = composed(tmp_path, hung, GalleryTable(pictures="here"))
    yard = scene.extras["vrgen"]["walkable"][:1]
    assert inside(yard, -25, 25) and not inside(yard, -20, 20)
    points = Show.of(hung, GalleryTable(pictures="x")).triangles().reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    x, z = (low[0] + high[0]) / 2, (low[2] + high[2]) / 2
    assert not inside(yard, x, z), "one gets inside by a stop, through no wall"
    rocks = next(node for node in scene.nodes if node.name == "rocks").extras["vrgen"]["collider"]["shapes"]
    places = np.array([shape["at"] for shape in rocks])
    outside = (places[:, [0, 2]] < low[[0, 2]] - 0.3) | (places[:, [0, 2]] > high[[0, 2]] + 0.3)
    assert len(rocks) == 40 and outside.any(axis=1).all()
