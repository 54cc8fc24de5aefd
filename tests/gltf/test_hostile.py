"""Damaged and hostile files end in one sentence that names the file."""

from __future__ import annotations

import io
import json
import random
import struct
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.gltf.named import assert_named
from tests.gltf.test_packed import instanced, packed_by_draco, packed_by_meshopt
from tests.gltf.test_passthrough import animated
from vrgen.core import Scene
from vrgen.errors import InputProblem, VrgenError
from vrgen.gltf import images, read, write

TOP = Path(__file__).resolve().parents[2]


def glb(document: dict, binary: bytes = b"") -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        binary += b"\0" * (-len(binary) % 4)
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()


def document() -> dict:
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "buffers": [{"byteLength": 36}],
    }


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999))


def with_image(data: bytes, **image) -> tuple[dict, bytes]:
    it = document()
    it["meshes"][0]["primitives"][0]["material"] = 0
    it["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    it["textures"], it["images"] = [{"source": 0}], [image or {"bufferView": 1, "mimeType": "image/png"}]
    it["bufferViews"].append({"buffer": 0, "byteOffset": 36, "byteLength": max(len(data), 1)})
    it["buffers"][0]["byteLength"] = 36 + max(len(data), 1)
    return it, TRIANGLE + (data or b"\0")


def changed(path: str, value: object) -> dict:
    """The document with one value set: 'accessors.0.count'."""
    it = document()
    place = it
    *parents, last = path.split(".")
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
    place[int(last) if isinstance(place, list) else last] = value
    return it


CHANGES = [
    ("accessors.0.byteOffset", 4, "/accessors/0 reads up to byte 40 of 36"),
    ("accessors.0.byteOffset", -4, "/accessors/0/byteOffset is -4"),
    ("accessors.0.count", 2**40, "/accessors/0 reads up to byte"),
    ("accessors.0.count", 0, "/accessors/0/count is 0"),
    ("accessors.0.count", "3", "/accessors/0/count is '3'"),
    ("accessors.0.type", "VEC9", "/accessors/0/type is 'VEC9'"),
    ("accessors.0.type", "VEC2", "/meshes/0/primitives/0/attributes/POSITION has 2 components"),
    ("accessors.0.componentType", 5130, "/accessors/0/componentType is 5130"),
    ("accessors.0", {"componentType": 5126, "count": 2**45, "type": "VEC3"}, "without a bufferView"),
    ("accessors.0.bufferView", 7, "/accessors/0/bufferView is 7, expected an index below 1"),
    ("bufferViews.0.byteOffset", 8, "/bufferViews/0 ends at byte 44 of 36"),
    ("bufferViews.0.byteStride", 0, "byteStride"),
    ("bufferViews.0.byteStride", 8, "byteStride is 8, below the 12 bytes"),
    ("bufferViews.0.byteLength", 2**52, "/bufferViews/0 ends"),
    ("buffers.0.byteLength", 4000, "/buffers/0/byteLength is 4000, but only 36"),
    ("buffers.0.uri", "../secret.bin", "outside the file's folder"),
    ("buffers.0.uri", "%2e%2e/secret.bin", "outside the file's folder"),
    ("buffers.0.uri", "/etc/passwd", "expected a path relative"),
    ("buffers.0.uri", "http://example.org/a.bin", "expected a path relative"),
    ("buffers.0.uri", "C:\\a.bin", "expected a path relative"),
    ("buffers.0.uri", "missing.bin", "No such file"),
    ("buffers.0.uri", ".", "/buffers/0/uri cannot be read"),
    ("buffers.0.uri", "data:;base64,!!", "no base64"),
    ("nodes.0.children", [0], "reached twice"),
    ("nodes.0.children", [9], "/nodes/0/children/0 is 9, expected an index below 1"),
    ("nodes.0.mesh", 9, "/nodes/0/mesh is 9"),
    ("nodes.0.mesh", True, "/nodes/0/mesh is True"),
    ("nodes.0.matrix", [1, 2, 3], "/nodes/0/matrix is a list, expected 16 numbers"),
    ("nodes.0.rotation", [0, 0, 0, 0], "no unit quaternion"),
    ("nodes.0.translation", [0, 0, 10**400], "/nodes/0/translation/2"),
    ("nodes.0.matrix", [1e308] * 16, "/nodes/0/matrix/0 is 1e+308"),
    ("nodes.0.scale", [0, 0, 1e13], "/nodes/0/scale/2 is 1e+13"),
    ("nodes.0", 5, "/nodes/0 is 5, expected an object"),
    ("nodes", {}, "/nodes is a dict, expected a list"),
    ("scene", 4, "/scene is 4"),
    ("meshes.0.primitives.0.mode", 9, "/meshes/0/primitives/0/mode is 9"),
    ("meshes.0.primitives.0.indices", 0, "/accessors/0/componentType is 5126"),
    ("meshes.0.primitives.0.material", 0, "/meshes/0/primitives/0/material is 0, expected an index below 0"),
    ("meshes.0.primitives.0.attributes", [], "expected an object"),
    (
        "extensionsRequired",
        ["KHR_xmp_json_ld", "EXT_new"],
        "/extensionsRequired/1 is EXT_new, an extension that vrgen does not read",
    ),
    ("extensionsRequired", [5], "/extensionsRequired/0 is 5"),
    ("asset.version", "1.0", "expected 2.0"),
    ("asset", {}, "/asset/version is missing"),
]


@pytest.mark.parametrize(
    ("place", "value", "text"), CHANGES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CHANGES]
)
def test_bad_value_is_named(tmp_path, place, value, text):
    file = tmp_path / "show.glb"
    (tmp_path.parent / "secret.bin").write_bytes(TRIANGLE)
    file.write_bytes(glb(changed(place, value), TRIANGLE))
    with pytest.raises(InputProblem) as caught:
        read(file)
    assert text in str(caught.value)
    assert_named(caught.value, file)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


GOOD = glb(document(), TRIANGLE)
FILES = {
    "empty": (b"", "neither GLB nor glTF"),
    "text": (b"hello there", "neither GLB nor glTF"),
    "wrong magic": (b"glTX" + GOOD[4:], "neither GLB nor glTF"),
    "header cut": (GOOD[:9], "in its header"),
    "body cut": (GOOD[:-10], "header says"),
    "version 1": (GOOD[:4] + struct.pack("<I", 1) + GOOD[8:], "container has version 1"),
    "chunk too long": (GOOD[:12] + struct.pack("<I", 2**31) + GOOD[16:], "are left"),
    "no JSON chunk": (GOOD[:16] + struct.pack("<I", 0x004E4942) + GOOD[20:], "JSON chunk"),
    "header alone": (struct.pack("<4sII", b"glTF", 2, 12), "no JSON chunk"),
    "JSON list": (b"[]", "no object"),
    "JSON NaN": (b'{"asset":{"version":NaN}}', "NaN is no JSON number"),
    "JSON bomb": (b"[" * 100_000, "byte 128: the JSON is nested deeper than 128 levels"),
    "JSON of 9000 digits": (b'{"a":' + b"9" * 9000 + b"}", "neither"),
    "not UTF-8": (b'{"a":"\xff"}', "neither"),
}


@pytest.mark.parametrize("name", FILES)
def test_bad_container(tmp_path, name):
    data, text = FILES[name]
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises(InputProblem, match=text) as caught:
        read(tmp_path / "a.glb")
    assert_named(caught.value, tmp_path / "a.glb")


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "no.glb", tmp_path):
        with pytest.raises(InputProblem, match="cannot read"):
            read(path)


def test_link_out_of_the_folder(tmp_path):
    (tmp_path / "secret.bin").write_bytes(TRIANGLE)
    (tmp_path / "show").mkdir()
    (tmp_path / "show" / "a.bin").symlink_to(tmp_path / "secret.bin")
    (tmp_path / "show" / "a.gltf").write_text(json.dumps(changed("buffers.0.uri", "a.bin")))
    with pytest.raises(InputProblem, match="outside the file's folder"):
        read(tmp_path / "show" / "a.gltf")


def test_numbers_that_are_none(tmp_path):
    for bad in (np.nan, np.inf):
        positions = np.frombuffer(TRIANGLE, "<f4").copy()
        positions[4] = bad
        (tmp_path / "a.glb").write_bytes(glb(document(), positions.tobytes()))
        with pytest.raises(InputProblem, match=r"/accessors/0 holds NaN or infinity"):
            read(tmp_path / "a.glb")


def test_index_without_vertex(tmp_path):
    it = document()
    it["accessors"].append({"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"})
    it["bufferViews"].append({"buffer": 0, "byteOffset": 36, "byteLength": 6})
    it["buffers"][0]["byteLength"] = 42
    it["meshes"][0]["primitives"][0]["indices"] = 1
    (tmp_path / "a.glb").write_bytes(glb(it, TRIANGLE + struct.pack("<3H", 0, 1, 3)))
    with pytest.raises(InputProblem, match="reach vertex 3 of 3"):
        read(tmp_path / "a.glb")


def test_tree_too_deep(tmp_path):
    it = document()
    it["nodes"] = [{"children": [i + 1]} for i in range(5000)] + [{}]
    (tmp_path / "a.glb").write_bytes(glb(it, TRIANGLE))
    with pytest.raises(InputProblem, match="deeper than"):
        read(tmp_path / "a.glb")


def test_longer_cycle(tmp_path):
    it = document()
    it["nodes"] = [{"children": [1]}, {"children": [2]}, {"children": [1]}]
    (tmp_path / "a.glb").write_bytes(glb(it, TRIANGLE))
    with pytest.raises(InputProblem, match=r"/nodes/1 is reached twice"):
        read(tmp_path / "a.glb")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (png_header(60000, 60000), "decompression bomb"),
        (png_header(16000, 9000), "144000000|16000x9000"),
        (png_header(64, 64), "cannot be decoded"),
        (b"GIF89a" + b"\0" * 40, "cannot be decoded"),
        (b"", "cannot be decoded"),
    ],
    ids=["bomb", "too many pixels", "cut", "gif", "nothing"],
)
def test_bad_image(tmp_path, data, text):
    it, binary = with_image(data)
    (tmp_path / "a.glb").write_bytes(glb(it, binary))
    with pytest.raises(InputProblem, match=text) as caught:
        read(tmp_path / "a.glb", strict=True)
    assert "/images/0 " in str(caught.value)


def test_image_outside_the_folder(tmp_path):
    it, binary = with_image(b"", uri="../a.png")
    (tmp_path / "a.glb").write_bytes(glb(it, binary))
    with pytest.raises(InputProblem, match=r"/images/0/uri"):
        read(tmp_path / "a.glb")


def test_images_are_counted_together(tmp_path, monkeypatch):
    from PIL import Image as Pillow

    data = io.BytesIO()
    Pillow.new("L", (64, 32)).save(data, "PNG")
    monkeypatch.setattr(images, "MOST_PIXELS_IN_ALL", 8 * 64 * 32)
    it, binary = with_image(data.getvalue())
    it["images"] *= 9
    it["textures"] = [{"source": i} for i in range(9)]
    it["materials"] = [{"emissiveTexture": {"index": i}} for i in range(9)]
    primitive = it["meshes"][0]["primitives"][0]
    it["meshes"][0]["primitives"] = [{**primitive, "material": i} for i in range(9)]
    (tmp_path / "a.glb").write_bytes(glb(it, binary))
    with pytest.raises(InputProblem, match="pixels in all"):
        read(tmp_path / "a.glb")


def test_flipped_bytes_never_end_in_a_traceback(rich_scene, tmp_path):
    write(rich_scene, tmp_path / "good.glb")
    good = (tmp_path / "good.glb").read_bytes()
    json_end = 20 + struct.unpack_from("<I", good, 12)[0]
    rng = np.random.default_rng(20260101)
    file = tmp_path / "bad.glb"
    problems = 0
    for round_ in range(150):
        bad = bytearray(good)
        end = json_end if round_ % 3 else len(good)
        for place in rng.integers(0, end, rng.integers(1, 4)):
            bad[place] = rng.integers(0, 256) if round_ % 2 else bad[place] ^ (1 << int(rng.integers(0, 8)))
        file.write_bytes(bytes(bad))
        try:
            assert isinstance(read(file), Scene)
        except VrgenError as problem:
            problems += 1
            assert_named(problem, file)
    assert problems > 30


def test_values_of_the_wrong_kind_never_end_in_a_traceback(rich_scene, tmp_path):
    """Every value of a rich document in turn becomes something else."""
    write(rich_scene, tmp_path / "good.glb")
    good = (tmp_path / "good.glb").read_bytes()
    length = struct.unpack_from("<I", good, 12)[0]
    text, binary = good[20 : 20 + length], good[28 + length :]
    rng = np.random.default_rng(4)
    odd = [None, -1, 10**30, 1.5, "x", [], {}, True, [[]], [None], "../x", 1e308]
    file = tmp_path / "bad.glb"
    places = list(_places(json.loads(text)))
    for index in rng.permutation(len(places))[:200]:
        it = json.loads(text)
        parent = it
        *path, last = places[index]
        for key in path:
            parent = parent[key]
        parent[last] = odd[int(rng.integers(len(odd)))]
        file.write_bytes(glb(it, binary))
        try:
            read(file)
        except InputProblem as problem:
            assert_named(problem, file)


def test_whatever_the_fuzzer_makes_of_packed_files_names_its_place(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(TOP / "tools" / "bench"))
    import fuzz_mutations

    made = (packed_by_draco, packed_by_meshopt, instanced, animated)
    good = [make().save(tmp_path).read_bytes() for make in made]
    rng, ends, file = random.Random(5), Counter(), tmp_path / "bad.glb"
    for _ in range(240):
        file.write_bytes(fuzz_mutations.mutated(rng.choice(good), rng))
        try:
            assert isinstance(read(file, strict=True), Scene)
            ends["read"] += 1
        except VrgenError as problem:
            ends["refused"] += 1
            assert_named(problem, file)
    assert min(ends["read"], ends["refused"]) > 30


def _places(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from _places(item, (*path, key))


@pytest.mark.parametrize(
    ("extras", "text"),
    [
        ('{"a":' * 300 + "1" + "}" * 300, "lies deeper than 128"),
        ("1e999", "beyond 1.8e308"),
        (r'"\ud800"', "half a character"),
    ],
    ids=["deep", "infinite", "surrogate"],
)
def test_json_that_could_not_be_written_again(tmp_path, extras, text):
    it = document()
    it["nodes"][0]["extras"] = "HERE"
    body = json.dumps({**it, "buffers": [{"byteLength": 36, "uri": "a.bin"}]}).replace('"HERE"', extras)
    (tmp_path / "a.gltf").write_text(body)
    (tmp_path / "a.bin").write_bytes(TRIANGLE)
    with pytest.raises(InputProblem, match=text):
        read(tmp_path / "a.gltf")


def test_values_of_the_json_are_counted(tmp_path, monkeypatch):
    from vrgen.gltf import parse

    monkeypatch.setattr(parse, "MOST_ITEMS", 1000)
    (tmp_path / "a.glb").write_bytes(glb({**document(), "extras": [0] * 1001}, TRIANGLE))
    with pytest.raises(InputProblem, match="values, at most 1000 are read"):
        read(tmp_path / "a.glb")


def test_few_bytes_that_stand_for_many_arrays(tmp_path):
    """Accessors without bytes of their own, and skins that pose one mesh at a thousand nodes."""
    it = document()
    it["accessors"] = [{"componentType": 5126, "count": 2**24, "type": "VEC4"} for _ in range(9)]
    it["meshes"][0]["primitives"][0]["attributes"] |= {f"_A{i}": i for i in range(1, 9)}
    it["accessors"][0] = {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}
    (tmp_path / "a.glb").write_bytes(glb(it, TRIANGLE))
    with pytest.raises(InputProblem, match=r"of geometry in one file|elements, POSITION has"):
        read(tmp_path / "a.glb")


def test_posed_copies_are_counted(tmp_path, monkeypatch):
    from vrgen.gltf import accessors

    it = document()
    it["nodes"] = [{"mesh": 0, "skin": 0} for _ in range(50)] + [{}]
    it["scenes"] = [{"nodes": list(range(51))}]
    it["skins"] = [{"joints": [50]}]
    attributes = it["meshes"][0]["primitives"][0]["attributes"]
    attributes |= {"JOINTS_0": 1, "WEIGHTS_0": 2}
    it["accessors"] += [
        {"componentType": 5121, "count": 3, "type": "VEC4"},
        {"componentType": 5126, "count": 3, "type": "VEC4"},
    ]
    (tmp_path / "a.glb").write_bytes(glb(it, TRIANGLE))
    assert len(read(tmp_path / "a.glb").nodes) == 51
    monkeypatch.setattr(accessors.Budget.__init__, "__defaults__", (1500,))
    with pytest.raises(InputProblem, match="1500 bytes of geometry"):
        read(tmp_path / "a.glb")
