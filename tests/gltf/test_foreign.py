"""What other programs write: everything glTF allows and our own writer never does."""

from __future__ import annotations

import base64
import io
import json
import struct

import numpy as np
import pytest
from PIL import Image as Pillow

from vrgen.core.frames import matrix_from_quaternion
from vrgen.gltf import read
from vrgen.gltf.pose import decompose

QUAD = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)


class File:
    """A glTF document in the making."""

    def __init__(self):
        self.data = b""
        self.json = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {}}]}],
            "accessors": [],
            "bufferViews": [],
        }
        self.primitive = self.json["meshes"][0]["primitives"][0]

    def view(self, data: bytes, **more) -> int:
        self.json["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **more}
        )
        self.data += data + b"\0" * (-len(data) % 4)
        return len(self.json["bufferViews"]) - 1

    def accessor(self, array, view=None, **more) -> int:
        array = np.asarray(array)
        codes = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
        kinds = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
        item = {
            "componentType": codes[array.dtype.str[1:]],
            "count": len(array),
            "type": kinds[array.size // len(array)],
            "bufferView": self.view(array.tobytes()) if view is None else view,
            **more,
        }
        self.json["accessors"].append({key: value for key, value in item.items() if value is not False})
        return len(self.json["accessors"]) - 1

    def positions(self, array=QUAD) -> File:
        self.primitive["attributes"]["POSITION"] = self.accessor(array)
        return self

    def save(self, folder, *, uri: str | None = None):
        self.json["buffers"] = [{"byteLength": len(self.data)}]
        path = folder / "a.gltf"
        if uri is None:
            path = folder / "a.glb"
            text = json.dumps(self.json).encode()
            text += b" " * (-len(text) % 4)
            body = struct.pack("<II", len(text), 0x4E4F534A) + text
            body += struct.pack("<II", len(self.data), 0x004E4942) + self.data
            path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)
        else:
            self.json["buffers"][0]["uri"] = uri
            path.write_text(json.dumps(self.json))
        return path

    def mesh(self, folder):
        (mesh,) = read(self.save(folder)).nodes[0].meshes
        return mesh


class Notes(list):
    """A Progress that keeps what is noted."""

    def stage(self, name, total):
        from vrgen.core.progress import SILENT

        return SILENT.stage(name, total)

    def note(self, text):
        self.append(text)


def test_no_indices_no_material(tmp_path):
    mesh = File().positions(QUAD[:3]).mesh(tmp_path)
    np.testing.assert_array_equal(mesh.indices, [[0, 1, 2]])
    assert mesh.normals is None and mesh.surface.metallic_factor == 1.0


@pytest.mark.parametrize(("mode", "wanted"), [(5, [[0, 1, 2], [2, 1, 3]]), (6, [[1, 2, 0], [2, 3, 0]])])
def test_strips_and_fans(tmp_path, mode, wanted):
    file = File().positions()
    file.primitive.update(mode=mode, indices=file.accessor(np.arange(4, dtype="<u1")))
    np.testing.assert_array_equal(file.mesh(tmp_path).indices, wanted)


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
def test_points_and_lines_are_kept_and_not_drawn(tmp_path, mode):
    file, notes = File().positions(), Notes()
    file.primitive["mode"] = mode
    (node,) = read(file.save(tmp_path), progress=notes).nodes
    assert node.meshes == ()
    assert [stroke.mode for stroke in node.strokes] == [mode]
    np.testing.assert_array_equal(node.strokes[0].mesh.positions, QUAD)
    assert "points or lines, which are kept" in notes[0]


def test_interleaved_and_normalised(tmp_path):
    file = File()
    table = np.zeros(
        4, np.dtype([("p", "<f4", 3), ("uv", "<u2", 2), ("n", "i1", 3), ("c", "u1", 3), ("_", "u1", 2)])
    )
    table["p"], table["uv"], table["n"], table["c"] = QUAD, 65535, (0, 0, -128), (255, 0, 51)
    view = file.view(table.tobytes(), byteStride=table.dtype.itemsize)
    for key, name, offset in (
        ("POSITION", "p", 0),
        ("TEXCOORD_0", "uv", 12),
        ("NORMAL", "n", 16),
        ("COLOR_0", "c", 19),
    ):
        whole = key != "POSITION"
        file.primitive["attributes"][key] = file.accessor(
            np.ascontiguousarray(table[name]), view, byteOffset=offset, normalized=whole
        )
    file.primitive["mode"] = 5
    mesh = file.mesh(tmp_path)
    np.testing.assert_array_equal(mesh.positions, QUAD)
    np.testing.assert_array_equal(mesh.uv0, np.ones((4, 2)))
    np.testing.assert_array_equal(mesh.normals, np.tile([0, 0, -1], (4, 1)))
    np.testing.assert_allclose(mesh.colours, np.tile([1, 0, 0.2, 1], (4, 1)), atol=1e-7)


def test_quantized_positions(tmp_path):
    file = File()
    file.json["extensionsRequired"] = file.json["extensionsUsed"] = ["KHR_mesh_quantization"]
    packed = np.zeros((4, 4), "<i2")
    packed[:, :3] = QUAD * 300
    view = file.view(packed.tobytes(), byteStride=8)
    file.primitive["attributes"]["POSITION"] = file.accessor(np.zeros((4, 3), "<i2"), view)
    file.primitive["mode"] = 5
    np.testing.assert_array_equal(file.mesh(tmp_path).positions, QUAD * 300)


@pytest.mark.parametrize("dense", [True, False])
def test_sparse(tmp_path, dense):
    file = File().positions()
    item = file.json["accessors"][0]
    item["sparse"] = {
        "count": 2,
        "indices": {"bufferView": file.view(np.array([1, 3], "<u2").tobytes()), "componentType": 5123},
        "values": {"bufferView": file.view(np.array([[9, 9, 9], [7, 7, 7]], "<f4").tobytes())},
    }
    if not dense:
        del item["bufferView"]
    file.primitive["mode"] = 5
    wanted = QUAD.copy() if dense else np.zeros((4, 3))
    wanted[[1, 3]] = [[9, 9, 9], [7, 7, 7]]
    np.testing.assert_array_equal(file.mesh(tmp_path).positions, wanted)


def test_buffers_beside_the_file_and_in_it(tmp_path):
    file = File().positions(QUAD[:3])
    (tmp_path / "my data.bin").write_bytes(file.data)
    for uri in (
        "my%20data.bin",
        "data:application/octet-stream;base64," + base64.b64encode(file.data).decode(),
    ):
        (mesh,) = read(file.save(tmp_path, uri=uri)).nodes[0].meshes
        np.testing.assert_array_equal(mesh.positions, QUAD[:3])


def picture(kind: str, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Pillow.linear_gradient("L").resize((32, 16)).convert(mode).save(out, kind, lossless=True)
    return out.getvalue()


def textured(texture: dict, **info) -> File:
    file = File().positions(QUAD[:3])
    file.primitive["attributes"]["TEXCOORD_0"] = file.accessor(QUAD[:3, :2].copy())
    file.primitive["attributes"]["TEXCOORD_1"] = file.accessor(QUAD[:3, :2] * 2)
    file.primitive["material"] = 0
    file.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, **info}}}]
    file.json["textures"] = [texture]
    return file


def test_webp_before_its_fallback(tmp_path):
    file = textured({"source": 0, "extensions": {"EXT_texture_webp": {"source": 1}}})
    file.json["extensionsRequired"] = ["EXT_texture_webp"]
    file.json["images"] = [
        {"uri": "none.png"},
        {"bufferView": file.view(picture("WEBP")), "mimeType": "image/webp"},
    ]
    image = file.mesh(tmp_path).surface.base_colour.image
    assert (image.width, image.height, image.channels, image.colour_space) == (32, 16, 3, "srgb")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png(tmp_path, mode):
    file = textured({"source": 0})
    file.json["images"] = [{"uri": "a.png"}]
    gradient = Pillow.linear_gradient("L").resize((32, 16))
    deep = Pillow.fromarray(np.asarray(gradient).astype(np.uint16) * 257)
    (deep if mode == "I;16" else gradient.convert(mode)).save(tmp_path / "a.png")
    image = file.mesh(tmp_path).surface.base_colour.image
    assert image.channels == {"1": 1, "L": 1, "LA": 2, "P": 3, "RGB": 3, "RGBA": 4, "I;16": 1}[mode]
    if mode != "1":
        np.testing.assert_allclose(image.pixels[..., 0].astype(int), np.asarray(gradient), atol=1)


def test_cmyk_jpeg_becomes_rgb(tmp_path):
    file = textured({"source": 0})
    file.json["images"] = [{"uri": "a.jpg"}]
    Pillow.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    image = file.mesh(tmp_path).surface.base_colour.image
    assert image.channels == 3 and image.pixels[0, 0, 0] > 200 > image.pixels[0, 0, 1]


def test_texture_transform_chooses_the_uv_set(tmp_path):
    transform = {"texCoord": 1, "scale": [2, 3]}
    file = textured({"source": 0, "sampler": 0}, texCoord=0, extensions={"KHR_texture_transform": transform})
    file.json["samplers"] = [{"wrapS": 33071, "magFilter": 9728}]
    file.json["images"] = [{"bufferView": file.view(picture("PNG"))}]
    texture = file.mesh(tmp_path).surface.base_colour
    assert (texture.uv_set, texture.scale, texture.wrap) == (1, (2.0, 3.0), ("clamp_to_edge", "repeat"))
    assert texture.magnify == "nearest"


def test_texture_without_a_readable_image_is_left_out_with_a_note(tmp_path):
    file, notes = textured({"extensions": {"MSFT_texture_dds": {"source": 0}}}), Notes()
    file.json["images"] = [{"uri": "a.dds"}]
    assert read(file.save(tmp_path), progress=notes).nodes[0].meshes[0].surface.base_colour is None
    assert "no image that is read" in notes[0]


def test_missing_uvs_are_one_texel(tmp_path):
    file = textured({"source": 0})
    file.json["images"] = [{"bufferView": file.view(picture("PNG"))}]
    del file.primitive["attributes"]["TEXCOORD_0"]
    np.testing.assert_array_equal(file.mesh(tmp_path).uv0, np.zeros((3, 2)))


def test_names_become_unique(tmp_path):
    file = File().positions(QUAD[:3])
    file.json["nodes"] = [{"name": "a", "children": [1, 2, 3]}, {"name": "a"}, {}, {"name": "a"}]
    assert [node.name for node, _ in read(file.save(tmp_path)).walk()] == ["a", "a_2", "node_2", "a_3"]


def test_no_scene_shows_all_roots(tmp_path):
    file = File().positions(QUAD[:3])
    del file.json["scene"], file.json["scenes"]
    file.json["nodes"] = [{"children": [1]}, {"mesh": 0}, {}]
    assert [node.name for node in read(file.save(tmp_path)).nodes] == ["node_0", "node_2"]


def test_matrices_become_places(tmp_path):
    turn = matrix_from_quaternion([0.1, -0.5, 0.3, 0.8])
    for scale in ([1.0, 2.0, 3.0], [-1.0, 2.0, 0.5], [-2.0, -2.0, -2.0]):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = turn * scale, [4, 5, 6]
        file = File().positions(QUAD[:3])
        file.json["nodes"][0]["matrix"] = matrix.T.ravel().tolist()
        np.testing.assert_allclose(read(file.save(tmp_path)).nodes[0].matrix, matrix, atol=1e-12)


def test_matrix_without_size():
    for matrix in (np.zeros((4, 4)), np.diag([1.0, 0.0, 2.0, 1.0])):
        translation, rotation, scale = decompose(matrix)
        assert np.isclose(np.linalg.norm(rotation), 1) and np.isfinite([*translation, *scale]).all()


def skinned(bind: np.ndarray) -> File:
    file = File().positions()
    file.primitive["mode"] = 5
    file.primitive["attributes"]["JOINTS_0"] = file.accessor(np.array([[0, 1, 0, 0]] * 4, "u1"))
    weights = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0, 0]], "<f4")
    file.primitive["attributes"]["WEIGHTS_0"] = file.accessor(weights)
    matrices = np.stack([bind.T, np.eye(4)]).astype("<f4")
    file.json["skins"] = [{"joints": [1, 2], "inverseBindMatrices": file.accessor(matrices.reshape(2, 16))}]
    file.json["nodes"] = [
        {"mesh": 0, "skin": 0, "translation": [50, 0, 0]},
        {"translation": [0, 0, 4], "children": [2]},
        {"translation": [0, 10, 0]},
    ]
    file.json["scenes"] = [{"nodes": [0, 1]}]
    return file


def test_skins_stand_in_the_pose_of_their_joints(tmp_path):
    bind = np.eye(4)
    bind[0, 3] = -1
    node = read(skinned(bind).save(tmp_path)).nodes[0]
    world = node.meshes[0].positions @ node.matrix[:3, :3].T + node.matrix[:3, 3]
    moves = np.array([[-1, 0, 4], [0, 10, 4], [-0.5, 5, 4], [-1, 0, 4]])
    np.testing.assert_allclose(world, QUAD + moves, atol=1e-5)


def test_joint_that_the_skin_lacks(tmp_path):
    from vrgen.errors import InputProblem

    file = skinned(np.eye(4))
    file.json["skins"][0]["joints"] = [1]
    with pytest.raises(InputProblem, match="reach joint 1 of 1"):
        read(file.save(tmp_path))


def test_lights_that_gltf_forbids_are_put_right(tmp_path):
    from vrgen.gltf import write

    file = File().positions(QUAD[:3])
    spot = {"innerConeAngle": 0.5, "outerConeAngle": 0.5}
    lamp = {"type": "spot", "color": [4, 2, 0], "intensity": 10, "range": 0, "spot": spot}
    file.json["extensions"] = {"KHR_lights_punctual": {"lights": [lamp]}}
    file.json["nodes"][0]["extensions"] = {"KHR_lights_punctual": {"light": 0}}
    scene = read(file.save(tmp_path))
    light = scene.nodes[0].light
    assert (light.colour, light.intensity, light.range_m) == ((1.0, 0.5, 0.0), 40.0, None)
    assert 0.49 < light.inner_cone < light.outer_cone
    write(scene, tmp_path / "b.glb")
    assert read(tmp_path / "b.glb").nodes[0].light == light
