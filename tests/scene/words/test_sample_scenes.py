"""Our own scenes in words: each is in order, and stands as a visitor and a headset need it, here in paint."""

from __future__ import annotations

import re

import pytest

import vrgen
from vrgen.core import Scene
from vrgen.core.budget import STARTER
from vrgen.core.exhibits import exhibits
from vrgen.core.files import resource
from vrgen.gltf.check import check
from vrgen.view.viewpoint import cameras, tour
from vrgen.view.walk import inside

SAMPLES = resource("assets/samples")
SCENES = ("blocks", "colonnade", "reading_room")


@pytest.fixture(scope="module", params=SCENES)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A sample without its generated materials, sky and light: its places are the same."""
    folder = tmp_path_factory.mktemp(request.param)
    text = (SAMPLES / f"{request.param}.toml").read_text()
    text = re.sub(r'(?m)^(kind = "(?!point|spot)\w+"|slab = .*|joint = .*|bond = .*|size = \d+)$', "", text)
    text = re.sub(r"(?s)\[sky\].*?\n\n(?=\[|#)", "", text)
    text = re.sub(r"(?s)\n\[bake\].*", "\n", text) + '\n[bake]\nlight = "none"\n'
    (folder / "scene.toml").write_text(text)
    vrgen.write(vrgen.scene(file=folder / "scene.toml"), folder / "scene.glb")
    return vrgen.read(folder / "scene.glb")


def test_one_can_arrive_walk_and_look(scene: Scene) -> None:
    ours = scene.extras["vrgen"]
    assert inside(ours["walkable"], ours["spawn"][0], ours["spawn"][2])
    assert "camera_overview" in cameras(scene) and len(tour(scene)) >= 3
    assert all(work.camera for work in exhibits(scene)), "every work has its stop"


def test_it_fits_a_headset_and_its_stops_are_reached(scene: Scene) -> None:
    found = check(scene, "quest3")
    told = {one.code for one in found}
    assert not told & {"STOP_CUT_OFF", "AISLE_NARROW", "SIGHTLINE_BLOCKED", "NAME_DUPLICATE"}, found
    assert not [one for one in found if one.severity == "error"]
    drawn = sum(len(node.meshes) for node, _ in scene.walk())
    assert drawn < STARTER["quest3"].draw_calls


def test_engines_find_its_bodies(scene: Scene) -> None:
    shapes = scene.document["extensions"]["OMI_physics_shape"]["shapes"]
    used = [
        node.kept["extensions"]["OMI_physics_body"]["collider"]["shape"]
        for node, _ in scene.walk()
        if "collider" in node.kept.get("extensions", {}).get("OMI_physics_body", {})
    ]
    assert set(used) == set(range(len(shapes)))
