"""read(write(scene)) is the scene."""

from __future__ import annotations

import json
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from time import sleep

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gltf.named import assert_named
from vrgen.core import Camera, Image, Light, Mesh, Node, Record, Scene, Surface, Texture
from vrgen.core.mesh import ATTRIBUTES
from vrgen.core.progress import SILENT
from vrgen.gltf import WriteOptions, inspect, read, write
from vrgen.gltf.read import Reader

LOSSY = 12
"""Levels of 255 that JPEG may be off by on a smooth picture."""


def assert_same_image(got: Image, want: Image) -> None:
    assert got.colour_space == want.colour_space
    assert (got.width, got.height) == (want.width, want.height)
    wanted = want.pixels[..., : got.channels].astype(int)
    assert np.abs(got.pixels.astype(int) - wanted).max() <= LOSSY


def assert_same_surface(got: Surface, want: Surface) -> None:
    for item in fields(Surface):
        ours, theirs = getattr(got, item.name), getattr(want, item.name)
        if isinstance(theirs, Texture):
            assert_same_image(ours.image, theirs.image)
            assert replace(ours, image=theirs.image).__repr__() == theirs.__repr__(), item.name
        else:
            assert ours == theirs, item.name


def assert_same_mesh(got: Mesh, want: Mesh) -> None:
    assert (got.name, got.lighting) == (want.name, want.lighting)
    np.testing.assert_array_equal(got.positions, want.positions)
    np.testing.assert_array_equal(got.indices, want.indices)
    for name in ATTRIBUTES:
        ours, theirs = getattr(got, name), getattr(want, name)
        if name == "tangents" and want.surface.normal is not None:
            continue
        assert (ours is None) == (theirs is None), name
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, atol=1 / 65535 if name == "colours" else 0)
    assert_same_surface(got.surface, want.surface)


def assert_same_node(got: Node, want: Node) -> None:
    assert (got.name, got.light, got.camera, got.extras) == (want.name, want.light, want.camera, want.extras)
    np.testing.assert_allclose(got.matrix, want.matrix, rtol=0, atol=1e-12)
    assert len(got.meshes) == len(want.meshes) and len(got.children) == len(want.children)
    for ours, theirs in zip(got.meshes, want.meshes, strict=True):
        assert_same_mesh(ours, theirs)
    for ours, theirs in zip(got.children, want.children, strict=True):
        assert_same_node(ours, theirs)


def assert_same_scene(got: Scene, want: Scene) -> None:
    assert (got.name, got.extras, got.records) == (want.name, want.extras, want.records)
    assert len(got.nodes) == len(want.nodes)
    for ours, theirs in zip(got.nodes, want.nodes, strict=True):
        assert_same_node(ours, theirs)


def test_rich_scene_comes_back(rich_scene, tmp_path):
    write(rich_scene, tmp_path / "a.glb")
    assert_same_scene(read(tmp_path / "a.glb"), rich_scene)


def test_second_trip_keeps_what_is_shared(rich_scene, tmp_path):
    first = write(rich_scene, tmp_path / "a.glb")
    again = write(read(tmp_path / "a.glb"), tmp_path / "b.glb")
    assert replace(again, path=first.path, bytes=0) == replace(first, bytes=0)
    works = {node.name: node for node, _ in read(tmp_path / "b.glb").walk()}
    assert works["work_1"].meshes[0] is works["work_2"].meshes[0]


def test_normal_map_brings_tangents(rich_scene, tmp_path):
    write(rich_scene, tmp_path / "a.glb")
    wall = read(tmp_path / "a.glb").nodes[0].meshes[0]
    np.testing.assert_allclose(wall.tangents, np.tile([1.0, 0, 0, 1], (len(wall.positions), 1)), atol=1e-6)


def test_inspect_says_what_write_said(rich_scene, tmp_path):
    written, report = write(rich_scene, tmp_path / "a.glb"), inspect(tmp_path / "a.glb")
    assert (report.bytes, report.draw_calls, report.triangles) == (
        written.bytes,
        written.draw_calls,
        written.triangles,
    )
    assert (len(report.textures), report.texture_memory) == (written.textures, written.texture_bytes)
    assert report.records == rich_scene.records
    assert [node.name for node in report.nodes] == [node.name for node, _ in rich_scene.walk()]
    assert report.generator.startswith("vrgen ")


def test_sixteen_bit_and_float_images_become_eight_bit(tmp_path, quad, picture):
    eight = picture(1)
    for pixels in (eight.pixels.astype(np.uint16) * 257, eight.to_float()):
        surface = Surface(base_colour=Texture(Image(pixels)))
        write(Scene("", (Node("a", meshes=(quad(surface, name="q"),)),)), tmp_path / "a.glb")
        assert_same_image(read(tmp_path / "a.glb").nodes[0].meshes[0].surface.base_colour.image, eight)


def test_colour_space_follows_the_slot(tmp_path, quad, picture):
    linear = Image(picture(1).to_linear(), "linear")
    surface = Surface(base_colour=Texture(linear))
    write(Scene("", (Node("a", meshes=(quad(surface, name="q"),)),)), tmp_path / "a.glb")
    assert_same_image(read(tmp_path / "a.glb").nodes[0].meshes[0].surface.base_colour.image, picture(1))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_small_images_are_exact(tmp_path, quad, channels):
    pixels = np.zeros((5, 7, channels), np.uint8)
    pixels[1:3, 2:4] = 200
    surface = Surface(base_colour=Texture(Image(pixels)), alpha_mode="blend")
    write(Scene("", (Node("a", meshes=(quad(surface, name="q"),)),)), tmp_path / "a.glb")
    got = read(tmp_path / "a.glb").nodes[0].meshes[0].surface.base_colour.image.pixels
    want = pixels[..., [0, 0, 0, 1]] if channels == 2 else pixels
    np.testing.assert_array_equal(got, want)


def test_uv1_alone_comes_back_in_its_place(tmp_path, quad):
    mesh = replace(quad(Surface(), name="q"), uv0=None)
    write(Scene("", (Node("a", meshes=(mesh,)),)), tmp_path / "a.glb")
    np.testing.assert_array_equal(read(tmp_path / "a.glb").nodes[0].meshes[0].uv1, mesh.uv1)


def test_unused_uv_sets_can_be_dropped(tmp_path, quad):
    scene = Scene("", (Node("a", meshes=(quad(Surface(), name="q"),)),))
    write(scene, tmp_path / "a.glb", WriteOptions(drop_unused=True))
    got = read(tmp_path / "a.glb").nodes[0].meshes[0]
    assert got.uv0 is None and got.uv1 is None


def test_pygltflib_reads_what_we_write(rich_scene, tmp_path):
    pygltflib = pytest.importorskip("pygltflib")
    write(rich_scene, tmp_path / "a.glb")
    model = pygltflib.GLTF2().load(str(tmp_path / "a.glb"))
    assert [node.name for node in model.nodes if node.camera is not None] == ["camera_001", "camera_overview"]
    assert len(model.buffers) == 1 and model.scenes[0].name == rich_scene.name


finite = st.floats(-1e6, 1e6, width=32)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
extras = st.dictionaries(st.text(max_size=5), json_values, max_size=3)
unit = st.floats(0, 1, width=32)


@st.composite
def meshes(draw) -> Mesh:
    count = draw(st.integers(3, 6))
    corners = st.tuples(*[st.integers(0, count - 1)] * 3)

    def array(width: int, values: st.SearchStrategy[float] = finite) -> np.ndarray:
        flat = draw(st.lists(values, min_size=count * width, max_size=count * width))
        return np.array(flat, np.float32).reshape(count, width)

    colour = draw(st.tuples(unit, unit, unit, unit))
    mode = draw(st.sampled_from(["opaque", "mask", "blend"]))
    surface = Surface(
        name=draw(st.text(max_size=4)),
        base_colour_factor=colour,
        roughness_factor=draw(unit),
        metallic_factor=draw(unit),
        alpha_mode=mode,
        alpha_cutoff=draw(unit) if mode == "mask" else 0.5,
        double_sided=draw(st.booleans()),
        unlit=draw(st.booleans()),
        extras=draw(extras),
    )
    return Mesh(
        positions=array(3),
        indices=np.array(draw(st.lists(corners, min_size=1, max_size=5)), np.uint32),
        surface=surface,
        normals=np.tile([0, 0.6, 0.8], (count, 1)) if draw(st.booleans()) else None,
        uv0=array(2) if draw(st.booleans()) else None,
        colours=array(4, unit) if draw(st.booleans()) else None,
        lighting=draw(st.sampled_from(["baked", "neutral", "none"])),
        name=draw(st.text(max_size=4)),
    )


def nodes(depth: int, prefix: str = "n") -> st.SearchStrategy[Node]:
    @st.composite
    def build(draw) -> Node:
        spin = np.add(draw(st.tuples(*[st.floats(-1, 1)] * 4)), [0, 0, 0, 2.5])
        children = draw(st.integers(0, 2)) if depth else 0
        return Node(
            prefix,
            translation=np.array(draw(st.tuples(finite, finite, finite))),
            rotation=spin / np.linalg.norm(spin),
            scale=np.array(draw(st.tuples(*[st.floats(-4, 4)] * 3))),
            meshes=tuple(draw(st.lists(meshes(), max_size=2))),
            light=draw(st.sampled_from([None, Light("point", 3.5), Light("directional", 2.0, (1, 0.5, 0))])),
            camera=draw(st.sampled_from([None, Camera(0.7), Camera(1.1, 1.5, 0.01, 50.0)])),
            children=tuple(draw(nodes(depth - 1, f"{prefix}_{i}")) for i in range(children)),
            extras=draw(extras),
        )

    return build()


@given(nodes(1), extras, st.text(max_size=5), st.integers(0, 2**63))
@settings(max_examples=40, deadline=None)
def test_any_scene_comes_back(tmp_path_factory, node, more, name, seed):
    scene = Scene(name, (node,), extras=more, records=(Record("sky", {"a": [1, None]}, seed),))
    path = tmp_path_factory.mktemp("trip") / "a.glb"
    write(scene, path)
    assert_same_scene(read(path), scene)


def test_same_scene_same_bytes(rich_scene, tmp_path):
    write(rich_scene, tmp_path / "a.glb", WriteOptions(threads=1))
    write(rich_scene, tmp_path / "b.glb", WriteOptions(threads=8))
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_records_lie_in_asset_and_in_xmp(rich_scene, tmp_path):
    write(rich_scene, tmp_path / "a.glb", WriteOptions(copyright="© 2026 A. Artist"))
    data = (tmp_path / "a.glb").read_bytes()
    document = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    assert document["asset"]["copyright"] == "© 2026 A. Artist"
    assert len(document["asset"]["extras"]["vrgen"]["records"]) == 2
    packet = document["extensions"]["KHR_xmp_json_ld"]["packets"][0]
    assert [Record.from_json(json.loads(text)) for text in packet["vrgen:records"]["@list"]] == list(
        rich_scene.records
    )


def test_what_was_read_is_written_as_it_was(tmp_path, rich_scene):
    """Pictures lose nothing however often a file is opened and saved; colour does when less is asked for."""

    def encoded(path):
        reader = Reader.open(path, SILENT)
        reader.scene()
        return {bytes(reader.images.encoded(index)) for index in reader.images.sizes()}

    first, second, third, small = (tmp_path / f"{name}.glb" for name in ("first", "second", "third", "small"))
    write(rich_scene, first)
    write(read(first), second, WriteOptions(quality=98))
    write(read(second), third)
    assert encoded(first) == encoded(second) == encoded(third)
    write(read(first), small, WriteOptions(quality=20))
    assert encoded(small) != encoded(first) and small.stat().st_size < first.stat().st_size


def test_a_changed_picture_is_encoded_anew(tmp_path, quad, picture):
    path = tmp_path / "a.glb"
    write(Scene("a", (Node("a", meshes=(quad(Surface(base_colour=Texture(picture(1))), name="a"),)),)), path)
    mesh = read(path).nodes[0].meshes[0]
    darker = Image(mesh.surface.base_colour.image.pixels // 2)
    surface = replace(mesh.surface, base_colour=replace(mesh.surface.base_colour, image=darker))
    write(Scene("a", (Node("a", meshes=(replace(mesh, surface=surface),)),)), path)
    got = read(path).nodes[0].meshes[0].surface.base_colour.image
    assert np.abs(got.pixels.astype(int) - darker.pixels).max() <= LOSSY


def test_pictures_that_nobody_looks_at_are_not_decoded(rich_scene, tmp_path, monkeypatch):
    from vrgen.gltf.images import Images

    write(rich_scene, tmp_path / "a.glb")
    decode, asked = Images._decode, []
    monkeypatch.setattr(Images, "_decode", lambda self, index: asked.append(index) or decode(self, index))
    scene = read(tmp_path / "a.glb")
    write(scene, tmp_path / "b.glb")
    assert asked == [] and (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()
    image = scene.nodes[0].meshes[0].surface.base_colour.image
    assert (image.width, image.height) == (64, 32) and asked == []
    assert image.pixels.shape == (32, 64, 3) and not image.pixels.flags.writeable
    assert len(asked) == 1 and image.pixels is image.pixels
    assert_same_scene(scene, rich_scene)


def test_threads_that_look_at_one_picture_decode_it_once(rich_scene, tmp_path, monkeypatch):
    from vrgen.gltf.images import Images

    write(rich_scene, tmp_path / "a.glb")
    decode, asked = Images._decode, []

    def slow(self, index):
        asked.append(index)
        sleep(0.05)
        return decode(self, index)

    monkeypatch.setattr(Images, "_decode", slow)
    image = read(tmp_path / "a.glb").nodes[0].meshes[0].surface.base_colour.image
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: image.pixels, range(8)))
    assert len(asked) == 1 and all(pixels is seen[0] for pixels in seen)


def test_a_damaged_picture_is_found_out_when_it_is_looked_at(rich_scene, tmp_path):
    from vrgen.errors import InputProblem

    write(rich_scene, tmp_path / "a.glb")
    data = bytearray((tmp_path / "a.glb").read_bytes())
    place = data.index(b"\xff\xda", data.index(b"\xff\xd8\xff"))  # the first JPEG ends at its scan
    end = data.index(b"\xff\xd9", place)
    data[place:end] = b"\xff\xd9" * ((end - place) // 2) + b"\0" * ((end - place) % 2)
    (tmp_path / "b.glb").write_bytes(bytes(data))
    scene = read(tmp_path / "b.glb")
    problems = 0
    for node, _ in scene.walk():
        for mesh in node.meshes:
            if mesh.surface.base_colour is not None:
                try:
                    assert mesh.surface.base_colour.image.pixels.size
                except InputProblem as problem:
                    problems += 1
                    assert_named(problem, tmp_path / "b.glb")
                    assert "/images/" in str(problem)
    assert problems
