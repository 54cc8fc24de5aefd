"""What a file says and nothing here understands is in the file again after reading, steps and writing."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from vrgen.core import Animation, Channel, Node, Scene, Skin
from vrgen.gltf import WriteOptions, read, write

HERE = Path(__file__).resolve()


def loaded(name: str, path: Path):
    """The module of a file that is in no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


foreign = loaded("gltf_foreign", HERE.with_name("test_foreign.py"))
QUAD, File, Notes, skinned = foreign.QUAD, foreign.File, foreign.Notes, foreign.skinned
ODD = {"EXT_odd": {"deep": [1, {"why": None}]}}


class Document:
    """A GLB as JSON, with its numbers."""

    def __init__(self, path):
        data = path.read_bytes()
        size = struct.unpack_from("<I", data, 12)[0]
        self.json, self.binary = json.loads(data[20 : 20 + size]), data[28 + size :]

    def array(self, index: int) -> np.ndarray:
        """The numbers of an accessor."""
        item = self.json["accessors"][index]
        view = self.json["bufferViews"][item["bufferView"]]
        kinds = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
        dtype = np.dtype(kinds[item["componentType"]])
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}[item["type"]]
        stride = view.get("byteStride", width * dtype.itemsize)
        shape, strides = (item["count"], width), (stride, dtype.itemsize)
        return np.ndarray(shape, dtype, self.binary, view.get("byteOffset", 0), strides)

    def node(self, name: str) -> dict:
        """The node of that name."""
        return next(node for node in self.json["nodes"] if node.get("name") == name)


def trip(file: File, folder, *, step=lambda scene: scene, notes=None, **options) -> Document:
    """What is in the file after reading, a step, and writing."""
    scene = read(file.save(folder), progress=notes if notes is not None else Notes())
    write(
        step(scene),
        folder / "b.glb",
        WriteOptions(**options),
        progress=notes if notes is not None else Notes(),
    )
    return Document(folder / "b.glb")


def animated() -> File:
    """A skinned quad whose second joint turns, with one animation of every path and interpolation."""
    bind = np.eye(4)
    bind[0, 3] = -1
    file = skinned(bind)
    names = ("body", "hip", "knee")
    for node, name in zip(file.json["nodes"], names, strict=True):
        node["name"] = name
    file.json["skins"][0] |= {"name": "bones", "skeleton": 1, "extras": {"rig": "x"}, "extensions": ODD}
    file.primitive["targets"] = [
        {"POSITION": file.accessor(np.full((4, 3), 0.5, "<f4"))},
        {"POSITION": file.accessor(QUAD * np.float32(2))},
    ]
    file.json["meshes"][0] |= {"weights": [0.0, 0.0], "extras": {"targetNames": ["puff", "grow"]}}
    times = file.accessor(np.array([0, 0.5], "<f4"), min=[0], max=[0.5])
    turns = np.array([[0, 0, 0, 1], [0, 0, 1, 0]], "<f4")
    outputs = {
        "rotation": (2, "LINEAR", turns),
        "translation": (1, "STEP", np.array([[0, 0, 4], [1, 2, 3]], "<f4")),
        "scale": (1, "CUBICSPLINE", np.arange(18, dtype="<f4").reshape(6, 3)),
        "weights": (0, "LINEAR", np.array([[0], [0.25], [1], [0.5]], "<f4")),
    }
    samplers, channels = [], []
    for path, (node, how, values) in outputs.items():
        channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
        samplers.append({"input": times, "output": file.accessor(values), "interpolation": how})
    file.json["animations"] = [
        {"name": "walk", "channels": channels, "samplers": samplers, "extras": {"fps": 30}}
    ]
    return file


def test_animations_of_every_path_come_back(tmp_path):
    document = trip(animated(), tmp_path)
    (animation,) = document.json["animations"]
    assert (animation["name"], animation["extras"]) == ("walk", {"fps": 30})
    found = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        name = document.json["nodes"][channel["target"]["node"]]["name"]
        np.testing.assert_array_equal(document.array(sampler["input"])[:, 0], [0, 0.5])
        found[channel["target"]["path"]] = (name, sampler["interpolation"], document.array(sampler["output"]))
    assert {path: item[:2] for path, item in found.items()} == {
        "rotation": ("knee", "LINEAR"),
        "translation": ("hip", "STEP"),
        "scale": ("hip", "CUBICSPLINE"),
        "weights": ("body", "LINEAR"),
    }
    np.testing.assert_array_equal(found["rotation"][2], [[0, 0, 0, 1], [0, 0, 1, 0]])
    np.testing.assert_array_equal(found["scale"][2], np.arange(18).reshape(6, 3))
    np.testing.assert_array_equal(found["weights"][2][:, 0], [0, 0.25, 1, 0.5])


def test_skin_and_geometry_before_the_pose_come_back(tmp_path):
    document = trip(animated(), tmp_path)
    node, (mesh,), (skin,) = document.node("body"), document.json["meshes"], document.json["skins"]
    assert node["skin"] == 0 and (skin["name"], skin["extras"], skin["extensions"]) == (
        "bones",
        {"rig": "x"},
        ODD,
    )
    assert [document.json["nodes"][joint]["name"] for joint in skin["joints"]] == ["hip", "knee"]
    assert document.json["nodes"][skin["skeleton"]]["name"] == "hip"
    matrices = document.array(skin["inverseBindMatrices"]).reshape(2, 4, 4)
    np.testing.assert_array_equal(matrices[0][3], [-1, 0, 0, 1])
    (primitive,) = mesh["primitives"]
    attributes = primitive["attributes"]
    np.testing.assert_array_equal(document.array(attributes["POSITION"]), QUAD)
    np.testing.assert_array_equal(document.array(attributes["JOINTS_0"])[0], [0, 1, 0, 0])
    np.testing.assert_array_equal(document.array(attributes["WEIGHTS_0"])[2], [0.5, 0.5, 0, 0])
    np.testing.assert_array_equal(document.array(primitive["targets"][1]["POSITION"]), QUAD * 2)
    assert mesh["weights"] == [0, 0] and mesh["extras"] == {"targetNames": ["puff", "grow"]}


def test_second_trip_says_the_same(tmp_path):
    trip(animated(), tmp_path)
    write(read(tmp_path / "b.glb"), tmp_path / "c.glb")
    assert (tmp_path / "b.glb").read_bytes() == (tmp_path / "c.glb").read_bytes()


def test_what_a_step_took_away_is_left_out_with_a_note(tmp_path):
    def without_knee(scene: Scene) -> Scene:
        return scene.map_nodes(
            lambda node: replace(node, children=tuple(c for c in node.children if c.name != "knee"))
        )

    notes = Notes()
    document = trip(animated(), tmp_path, step=without_knee, notes=notes)
    assert "skins" not in document.json and "skin" not in document.node("body")
    paths = {channel["target"]["path"] for channel in document.json["animations"][0]["channels"]}
    assert paths == {"translation", "scale"}
    assert any("its skin was left out" in note for note in notes)
    assert any("the rotation of knee was left out" in note for note in notes)
    # What it stood like is what is left of it.
    (primitive,) = document.json["meshes"][0]["primitives"]
    assert "JOINTS_0" not in primitive["attributes"] and "targets" not in primitive
    np.testing.assert_allclose(document.array(primitive["attributes"]["POSITION"])[0], [-51, 0, 4], atol=1e-5)


def test_morph_weights_are_drawn_and_their_start_is_written(tmp_path):
    file = File().positions()
    file.primitive |= {"mode": 5, "targets": [{"POSITION": file.accessor(QUAD * np.float32(2))}]}
    file.json["nodes"][0]["weights"] = [0.5]
    scene = read(file.save(tmp_path))
    np.testing.assert_array_equal(scene.nodes[0].meshes[0].positions, 2 * QUAD)
    document = trip(file, tmp_path)
    (primitive,) = document.json["meshes"][0]["primitives"]
    np.testing.assert_array_equal(document.array(primitive["attributes"]["POSITION"]), QUAD)
    assert document.json["nodes"][0]["weights"] == [0.5]


def test_further_attributes_come_back(tmp_path):
    file = File().positions()
    file.primitive["mode"] = 5
    uv, wind = np.linspace(0, 1, 8, dtype="<f4").reshape(4, 2), np.array([[1], [2], [3], [4]], "<u2")
    sets = {"TEXCOORD_0": uv, "TEXCOORD_1": uv / 2, "TEXCOORD_2": uv / 4, "COLOR_1": np.ones((4, 4), "<f4")}
    for key, array in {**sets, "_WIND": wind, "_FLAGS": np.ones((4, 3), "u1")}.items():
        file.primitive["attributes"][key] = file.accessor(array)
    attributes, document = {}, trip(file, tmp_path)
    attributes = document.json["meshes"][0]["primitives"][0]["attributes"]
    np.testing.assert_array_equal(document.array(attributes["TEXCOORD_2"]), uv / 4)
    np.testing.assert_array_equal(document.array(attributes["_WIND"]), wind)
    np.testing.assert_array_equal(document.array(attributes["_FLAGS"]), np.ones((4, 3)))
    assert document.json["accessors"][attributes["_WIND"]]["componentType"] == 5123
    assert document.array(attributes["COLOR_1"]).shape == (4, 4)


def test_orthographic_camera_comes_back(tmp_path):
    file = File().positions(QUAD[:3])
    lens = {"xmag": 2.0, "ymag": 1.5, "zfar": 30.0, "znear": 0.0}
    file.json["cameras"] = [
        {"type": "orthographic", "orthographic": lens, "name": "plan", "extras": {"a": 1}}
    ]
    file.json["nodes"][0]["camera"] = 0
    assert trip(file, tmp_path).json["cameras"] == file.json["cameras"]


def textured(file: File, **material) -> File:
    """A file with two textures whose samplers are set, and a material."""
    data = io.BytesIO()
    Pillow.new("RGB", (4, 4), (90, 120, 30)).save(data, "PNG")
    file.json["images"] = [
        {"bufferView": file.view(data.getvalue()), "mimeType": "image/png", "name": "leaf"}
    ]
    file.json["samplers"] = [{"magFilter": 9728, "minFilter": 9985, "wrapS": 33071, "name": "sharp"}]
    file.json["textures"] = [
        {"source": 0, "sampler": 0, "name": "first", "extras": {"t": 1}, "extensions": ODD},
        {"source": 0},
    ]
    file.json["materials"] = [material]
    file.primitive |= {"mode": 5, "material": 0}
    return file.positions()


def test_samplers_and_names_come_back(tmp_path):
    info = {"index": 0, "extras": {"i": 2}, "extensions": ODD}
    document = trip(textured(File(), pbrMetallicRoughness={"baseColorTexture": info}), tmp_path)
    material = document.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
    texture = document.json["textures"][material["index"]]
    assert material["extras"] == {"i": 2} and material["extensions"] == ODD
    assert (texture["name"], texture["extras"], texture["extensions"]) == ("first", {"t": 1}, ODD)
    sampler = document.json["samplers"][texture["sampler"]]
    assert sampler == {"magFilter": 9728, "minFilter": 9985, "wrapS": 33071, "wrapT": 10497, "name": "sharp"}
    assert document.json["images"][texture["source"]]["name"] == "leaf"


def test_unread_materials_keep_their_textures(tmp_path):
    place = {"offset": [0.5, 0.0]}
    coat = {
        "clearcoatFactor": 0.7,
        "clearcoatNormalTexture": {
            "index": 1,
            "scale": 0.5,
            "texCoord": 2,
            "extensions": {"KHR_texture_transform": place},
        },
    }
    file = textured(File(), extensions={"KHR_materials_clearcoat": coat, **ODD}, extras=[1, 2])
    document = trip(file, tmp_path)
    (material,) = document.json["materials"]
    found = material["extensions"]["KHR_materials_clearcoat"]
    info = found["clearcoatNormalTexture"]
    assert found["clearcoatFactor"] == 0.7 and material["extensions"]["EXT_odd"] == ODD["EXT_odd"]
    assert (info["scale"], info["texCoord"], material["extras"]) == (0.5, 2, [1, 2])
    assert info["extensions"] == {"KHR_texture_transform": place}
    assert document.json["textures"][info["index"]]["source"] == 0
    used = {"EXT_odd", "KHR_materials_clearcoat", "KHR_texture_transform"}
    assert set(document.json["extensionsUsed"]) == used
    # What viewers show where a UV set is missing stands in for it.
    assert "TEXCOORD_2" in document.json["meshes"][0]["primitives"][0]["attributes"]


def test_variants_keep_their_materials(tmp_path):
    file = textured(File(), name="day")
    file.json["materials"].append({"name": "night", "emissiveTexture": {"index": 1}})
    mappings = [{"material": 1, "variants": [0]}, {"material": 0, "variants": [1]}]
    file.primitive["extensions"] = {"KHR_materials_variants": {"mappings": mappings}}
    variants = {"variants": [{"name": "late"}, {"name": "early"}]}
    file.json["extensions"] = {"KHR_materials_variants": variants}
    file.json["extensionsRequired"] = ["KHR_materials_variants"]
    document = trip(file, tmp_path)
    found = document.json["meshes"][0]["primitives"][0]["extensions"]["KHR_materials_variants"]["mappings"]
    names = [document.json["materials"][item["material"]]["name"] for item in found]
    assert names == ["night", "day"] and [item["variants"] for item in found] == [[0], [1]]
    assert document.json["extensions"] == {"KHR_materials_variants": variants}
    assert document.json["extensionsRequired"] == ["KHR_materials_variants"]


def coated_and_more() -> File:
    """A textured quad with a clear coat, variants, cameras, lights and further attributes."""
    coat = {"clearcoatFactor": 0.7, "clearcoatTexture": {"index": 1, "texCoord": 2}}
    base = {"baseColorTexture": {"index": 0, "extensions": {"KHR_texture_transform": {"scale": [2, 2]}}}}
    file = textured(File(), pbrMetallicRoughness=base, extensions={"KHR_materials_clearcoat": coat})
    file.json["materials"].append({"alphaMode": "MASK", "extensions": {"KHR_materials_unlit": {}}})
    variants = {"mappings": [{"material": 1, "variants": [0]}]}
    file.primitive["extensions"] = {"KHR_materials_variants": variants}
    file.primitive["attributes"] |= {
        "NORMAL": file.accessor(np.tile(np.array([0, 0, 1], "<f4"), (4, 1))),
        "TEXCOORD_0": file.accessor(QUAD[:, :2].astype("<f4")),
        "COLOR_0": file.accessor(np.full((4, 4), 200, "u1"), normalized=True),
        "_FLAGS": file.accessor(np.ones((4, 3), "u1")),
    }
    file.primitive["indices"] = file.accessor(np.array([0, 1, 2, 3], "<u2"))
    lens = {"xmag": 2.0, "ymag": 1.5, "zfar": 30.0, "znear": 0.0}
    file.json["cameras"] = [
        {"type": "orthographic", "orthographic": lens},
        {"type": "perspective", "perspective": {"yfov": 0.7, "znear": 0.1}},
    ]
    spot = {"type": "spot", "spot": {"outerConeAngle": 0.5}}
    file.json["extensions"] = {
        "KHR_lights_punctual": {"lights": [spot]},
        "KHR_materials_variants": {"variants": [{"name": "late"}]},
    }
    file.json["nodes"][0] |= {"children": [1], "extensions": {"EXT_links": {"nodes": [0, 2]}}}
    file.json["nodes"] += [
        {"camera": 0, "children": [2], "matrix": np.eye(4).ravel().tolist()},
        {"camera": 1, "extensions": {"KHR_lights_punctual": {"light": 0}}},
    ]
    return file


def test_extensions_and_extras_everywhere_come_back(tmp_path):
    file = File().positions(QUAD[:3])
    said = {"extras": {"k": [True]}, "extensions": ODD}
    light = {"type": "point", "name": "bulb", **said}
    file.json["nodes"] = [{"mesh": 0, "name": "a", **said}, {"name": "b", "extras": 5}]
    file.json["nodes"][1]["extensions"] = {
        "KHR_lights_punctual": {"light": 0},
        "EXT_links": {"nodes": [0], "node": 1, "label": "door"},
        "EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": file.accessor(QUAD)}},
    }
    file.json["scenes"] = [{"nodes": [0, 1], "name": "s", **said}]
    file.json["meshes"][0] |= said
    file.primitive |= said
    file.json["asset"] |= {"copyright": "© someone", **said}
    file.json |= {"extras": "root"}
    file.json["extensions"] = {"KHR_lights_punctual": {"lights": [light]}, **ODD}
    notes = Notes()
    document = trip(file, tmp_path, notes=notes)
    assert [note for note in notes if "drawn once" in note]
    it = document.json
    owners = (
        document.node("a"),
        it["scenes"][0],
        it["meshes"][0],
        it["meshes"][0]["primitives"][0],
        it["asset"],
    )
    for owner in owners:
        assert (owner["extras"], owner["extensions"]) == (said["extras"], ODD)
    found = it["extensions"]["KHR_lights_punctual"]["lights"][0]
    assert (found["name"], found["extras"], found["extensions"]) == ("bulb", said["extras"], ODD)
    other = document.node("b")
    links, instances = (other["extensions"][name] for name in ("EXT_links", "EXT_mesh_gpu_instancing"))
    names = [node["name"] for node in it["nodes"]]
    assert links == {"nodes": [names.index("a")], "node": names.index("b"), "label": "door"}
    np.testing.assert_array_equal(document.array(instances["attributes"]["TRANSLATION"]), QUAD)
    assert (other["extras"], it["extras"], it["asset"]["copyright"]) == (5, "root", "© someone")
    assert it["extensions"]["EXT_odd"] == ODD["EXT_odd"]
    assert {"EXT_odd", "EXT_links"} <= set(it["extensionsUsed"])


def test_another_run_with_other_hashes_and_threads_writes_the_same_bytes(tmp_path):
    """Sets, dictionaries and threads that end in any order: none of them is seen in the file."""
    program = (
        "import sys; from vrgen.gltf import WriteOptions, read, write; "
        "source, target, threads = sys.argv[1:]; "
        "write(read(source, strict=True), target, WriteOptions(quality=80, threads=int(threads)))"
    )
    source, top = coated_and_more().save(tmp_path), HERE.parents[2]
    for number in (1, 4):
        words = [sys.executable, "-c", program, str(source), str(tmp_path / f"{number}.glb"), str(number)]
        told = {**os.environ, "PYTHONHASHSEED": str(number)}
        subprocess.run(words, check=True, env=told, cwd=top, timeout=100)
    assert (tmp_path / "1.glb").read_bytes() == (tmp_path / "4.glb").read_bytes()


def test_our_records_stand_beside_what_others_said(tmp_path, rich_scene):
    packets = {"packets": [{"dc:title": "theirs"}]}
    scene = replace(
        rich_scene,
        document={
            "asset": {"extras": {"tool": 1}, "extensions": {"KHR_xmp_json_ld": {"packet": 0}}},
            "extensions": {"KHR_xmp_json_ld": packets},
        },
    )
    for name in ("a", "b"):
        write(scene, tmp_path / f"{name}.glb")
        document = Document(tmp_path / f"{name}.glb").json
        assert document["asset"]["extras"]["tool"] == 1
        found = document["extensions"]["KHR_xmp_json_ld"]["packets"]
        assert found[0] == packets["packets"][0] and len(found) == 2
        assert document["asset"]["extensions"]["KHR_xmp_json_ld"] == {"packet": 1}
        scene = read(tmp_path / f"{name}.glb")
    assert scene.records == rich_scene.records


def test_what_points_into_the_old_file_is_left_out_with_a_note(tmp_path):
    file, notes = File().positions(QUAD[:3]), Notes()
    file.json["nodes"][0]["extensions"] = {"KHR_draco_mesh_compression": {"ids": [3]}}
    document = trip(file, tmp_path, notes=notes)
    assert "extensions" not in document.json["nodes"][0]
    assert any("KHR_draco_mesh_compression" in note for note in notes)


def pointed() -> File:
    """A coated quad whose colour, visibility and light move."""
    file = coated_and_more()
    pointers = {
        "/materials/0/pbrMetallicRoughness/baseColorFactor": np.eye(4, dtype="<f4")[:2],
        "/nodes/0/extensions/KHR_node_visibility/visible": np.array([[1], [0]], "u1"),
        "/extensions/KHR_lights_punctual/lights/0/intensity": np.array([[1], [2]], "<f4"),
        "/materials/99/alphaCutoff": np.array([[1], [2]], "<f4"),
    }
    times = file.accessor(np.array([0, 0.5], "<f4"), min=[0], max=[0.5])
    channels, samplers = [], []
    for pointer, values in pointers.items():
        told = {"path": "pointer", "extensions": {"KHR_animation_pointer": {"pointer": pointer}}}
        channels.append({"sampler": len(samplers), "target": told})
        samplers.append({"input": times, "output": file.accessor(values), "interpolation": "STEP"})
    file.json["animations"] = [{"name": "blink", "channels": channels, "samplers": samplers}]
    file.json["extensionsRequired"] = ["KHR_animation_pointer"]
    return file


def test_what_a_pointer_moves_comes_back_where_it_lies_now(tmp_path):
    notes = Notes()
    first = File().positions(QUAD[:3]).mesh(tmp_path)
    front = Node("front", meshes=(first,))

    def with_another_in_front(scene):
        return replace(scene, nodes=(front, *scene.nodes))

    document = trip(pointed(), tmp_path, step=with_another_in_front, notes=notes)
    (animation,) = document.json["animations"]
    found = {}
    for channel in animation["channels"]:
        assert channel["target"]["path"] == "pointer"
        pointer = channel["target"]["extensions"]["KHR_animation_pointer"]["pointer"]
        found[pointer] = document.array(animation["samplers"][channel["sampler"]]["output"])
    (colour, visible) = found
    _, kind, index, *rest = colour.split("/")
    assert (kind, rest) == ("materials", ["pbrMetallicRoughness", "baseColorFactor"]) and index != "0"
    coated = document.json["materials"][int(index)]
    assert "KHR_materials_clearcoat" in coated["extensions"]
    np.testing.assert_array_equal(found[colour], np.eye(4)[:2])
    _, kind, index, *rest = visible.split("/")
    assert (kind, rest) == ("nodes", ["extensions", "KHR_node_visibility", "visible"]) and index != "0"
    assert found[visible].dtype == np.uint8
    assert document.json["extensionsRequired"] == ["KHR_animation_pointer"]
    assert sum("which is left out" in note for note in notes) == 2


def leveled() -> File:
    """A coated quad with two coarser levels, the second a tree; another node names one of them."""
    file = coated_and_more()
    file.json["nodes"] = [
        {"name": "fine", "mesh": 0, "extensions": {"MSFT_lod": {"ids": [1, 2]}}, "extras": SCREEN},
        {"name": "coarse", "mesh": 0},
        {"name": "far", "children": [3]},
        {"name": "farthest", "mesh": 0, "scale": [2, 2, 2]},
        {"name": "thief", "extensions": {"MSFT_lod": {"ids": [1]}}},
    ]
    file.json["scenes"] = [{"nodes": [0, 4]}]
    return file


SCREEN = {"MSFT_screencoverage": [0.5, 0.2, 0.01]}


def test_levels_of_detail_come_back_and_are_not_drawn(tmp_path):
    notes = Notes()
    scene = read(leveled().save(tmp_path), progress=notes)
    assert [node.name for node, _ in scene.walk()] == ["fine", "thief"]
    assert any("/nodes/4 has MSFT_lod" in note for note in notes)
    far = scene.nodes[0].kept["extensions"]["MSFT_lod"]["ids"][1]
    assert (far.name, far.children[0].name) == ("far", "farthest")
    assert far.children[0].meshes[0] is scene.nodes[0].meshes[0]
    report = write(scene, tmp_path / "b.glb")
    assert report.draw_calls == 1
    document = Document(tmp_path / "b.glb")
    names = [node["name"] for node in document.json["nodes"]]
    ids = document.node("fine")["extensions"]["MSFT_lod"]["ids"]
    assert [names[index] for index in ids] == ["coarse", "far"]
    assert document.node("fine")["extras"] == SCREEN
    assert document.json["scenes"][0]["nodes"] == [names.index("fine"), names.index("thief")]
    write(read(tmp_path / "b.glb"), tmp_path / "c.glb")
    assert (tmp_path / "b.glb").read_bytes() == (tmp_path / "c.glb").read_bytes()


def test_values_of_motion_are_checked():
    from vrgen.errors import ValueProblem

    with pytest.raises(ValueProblem, match="6 values at 2 times"):
        Channel("a", "scale", np.zeros(2), np.ones((6, 3)))
    with pytest.raises(ValueProblem, match="at least one"):
        Skin(())
    scene = Scene("s", (Node("a"),), animations=(Animation("w", (Channel("b", "scale", [0], [[1, 1, 1]]),)),))
    assert scene.animations[0].channels[0].times.dtype == np.float32


def test_mesh_with_other_vertices_takes_what_they_carry_along(tmp_path):
    from vrgen.errors import ValueProblem

    mesh = read(animated().save(tmp_path)).nodes[0].meshes[0]
    chosen = np.array([0, 1, 2, 2])[:3]
    with pytest.raises(ValueProblem, match="further"):
        replace(mesh, positions=mesh.positions[chosen], indices=[[0, 1, 2]])
    less = replace(
        mesh, positions=mesh.positions[chosen], indices=[[0, 1, 2]], further=mesh.further.taken(chosen)
    )
    np.testing.assert_array_equal(less.at_rest.positions, QUAD[chosen])


def test_khronos_validator_finds_no_fault(tmp_path):
    module = loaded("gltf_validate", HERE.parents[2] / "tools" / "check" / "validate.py")
    if not module.available():
        pytest.skip("needs node and gltf-validator: run `npm ci` in tools/check")
    moving, coated, further = animated(), textured(File()), File().positions()
    del moving.json["skins"][0]["extensions"]
    del moving.json["nodes"][0]["translation"]
    weights = np.tile(np.array([0.5, 0.5, 0, 0], "<f4"), (4, 1))
    moving.primitive["attributes"]["WEIGHTS_0"] = moving.accessor(weights)
    coat = {"clearcoatFactor": 0.7, "clearcoatTexture": {"index": 1, "texCoord": 2}}
    coated.json["materials"] = [{"extensions": {"KHR_materials_clearcoat": coat}}]
    further.primitive["mode"] = 5
    further.primitive["attributes"]["_FLAGS"] = further.accessor(np.ones((4, 3), "u1"))
    lens = {"xmag": 2.0, "ymag": 1.5, "zfar": 30.0, "znear": 0.0}
    further.json["cameras"] = [{"type": "orthographic", "orthographic": lens}]
    further.json["nodes"].append({"camera": 0})
    further.json["scenes"][0]["nodes"].append(1)
    files = []
    for number, file in enumerate((moving, coated, further)):
        files.append(tmp_path / f"{number}.glb")
        write(read(file.save(tmp_path)), files[-1])
    for findings in module.validate(*files):
        assert [item for item in findings if item.severity in ("error", "warning")] == []


def test_changed_files_end_in_a_scene_or_one_of_our_errors(tmp_path):
    """The fuzzing of tools/bench/fuzz_gltf.py, small: 400 changes, the same ones every time."""
    import random

    from vrgen.errors import VrgenError

    fuzz = loaded("fuzz_mutations", HERE.parents[2] / "tools" / "bench" / "fuzz_mutations.py")
    good = [file.save(tmp_path).read_bytes() for file in (animated(), coated_and_more())]
    rng, path, ends = random.Random(7), tmp_path / "bad.glb", []
    for number in range(400):
        path.write_bytes(fuzz.mutated(good[number % 2], rng))
        try:
            write(read(path), tmp_path / "again.glb")
            ends.append(True)
        except VrgenError as problem:
            assert str(tmp_path) in str(problem) or "surface" in str(problem) or "mesh" in str(problem)
            ends.append(False)
    assert 50 < sum(ends) < 350, sum(ends)


@pytest.fixture
def validated():
    """Says nothing about a valid file, and fails for another."""
    module = loaded("gltf_validate", HERE.parents[2] / "tools" / "check" / "validate.py")
    if not module.available():
        return lambda path: None

    def check(path):
        (findings,) = module.validate(path)
        assert [item for item in findings if item.severity in ("error", "warning")] == []

    return check


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
@pytest.mark.parametrize("beside", [True, False], ids=["beside triangles", "alone"])
def test_points_and_lines_come_back(tmp_path, validated, mode, beside):
    file = File().positions()
    order = np.array([3, 1, 0, 2], "<u1")
    drawn = dict(file.primitive)
    colours = file.accessor(np.full((4, 4), 0.25, np.float32))
    lines = {
        "mode": mode,
        "attributes": {"POSITION": drawn["attributes"]["POSITION"], "COLOR_0": colours},
        "indices": file.accessor(order),
        "extras": {"pen": "blue"},
    }
    file.primitive["mode"] = 5
    file.json["meshes"][0]["primitives"] = [file.primitive, lines] if beside else [lines]
    document = trip(file, tmp_path)
    (mesh,) = document.json["meshes"]
    *before, found = mesh["primitives"]
    assert len(before) == beside
    assert found["mode"] == mode
    assert found["extras"] == {"pen": "blue"}
    np.testing.assert_array_equal(document.array(found["indices"])[:, 0], order)
    np.testing.assert_array_equal(document.array(found["attributes"]["POSITION"]), QUAD)
    np.testing.assert_allclose(document.array(found["attributes"]["COLOR_0"]) / 65535, 0.25, atol=1e-4)
    validated(tmp_path / "b.glb")


def test_an_index_of_a_line_that_no_vertex_has_is_named(tmp_path):
    from vrgen.errors import InputProblem

    file = File().positions()
    file.primitive.update(mode=1, indices=file.accessor(np.array([0, 9], "<u1")))
    with pytest.raises(InputProblem, match="/meshes/0/primitives/0/indices"):
        read(file.save(tmp_path))
