"""Tangents: our MikkTSpace against the reference's builds, corner by corner.

    python tools/bench/tangents.py MESHES --node-modules DIR [--blender PYTHON]

DIR is a node_modules folder with npm's `mikktspace` (wasm), PYTHON an interpreter with bpy. Every mesh with
UVs in the files, and generated ones with mirrored halves, seams, poles, degenerate triangles, triangles
without UV area and edges of three triangles. Left out are corners of which either says nothing: no triangle
around them has UV area, or they are needles whose angles are zero.
"""

# make bench leaves this out: it wants files and a folder of npm.
from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from table import report, row

from vrgen.core.mikktspace import NOBODY, corner_tangents
from vrgen.gltf import read

NODE = """
const fs = require('fs'), { generateTangents } = require(process.argv[1] + '/mikktspace');
const f = name => { const b = fs.readFileSync(process.argv[2] + '/' + name);
  return new Float32Array(b.buffer, b.byteOffset, b.length / 4); };
const [p, n, t] = ['p', 'n', 't'].map(f), start = process.hrtime.bigint();
const out = generateTangents(p, n, t);
console.log(Number(process.hrtime.bigint() - start) / 1e9);
fs.writeFileSync(process.argv[2] + '/out', Buffer.from(out.buffer, out.byteOffset, out.byteLength));
"""
BLENDER = """
import sys, time, bpy, numpy as np
at = sys.argv[1]
p, n, t = (np.fromfile(f"{at}/{name}", np.float32) for name in "pnt")
index = np.fromfile(f"{at}/i", np.int32)
places = np.fromfile(f"{at}/v", np.float32).reshape(-1, 3)
mesh = bpy.data.meshes.new("m")
mesh.from_pydata(places.tolist(), [], index.reshape(-1, 3).tolist())
assert len(mesh.loops) == len(index)
mesh.uv_layers.new(name="uv").uv.foreach_set("vector", t)
mesh.attributes.new("custom_normal", "FLOAT_VECTOR", "CORNER").data.foreach_set("vector", n)
start = time.time()
mesh.calc_tangents()
print(time.time() - start)
way, sign = np.zeros(len(index) * 3, np.float32), np.zeros(len(index), np.float32)
mesh.loops.foreach_get("tangent", way)
mesh.loops.foreach_get("bitangent_sign", sign)
np.concatenate([way.reshape(-1, 3), sign[:, None]], axis=1).astype(np.float32).tofile(f"{at}/out")
"""


@dataclass(frozen=True, eq=False)
class Case:
    """One mesh."""

    name: str
    positions: NDArray[np.float32]
    indices: NDArray[np.int64]
    normals: NDArray[np.float32]
    uv: NDArray[np.float32]


def of_files(folder: Path) -> Iterator[Case]:
    """Every mesh with normals and UVs."""
    for path in sorted(folder.glob("*.glb")):
        for node, _ in read(path).walk():
            for mesh in node.meshes:
                if mesh.normals is not None and mesh.uv0 is not None and len(mesh.indices):
                    arrays = mesh.positions, mesh.indices.astype(np.int64), mesh.normals, mesh.uv0
                    yield Case(f"{path.stem}/{node.name}/{mesh.name}", *arrays)


def generated() -> Iterator[Case]:
    """What files rarely have."""
    for name, turns, mirrored in (("sphere", 48, False), ("sphere_mirrored", 48, True)):
        yield _sphere(name, turns, mirrored=mirrored)
    base = _sphere("", 24, mirrored=False)
    rng = np.random.default_rng(5)
    flat = base.uv.copy()
    flat[rng.choice(len(flat), 90, replace=False)] = (0.5, 0.5)
    yield Case("no_uv_area", base.positions, base.indices, base.normals, flat)
    lines = base.indices.copy()
    some = rng.choice(len(lines), 60, replace=False)
    lines[some, 1] = lines[some, 0]
    yield Case("lines", base.positions, lines, base.normals, base.uv)
    wings = np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4], [1, 0, 5]])
    points = np.array(
        [[0, 0, 0], [0, 1, 0], [1, 0.5, 0.2], [-1, 0.4, 0], [0, 0.5, 1], [0.3, 0.5, -1]], np.float32
    )
    facing = np.tile(np.array([[0.0, 0.0, 1.0]], np.float32), (6, 1))
    yield Case("three_at_an_edge", points, wings, facing, rng.random((6, 2)).astype(np.float32))
    yield Case(
        "random_uv", base.positions, base.indices, base.normals, rng.random(base.uv.shape).astype(np.float32)
    )


def _sphere(name: str, turns: int, *, mirrored: bool) -> Case:
    u, v = np.meshgrid(np.linspace(0, 1, turns + 1), np.linspace(0, 1, turns // 2 + 1))
    ring = np.sin(np.pi * v)
    normals = np.stack([ring * np.cos(2 * np.pi * u), np.cos(np.pi * v), -ring * np.sin(2 * np.pi * u)], -1)
    corner = np.arange(u.size).reshape(u.shape)
    a, b, c, d = (x.reshape(-1) for x in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    across = np.abs(2 * u - 1) if mirrored else u
    uv = np.stack([across, v], -1).reshape(-1, 2).astype(np.float32)
    points = normals.reshape(-1, 3).astype(np.float32)
    return Case(name, points, faces, points.copy(), uv)


def lay(case: Case, at: Path) -> None:
    """The mesh where the other program finds it, one vertex a corner."""
    chosen = case.indices.reshape(-1)
    for name, array in (("p", case.positions), ("n", case.normals), ("t", case.uv)):
        np.ascontiguousarray(array[chosen], np.float32).tofile(at / name)
    places, number = np.unique(case.positions, axis=0, return_inverse=True)
    places.astype(np.float32).tofile(at / "v")
    number.reshape(-1)[chosen].astype(np.int32).tofile(at / "i")


def degrees(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angles between unit vectors (n, 3)."""
    chord = np.linalg.norm(ours - theirs, axis=1)
    return np.degrees(2 * np.arcsin(np.clip(chord / 2, 0, 1)))


def compare(cases: list[Case], command: list[str], what: str) -> None:
    """Rows of agreement with one program."""
    apart, wrong, ours_s, theirs_s = [], 0, 0.0, 0.0
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            lay(case, Path(folder))
            start = time.perf_counter()
            made = corner_tangents(case.positions, case.indices, case.normals, case.uv)
            ours_s += time.perf_counter() - start
            done = subprocess.run([*command, folder], capture_output=True, text=True)
            if done.returncode:
                print(f"{what}: no answer for {case.name}: {done.stderr[-200:]}")
                continue
            theirs_s += float(done.stdout.strip().splitlines()[-1])
            theirs = np.fromfile(Path(folder) / "out", np.float32).reshape(-1, 4).astype(np.float64)
        group = made.group.reshape(-1)
        known = (group != NOBODY) & (np.linalg.norm(theirs[:, :3], axis=1) > 0.5)
        angle = degrees(made.tangent[group[known]], theirs[known, :3])
        other = int((made.sign[group[known]] != theirs[known, 3]).sum())
        apart.append(angle)
        wrong += other
        if angle.max(initial=0) > 0.1 or other:
            off = int((angle > 0.1).sum())
            print(f"{what}: {case.name}: {off} of {len(angle)} beyond 0.1, {angle.max():.3g}; {other} signs")
    every = np.concatenate(apart)
    beyond = int((every > 0.1).sum())
    note = f"{len(cases)} meshes, {len(every)} corners; {beyond} beyond 0.1 degree, {wrong} signs differ"
    share = float(np.percentile(every, 99.9))
    report(
        [
            row("tangents", f"99.9th percentile against {what}", share, unit="degree", note=note),
            row("tangents", f"largest against {what}", float(every.max()), unit="degree"),
            row("tangents", f"time against {what}", ours_s, peer=theirs_s, unit="s"),
        ]
    )


def main() -> None:
    """Compare with what there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--node-modules", type=Path)
    parser.add_argument("--blender", type=Path)
    asked = parser.parse_args()
    cases = [*generated(), *of_files(asked.folder)]
    if asked.node_modules:
        compare(cases, ["node", "-e", NODE, "--", str(asked.node_modules.resolve())], "npm mikktspace")
    if asked.blender:
        compare(cases, [str(asked.blender), "-c", BLENDER], "Blender")


if __name__ == "__main__":
    main()
