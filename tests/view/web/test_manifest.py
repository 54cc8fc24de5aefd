"""show.json: what the page is told, held against the scene; and against files that were made to harm."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vrgen.core import Light, Node, Scene, Sky, Sun
from vrgen.core.frames import look_rotation
from vrgen.errors import InputProblem, MissingPart
from vrgen.gltf import read, write
from vrgen.view.web.document import document_of, skeleton
from vrgen.view.web.manifest import manifest
from vrgen.view.web.show import load_show
from vrgen.view.web.single import FACE, PROUD, single
from vrgen.view.web.surroundings import Surroundings, radiance_file, surroundings


def glb_of(said: dict, data: bytes = b"") -> bytes:
    """A GLB with this JSON."""
    text = json.dumps(said).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    if data:
        data += bytes(-len(data) % 4)
        body += struct.pack("<II", len(data), 0x004E4942) + data
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


@pytest.fixture(scope="module")
def site(make_site, show_file):
    return make_site(show_file)


def test_the_scene_is_described(site, show_file):
    said = site.said
    assert said["version"] == 1 and said["revision"] == 1 and said["live"] is True
    assert said["title"] == "Small & <light>"
    assert said["generator"].startswith("vrgen ")
    assert said["glb"] == {
        "url": "show.glb",
        "bytes": show_file.stat().st_size,
        "draw_calls": 4,
        "triangles": 2 + 2 + 12 + 12,
    }
    assert said["exposure"] == 0.5 and said["tone_mapping"] == "neutral"
    assert said["needs"] == {"ktx2": False, "draco": False, "meshopt": False}
    assert said["floor"] == [[[-4, -4], [4, -4], [4, 4], [-4, 4]]]
    assert said["route"] == [[0, 0], [1, 1]]
    assert said["catalogue"] == "catalogue.html"


def test_works_come_in_the_order_of_the_tour_with_where_to_stand(site):
    first, second, cube = site.said["works"]
    assert (first["node"], first["title"], first["artist"], first["year"]) == (
        "work_001",
        "One <b>bold</b>",
        'A "B" C',
        "2026",
    )
    assert first["alt"] == "Red & dark" and first["text"] == "Words."
    assert first["size_cm"] == [80.0, 40.0]
    assert first["centre"] == pytest.approx([1.5, 1.5, -2.98], abs=1e-5)
    assert first["low"] == pytest.approx([1.1, 1.3, -2.98], abs=1e-5)
    assert first["stop"] == {"position": [1.5, 1.5, -1.0], "direction": [0.0, 0.0, -1.0]}
    assert first["aspect"] == 2.0
    assert (first["thumbnail"], first["picture"], first["image"]) == (
        "thumbnails/001.jpg",
        "pictures/001.jpg",
        "works/001.glb",
    )
    assert second["stop"]["position"][2] > -2.98  # none was given: before it
    assert cube["high"] == pytest.approx([0.2, 0.9, 0.2], abs=1e-5)


def test_the_first_view_is_ours(site, show_file):
    from vrgen.view.viewpoint import first_eye

    eye = first_eye(read(show_file), aspect=16 / 9)
    start = site.said["start"]
    assert start["position"] == pytest.approx(eye.position, abs=1e-5)
    assert start["direction"] == pytest.approx(-eye.view[2, :3], abs=1e-5)
    assert start["yfov"] == pytest.approx(1.0)


def test_every_file_that_is_named_is_there(site):
    said = site.said
    named = [said["glb"]["url"], said["catalogue"]]
    named += [work[key] for work in said["works"] for key in ("thumbnail", "picture", "image")]
    named += [said[key]["url"] for key in ("environment", "background") if said[key]]
    assert set(named) <= set(site.parts)


def test_pictures_are_the_works_own(site):
    """Upper half red, lower half at half the value; at most 480 pixels, and never blown up."""
    import io

    from PIL import Image as Pillow

    picture = Pillow.open(io.BytesIO(site.parts["thumbnails/001.jpg"].make()))
    assert picture.size == (64, 32)
    got = np.asarray(picture).astype(float)
    assert np.abs(got[4, 32] - (200, 40, 30)).max() < 8
    assert np.abs(got[28, 32] - (100, 20, 15)).max() < 8


def test_a_sculpture_is_photographed_where_it_stands(gl, site):
    """The cube fills a good part of the picture, in the middle, on the sky's white."""
    import io

    from PIL import Image as Pillow

    part = site.parts["pictures/003.jpg"]
    assert part.drawn
    got = np.asarray(Pillow.open(io.BytesIO(part.make()))).astype(float)
    assert got.shape == (1440, 1152, 3)
    grey = np.abs(got - 188).max(axis=2) < 12  # linear 0.5
    assert grey[720, 576]
    assert 0.15 < grey.mean() < 0.75
    rows = np.flatnonzero(grey.any(axis=1))
    assert rows[0] > 40 and rows[-1] < 1400


def test_without_opengl_a_sculpture_is_shown_by_its_words(make_site, show_file, monkeypatch, web):
    from vrgen.errors import MissingPart
    from vrgen.view.web import site as module

    def none(*given):
        raise MissingPart("there is no OpenGL here")

    monkeypatch.setattr(module, "photograph", none)
    heard = web.Heard()
    site = make_site(show_file, progress=heard)
    assert site.parts["thumbnails/003.jpg"].make().startswith(b"\xff\xd8")
    assert "no OpenGL" in heard.notes[0]


# ----- light


def test_a_baked_gallery_needs_no_light(site):
    assert site.said["lit"] is False
    assert site.said["environment"] is None and site.said["background"] is None and site.said["sun"] is None
    assert "environment.hdr" not in site.parts


def test_a_lit_scene_brings_the_light_of_our_renderer(gl, web):
    """Exposure and factor are those that the renderer itself measures."""
    from vrgen.view.shot import rendering

    scene = replace(web.gallery(lit=True), extras={})
    scene = replace(
        scene, nodes=(*scene.nodes, Node("lamp", translation=[0, 3, 0], light=Light("point", 400.0)))
    )
    around = surroundings(scene)
    with rendering(scene) as renderer:
        assert around.exposure == pytest.approx(renderer.exposure)
    assert around.lit and around.environment is not None
    assert around.background is None  # the sphere named sky is around it
    assert around.sun is None


def test_a_sky_of_python_comes_as_light_background_and_sun(gl, web):
    radiance = np.full((32, 64, 3), 800.0, np.float32)
    sun = Sun(direction=[0.6, 0.8, 0.0], lux=60_000.0, colour=[1.0, 1.0, 1.0])
    scene = replace(web.gallery(lit=True), sky=Sky(radiance, sun))
    around = surroundings(scene)
    assert around.environment is not None and around.background is not None
    assert around.sun is not None and around.sun[2] == 60_000.0
    own = Node("sun", rotation=look_rotation((0, -1, 0)), light=Light("directional", 1000.0))
    assert surroundings(replace(scene, nodes=(*scene.nodes, own))).sun is None


def test_the_radiance_file_keeps_what_it_is_given(tmp_path):
    import cv2

    wanted = np.random.default_rng(1).uniform(0.1, 9000, (16, 32, 3)).astype(np.float32)
    path = tmp_path / "a.hdr"
    path.write_bytes(radiance_file(wanted))
    got = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.abs(got - wanted).max() <= wanted.max() / 128  # RGBE: 8 bits beside the largest channel


def test_the_light_of_a_page_needs_no_opengl():
    """In a process of its own, which loads no OpenGL for it."""
    code = "import sys; import vrgen.view.web.surroundings; print('OpenGL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ----- single works


def test_a_picture_by_itself_has_its_true_size_its_colours_and_a_frame(site, tmp_path, show_file):
    path = tmp_path / "one.glb"
    path.write_bytes(site.parts["works/001.glb"].make())
    alone = read(path)
    picture, frame = alone.nodes
    low, high = Scene("", (picture,)).bounds()
    assert high - low == pytest.approx([0.8, 0.4, 0.0], abs=1e-6)
    assert (low + high) / 2 == pytest.approx([0, 0, 0.02], abs=1e-6)
    assert picture.meshes[0].colours is None  # the light of its room stays there
    low, high = Scene("", (frame,)).bounds()
    assert low == pytest.approx([-0.4 - FACE, -0.2 - FACE, 0.0], abs=1e-6)
    assert high == pytest.approx([0.4 + FACE, 0.2 + FACE, 0.02 + PROUD], abs=1e-6)
    corners = frame.meshes[0].positions[frame.meshes[0].indices]
    out = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (out[:2, 2] > 0).all()  # the face looks into the room
    assert (out[2:4, 1] < 0).all()  # the lower edge looks down
    assert (out[4:6, 1] > 0).all()  # its inside looks up, to the picture


def test_a_sculpture_by_itself_stands_on_the_floor_and_keeps_its_light(web):
    scene = web.gallery()
    cube = next(node for node in scene.nodes if node.name == "work_003")
    turned = replace(cube, scale=np.array([2.0, 2.0, 2.0]), rotation=look_rotation((1, 0, 0)))
    alone = single(Scene("a", (turned,)), "work_003")
    assert alone is not None
    low, high = alone.bounds()
    assert low == pytest.approx([-0.4, 0.0, -0.4], abs=1e-6)
    assert high == pytest.approx([0.4, 0.8, 0.4], abs=1e-6)
    assert single(scene, "camera_001") is None and single(scene, "nothing") is None


# ----- files that are packed


def compressed(show_file: Path, extension: str) -> bytes:
    """The gallery's JSON as a compressing program would leave it: what is in the buffers, nobody reads."""
    data = show_file.read_bytes()
    size = struct.unpack_from("<I", data, 12)[0]
    said = json.loads(data[20 : 20 + size])
    said["extensionsUsed"] = [*said.get("extensionsUsed", []), extension]
    said["extensionsRequired"] = [extension]
    return glb_of(said, data[28 + size :])


@pytest.mark.parametrize(
    ("extension", "key"),
    [
        ("KHR_draco_mesh_compression", "draco"),
        ("EXT_meshopt_compression", "meshopt"),
        ("KHR_meshopt_compression", "meshopt"),
        ("KHR_texture_basisu", "ktx2"),
    ],
)
@pytest.mark.parametrize("unpacked", [True, False], ids=["with the decoder", "without it"])
def test_compressed_files_are_shown_with_all_their_works(
    make_site, site, show_file, web, tmp_path, extension, key, unpacked
):
    def without(path: Path) -> Scene:
        raise MissingPart("the decoder is not installed here")

    path = tmp_path / "small.glb"
    path.write_bytes(compressed(show_file, extension))
    said = make_site(path, ports=web.ports if unpacked else replace(web.ports, read=without)).said
    assert [name for name, needed in said["needs"].items() if needed] == [key]
    for got, wanted in zip(said["works"], site.said["works"], strict=True):
        assert got["title"] == wanted["title"] and got["stop"] == wanted["stop"]
        assert got["low"] == pytest.approx(wanted["low"], abs=1e-5)
        assert got["high"] == pytest.approx(wanted["high"], abs=1e-5)
        assert got["image"] == (wanted["image"] if unpacked else None)
    assert said["start"] == site.said["start"] and said["glb"]["triangles"] == 28


def test_boxes_follow_matrices_and_normalised_integers():
    turn = np.eye(4)
    turn[:3, :3] = [[0, -2, 0], [2, 0, 0], [0, 0, 2]]
    turn[:3, 3] = (1, 2, 3)
    said = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0], "name": "a"}],
        "nodes": [{"matrix": turn.T.ravel().tolist(), "mesh": 0, "children": [1]}, {"mesh": 1}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": n}}]} for n in (0, 1)],
        "accessors": [
            {
                "count": 3,
                "componentType": 5122,
                "normalized": True,
                "min": [-32767, 0, 0],
                "max": [32767, 32767, 0],
            },
            {"count": 3, "componentType": 5126, "min": [0, 0, 0], "max": [1, 1, 1]},
        ],
    }
    document = document_of(glb_of(said), Path("a.glb"))
    scene = skeleton(document)
    low, high = scene.bounds()
    assert low == pytest.approx([-1, 0, 3]) and high == pytest.approx([1, 4, 5])
    assert (document.draw_calls, document.triangles) == (2, 2)


HARM = {
    "no GLB": b"hello, I am no GLB, but long enough",
    "short": b"glTF",
    "cut": glb_of({"asset": {}})[:-4],
    "no JSON": struct.pack("<4sIIII", b"glTF", 2, 24, 4, 0x4E4F534A) + b"{{{{",
    "list": glb_of([1]),  # type: ignore[arg-type]
    "deep": struct.pack("<4sIIII", b"glTF", 2, 20 + 40000, 40000, 0x4E4F534A) + b"[" * 20000 + b"]" * 20000,
    "circle": glb_of({"scenes": [{"nodes": [0]}], "nodes": [{"children": [0]}]}),
    "no such node": glb_of({"scenes": [{"nodes": [7]}], "nodes": []}),
    "no such mesh": glb_of({"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 4}], "meshes": []}),
    "words for numbers": glb_of({"scenes": [{"nodes": ["a"]}], "nodes": [{}]}),
    "uri": glb_of({"buffers": [{"uri": 5}]}),
}


@pytest.mark.parametrize("data", HARM.values(), ids=HARM.keys())
def test_what_is_no_scene_is_refused_in_a_sentence(data, web, tmp_path):
    path = tmp_path / "bad.glb"
    path.write_bytes(data)
    with pytest.raises(InputProblem, match=r"bad\.glb"):
        load_show(path, web.ports)


def test_extras_of_others_do_no_harm(make_site, web):
    """Whoever wrote the file may have written anything into it."""
    for ours in (
        {"walkable": "x", "route": 5, "exposure": "bright"},
        {"walkable": [[[0, 0], [1]], [[0, 0]], 3, [["a", "b"]] * 3], "route": [[0, 1, 2]], "exposure": -1},
        {"walkable": None, "route": {}, "exposure": None},
    ):
        said = make_site(replace(web.gallery(), extras={"vrgen": ours})).said
        assert said["floor"] == [] and said["route"] == [] and said["exposure"] > 0
    never = replace(
        load_show(web.gallery(), web.ports).scene, extras={"vrgen": {"route": [[0, float("nan")]]}}
    )
    show = replace(load_show(web.gallery(), web.ports), scene=never)
    assert manifest(show, Surroundings(), live=True, revision=1, singles=True)["route"] == []


def test_a_gltf_with_its_files_becomes_one_glb(make_site, show_file, tmp_path):
    data = show_file.read_bytes()
    size = struct.unpack_from("<I", data, 12)[0]
    said = json.loads(data[20 : 20 + size])
    (tmp_path / "data.bin").write_bytes(data[28 + size :])
    said["buffers"][0]["uri"] = "data.bin"
    (tmp_path / "show.gltf").write_text(json.dumps(said))
    loose = tmp_path / "loose.glb"
    loose.write_bytes(glb_of(said))
    for path in (tmp_path / "show.gltf", loose):
        site = make_site(path)
        whole = tmp_path / "whole.glb"
        whole.write_bytes(site.parts["show.glb"].make())
        assert b"data.bin" not in whole.read_bytes()
        assert len(site.said["works"]) == 3 and read(whole).name == "Small & <light>"


def test_a_scene_of_python_is_packed(make_site, web, tmp_path):
    site = make_site(web.gallery())
    write(web.gallery(), tmp_path / "a.glb")
    assert site.parts["show.glb"].make() == (tmp_path / "a.glb").read_bytes()


def test_a_scene_without_works_is_shown_too(make_site, web):
    scene = web.gallery()
    bare = Scene("bare", tuple(node for node in scene.nodes if node.name == "sky"))
    site = make_site(bare)
    assert site.said["works"] == [] and site.said["floor"] == []
    assert b"no works" in site.parts["catalogue.html"].make()
