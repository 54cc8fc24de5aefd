"""optimize: trimmed, joined and shrunk scenes look the same; packed files are what they say."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import opengl_basisu
import pytest

from vrgen.core import Camera, Image, Mesh, Node, Scene, Surface, Texture
from vrgen.errors import MissingPart, OutputProblem
from vrgen.gltf import read, write
from vrgen.gltf.load import load
from vrgen.gltf.optimize import encoders
from vrgen.gltf.optimize.children import Children
from vrgen.gltf.optimize.join import joined, tidied
from vrgen.gltf.optimize.ktx2 import decoded
from vrgen.gltf.optimize.pack import Packer, PackReport
from vrgen.gltf.optimize.resize import resized, same_at
from vrgen.gltf.optimize.search import LADDERS
from vrgen.gltf.optimize.sizes import shrunk
from vrgen.gltf.optimize.trim import trimmed, welded

CHECK = Path(__file__).resolve().parents[2] / "tools" / "check"


@pytest.fixture(scope="module")
def gap():
    """Skips where node or the bundle is not there."""
    if encoders.missing():
        pytest.skip(encoders.missing())


def corners(mesh: Mesh) -> np.ndarray:
    """Triangles as (T, 3, 3) positions, in a fixed order, each from a fixed corner on."""
    triangles = mesh.positions[mesh.indices].round(3) + 0.0
    first = np.argmin(triangles @ (1.0, 3.14, 31.4), axis=1)
    turned = (first[:, None] + np.arange(3)) % 3
    triangles = np.take_along_axis(triangles, turned[..., None], axis=1)
    return triangles[np.lexsort(triangles.reshape(len(triangles), -1).T)]


def noise(size: int = 64, *, space: str = "srgb") -> Image:
    return Image(np.random.default_rng(3).integers(0, 255, (size, size, 3)).astype(np.uint8), space)


class TestTrim:
    def test_what_an_unlit_surface_does_not_read_goes(self, quad):
        mesh = trimmed(quad(Surface(unlit=True), name="q", colours=True))
        assert mesh.normals is None and mesh.uv0 is None and mesh.uv1 is None
        assert mesh.colours is not None

    def test_what_is_read_stays(self, quad, picture):
        surface = Surface(base_colour=Texture(picture(1)), occlusion=Texture(picture(2), uv_set=1))
        mesh = trimmed(quad(surface, name="q"))
        assert mesh.normals is not None and mesh.uv0 is not None and mesh.uv1 is not None

    def test_surfaces_with_unknown_extensions_keep_everything(self, quad):
        mesh = quad(Surface(unlit=True, kept={"VENDOR_wet": {}}), name="q")
        assert trimmed(mesh) is mesh

    def test_equal_vertices_become_one_and_triangles_stay(self, quad):
        mesh = quad(Surface(), name="q")
        loose = replace(
            mesh,
            positions=mesh.positions[mesh.indices.ravel()],
            indices=np.arange(mesh.indices.size).reshape(-1, 3),
            normals=mesh.normals[mesh.indices.ravel()],
            uv0=None,
            uv1=None,
        )
        assert len(welded(loose).positions) == len(mesh.positions)
        assert np.array_equal(corners(welded(loose)), corners(mesh))

    def test_collapsed_triangles_go(self):
        mesh = Mesh([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 0)], [(0, 1, 2), (0, 3, 1)])
        assert len(welded(mesh).indices) == 1


class TestJoin:
    def test_plain_colours_go_into_the_vertices(self, quad):
        red = Surface("red", base_colour_factor=(1.0, 0.0, 0.0, 1.0), unlit=True)
        grey = Surface("grey", base_colour_factor=(0.5, 0.5, 0.5, 1.0), unlit=True)
        first, second = trimmed(quad(red, name="a")), trimmed(quad(grey, name="b", colours=True))
        (one,) = joined([first, second])
        assert one.surface.base_colour_factor == (1.0,) * 4
        triangles = one.colours[one.indices].reshape(-1, 4)
        assert np.allclose(triangles[: first.indices.size], (1, 0, 0, 1))
        wanted = second.colours[second.indices].reshape(-1, 4) * (0.5, 0.5, 0.5, 1.0)
        assert np.allclose(triangles[first.indices.size :], wanted)

    @pytest.mark.parametrize(
        "change",
        [
            {"unlit": False},
            {"double_sided": True},
            {"alpha_mode": "blend"},
            {"name": "mat"},
            {"name": "room_01_plaques"},
            {"extras": {"vrgen": {"record": {"step": "texture"}}}},
            {"kept": {"VENDOR_wet": {}}},
        ],
        ids=str,
    )
    def test_what_differs_or_is_looked_for_by_name_stays_apart(self, quad, change):
        plain = Surface("dark", unlit=True)
        meshes = [quad(plain, name="a"), quad(replace(plain, **change), name="b")]
        assert len(joined(meshes)) == 2

    def test_textures_join_by_what_they_show(self, quad, picture):
        def surface(seed: int) -> Surface:
            return Surface(f"wall_{seed}", base_colour=Texture(picture(seed)), unlit=True)

        meshes = [quad(surface(1), name="a"), quad(surface(1), name="b"), quad(surface(2), name="c")]
        assert [len(mesh.indices) for mesh in joined(meshes)] == [16, 8]

    def test_names_extras_and_records_stay(self, rich_scene):
        after = tidied(rich_scene)
        assert [(n.name, n.extras) for n, _ in after.walk()] == [
            (n.name, n.extras) for n, _ in rich_scene.walk()
        ]
        assert after.records == rich_scene.records

    def test_shared_meshes_stay_shared(self, rich_scene):
        nodes = {node.name: node for node, _ in tidied(rich_scene).walk()}
        assert nodes["work_1"].meshes[0] is nodes["work_2"].meshes[0]


class TestSizes:
    def far(self, image: Image, *, distance: float) -> Scene:
        """A wall of 2 m before a floor that ends so far away."""
        uv = [(0, 0), (1, 0), (1, 1), (0, 1)]
        wall = Mesh(
            [(-1, 0.6, 0), (1, 0.6, 0), (1, 2.6, 0), (-1, 2.6, 0)],
            [(0, 1, 2), (0, 2, 3)],
            Surface("wall", base_colour=Texture(image), unlit=True),
            uv0=uv,
        )
        floor = [[-0.2, distance], [0.2, distance], [0.2, distance + 1], [-0.2, distance + 1]]
        eye = Node("camera_1", translation=np.array([0, 1.6, distance + 0.5]), camera=Camera(1.0))
        return Scene("", (Node("w", meshes=(wall,)), eye), extras={"vrgen": {"walkable": [floor]}})

    def test_far_away_fewer_pixels_are_seen(self):
        near, none = shrunk(self.far(noise(1024), distance=0.6), pixels_per_degree=25, largest=2048)
        far, some = shrunk(self.far(noise(1024), distance=20.0), pixels_per_degree=25, largest=2048)
        assert none == () and near.nodes[0].meshes[0].surface.base_colour.image.width == 1024
        assert [one.why for one in some] == ["out of sight"]
        # 25 pixels a degree over 18.6 m and a quarter more: 96 pixels a metre, 192 on the wall
        assert far.nodes[0].meshes[0].surface.base_colour.image.width == 256

    def test_no_side_beyond_the_device(self):
        _, (one,) = shrunk(self.far(noise(512), distance=0.6), pixels_per_degree=25, largest=256)
        assert (one.smaller, one.why) == ((256, 256), "too large")

    def test_pixels_that_say_nothing_go_and_words_stay(self):
        flat = np.full((256, 256, 3), 200, np.uint8)
        words = flat.copy()
        words[100:108:2, 60:200:3] = 20
        assert same_at(Image(flat), (128, 128), role="base_colour")
        assert not same_at(Image(words), (128, 128), role="base_colour")
        _, (one,) = shrunk(self.far(Image(flat), distance=0.6), pixels_per_degree=25, largest=2048)
        assert (one.smaller, one.why) == ((64, 64), "no detail")

    def test_light_is_averaged_and_normals_stay_unit(self):
        board = np.zeros((64, 64, 3), np.uint8)
        board[::2] = 255
        assert resized(Image(board), (32, 32)).pixels[0, 0, 0] == 188  # half the light, as sRGB
        bumps = resized(noise(64, space="linear"), (32, 32), role="normal").to_float() * 2 - 1
        assert np.abs(np.linalg.norm(bumps, axis=-1) - 1).max() < 0.02

    def test_nothing_says_where_eyes_are(self):
        scene = replace(self.far(noise(1024), distance=20.0), extras={})
        assert shrunk(scene, pixels_per_degree=25, largest=2048)[1] == ()


def pack(
    source: Path, target: Path, *, quality: int = 128, textures: str = "ktx2", geometry: str = "meshopt"
) -> PackReport:
    """Once."""
    with TemporaryDirectory() as folder:
        packer = Packer(source, Path(folder), textures=textures, geometry=geometry)
        return packer.pack(target, quality=quality)


@pytest.fixture(scope="module")
def packed(gap, rich_scene, tmp_path_factory):
    """(the plain file, the packed one, the report)."""
    folder = tmp_path_factory.mktemp("pack")
    files = [folder / name for name in ("plain.glb", "packed.glb")]
    write(rich_scene, files[0])
    return *files, pack(*files)


class TestPack:
    def test_what_is_seen_is_close(self, packed):
        before, after = read(packed[0]), read(packed[1])
        for (node, _), (other, _) in zip(before.walk(), after.walk(), strict=True):
            assert (node.name, node.extras) == (other.name, other.extras)
            for mesh, twin in zip(node.meshes, other.meshes, strict=True):
                assert np.array_equal(corners(mesh), corners(twin))
                assert np.abs(mesh.uv0.max(axis=0) - twin.uv0.max(axis=0)).max() <= 2.0**-14
                assert (twin.normals @ mesh.normals[0]).min() > 0.9999
        assert before.records == after.records

    def test_the_document_says_what_it_needs(self, packed):
        document = load(packed[0]).root.value
        said = json.loads(_json(packed[1]))
        assert {"KHR_texture_basisu", "EXT_meshopt_compression", "KHR_mesh_quantization"} <= set(
            said["extensionsRequired"]
        )
        assert all("source" not in texture for texture in said["textures"])
        assert {image["mimeType"] for image in said["images"]} == {"image/ktx2"}
        assert said["nodes"] == document["nodes"] and said["materials"] == document["materials"]
        assert said["asset"] == document["asset"] and said["buffers"][1]["byteLength"] > 0

    def test_colour_and_data_are_packed_by_their_kind(self, packed):
        report = packed[2]
        assert report.etc1s >= 1 and report.uastc >= 3

    def test_the_same_file_gives_the_same_bytes(self, packed, tmp_path):
        pack(packed[0], tmp_path / "a.glb")
        assert (tmp_path / "a.glb").read_bytes() == packed[1].read_bytes()

    def test_others_read_it(self, packed, tmp_path):
        if not (CHECK / "node_modules" / "@gltf-transform").is_dir():
            pytest.skip("glTF-Transform is not here; type: make setup-dev")
        script = """
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { MeshoptDecoder } from 'meshoptimizer';
await MeshoptDecoder.ready;
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS);
io.registerDependencies({ 'meshopt.decoder': MeshoptDecoder });
const root = (await io.read(process.argv[2])).getRoot();
const sides = root.listTextures().map((texture) => texture.getSize());
const parts = root.listMeshes().flatMap((mesh) => mesh.listPrimitives());
const low = parts.map((part) => part.getAttribute('POSITION').getMin([]));
console.log(JSON.stringify({ sides, low }));
"""
        path = CHECK / f".reads-{tmp_path.name}.mjs"  # beside node_modules, where node looks
        path.write_text(script)
        try:
            done = subprocess.run(
                ["node", str(path), str(packed[1])], capture_output=True, text=True, check=False, timeout=60
            )
        finally:
            path.unlink()
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert all(side == [64, 32] for side in said["sides"])
        assert all(np.allclose(low[:2], -0.5, atol=1e-3) for low in said["low"])


def test_what_would_be_tinted_is_packed_finer(gap, tmp_path):
    """Plaster, nearly white and of one colour, shows what a picture hides."""
    random = np.random.default_rng(1)
    plaster = (np.array([231, 229, 224]) + random.normal(0, 1.2, (128, 128, 1))).round().astype(np.uint8)
    y, x = np.mgrid[0:128, 0:128]
    painted = np.stack([x, 255 - y, (x + y) // 2 + 60], axis=-1).astype(np.uint8)
    corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0)]
    nodes = []
    for name, pixels in (("plaster", plaster), ("painted", painted)):
        surface = Surface(name, base_colour=Texture(Image(pixels)), unlit=True)
        mesh = Mesh(corners, [(0, 1, 2)], surface, uv0=[(0, 1), (1, 1), (1, 0)])
        nodes.append(Node(name, meshes=(mesh,)))
    write(Scene("", tuple(nodes)), tmp_path / "a.glb")
    report = pack(tmp_path / "a.glb", tmp_path / "b.glb")
    assert (report.etc1s, report.uastc) == (1, 1)
    pack(tmp_path / "a.glb", tmp_path / "c.glb", textures="webp", quality=70)
    plain, after = (
        [node.meshes[0].surface.base_colour.image.pixels.astype(int) for node in read(tmp_path / name).nodes]
        for name in ("a.glb", "c.glb")
    )
    assert np.abs(plain[0] - after[0]).max() == 0 < np.abs(plain[1] - after[1]).max()


class TestDraco:
    def test_what_is_seen_is_close(self, quad, picture, tmp_path):
        surface = Surface("s", base_colour=Texture(picture(1)), occlusion=Texture(picture(2), uv_set=1))
        mesh = quad(surface, name="q", colours=True)
        moved = replace(mesh, positions=mesh.positions + 1.0, uv1=mesh.uv1 * 0.5)
        nodes = (Node("a", meshes=(mesh,)), Node("b", meshes=(mesh,)), Node("c", meshes=(moved,)))
        write(Scene("", nodes), tmp_path / "a.glb")
        report = pack(tmp_path / "a.glb", tmp_path / "b.glb", textures="keep", geometry="draco")
        said = json.loads(_json(tmp_path / "b.glb"))
        assert report.draco > 0 and "KHR_draco_mesh_compression" in said["extensionsRequired"]
        before, after = read(tmp_path / "a.glb"), read(tmp_path / "b.glb")
        for node, other in zip(before.nodes, after.nodes, strict=True):
            (one,), (twin,) = node.meshes, other.meshes
            assert node.name == other.name
            assert np.abs(corners(one) - corners(twin)).max() < 2e-3
            assert {tuple(row) for row in one.colours} == {tuple(row) for row in twin.colours}
            for uv in ("uv0", "uv1"):
                for extreme in (np.min, np.max):
                    first, second = (extreme(getattr(m, uv), axis=0) for m in (one, twin))
                    assert np.abs(first - second).max() < 1e-3

    def test_neighbours_stay_on_one_grid(self, tmp_path):
        nodes = []
        for number, x in enumerate((0.0, 1.0)):
            points = np.array([(x, 0, 0), (x + 1, 0, 0), (x + 1, 1.23, 0), (x, 1.23, 0)], np.float32) + 0.777
            mesh = Mesh(points, [(0, 1, 2), (0, 2, 3)], Surface(f"s{number}"), normals=[(0, 0, 1)] * 4)
            nodes.append(Node(f"n{number}", meshes=(mesh,)))
        write(Scene("", tuple(nodes)), tmp_path / "a.glb")
        pack(tmp_path / "a.glb", tmp_path / "b.glb", textures="keep", geometry="draco")
        left, right = (node.meshes[0].positions for node in read(tmp_path / "b.glb").nodes)
        shared = [sorted(map(tuple, p[np.isclose(p[:, 0], 1.777, atol=1e-3)])) for p in (left, right)]
        assert len(shared[0]) == 2
        assert np.allclose(*shared, rtol=0, atol=1e-6)  # what floats leave; the grid has steps of 1.2e-4


def test_a_wall_of_one_colour_keeps_it_in_webp(tmp_path):
    surface = Surface("wall", base_colour=Texture(Image(np.full((64, 64, 3), (231, 229, 224), np.uint8))))
    mesh = Mesh([(0, 0, 0), (1, 0, 0), (1, 1, 0)], [(0, 1, 2)], surface, uv0=[(0, 1), (1, 1), (1, 0)])
    write(Scene("", (Node("n", meshes=(mesh,)),)), tmp_path / "a.glb")
    pack(tmp_path / "a.glb", tmp_path / "b.glb", textures="webp", quality=70)
    seen = read(tmp_path / "b.glb").nodes[0].meshes[0].surface.base_colour.image.pixels
    assert (seen == (231, 229, 224)).all()


class TestInstances:
    @pytest.fixture
    def pots(self, quad) -> Scene:
        """Five of a kind, one of which is a work; three of a generated material; one below a parent."""
        pot = quad(Surface("clay"), name="pot")
        wall = quad(Surface("wall", extras={"vrgen": {"kind": "plaster"}}), name="wall")
        turn = np.array([0.0, np.sin(0.3), 0.0, np.cos(0.3)])
        nodes = [
            Node(f"pot_{n}", translation=np.array([n, 0.0, 0.5]), rotation=turn, meshes=(pot,))
            for n in range(4)
        ]
        nodes += [Node("pot_work", meshes=(pot,), extras={"vrgen": {"work": {"title": "Pot"}}})]
        nodes += [Node(f"wall_{n}", meshes=(wall,)) for n in range(3)]
        nodes += [Node("shelf", children=(Node("pot_4", meshes=(pot,)),))]
        return Scene("", tuple(nodes))

    def placed(self, scene: Scene) -> list[tuple[float, ...]]:
        """Places of every mesh, sorted."""
        return sorted(tuple(world.round(5).ravel()) for node, world in scene.walk() for _ in node.meshes)

    @pytest.mark.parametrize("geometry", ["plain", "meshopt", "draco"])
    def test_nodes_keep_names_and_every_copy_its_place(self, pots, tmp_path, geometry):
        write(pots, tmp_path / "a.glb")
        with TemporaryDirectory() as folder:
            packer = Packer(
                tmp_path / "a.glb", Path(folder), textures="keep", geometry=geometry, instances=True
            )
            report = packer.pack(tmp_path / "b.glb", quality=1)
        said = json.loads(_json(tmp_path / "b.glb"))
        drawn = [node for node in said["nodes"] if "mesh" in node]
        assert report.calls_saved == 3 and len(drawn) == 9 - report.calls_saved
        assert "EXT_mesh_gpu_instancing" in said["extensionsRequired"]
        names = {node["name"] for node in said["nodes"]}
        assert {node.name for node, _ in pots.walk()} < names
        assert {"pot_work", "wall_0", "pot_4"} < {node["name"] for node in drawn}
        assert self.placed(read(tmp_path / "b.glb")) == self.placed(read(tmp_path / "a.glb"))


class TestWebp:
    def test_pictures_become_smaller_and_data_keeps_every_bit(self, gradients, tmp_path):
        write(gradients, tmp_path / "a.glb")
        report = pack(tmp_path / "a.glb", tmp_path / "b.glb", quality=90, textures="webp")
        said = json.loads(_json(tmp_path / "b.glb"))
        assert report.webp == len([i for i in said["images"] if i["mimeType"] == "image/webp"]) > 0
        assert "EXT_texture_webp" in said["extensionsRequired"]
        before, after = (read(tmp_path / name).nodes[0].meshes[0].surface for name in ("a.glb", "b.glb"))
        assert np.array_equal(before.normal.image.pixels, after.normal.image.pixels)
        error = before.base_colour.image.to_float() - after.base_colour.image.to_float()
        assert 0 < np.sqrt((error**2).mean()) < 0.02

    def test_what_it_would_make_larger_stays(self, tmp_path):
        mesh = Mesh([(0, 0, 0), (1, 0, 0), (1, 1, 0)], [(0, 1, 2)], uv0=[(0, 1), (1, 1), (1, 0)])
        dot = Texture(Image(np.full((1, 1, 3), 9, np.uint8)))
        scene = Scene("", (Node("n", meshes=(replace(mesh, surface=Surface("s", base_colour=dot)),)),))
        write(scene, tmp_path / "a.glb")
        report = pack(tmp_path / "a.glb", tmp_path / "b.glb", quality=100, textures="webp")
        said = json.loads(_json(tmp_path / "b.glb"))
        assert (report.webp == 0) == (said["images"][0]["mimeType"] == "image/png")


@pytest.fixture(scope="module")
def gradients() -> Scene:
    """A triangle with colours and normals that vary."""
    y, x = np.mgrid[0:128, 0:128]
    painted = np.stack([x * 2, 255 - y, (x * y) // 70], axis=-1).astype(np.uint8)
    bumps = np.stack([x + 60, y + 60, np.full_like(x, 250)], axis=-1).astype(np.uint8)
    surface = Surface("s", base_colour=Texture(Image(painted)), normal=Texture(Image(bumps, "linear")))
    corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0)]
    mesh = Mesh(corners, [(0, 1, 2)], surface, normals=[(0, 0, 1)] * 3, uv0=[(0, 1), (1, 1), (1, 0)])
    return Scene("", (Node("n", meshes=(mesh,)),))


class TestSearch:
    def test_more_is_asked_where_more_must_be_kept(self, gap, gradients, tmp_path):
        write(gradients, tmp_path / "a.glb")
        packer = Packer(tmp_path / "a.glb", tmp_path, textures="ktx2", geometry="plain")
        loose, strict = packer.searched(20.0), packer.searched(60.0)
        assert loose == 64 < strict == 224

    def test_nothing_to_try(self, tmp_path):
        write(Scene("", ()), tmp_path / "a.glb")
        packer = Packer(tmp_path / "a.glb", tmp_path, textures="webp", geometry="plain")
        assert packer.searched(36.0) in LADDERS["webp"]


def job(folder: Path, *, side: int = 64, uastc: bool = False, name: str = "a") -> encoders.KtxJob:
    """Of a file of noise."""
    source = folder / f"{name}.rgba"
    noise = np.random.default_rng(side).integers(0, 255, side * side * 4).astype(np.uint8)
    noise.tofile(source)
    return encoders.KtxJob(source, (side, side), alpha=False, srgb=True, uastc=uastc, quality=64)


class TestEncoders:
    def test_without_any_it_is_said(self, monkeypatch, tmp_path):
        monkeypatch.setattr(encoders, "PROGRAM", "assets/nowhere")
        assert "make encoders" in encoders.missing()
        with pytest.raises(MissingPart, match="make encoders"):
            encoders.encode([job(tmp_path)], {}, advance=lambda units: None)

    def test_without_a_native_one_node_runs_the_other(self, gap, monkeypatch, tmp_path):
        if shutil.which("node") is None:
            pytest.skip("no node here")
        monkeypatch.setattr(encoders, "native", lambda program: None)
        jobs = [job(tmp_path, uastc=uastc, name=f"{uastc}") for uastc in (False, True)]
        for data in encoders.encode(jobs, {}, advance=lambda units: None):
            assert decoded(data).shape == (64, 64, 4)

    def test_equal_pictures_are_encoded_once_and_then_known(self, gap, tmp_path):
        done: dict[encoders.KtxJob, bytes] = {}
        steps: list[int] = []
        first = encoders.encode([job(tmp_path)] * 3, done, advance=steps.append)
        assert len(done) == 1 and sum(steps) == 3 and first[0] is first[2]
        (tmp_path / "a.rgba").unlink()
        same = replace(next(iter(done)))
        assert encoders.encode([same], done, advance=steps.append) == first[:1]

    def test_colour_says_srgb(self, gap, tmp_path):
        data, plain = encoders.encode(
            [job(tmp_path), replace(job(tmp_path), srgb=False)], {}, advance=lambda units: None
        )
        opened = [opengl_basisu.open(one) for one in (data, plain)]
        assert [one.srgb for one in opened] == [True, False]

    def test_a_failure_is_one_sentence(self, gap, tmp_path):
        with (
            Children("the encoder") as children,
            pytest.raises(OutputProblem, match=r"the encoder failed \(.+\); try --textures keep"),
        ):
            children.run([sys.executable, "-c", "import sys; sys.exit('no such file')"], patience=60)

    def test_what_takes_too_long_is_stopped(self, gap, monkeypatch, tmp_path):
        monkeypatch.setattr(encoders, "SECONDS_AN_ITEM", 0.05)
        with pytest.raises(OutputProblem, match="was stopped"):
            encoders.encode([job(tmp_path, side=1024, uastc=True)], {}, advance=lambda units: None)

    def test_an_interrupt_ends_every_process_at_once(self, gap, tmp_path):
        jobs = [job(tmp_path, side=1024, uastc=True, name=name) for name in "abcd"]  # ten seconds at least
        main = threading.main_thread().ident
        clock = threading.Timer(1.0, lambda: signal.pthread_kill(main, signal.SIGINT))
        began = time.monotonic()
        clock.start()
        with pytest.raises(KeyboardInterrupt):
            encoders.encode(jobs, {}, advance=lambda units: None)
        assert time.monotonic() - began < 5.0


def _json(path: Path) -> bytes:
    data = path.read_bytes()
    return data[20 : 20 + int.from_bytes(data[12:16], "little")]
