"""Levels of detail: seams stay shut, light stays, a level looks the same from where it is drawn."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import vrgen
from vrgen.core import Camera, Image, Mesh, Node, Scene, Surface, Texture
from vrgen.errors import MissingPart
from vrgen.gltf import read, write
from vrgen.gltf.kept import levels_of
from vrgen.gltf.optimize import encoders, simplify
from vrgen.gltf.optimize.lods import coverage_at, leveled

DENSITY = 25.0
TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def needs_node():
    if simplify.missing():
        pytest.skip(simplify.missing())


@pytest.fixture(scope="module")
def validate():
    spec = importlib.util.spec_from_file_location("lods_validate", TOP / "tools" / "check" / "validate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["lods_validate"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if not module.available():
        pytest.skip("needs node and gltf-validator: run `npm ci` in tools/check")
    return module.validate


def globe(rows: int = 48) -> Mesh:
    """A ball of radius 1, painted, its texture's ends meeting along a meridian of double vertices."""
    v, u = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, 2 * rows + 1), indexing="ij")
    polar, azimuth = v.ravel() * math.pi, (u.ravel() % 1.0) * 2 * math.pi
    points = np.stack(
        [np.sin(polar) * np.cos(azimuth), np.cos(polar), -np.sin(polar) * np.sin(azimuth)], axis=1
    )
    points[np.isclose(v.ravel(), 0)], points[np.isclose(v.ravel(), 1)] = (0, 1, 0), (0, -1, 0)
    corner = (np.arange(rows)[:, None] * (2 * rows + 1) + np.arange(2 * rows)).ravel()
    down = corner + 2 * rows + 1
    triangles = np.concatenate(
        [np.stack([corner, down, down + 1], axis=1), np.stack([corner, down + 1, corner + 1], axis=1)]
    )
    flat = points[triangles]
    area = np.linalg.norm(np.cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]), axis=1)
    y, x = np.mgrid[0:64, 0:128]
    painted = np.stack([128 + 100 * np.sin(x / 5), 255 - y * 3, 60 + y * 2], axis=-1).astype(np.uint8)
    surface = Surface("globe", base_colour=Texture(Image(painted)), unlit=True)
    uv = np.stack([u.ravel(), v.ravel()], axis=1)
    return Mesh(points, triangles[area > 1e-9], surface, normals=points, uv0=uv, name="globe")


def shaded_floor(cells: int = 48) -> Mesh:
    """1 m, flat, with the sharp edge of a shadow in its vertices at x = 0."""
    x, z = (side.ravel() for side in np.meshgrid(*[np.linspace(-0.5, 0.5, cells + 1)] * 2, indexing="ij"))
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    across = corner + cells + 1
    triangles = np.concatenate(
        [np.stack([corner, corner + 1, across + 1], axis=1), np.stack([corner, across + 1, across], axis=1)]
    )
    light = np.where(x < 0, 0.05, 0.8)[:, None] * np.ones((1, 3))
    colours = np.concatenate([light, np.ones((len(x), 1))], axis=1)
    points = np.stack([x, np.zeros_like(x), z], axis=1)
    return Mesh(points, triangles, Surface("floor", unlit=True), colours=colours, name="floor")


def open_edges(mesh: Mesh) -> int:
    """Edges with a triangle on one side alone, vertices in one place counted as one."""
    _, place = np.unique(mesh.positions.round(6) + 0.0, axis=0, return_inverse=True)
    triangles = place.reshape(-1)[mesh.indices]
    edges = np.concatenate([triangles, np.roll(triangles, -1, axis=1)]).reshape(2, -1)
    sides = Counter(tuple(sorted(edge)) for edge in edges.T.tolist())
    return sum(1 for count in sides.values() if count == 1)


def levels(mesh: Mesh, count: int = 3) -> tuple[Scene, list[Mesh]]:
    """A scene of the mesh alone, and the mesh of every level."""
    scene, _ = leveled(Scene("", (Node("ball", meshes=(mesh,)),)), count, pixels_per_degree=DENSITY)
    return scene, [level.meshes[0] for level in levels_of(scene.nodes[0])]


def test_seams_stay_shut_and_keep_both_their_sides(needs_node):
    ball = globe()
    assert open_edges(ball) == 0
    _, coarse = levels(ball)
    assert len(coarse) >= 2
    for mesh in coarse:
        assert open_edges(mesh) == 0
        on_seam = np.isclose(mesh.uv0[:, 0], 0.0) | np.isclose(mesh.uv0[:, 0], 1.0)
        on_seam &= np.abs(mesh.positions[:, 1]) < 0.999
        places = Counter(map(tuple, mesh.positions[on_seam].round(6).tolist()))
        assert len(places) >= 3 and set(places.values()) == {2}
        # and no triangle reaches over the seam, through the whole picture
        assert np.ptp(mesh.uv0[mesh.indices][..., 0], axis=1).max() < 0.5


def test_levels_are_coarser_and_their_vertices_are_the_originals(needs_node):
    ball = globe()
    scene, coarse = levels(ball)
    counts = [len(mesh.indices) for mesh in (ball, *coarse)]
    assert all(b <= 0.7 * a for a, b in pairwise(counts))
    known = {tuple(row) for row in np.concatenate([ball.positions, ball.uv0], axis=1).tolist()}
    for mesh in coarse:
        assert {tuple(row) for row in np.concatenate([mesh.positions, mesh.uv0], axis=1).tolist()} <= known
    said = scene.nodes[0].extras["MSFT_screencoverage"]
    assert len(said) == 1 + len(coarse) and said[-1] == 0.0 and said == sorted(said, reverse=True)


def test_a_level_is_off_by_half_a_pixel_at_its_distance(needs_node):
    """The surface, measured here: the middle of every triangle of a ball lies that much below it."""
    scene = Scene("", (Node("ball", meshes=(globe(),)),))
    after, (report,) = leveled(scene, 3, pixels_per_degree=DENSITY)
    own = 1 - math.cos(math.pi / 48 / 2)
    for node, error, distance in zip(levels_of(after.nodes[0]), report.errors, report.distances, strict=True):
        (mesh,) = node.meshes
        middle = mesh.positions[mesh.indices].mean(axis=1)
        off = 1 - np.linalg.norm(middle, axis=1)
        assert math.degrees(error / distance) * DENSITY == pytest.approx(0.5)
        assert float(np.sqrt((off**2).mean())) < error + own


def test_the_edge_of_a_shadow_stays_where_it_is(needs_node):
    floor = shaded_floor()
    _, (coarse, *_) = levels(floor, 1)
    assert len(coarse.indices) < len(floor.indices) / 3
    corners, light = coarse.positions[coarse.indices][..., 0], coarse.colours[coarse.indices][..., 0]
    across = np.ptp(light, axis=1) > 0.05
    assert across.any() and np.abs(corners[across]).max() < 2.5 / 48
    assert np.ptp(coarse.positions[:, [0, 2]], axis=0) == pytest.approx([1.0, 1.0])


def test_what_moves_or_has_few_triangles_has_none(needs_node, quad):
    small = Node("small", meshes=(quad(Surface(), name="q"),))
    ball = globe()
    parent = Node("parent", meshes=(ball,), children=(Node("child"),))
    sky = Node("sky", meshes=(Mesh(ball.positions, ball.indices, Surface("sky", unlit=True)),))
    scene, report = leveled(Scene("", (small, parent, sky)), 2, pixels_per_degree=DENSITY)
    assert report == () and not any(node.kept for node, _ in scene.walk())


def test_nodes_that_share_meshes_share_levels(needs_node, tmp_path):
    ball = globe()
    nodes = tuple(Node(f"n{x}", translation=np.array([x, 0.0, 0.0]), meshes=(ball,)) for x in range(3))
    scene, report = leveled(Scene("", nodes), 1, pixels_per_degree=DENSITY)
    assert [one.node for one in report] == ["n0", "n1", "n2"]
    write(scene, tmp_path / "a.glb")
    said = _json(tmp_path / "a.glb")
    assert len(said["meshes"]) == 2
    names = {node["name"]: node for node in said["nodes"]}
    assert names["n2_LOD1"]["translation"] == [2.0, 0.0, 0.0] == names["n2"]["translation"]
    drawn = said["scenes"][0]["nodes"]
    assert [said["nodes"][index]["name"] for index in drawn] == ["n0", "n1", "n2"]


def test_coverage_is_that_of_a_ball():
    assert coverage_at(0.1) == 1.0
    assert coverage_at(4.0) == pytest.approx(math.pi * 0.25**2 / 2**2)


def test_the_file_says_it_and_comes_back(needs_node, tmp_path):
    node = Node("ball", meshes=(globe(),))
    before = Scene("", (node, Node("eye", translation=np.array([0.0, 0.0, 4.0]), camera=Camera(1.0))))
    report = vrgen.optimize(before, tmp_path / "a.glb", lods=2, least_psnr=0.0, textures="keep")
    assert report.steps[-2].name == "levels" and "level 2 of 1" in report.steps[-2].what
    assert report.after.triangles == report.before.triangles  # of the scene: levels are drawn instead
    back = read(tmp_path / "a.glb")
    assert [node.name for node, _ in back.walk()] == ["ball", "eye"]
    assert [level.name for level in levels_of(back.nodes[0])] == ["ball_LOD1", "ball_LOD2"]
    said = _json(tmp_path / "a.glb")
    assert "MSFT_lod" in said["extensionsUsed"] and "MSFT_lod" not in said["extensionsRequired"]


def test_without_node_there_are_none_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(simplify, "PROGRAM", "assets/nowhere")
    monkeypatch.setattr(encoders, "PROGRAM", "assets/nowhere")
    with pytest.raises(MissingPart, match="make encoders"):
        simplify.coarser([globe()], [[0.1]])
    scene = Scene("", (Node("n", meshes=(globe(),)),))
    report = vrgen.optimize(scene, tmp_path / "a.glb", lods=2, least_psnr=0.0, target="desktop")
    assert [gap.partition(":")[0] for gap in report.missing] == ["no levels"]


def test_from_its_distance_a_level_looks_the_same(needs_node):
    shown = pytest.importorskip("vrgen.verbs.fidelity")
    ball = globe()
    _, coarse = levels(ball)
    _, (report,) = leveled(Scene("", (Node("ball", meshes=(ball,)),)), 3, pixels_per_degree=DENSITY)
    for mesh, distance in zip(coarse, report.distances, strict=True):
        angle = 450 / DENSITY if distance > 30 else 2.4 * math.degrees(1 / distance)
        eye = Node("eye", translation=np.array([0.0, 0.0, distance]), camera=Camera(math.radians(angle)))
        try:
            likeness = shown.Fidelity(Scene("", (Node("ball", meshes=(ball,)), eye)), views=1)
        except MissingPart as problem:
            pytest.skip(str(problem))
        assert likeness.of(Scene("", (Node("ball", meshes=(mesh,)), eye))).worst > 30.0


def test_the_validator_is_silent(needs_node, validate, tmp_path):
    write(Scene("", (Node("ball", meshes=(globe(),)),)), tmp_path / "a.glb")
    vrgen.optimize(tmp_path / "a.glb", tmp_path / "b.glb", lods=3, least_psnr=0.0, target="desktop")
    found = [
        [one for one in each if one.severity in ("error", "warning")] for each in validate(tmp_path / "b.glb")
    ]
    assert found == [[]]


def _json(path):
    data = path.read_bytes()
    return json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])
