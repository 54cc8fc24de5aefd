"""Packed files are read: meshopt, Draco, KTX2, WebP, instances; damaged ones end in one sentence."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import DracoPy
import meshopt
import numpy as np
import pytest
from PIL import Image as Pillow

from tests.gltf.named import assert_named
from tests.gltf.test_passthrough import QUAD, Document, File, Notes
from vrgen.core import Image, Mesh, Node, Scene, Surface, Texture
from vrgen.errors import InputProblem, MissingPart, VrgenError
from vrgen.gltf import WriteOptions, inspect, ktx2, read, write

CHECK = Path(__file__).resolve().parents[2] / "tools" / "check"
FACES = np.array([[0, 1, 2], [2, 1, 3]], np.uint32)


def grid(n: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) positions of a wavy square and (T, 3) triangles."""
    u, v = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n))
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + n, corner + 1], 1),
            np.stack([corner + 1, corner + n, corner + n + 1], 1),
        ]
    )
    places = np.stack([u, np.sin(6 * u) * 0.2, v], -1).reshape(-1, 3)
    return places.astype(np.float32), faces.astype(np.uint32)


def with_meshopt(
    file: File, index: int, data: bytes, stride: int, count: int, mode: str, chosen="NONE"
) -> None:
    """Put packed `data` where a bufferView had plain bytes."""
    packed = file.view(data)
    view = file.json["bufferViews"].pop(packed)
    told = {"byteStride": stride, "count": count, "mode": mode, "filter": chosen}
    place = {key: view[key] for key in ("buffer", "byteOffset", "byteLength")}
    file.json["bufferViews"][index] |= {
        "byteLength": stride * count,
        "extensions": {"EXT_meshopt_compression": {**place, **told}},
    }


def packed_by_meshopt() -> File:
    """The wavy square: positions exponential, normals octahedral bytes, UVs and indices as they are."""
    places, faces = grid()
    count = len(places)
    normals = np.tile(np.float32([0.0, 1.0, 0.0, 0.0]), (count, 1))
    file = File()
    uv = (places[:, [0, 2]] * 65535).astype("<u2")
    attributes = file.primitive["attributes"]
    attributes["POSITION"] = file.accessor(places)
    attributes["NORMAL"] = file.accessor(np.zeros((count, 4), "i1"), normalized=True)
    file.json["accessors"][1]["type"] = "VEC3"
    file.json["bufferViews"][1]["byteStride"] = 4
    attributes["TEXCOORD_0"] = file.accessor(uv, normalized=True)
    file.primitive["indices"] = file.accessor(faces.ravel())
    packs = (
        (meshopt.encode_filter_exp(places, 15), 12, "ATTRIBUTES", "EXPONENTIAL"),
        (meshopt.encode_filter_oct(normals, 4, 8), 4, "ATTRIBUTES", "OCTAHEDRAL"),
        (uv, 4, "ATTRIBUTES", "NONE"),
        (faces.ravel(), 4, "TRIANGLES", "NONE"),
    )
    for index, (rows, stride, mode, chosen) in enumerate(packs):
        data = meshopt.encode_gltf_buffer(np.ascontiguousarray(rows), mode)
        with_meshopt(file, index, data, stride, faces.size if mode == "TRIANGLES" else count, mode, chosen)
    file.json["extensionsRequired"] = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    return file


def packed_by_draco() -> File:
    """The wavy square with UVs, whose accessors have no bufferView."""
    places, faces = grid()
    data = DracoPy.encode(
        places, faces=faces, tex_coord=places[:, [0, 2]].astype(np.float64), preserve_order=True
    )
    found = DracoPy.decode(data)
    ids = {one["attribute_type"]: one["unique_id"] for one in found.attributes}
    file = File()
    view = file.view(data)
    file.primitive["attributes"] = {"POSITION": 0, "TEXCOORD_0": 1}
    file.primitive["indices"] = 2
    count = len(found.points)
    file.json["accessors"] = [
        {"componentType": 5126, "count": count, "type": "VEC3"},
        {"componentType": 5126, "count": count, "type": "VEC2"},
        {"componentType": 5125, "count": found.faces.size, "type": "SCALAR"},
    ]
    names = {"POSITION": ids[0], "TEXCOORD_0": ids[3]}
    file.primitive["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": view, "attributes": names}}
    file.json["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return file


def corners(mesh: Mesh, *, digits: int = 3) -> np.ndarray:
    """(T, 3, 3) corners of the triangles, in a fixed order."""
    found = mesh.positions[mesh.indices].round(digits) + 0.0
    first = np.argmin(found @ (1.0, 3.14, 31.4), axis=1)
    found = np.take_along_axis(found, ((first[:, None] + np.arange(3)) % 3)[..., None], axis=1)
    return found[np.lexsort(found.reshape(len(found), -1).T)]


def test_meshopt_is_unpacked(tmp_path):
    mesh = packed_by_meshopt().mesh(tmp_path)
    places, faces = grid()
    np.testing.assert_allclose(mesh.positions, places, atol=1e-4)
    np.testing.assert_array_equal(np.sort(mesh.indices, axis=1), np.sort(faces, axis=1))
    np.testing.assert_allclose(mesh.normals, np.tile([0, 1, 0], (len(places), 1)), atol=0.01)
    np.testing.assert_allclose(mesh.uv0, places[:, [0, 2]], atol=1e-4)


def test_draco_is_unpacked(tmp_path):
    mesh = packed_by_draco().mesh(tmp_path)
    wanted = Mesh(*grid())
    np.testing.assert_allclose(corners(mesh, digits=2), corners(wanted, digits=2), atol=0.011)
    np.testing.assert_allclose(mesh.uv0, mesh.positions[:, [0, 2]], atol=2e-3)


@pytest.mark.parametrize(
    "name", ["bufferView", "attributes", "vertices", "count", "componentType", "data", "cut"]
)
def test_draco_that_says_otherwise_is_refused(tmp_path, name):
    file = packed_by_draco()
    said = file.primitive["extensions"]["KHR_draco_mesh_compression"]
    if name == "bufferView":
        said["bufferView"] = 9
    elif name == "attributes":
        said["attributes"]["POSITION"] = 77
    elif name == "vertices":
        for accessor in file.json["accessors"][:2]:
            accessor["count"] = 20
    elif name == "count":
        file.json["accessors"][2]["count"] += 3
    elif name == "componentType":
        file.json["accessors"][0]["componentType"] = 5123
    elif name == "data":
        file.data = bytes(8) + file.data[8:]
    else:
        file.json["bufferViews"][0]["byteLength"] = 60
    with pytest.raises(InputProblem) as caught:
        file.mesh(tmp_path)
    assert_named(caught.value, tmp_path / "a.glb")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"count": 5}, "byteLength is"),
        ({"count": 2**40}, "passes the limit"),
        ({"byteStride": 13}, "byteStride is 13"),
        ({"mode": "LOOPS"}, "mode is 'LOOPS'"),
        ({"filter": "QUATERNION"}, "filter does not take"),
        ({"byteLength": 7}, "cannot be unpacked"),
        ({"byteOffset": 10**6}, "ends at byte"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_meshopt_that_says_otherwise_is_refused(tmp_path, change, text):
    file = packed_by_meshopt()
    file.json["bufferViews"][0]["extensions"]["EXT_meshopt_compression"] |= change
    with pytest.raises(InputProblem, match=text) as caught:
        file.mesh(tmp_path)
    assert_named(caught.value, tmp_path / "a.glb")


def test_without_the_library_it_is_named(tmp_path, monkeypatch):
    from vrgen.gltf import unpack

    def none(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(unpack, "import_module", none)
    for file, line in (
        (packed_by_meshopt(), "pip install meshopt"),
        (packed_by_draco(), "pip install DracoPy"),
    ):
        with pytest.raises(MissingPart, match=line):
            file.mesh(tmp_path)


def instanced(**more) -> File:
    file = File().positions(QUAD[:3])
    turn = np.array([[0, 0, 0, 1], [0, 2**0.5 / 2, 0, 2**0.5 / 2]], "<f4")
    attributes = {
        "TRANSLATION": file.accessor(np.array([[1, 0, 0], [0, 2, 0]], "<f4")),
        "ROTATION": file.accessor((turn * 127).round().astype("i1"), normalized=True),
        "SCALE": file.accessor(np.array([[1, 1, 1], [3, 3, 3]], "<f4")),
        **more,
    }
    file.json["nodes"] = [{"name": "chair", "mesh": 0, "translation": [0, 0, 5], "extras": {"a": 1}}]
    file.json["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": attributes}}
    file.json["extensionsRequired"] = ["EXT_mesh_gpu_instancing"]
    return file


def test_instances_are_nodes_that_share_a_mesh(tmp_path):
    (node,) = read(instanced().save(tmp_path)).nodes
    assert (node.name, node.meshes, node.extras, node.kept) == ("chair", (), {"a": 1}, {})
    one, two = node.children
    assert (one.name, two.name) == ("chair_1", "chair_2") and one.meshes[0] is two.meshes[0]
    np.testing.assert_allclose(two.translation, [0, 2, 0])
    np.testing.assert_allclose(two.scale, [3, 3, 3])
    np.testing.assert_allclose(two.rotation, [0, 0.7071, 0, 0.7071], atol=0.01)
    write(Scene("s", (node,)), tmp_path / "b.glb")
    assert len(Document(tmp_path / "b.glb").json["meshes"]) == 1


def test_instances_that_are_none_are_refused(tmp_path):
    file = instanced()
    for more, text in (
        ({"SCALE": file.accessor(np.ones((3, 3), "<f4"))}, "different counts"),
        ({"SCALE": file.accessor(np.full((2, 3), 1e30, "<f4"))}, "reach 1e"),
        ({"ROTATION": file.accessor(np.zeros((2, 4), "<f4"))}, "no unit quaternion"),
    ):
        it = instanced()
        it.json["accessors"], it.json["bufferViews"], it.data = (
            file.json["accessors"],
            file.json["bufferViews"],
            file.data,
        )
        it.json["nodes"][0]["extensions"]["EXT_mesh_gpu_instancing"]["attributes"] |= more
        with pytest.raises(InputProblem, match=text) as caught:
            read(it.save(tmp_path))
        assert_named(caught.value, tmp_path / "a.glb")


def textured(data: bytes, extension: str, mime: str) -> File:
    file = File().positions(QUAD[:3])
    file.primitive["attributes"]["TEXCOORD_0"] = file.accessor(QUAD[:3, :2])
    file.primitive["material"] = 0
    file.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    file.json["textures"] = [{"extensions": {extension: {"source": 0}}}]
    file.json["images"] = [{"bufferView": file.view(data), "mimeType": mime}]
    file.json["extensionsRequired"] = [extension]
    return file


def test_webp_is_written_back_as_it_was_unless_every_reader_shall_read_it(tmp_path):
    data = io.BytesIO()
    Pillow.linear_gradient("L").resize((32, 16)).convert("RGB").save(data, "WEBP")
    scene = read(textured(data.getvalue(), "EXT_texture_webp", "image/webp").save(tmp_path))
    write(scene, tmp_path / "b.glb")
    again = Document(tmp_path / "b.glb")
    assert again.json["extensionsRequired"] == ["EXT_texture_webp"]
    assert again.json["textures"][0]["extensions"] == {"EXT_texture_webp": {"source": 0}}
    assert data.getvalue() in (tmp_path / "b.glb").read_bytes()
    write(scene, tmp_path / "c.glb", WriteOptions(portable=True))
    plain = Document(tmp_path / "c.glb").json
    assert "extensionsRequired" not in plain and plain["images"][0]["mimeType"] in ("image/png", "image/jpeg")


@pytest.fixture(scope="module")
def squares(tmp_path_factory) -> dict[str, Path]:
    """A textured wavy square, plain and as glTF-Transform packs it."""
    if not (CHECK / "node_modules" / "ktx2-encoder").is_dir():
        pytest.skip("needs node and glTF-Transform: run `npm ci` in tools/check")
    folder = tmp_path_factory.mktemp("packed")
    places, faces = grid()
    ramp = np.linspace(20, 230, 64).astype(np.uint8)
    picture = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(90)), axis=-1)
    drawn = np.zeros((64, 64, 4), np.uint8)
    drawn[..., :3] = picture
    drawn[8:40, 8:40, 3] = 255
    flat = np.full((64, 64, 3), (128, 128, 255), np.uint8)
    surface = Surface(
        "s", base_colour=Texture(Image(drawn)), normal=Texture(Image(flat, "linear")), alpha_mode="mask"
    )
    mesh = Mesh(places, faces, surface, uv0=places[:, [0, 2]], normals=np.tile([0, 1, 0], (len(places), 1)))
    found = {"plain": folder / "plain.glb"}
    write(Scene("s", (Node("a", meshes=(mesh,)),)), found["plain"])
    for kind in ("draco", "meshopt", "ktx2"):
        found[kind] = folder / f"{kind}.glb"
        words = ["node", str(CHECK / "compress.mjs"), kind, str(found["plain"]), str(found[kind])]
        subprocess.run(words, check=True, capture_output=True, cwd=CHECK, timeout=120)
    return found


@pytest.mark.parametrize("kind", ["draco", "meshopt"])
def test_geometry_that_gltf_transform_packs_is_what_it_was(squares, kind):
    (before,), (after,) = (read(squares[name]).nodes[0].meshes for name in ("plain", kind))
    scene = read(squares[kind])
    (world,) = (world for node, world in scene.walk() if node.meshes)
    moved = (after.positions @ world[:3, :3].T + world[:3, 3]).astype(np.float32)
    np.testing.assert_allclose(
        corners(Mesh(moved, after.indices), digits=2), corners(before, digits=2), atol=0.011
    )
    assert (after.normals @ [0, 1, 0]).min() > 0.99
    assert len(squares[kind].read_bytes()) < len(squares["plain"].read_bytes())


def test_ktx2_is_decoded_and_written_back_as_it_was(squares, tmp_path):
    before, after = (read(squares[name]).nodes[0].meshes[0].surface for name in ("plain", "ktx2"))
    for slot in ("base_colour", "normal"):
        was, now = getattr(before, slot).image, getattr(after, slot).image
        assert (now.width, now.height, now.channels) == (64, 64, was.channels)
        error = was.pixels[..., :3].astype(float) - now.pixels[..., :3]
        seen = was.pixels[..., 3] > 0 if was.channels == 4 else np.ones((64, 64), bool)
        assert np.sqrt((error[seen] ** 2).mean()) < 6
    opaque = after.base_colour.image.pixels[..., 3]
    assert opaque[20, 20] > 250 and opaque[60, 60] < 5
    scene = read(squares["ktx2"])
    assert write(scene, tmp_path / "b.glb").texture_bytes == 16 * 256 * 4 // 3 + 8 * 256 * 4 // 3
    plain = write(scene, tmp_path / "plain.glb", WriteOptions(portable=True))
    assert plain.texture_bytes == 2 * sum(4 * side**2 for side in (64, 32, 16, 8, 4, 2, 1))
    assert b"KHR_texture_basisu" not in (tmp_path / "plain.glb").read_bytes()
    again = Document(tmp_path / "b.glb").json
    assert again["extensionsRequired"] == ["KHR_texture_basisu"]
    assert {image["mimeType"] for image in again["images"]} == {"image/ktx2"}
    write(read(tmp_path / "b.glb"), tmp_path / "c.glb")
    assert (tmp_path / "b.glb").read_bytes() == (tmp_path / "c.glb").read_bytes()
    report = inspect(tmp_path / "b.glb")
    assert {texture.mime for texture in report.textures} == {"image/ktx2"}
    assert max(texture.memory for texture in report.textures) == 16 * 16 * 16 * 4 // 3


def test_damaged_ktx2_is_one_sentence(squares, tmp_path):
    good = squares["ktx2"].read_bytes()
    starts = [place for place in range(len(good)) if good.startswith(ktx2.MAGIC, place)]
    rng = np.random.default_rng(8)
    refused, file = 0, tmp_path / "bad.glb"
    for _ in range(60):
        bad = bytearray(good)
        for _ in range(3):
            start = int(rng.choice(starts))
            bad[start + int(rng.integers(12, 400))] = int(rng.integers(256))
        file.write_bytes(bytes(bad))
        try:
            read(file, strict=True)
        except VrgenError as problem:
            refused += 1
            assert_named(problem, file)
    assert refused > 20


def test_pictures_of_other_kinds_are_no_ktx2(tmp_path):
    head = ktx2.MAGIC + ktx2.HEADER.pack(37, 1, 8, 8, 0, 0, 1, 1, 0) + bytes(40)
    for data, text in ((head, "Vulkan format 37"), (head[:30], "ends after 30 bytes")):
        with pytest.raises(InputProblem, match=text):
            read(textured(data, "KHR_texture_basisu", "image/ktx2").save(tmp_path))
    cube = ktx2.MAGIC + ktx2.HEADER.pack(0, 1, 8, 8, 0, 0, 6, 1, 1) + bytes(40)
    with pytest.raises(InputProblem, match="no flat picture"):
        read(textured(cube, "KHR_texture_basisu", "image/ktx2").save(tmp_path), progress=Notes())
