"""Physics: colliders in the words of OMI_physics_body, where the things stand, also after a round trip."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vrgen
from vrgen.core import Scene
from vrgen.errors import UsageProblem
from vrgen.scene.words.placing import Spot

GROUND = """
[[material]]
name = "m"
colour = "#808080"
[bake]
light = "none"
[[mesh]]
name = "ground"
box = [10, 0.2, 10]
at = [0, -0.2, 0]
material = "m"
collider = "box"
"""
STONES = """
[[mesh]]
name = "stones"
stone = [0.5, 0.4, 0.6]
material = "m"
collider = "hull"
body = "dynamic"
mass = 3
[mesh.scatter]
on = "ground"
count = 4
spacing = 1
size = [0.5, 1.5]
"""


def made(folder: Path, text: str) -> tuple[Scene, dict[str, Any]]:
    """The scene as it is read from its file, and the JSON of the file."""
    (folder / "a.toml").write_text(text)
    vrgen.write(vrgen.scene(file=folder / "a.toml"), folder / "a.glb")
    data = (folder / "a.glb").read_bytes()
    (length,) = struct.unpack("<I", data[12:16])
    return vrgen.read(folder / "a.glb"), json.loads(data[20 : 20 + length])


def test_a_box_is_a_shape_of_the_document_and_a_body_of_a_node(tmp_path: Path) -> None:
    scene, document = made(tmp_path, GROUND)
    assert {"OMI_physics_body", "OMI_physics_shape"} <= set(document["extensionsUsed"])
    (shape,) = document["extensions"]["OMI_physics_shape"]["shapes"]
    assert shape == {"type": "box", "box": {"size": [10.0, 0.2, 10.0]}}
    (node,) = [node for node in document["nodes"] if "extensions" in node]
    assert node["extensions"]["OMI_physics_body"] == {"collider": {"shape": 0}}
    world = next(world for node, world in scene.walk() if node.name == "ground_collider_1")
    assert np.allclose(world[:3, 3], (0, -0.1, 0)), "the middle of the slab"


def test_what_moves_is_a_node_of_its_own_and_its_hull_holds_it(tmp_path: Path) -> None:
    scene, document = made(tmp_path, GROUND + STONES)
    shapes = document["extensions"]["OMI_physics_shape"]["shapes"]
    bodies = [node for node in document["nodes"] if node["name"] in {f"stones_{k}" for k in range(1, 5)}]
    assert len(bodies) == 4
    for body in bodies:
        motion = body["extensions"]["OMI_physics_body"]["motion"]
        assert motion == {"type": "dynamic", "mass": 3.0} and "scale" not in body
    placed = {node.name: (node, world) for node, world in scene.walk()}
    for k in range(1, 5):
        node, world = placed[f"stones_{k}_collider_1"]
        seen, grown = placed[f"stones_{k}_shape"]
        index = node.kept["extensions"]["OMI_physics_body"]["collider"]["shape"]
        hull = scene.document["extensions"]["OMI_physics_shape"]["shapes"][index]["convex"]["mesh"]
        assert np.isclose(np.linalg.det(world[:3, :3]), 1.0), "colliders are not scaled"
        corners = hull.positions @ world[:3, :3].T + world[:3, 3]
        points = seen.meshes[0].positions @ grown[:3, :3].T + grown[:3, 3]
        for way in np.random.default_rng(3).normal(size=(20, 3)):
            assert (corners @ way).max() == pytest.approx((points @ way).max(), abs=2e-3)
        a, b, c = (hull.positions[hull.indices[:, i]] for i in range(3))
        volume = (np.cross(a, b) * c).sum() / 6
        assert volume > 0, "its fronts are outside"
    held = {node.name: node.holds for node in vrgen.inspect(tmp_path / "a.glb").nodes}
    assert held["stones_1"] == ("dynamic body",) and held["stones_1_collider_1"] == ("collider",)
    drawn = {node["mesh"] for node in document["nodes"] if "mesh" in node}
    assert not drawn & {shape["convex"]["mesh"] for shape in shapes if "convex" in shape}


def test_equal_copies_share_a_shape_and_reading_and_writing_keeps_the_bytes(tmp_path: Path) -> None:
    columns = '[[mesh]]\nname = "columns"\ncylinder = [0.2, 2]\nmaterial = "m"\ncollider = "hull"\n'
    columns += "[mesh.grid]\ncount = [3, 2]\nstep = [1, 1]\n"
    scene, document = made(tmp_path, GROUND + columns + STONES)
    shapes = document["extensions"]["OMI_physics_shape"]["shapes"]
    assert len(shapes) == 1 + 1 + 4
    vrgen.write(scene, tmp_path / "b.glb")
    assert (tmp_path / "b.glb").read_bytes() == (tmp_path / "a.glb").read_bytes()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('body = "dynamic"', r"\[\[mesh\]\] 2 'a' body \(line \d+\): has no collider"),
        ('collider = "box"\nmass = 2', r"mass \(line \d+\): is that of a dynamic body"),
        ('collider = "box"\nbody = "dynamik"', r"got 'dynamik'. Did you mean 'dynamic'"),
        ("align = true", r"align \(line \d+\): needs something to stand on"),
        ("[mesh.vary]\nsize = [0.5, 1]", r"vary \(line \d+\): needs a grid or a row"),
        ('material = ["m", "n"]', r"material \(line \d+\): there is no material called 'n'"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line(tmp_path: Path, wrong: str, told: str) -> None:
    worn = "" if "material" in wrong else 'material = "m"\n'
    text = GROUND + f'[[mesh]]\nname = "a"\nbox = [1, 1, 1]\n{worn}{wrong}\n'
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(UsageProblem, match=told):
        vrgen.scene(file=tmp_path / "a.toml")


def test_copies_vary_by_chance_and_wear_one_of_a_list(tmp_path: Path) -> None:
    text = GROUND + '[[material]]\nname = "n"\ncolour = "#202020"\n' + "[[mesh]]\n"
    text += 'name = "books"\nbox = [0.04, 0.3, 0.2]\nmaterial = ["m", "n"]\nseparate = true\n[mesh.along]\n'
    text += (
        "start = [-1, 0]\nend = [1, 0]\ncount = 40\n[mesh.vary]\nsize = [0.5, 1]\nturn = 20\nshift = 0.01\n"
    )
    scene, _ = made(tmp_path, text)
    books = [node for node in scene.nodes if node.name.startswith("books_")]
    assert len(books) == 40
    sizes = [float(node.scale[0]) for node in books]
    assert 0.5 <= min(sizes) < 0.6 and 0.9 < max(sizes) <= 1.0
    worn = [node.meshes[0].surface.name for node in books]
    assert 10 < worn.count("m") < 30
    again, _ = made(tmp_path, text)
    assert [n.matrix.tolist() for n in again.nodes] == [n.matrix.tolist() for n in scene.nodes]


def test_what_is_aligned_stands_upright_on_a_slope(tmp_path: Path) -> None:
    text = GROUND + '[[mesh]]\nname = "hill"\nlathe = [[3, 0], [0, 1]]\nsides = 64\nmaterial = "m"\n'
    text += '[[mesh]]\nname = "pins"\ncylinder = [0.05, 0.5]\nmaterial = "m"\nalign = true\nseparate = true\n'
    text += '[mesh.scatter]\non = "hill"\ncount = 6\nspacing = 0.5\nmargin = 0.3\n'
    scene, _ = made(tmp_path, text)
    pins = [world for node, world in scene.walk() if node.name.startswith("pins_")]
    assert len(pins) == 6
    for world in pins:
        x, _, z = world[:3, 3]
        outward = np.array([x, 0, z]) / np.hypot(x, z)
        slope = (outward + np.array([0, 3.0, 0])) / np.sqrt(10)
        assert np.allclose(world[:3, 1], slope, atol=0.05)


def test_a_tilt_is_the_least_turn_to_its_up() -> None:
    up = tuple((np.array([0.3, 0.8, -0.2]) / np.linalg.norm([0.3, 0.8, -0.2])).tolist())
    matrix = Spot((1, 2, 3), 50.0, 2.0, up=up).matrix  # type: ignore[arg-type]
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, 4 * np.eye(3))
    assert np.allclose(matrix[:3, 1] / 2, up) and np.linalg.det(matrix[:3, :3]) > 0
