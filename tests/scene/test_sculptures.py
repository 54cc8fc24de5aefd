"""OBJ files with their colours, and models nobody can stand on a plinth."""

import numpy as np
import pytest
from PIL import Image as Pillow

from vrgen.core import Mesh, Node, Scene
from vrgen.errors import InputProblem
from vrgen.scene.sculptures import read_sculpture


def no_loader(path):
    raise AssertionError(path)


OBJ = """mtllib a.mtl
v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0
vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1
usemtl skin
f 1/1 2/2 3/3 4/4
"""


def test_texture_and_its_orientation(tmp_path):
    (tmp_path / "a.obj").write_text(OBJ)
    (tmp_path / "a.mtl").write_text("newmtl skin\nKd 0.5 0.5 0.5\nNs 98\nmap_Kd t.png\n")
    Pillow.fromarray(np.array([[[255, 0, 0]], [[0, 0, 255]]], np.uint8)).save(tmp_path / "t.png")
    scene = read_sculpture(tmp_path / "a.obj", no_loader)
    (mesh,) = scene.nodes[0].meshes
    assert len(mesh.indices) == 2 and mesh.lighting == "neutral"
    top = mesh.positions[:, 1] == 1
    # The picture's top row is red; UV origin is at the top left.
    assert np.allclose(mesh.uv0[top, 1], 0) and np.allclose(mesh.uv0[~top, 1], 1)
    assert tuple(mesh.surface.base_colour.image.pixels[0, 0]) == (255, 0, 0)
    assert np.allclose(np.abs(mesh.normals), [0, 0, 1])
    assert 0.3 < mesh.surface.roughness_factor < 0.45


def test_colours_without_texture(tmp_path):
    (tmp_path / "a.obj").write_text(OBJ)
    (tmp_path / "a.mtl").write_text("newmtl skin\nKd 0.5 0.25 1.0\n")
    (mesh,) = read_sculpture(tmp_path / "a.obj", no_loader).nodes[0].meshes
    assert mesh.surface.base_colour_factor == pytest.approx((0.2140, 0.0508, 1.0, 1.0), abs=3e-3)


def test_edges_stay_edges(tmp_path):
    corners = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    faces = ["1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4"]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"f {face}" for face in faces]
    (tmp_path / "cube.obj").write_text("\n".join(lines))
    (mesh,) = read_sculpture(tmp_path / "cube.obj", no_loader).nodes[0].meshes
    assert np.allclose(np.sort(np.abs(mesh.normals), axis=1), [0, 0, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty (0 bytes); copy it again"),
        ("v 0 0 0\n", "holds no surface, expected triangles"),
        ("hello", "holds no surface, expected triangles"),
        ("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 9\n", "is no OBJ that can be read"),
        ("v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", "holds no surface, expected triangles"),
    ],
)
def test_what_is_no_sculpture(tmp_path, text, sentence):
    (tmp_path / "x.obj").write_text(text)
    with pytest.raises(InputProblem) as caught:
        read_sculpture(tmp_path / "x.obj", no_loader)
    assert str(caught.value).startswith(sentence)


def test_nothing_outside_the_folder_is_read(tmp_path):
    (tmp_path / "in").mkdir()
    Pillow.new("RGB", (2, 2), (1, 2, 3)).save(tmp_path / "secret.png")
    (tmp_path / "in" / "a.obj").write_text(OBJ)
    (tmp_path / "in" / "a.mtl").write_text("newmtl skin\nmap_Kd ../secret.png\n")
    (mesh,) = read_sculpture(tmp_path / "in" / "a.obj", no_loader).nodes[0].meshes
    assert mesh.surface.base_colour is None


def test_models_without_place_or_surface(tmp_path):
    (tmp_path / "x.glb").write_bytes(b"glTF")
    far = Mesh(np.array([[0, 0, 0], [1, 0, 0], [np.inf, 1, 0]], np.float32), np.array([[0, 1, 2]]))
    with pytest.raises(InputProblem, match="has corners at infinity, expected finite coordinates"):
        read_sculpture(tmp_path / "x.glb", lambda path: Scene("far", (Node("n", meshes=(far,)),)))
    with pytest.raises(InputProblem, match="holds no surface"):
        read_sculpture(tmp_path / "x.glb", lambda path: Scene("empty"))


def test_the_path_is_said_once(tmp_path):
    path = tmp_path / "x.glb"
    path.write_bytes(b"glTF")

    def damaged(path):
        raise InputProblem(f"{path}: the header lies; export it again")

    with pytest.raises(InputProblem) as caught:
        read_sculpture(path, damaged)
    assert str(caught.value) == "the header lies; export it again"
