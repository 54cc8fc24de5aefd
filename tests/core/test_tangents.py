"""Tangents: MikkTSpace by its rules, and against the reference built as npm's `mikktspace`."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vrgen.core import Image, Mesh, Surface, Texture
from vrgen.core.mikktspace import NOBODY, corner_tangents
from vrgen.core.tangents import tangent_mesh

MODULES = Path(__file__).resolve().parents[2] / "tools" / "check" / "node_modules"
NODE = """
const fs = require('fs'), { generateTangents } = require(process.argv[1] + '/mikktspace');
const [p, n, t] = ['p', 'n', 't'].map(name => new Float32Array(new Uint8Array(
  fs.readFileSync(process.argv[2] + '/' + name)).buffer));
fs.writeFileSync(process.argv[2] + '/out', Buffer.from(generateTangents(p, n, t).buffer));
"""
BUMPS = Texture(Image(np.full((2, 2, 3), 128, np.uint8), "linear"))


def sheet(*, mirrored: bool) -> Mesh:
    """Two quads side by side facing +Z, one vertex a place; u runs back on the second if mirrored."""
    x, y = np.meshgrid(np.arange(3.0), np.arange(2.0))
    points = np.stack([x, y, 0 * x], axis=-1).reshape(-1, 3)
    faces = [[0, 1, 4], [0, 4, 3], [1, 2, 5], [1, 5, 4]]
    u = np.abs(x - 1) if mirrored else x
    uv = np.stack([u, 1 - y], axis=-1).reshape(-1, 2)
    return Mesh(points, faces, Surface(normal=BUMPS), normals=np.tile([0.0, 0, 1], (6, 1)), uv0=uv)


def ball(turns: int, *, noise: float, seed: int = 0) -> Mesh:
    """A sphere of turns x turns / 2 quads with poles of degenerate triangles, bumpy and with a seam."""
    u, v = np.meshgrid(np.linspace(0, 1, turns + 1), np.linspace(0, 1, turns // 2 + 1))
    rng = np.random.default_rng(seed)
    ring = np.sin(np.pi * v)
    normals = np.stack([ring * np.cos(2 * np.pi * u), np.cos(np.pi * v), -ring * np.sin(2 * np.pi * u)], -1)
    points = (normals * (1 + noise * ring * rng.random(u.shape))[..., None]).reshape(-1, 3)
    corner = np.arange(u.size).reshape(u.shape)
    a, b, c, d = (x.reshape(-1) for x in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    uv = np.stack([np.abs(2 * u - 1), v], -1).reshape(-1, 2)
    return Mesh(points, faces, Surface(normal=BUMPS), normals=normals.reshape(-1, 3), uv0=uv)


def reference(mesh: Mesh, at: Path) -> np.ndarray:
    """(3 T, 4) by the reference."""
    if shutil.which("node") is None or not (MODULES / "mikktspace").exists():
        pytest.skip("needs node and mikktspace: run `npm ci` in tools/check")
    chosen = mesh.indices.reshape(-1)
    for name, array in (("p", mesh.positions), ("n", mesh.normals), ("t", mesh.uv0)):
        np.ascontiguousarray(array[chosen]).tofile(at / name)
    subprocess.run(["node", "-e", NODE, "--", str(MODULES), str(at)], check=True, timeout=60)
    return np.fromfile(at / "out", np.float32).reshape(-1, 4)


def damaged(mesh: Mesh) -> Mesh:
    """With triangles that are lines, triangles without UV area, and edges of three triangles."""
    rng = np.random.default_rng(3)
    faces, uv = mesh.indices.copy(), mesh.uv0.copy()
    some = rng.choice(len(faces), 40, replace=False)
    faces[some[:20], 1] = faces[some[:20], 0]
    faces[some[20:], 0] = rng.choice(len(mesh.positions), 20)
    uv[rng.choice(len(uv), 60, replace=False)] = (0.5, 0.5)
    return replace(mesh, indices=faces, uv0=uv)


@pytest.mark.parametrize("what", ["ball", "damaged", "sheet"])
def test_every_corner_agrees_with_the_reference(what, tmp_path) -> None:
    mesh = sheet(mirrored=True) if what == "sheet" else ball(36, noise=0.2)
    mesh = damaged(mesh) if what == "damaged" else mesh
    made = corner_tangents(mesh.positions, mesh.indices, mesh.normals, mesh.uv0)
    theirs = reference(mesh, tmp_path)
    group = made.group.reshape(-1)
    known = (group != NOBODY) & (np.linalg.norm(theirs[:, :3], axis=1) > 0.5)
    assert known.mean() > 0.9
    chord = np.linalg.norm(made.tangent[group[known]] - theirs[known, :3], axis=1)
    assert np.degrees(chord.max()) < 0.05
    np.testing.assert_array_equal(made.sign[group[known]], theirs[known, 3])


def test_mirrored_halves_part_where_they_meet() -> None:
    plain = tangent_mesh(sheet(mirrored=False), BUMPS)
    np.testing.assert_allclose(plain.tangents, np.tile([1.0, 0, 0, 1], (6, 1)), atol=1e-6)
    made = tangent_mesh(sheet(mirrored=True), BUMPS)
    assert len(made.positions) == 8  # the two vertices of the middle, twice
    corners = made.tangents[made.indices]
    np.testing.assert_allclose(corners[:2], np.tile([-1.0, 0, 0, -1], (2, 3, 1)), atol=1e-6)
    np.testing.assert_allclose(corners[2:], np.tile([1.0, 0, 0, 1], (2, 3, 1)), atol=1e-6)
    np.testing.assert_array_equal(
        made.positions[made.indices], sheet(mirrored=True).positions[sheet(mirrored=True).indices]
    )


@pytest.mark.parametrize("scale", [(1.0, 1.0), (2.0, 0.5), (-1.0, 1.0), (1.0, -3.0)])
@pytest.mark.parametrize("rotation", [0.0, 0.7])
def test_tangents_follow_the_picture_that_is_seen(scale, rotation) -> None:
    """The way on the surface in which the picture's column grows, and its green that grows upwards."""
    from vrgen.bake.sampling import transformed

    texture = replace(BUMPS, scale=scale, rotation=rotation)
    mesh = tangent_mesh(sheet(mirrored=False), texture)
    place = transformed(texture, mesh.uv0.astype(float))
    solved, *_ = np.linalg.lstsq(
        np.column_stack([place, np.ones(6)]), mesh.positions.astype(float), rcond=None
    )
    right, down = (way / np.linalg.norm(way) for way in solved[:2])
    tangent, sign = mesh.tangents[0, :3], mesh.tangents[0, 3]
    along = np.sum(right * tangent)
    up = sign * np.cross(mesh.normals[0], tangent)
    assert along > 0.999  # across it is square to the tangent, however the picture is sheared
    assert np.sum(-down * up) > 0.3


def test_vertices_without_a_triangle_that_tells_get_some_tangent_in_their_plane() -> None:
    blank = replace(ball(12, noise=0.0), uv0=np.zeros_like(ball(12, noise=0.0).uv0))
    made = tangent_mesh(blank, BUMPS)
    assert len(made.positions) == len(blank.positions)
    np.testing.assert_allclose(np.linalg.norm(made.tangents[:, :3], axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.sum(made.tangents[:, :3] * made.normals, axis=1), 0, atol=1e-5)
