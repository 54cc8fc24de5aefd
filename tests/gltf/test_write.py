"""What write shares, counts and refuses."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from vrgen.core import Camera, Image, Light, Mesh, Node, Scene, Surface, Texture
from vrgen.errors import OutputProblem, UsageProblem, ValueProblem
from vrgen.gltf import WriteOptions, read, write
from vrgen.gltf.encode import encode
from vrgen.gltf.texture_memory import texture_memory


def document(path) -> dict:
    data = path.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])


def scene_of(*meshes: Mesh) -> Scene:
    return Scene("", tuple(Node(f"n{i}", meshes=(mesh,)) for i, mesh in enumerate(meshes)))


def test_equal_parts_are_written_once(tmp_path, quad, picture):
    """Equal by content: every object here is another one."""
    meshes = [quad(Surface(base_colour=Texture(picture(1))), name="q") for _ in range(5)]
    report = write(scene_of(*meshes), tmp_path / "a.glb")
    it = document(tmp_path / "a.glb")
    assert [len(it[key]) for key in ("meshes", "materials", "textures", "images", "samplers")] == [1] * 5
    assert len(it["accessors"]) == 5 and len(it["nodes"]) == 5
    assert (report.meshes, report.draw_calls, report.triangles) == (1, 5, 5 * 8)


def test_one_image_in_two_slots_is_one_image(tmp_path, quad, picture):
    grey = picture(2, 3, "linear")
    surface = Surface(metallic_roughness=Texture(grey), occlusion=Texture(grey))
    report = write(scene_of(quad(surface, name="q")), tmp_path / "a.glb")
    assert report.textures == 1 and report.texture_bytes == texture_memory(64, 32)


def test_texture_memory_counts_mipmaps():
    assert texture_memory(1, 1) == 4
    assert texture_memory(4, 2) == 4 * (8 + 2 + 1)
    assert texture_memory(2048, 2048) == 4 * sum(4**level for level in range(12))


def test_indices_are_as_narrow_as_they_may_be(tmp_path):
    for count, code in ((65535, 5123), (65536, 5125)):
        mesh = Mesh(np.random.default_rng(1).random((count, 3)), [[0, 1, count - 1]])
        write(scene_of(mesh), tmp_path / "a.glb")
        it = document(tmp_path / "a.glb")
        assert it["accessors"][it["meshes"][0]["primitives"][0]["indices"]]["componentType"] == code


def test_dark_gradients_keep_their_steps(tmp_path, quad):
    """A linear ramp from 0 to 0.01 has 3 steps in 8 bit; here every vertex keeps its own."""
    mesh = quad(Surface(), name="q", n=10)
    ramp = np.linspace(0, 0.01, 100, dtype=np.float32)
    write(scene_of(replace(mesh, colours=np.stack([ramp] * 3 + [ramp * 0 + 1], 1))), tmp_path / "a.glb")
    got = read(tmp_path / "a.glb").nodes[0].meshes[0].colours
    assert len(np.unique(got[:, 0])) == 100 and np.all(got[:, 3] == 1)


def test_photographs_are_jpeg_and_drawings_png(picture):
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    drawn = np.zeros((128, 128, 3), np.uint8)
    drawn[30:60, 20:90] = (200, 30, 30)
    glass = np.full((128, 128, 4), 128, np.uint8)
    assert encode(Image(noise), "colour")[1] == "image/jpeg"
    assert encode(Image(drawn), "colour")[1] == "image/png"
    assert encode(Image(glass), "colour")[1] == "image/png"
    opaque = np.dstack([noise, np.full((128, 128), 255, np.uint8)])
    assert encode(Image(opaque), "colour") == encode(Image(noise), "colour")


def test_quality_reaches_colour_and_leaves_data_alone(picture):
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    low, high = (len(encode(Image(noise), "colour", quality=q)[0]) for q in (50, 95))
    assert low < high * 0.7
    image = Image(noise, "linear")
    assert encode(image, "data", quality=50) == encode(image, "data", quality=95)


def test_meshes_without_triangles_are_left_out_with_a_note(tmp_path):
    notes = []

    class Notes:
        def stage(self, name, total):
            from vrgen.core.progress import SILENT

            return SILENT.stage(name, total)

        def note(self, text):
            notes.append(text)

    report = write(scene_of(Mesh(np.zeros((0, 3)), np.zeros((0, 3)))), tmp_path / "a.glb", progress=Notes())
    assert report.draw_calls == 0 and "n0" in notes[0]
    assert read(tmp_path / "a.glb").nodes[0].meshes == ()


QUAD = Mesh(np.eye(3), [[0, 1, 2]], name="wall")
UNWRAPPED = replace(QUAD, uv0=np.eye(3)[:, :2], uv1=np.eye(3)[:, :2])
IMAGE = Image(np.zeros((2, 2, 3), np.uint8))
BAD = {
    "NaN": (scene_of(replace(QUAD, positions=np.full((3, 3), np.nan))), "wall: positions hold NaN"),
    "factor": (scene_of(replace(QUAD, surface=Surface("s", roughness_factor=2.0))), "s: roughness_factor"),
    "emission": (scene_of(replace(QUAD, surface=Surface("s", emissive_factor=(5, 0, 0)))), "emissive_factor"),
    "no uv": (scene_of(replace(QUAD, surface=Surface(normal=Texture(IMAGE)))), "UV set 0, which it lacks"),
    "uv 2": (scene_of(replace(UNWRAPPED, surface=Surface(normal=Texture(IMAGE, uv_set=2)))), "UV set 2"),
    "extras": (Scene("", extras={"vrgen": object()}), "what JSON cannot"),
    "extras NaN": (Scene("", extras={"vrgen": float("nan")}), "what JSON cannot"),
    "rotation": (Scene("", (Node("n", rotation=np.zeros(4)),)), "node n: its place, rotation or scale"),
    "camera": (Scene("", (Node("n", camera=Camera(0.0)),)), "0 < yfov"),
    "light": (Scene("", (Node("n", light=Light("spot", 1.0, inner_cone=1.0)),)), "inner cone"),
}


@pytest.mark.parametrize("name", BAD)
def test_values_that_gltf_cannot_hold(tmp_path, name):
    scene, text = BAD[name]
    with pytest.raises(ValueProblem) as caught:
        write(scene, tmp_path / "a.glb")
    assert text in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_quality_out_of_range(tmp_path):
    with pytest.raises(UsageProblem, match="quality: got 101"):
        write(Scene(""), tmp_path / "a.glb", WriteOptions(quality=101))


def test_unwritable_place(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputProblem, match="cannot write"):
        write(Scene(""), tmp_path / "file" / "a.glb")
