"""Seconds to light a room of 100,000 triangles to 5 % error: ours against Cycles in Blender 5.0.1.

python tools/bench/bake_mesh_goal.py [--blender PYTHON] [--reference 1024] [--theirs 8,32]
The room of bake_mesh.py, 0.08 m texels, 4 bounces, all cores. Both bake the same sheet: ours unwraps it,
which is counted; Cycles is given the UVs. Error: relative RMSE of luminance, texel by texel. Ours is
measured against its own reference of many samples, not denoised (so its noise counts against us). Cycles
has no denoiser for bakes: its error is its noise alone, from two bakes with other seeds, and falls with
1 / sqrt(samples), by which it is carried on to 5 % where the bakes end earlier. Blender: python3.11 -m venv
.env-blender, then .env-blender/bin/pip install bpy==5.0.1 (GPL; vrgen never imports it).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from bake_light import ALBEDO, BOUNCES, GOAL, PANEL, TEXEL, error, seconds_to_goal
from bake_mesh import HERE, scene
from table import report, row

from vrgen.bake import LightOptions
from vrgen.bake.solve import solve
from vrgen.bake.texel_light import EDGE, TexelBake, lay_out
from vrgen.core.frames import LUMINANCE
from vrgen.core.progress import SILENT

BLENDER = HERE.parent.parent / ".env-blender/bin/python"
OPTIONS = LightOptions(texel_m=TEXEL, bounces=BOUNCES)
SAMPLES = (4, 8, 16, 32, 48)
Run = tuple[int, float, float]
"""Samples, seconds, error."""


def baked(samples: int) -> tuple[TexelBake, np.ndarray, float]:
    """Unwrapped and lit: the bake, luminance (n,) in lux, seconds."""
    began = time.perf_counter()
    bake = lay_out(scene(), per_metre=1 / TEXEL, max_texels=500_000, progress=SILENT)
    options = replace(OPTIONS, samples=samples)
    lux = solve(bake.scene, bake.stage, options, tiles=bake.stage.tiles, least=EDGE, progress=SILENT)
    return bake, lux @ LUMINANCE, time.perf_counter() - began


def ours(reference: int) -> tuple[list[Run], TexelBake, np.ndarray]:
    """Runs until the goal is met, the bake, and the reference (n,)."""
    bake, _, _ = baked(4)  # libraries are loaded, as in Blender's process
    exact = replace(OPTIONS, samples=reference, seed=99, denoise=False)
    stage = bake.stage
    lux = solve(bake.scene, stage, exact, tiles=stage.tiles, least=EDGE, progress=SILENT) @ LUMINANCE
    runs: list[Run] = []
    for samples in SAMPLES:
        _, light, seconds = baked(samples)
        runs.append((samples, seconds, error(light, lux)))
        print(f"ours: {samples} samples {seconds:.1f} s error {runs[-1][2]:.4f}", flush=True)
        if runs[-1][2] <= GOAL:
            break
    return runs, bake, lux


def theirs(bake: TexelBake, lux: np.ndarray, samples: list[int], python: Path) -> list[Run]:
    """The same from Cycles, whose noise is measured on the texels that lie in charts."""
    stage, sheet = bake.stage, bake.stage.sheet
    lit = np.array([part.lit for part in stage.parts])[stage.owner] & stage.normals.any(axis=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(
            folder / "job.npz",
            matt=stage.corners[lit],
            uv=stage.laid[lit] / (sheet.width, sheet.height),
            glowing=np.concatenate([part.corners() for part in stage.parts if not part.lit]),
            albedo=ALBEDO,
            panel=PANEL,
            bounces=BOUNCES,
            samples=samples,
            width=sheet.width,
            height=sheet.height,
        )
        words = [str(python), str(HERE / "bake_mesh_cycles.py"), name]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        seconds = json.loads((folder / "seconds.json").read_text())
        runs = []
        for number in samples:
            one, two = (np.load(folder / f"{number}_{seed}.npy") @ LUMINANCE * np.pi for seed in (1, 2))
            known = (stage.texel >= 0) & (one > 0) & (two > 0)
            exact = lux[stage.texel[known]]
            miss = error(exact + (one - two)[known] / np.sqrt(2), exact)
            runs.append((number, float(np.mean(seconds[str(number)])), miss))
            print(f"Cycles: {number} samples {runs[-1][1]:.1f} s noise {miss:.4f}, {known.sum()} texels")
        print(f"mean lux: Cycles {((one + two)[known] / 2).mean():.1f}, ours there {exact.mean():.1f}")
    return runs


def main() -> None:
    """Measure both in one run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blender", type=Path, default=BLENDER)
    parser.add_argument("--reference", type=int, default=1024)
    parser.add_argument("--theirs", default="8,32")
    chosen = parser.parse_args()
    runs, bake, lux = ours(chosen.reference)
    cycles = theirs(bake, lux, [int(text) for text in chosen.theirs.split(",")], chosen.blender)
    peer = seconds_to_goal(cycles)
    note = f"reference {chosen.reference}, {len(lux)} texels; Cycles at {cycles[-1][0]} samples: "
    note += f"{cycles[-1][2]:.3f} after {cycles[-1][1]:.0f} s"
    mine = seconds_to_goal(runs)
    report([row("bake_mesh", "to 5 % error, unwrapping counted", mine, unit="s", peer=peer, note=note)])


if __name__ == "__main__":
    main()
