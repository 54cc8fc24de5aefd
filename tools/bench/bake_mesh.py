"""The light of a lightmap against mitsuba's path tracer, and the time it takes: a room of 100,000 triangles.

python tools/bench/bake_mesh.py [--mitsuba PYTHON] [--samples 48] [--squares 300]
The room: 8 x 6 x 3 m, albedo 0.7, a glowing panel, boxes and ten balls of ten thousand triangles, 0.08 m
texels, 4 bounces, all cores. Compared: illuminance of texels, mitsuba's as the mean over squares of a texel's
size (65,536 paths each; a tenth as wide on balls), anywhere on what is lit. Error: relative RMSE of
luminance. Mitsuba is a program of its own: python3.11 -m venv .env-mitsuba, then
.env-mitsuba/bin/pip install mitsuba.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from bake_light import ALBEDO, BOUNCES, PANEL, TEXEL, box
from table import report, row

from vrgen.bake import LightOptions
from vrgen.bake.solve import solve
from vrgen.bake.texel_light import EDGE, lay_out
from vrgen.core import Mesh, Node, Scene, Surface
from vrgen.core.frames import LUMINANCE
from vrgen.core.progress import SILENT

HERE = Path(__file__).parent
MITSUBA = HERE.parent.parent / ".env-mitsuba/bin/python"
PATHS = 65_536


def quads(corners: list, surface: Surface, **rest: str) -> Mesh:
    """Quads as a mesh."""
    first = 4 * np.arange(len(corners))[:, None]
    faces = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
    return Mesh(np.array(corners, np.float32).reshape(-1, 3), faces, surface, **rest)


def ball(radius: float, rows: int, columns: int, surface: Surface) -> Mesh:
    """A smooth ball of about 2 * rows * columns triangles."""
    v, u = np.meshgrid(np.linspace(0, np.pi, rows + 1), np.linspace(0, 2 * np.pi, columns + 1), indexing="ij")
    points = np.stack([np.sin(v) * np.cos(u), np.cos(v), -np.sin(v) * np.sin(u)], axis=-1).reshape(-1, 3)
    first = ((columns + 1) * np.arange(rows)[:, None] + np.arange(columns)).reshape(-1, 1)
    below = columns + 1
    faces = np.concatenate([first + np.array([0, below, below + 1]), first + np.array([0, below + 1, 1])])
    return Mesh(radius * points, faces, surface, normals=points)


def scene() -> Scene:
    """The room."""
    grey = Surface("grey", base_colour_factor=(ALBEDO, ALBEDO, ALBEDO, 1), double_sided=True)
    glow = Surface("glow", emissive_factor=(1, 1, 1), emissive_strength=PANEL)
    walls = [quad[::-1] for quad in box((0, 0, 0), (8, 3, 6))]
    boxes = box((2, 0, 2), (2.6, 1, 2.6))[:5] + box((4, 0, 3.5), (5, 0.45, 4))[:5]
    panel = [[(3, 2.9, 2.5), (5, 2.9, 2.5), (5, 2.9, 3.5), (3, 2.9, 3.5)]]
    round_ = ball(0.35, 50, 100, grey)
    places = [(1 + 0.65 * k, 0.6 + 0.15 * (k % 3), 1.0 + 0.5 * (k % 2)) for k in range(10)]
    return Scene(
        "room",
        (
            Node("walls", meshes=(quads(walls, grey),)),
            Node("boxes", meshes=(quads(boxes, grey),)),
            Node("panel", meshes=(quads(panel, glow, lighting="none"),)),
            *(Node(f"ball_{k}", translation=np.array(at), meshes=(round_,)) for k, at in enumerate(places)),
        ),
    )


def theirs(stage, rows: np.ndarray, flat: np.ndarray, python: Path) -> np.ndarray:
    """Lux (n,) by mitsuba on squares at the receivers `rows`, (n,) whether their surface is flat."""
    matt = np.concatenate([part.corners() for part in stage.parts if part.lit])
    glowing = np.concatenate([part.corners() for part in stage.parts if not part.lit])
    with tempfile.TemporaryDirectory() as name:
        np.savez(
            Path(name) / "job.npz",
            matt=matt,
            glowing=glowing,
            albedo=ALBEDO,
            panel=PANEL,
            bounces=BOUNCES,
            samples=PATHS,
            half=np.where(flat, 0.4, 0.04) * TEXEL,
            places=stage.receivers.places[rows].mean(axis=1) + 1e-3 * stage.receivers.normals[rows],
            normals=stage.receivers.normals[rows],
        )
        subprocess.run([str(python), str(HERE / "bake_mesh_mitsuba.py"), name], check=True)
        return np.load(Path(name) / "lux.npy") @ LUMINANCE


def rms(off: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(off**2)))


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mitsuba", type=Path, default=MITSUBA)
    parser.add_argument("--samples", type=int, default=48)
    parser.add_argument("--squares", type=int, default=300)
    chosen = parser.parse_args()
    room = scene()
    triangles = sum(len(mesh.indices) for node, _ in room.walk() for mesh in node.meshes)
    options = LightOptions(texel_m=TEXEL, bounces=BOUNCES, samples=chosen.samples)
    began = time.perf_counter()
    bake = lay_out(room, per_metre=1 / TEXEL, max_texels=500_000, progress=SILENT)
    laid = time.perf_counter() - began
    lux = solve(room, bake.stage, options, tiles=bake.stage.tiles, least=EDGE, progress=SILENT)
    seconds = time.perf_counter() - began
    print(f"{triangles:,} triangles, {len(lux):,} texels: {laid:.1f} s unwrapping, {seconds:.1f} s in all")
    flat = np.array([part.mesh.normals is None for part in bake.stage.parts])[bake.stage.part_of]
    chance = np.random.default_rng(1)
    rows = np.sort(chance.choice(len(lux), chosen.squares, replace=False))
    exact = theirs(bake.stage, rows, flat[rows], chosen.mitsuba)
    ours = lux[rows] @ LUMINANCE
    seen = exact > 0.01 * exact.mean()  # a square that stands in a box or under it sees nothing
    ours, exact, flat = ours[seen], exact[seen], flat[rows][seen]
    off = ours / exact - 1
    misses = {"": off, ", flat": off[flat], ", curved": off[~flat]}
    print(f"mean lux: ours {ours.mean():.1f}, mitsuba {exact.mean():.1f}")
    for place in np.argsort(-np.abs(off))[:8].tolist():
        at = np.round(bake.stage.receivers.places[rows[seen][place]].mean(axis=0), 3).tolist()
        print(
            f"  {ours[place]:.2f} for {exact[place]:.2f} lux at {at}, {'flat' if flat[place] else 'curved'}"
        )
    note = f"{triangles} triangles, {len(lux)} texels, {chosen.samples} samples, {len(exact)} squares"
    report(
        [
            *(
                row("bake_mesh", f"relative RMSE against mitsuba{where}", rms(part), unit="", note=note)
                for where, part in misses.items()
            ),
            row("bake_mesh", "unwrap and light", seconds, unit="s", note=note),
        ]
    )


if __name__ == "__main__":
    main()
