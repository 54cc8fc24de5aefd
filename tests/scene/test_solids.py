"""OBJ, PLY and STL become scenes in metres, +Y up, or one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vrgen.errors import InputProblem, ValueProblem
from vrgen.scene.solids import read_solid

trimesh = pytest.importorskip("trimesh")


@pytest.fixture(params=["stl", "ply", "obj"])
def box_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"box.{request.param}"
    trimesh.creation.box((1, 2, 3)).export(path)
    return path


def test_units_and_up(box_file: Path) -> None:
    low, high = read_solid(box_file).bounds()
    np.testing.assert_allclose(high - low, [1, 2, 3], atol=1e-6)
    low, high = read_solid(box_file, unit="cm", up="z").bounds()
    np.testing.assert_allclose(high - low, [0.01, 0.03, 0.02], atol=1e-8)
    low, high = read_solid(box_file, unit="0.5").bounds()
    np.testing.assert_allclose(high - low, [0.5, 1, 1.5], atol=1e-6)


def test_z_up_is_turned_not_mirrored(tmp_path: Path) -> None:
    path = tmp_path / "tip.ply"
    trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 5]], [[0, 2, 1], [0, 1, 3]]).export(path)
    node, world = list(read_solid(path, up="z").walk())[-1]
    points = node.meshes[0].positions @ world[:3, :3].T
    np.testing.assert_allclose(points.max(axis=0), [1, 5, 0], atol=1e-5)
    np.testing.assert_allclose(points.min(axis=0), [0, 0, -1], atol=1e-5)
    assert np.linalg.det(world[:3, :3]) > 0


def test_edges_stay_edges_and_balls_are_smooth(box_file: Path, tmp_path: Path) -> None:
    (mesh,) = (mesh for node, _ in read_solid(box_file).walk() for mesh in node.meshes)
    assert np.abs(mesh.normals).max(axis=1).min() > 0.999
    assert mesh.lighting == "baked"
    ball = tmp_path / "ball.stl"
    trimesh.creation.icosphere(2).export(ball)
    (mesh,) = (mesh for node, _ in read_solid(ball).walk() for mesh in node.meshes)
    length = np.linalg.norm(mesh.positions, axis=1, keepdims=True)
    np.testing.assert_allclose(mesh.normals, mesh.positions / length, atol=0.05)


def test_colours_of_a_ply_are_linear(tmp_path: Path) -> None:
    path = tmp_path / "ball.ply"
    ball = trimesh.creation.icosphere(1)
    ball.visual.vertex_colors = np.tile([255, 188, 0, 255], (len(ball.vertices), 1))
    ball.export(path)
    (mesh,) = (mesh for node, _ in read_solid(path).walk() for mesh in node.meshes)
    np.testing.assert_allclose(mesh.colours, np.tile([1, 0.503, 0, 1], (len(mesh.colours), 1)), atol=1e-3)


@pytest.mark.parametrize("kind", ["stl", "ply", "obj"])
@pytest.mark.parametrize("content", [b"", b"nothing", b"ply\nformat ascii 1.0\nend_header\n", bytes(200)])
def test_damaged_files_are_one_sentence(tmp_path: Path, kind: str, content: bytes) -> None:
    path = tmp_path / f"bad.{kind}"
    path.write_bytes(content)
    with pytest.raises(InputProblem, match="bad"):
        read_solid(path)


def test_a_unit_that_is_none(box_file: Path) -> None:
    with pytest.raises(ValueProblem, match="furlong"):
        read_solid(box_file, unit="furlong")
