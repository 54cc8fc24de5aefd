"""Seconds to bake one room's light to 5 % error: ours against Cycles' lightmap bake in Blender 5.0.1.

python tools/bench/bake_light.py [--reference 4096] [--their-reference 1024]
The room: 8 x 6 x 3 m, albedo 0.7, three boxes, a glowing ceiling panel, a window with sky and sun, 0.08 m
texels, 4 bounces, all cores. Error: relative RMSE (texel by texel, luminance) against each tool's own
reference. Blender runs as a program of its own: python3.11 -m venv .env-blender, then
.env-blender/bin/pip install bpy==5.0.1 (GPL; vrgen never imports it).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from table import report, row

from vrgen.bake import LightOptions
from vrgen.bake.light import illuminate
from vrgen.core import Mesh, Node, Scene, Sky, Sun, Surface
from vrgen.core.frames import LUMINANCE

HERE = Path(__file__).parent
BLENDER = HERE.parent.parent / ".env-blender/bin/python"
TEXEL, GOAL, BOUNCES = 0.08, 0.05, 4
SKY, SUN, PANEL, ALBEDO = 2000.0, 10_000.0, 800.0, 0.7
TOWARDS_SUN = np.array([0.8, 0.5, 0.25]) / np.linalg.norm([0.8, 0.5, 0.25])
SAMPLES = (4, 8, 16, 32, 64, 128, 256)


def box(low: tuple[float, ...], high: tuple[float, ...]) -> list[list[tuple[float, ...]]]:
    """Quads of a box, facing out: +z, -z, +x, -x, top, bottom."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    return [
        [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],
        [(x1, y0, z0), (x0, y0, z0), (x0, y1, z0), (x1, y1, z0)],
        [(x1, y0, z1), (x1, y0, z0), (x1, y1, z0), (x1, y1, z1)],
        [(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)],
        [(x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)],
        [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
    ]


def room() -> tuple[list[list[tuple[float, ...]]], list[list[tuple[float, ...]]]]:
    """(matt quads, glowing quads)."""
    quads = [quad[::-1] for quad in box((0, 0, 0), (8, 3, 6))]
    del quads[2]
    for za, zb, ya, yb in ((0, 2, 0, 3), (4, 6, 0, 3), (2, 4, 0, 0.9), (2, 4, 2.3, 3)):
        quads.append([(8, ya, za), (8, ya, zb), (8, yb, zb), (8, yb, za)])
    for low, high in (((2, 0, 2), (2.6, 1, 2.6)), ((4, 0, 3.5), (5, 0.45, 4)), ((6, 0, 1), (6.5, 1.6, 1.5))):
        quads += box(low, high)[:5]
    return quads, [[(3, 2.9, 2.5), (5, 2.9, 2.5), (5, 2.9, 3.5), (3, 2.9, 3.5)]]


def scene() -> Scene:
    """The room as a Scene."""

    def mesh(quads: list[list[tuple[float, ...]]], surface: Surface, **rest: str) -> Mesh:
        first = 4 * np.arange(len(quads))[:, None]
        faces = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
        return Mesh(np.array(quads, np.float32).reshape(-1, 3), faces, surface, **rest)

    matt, glowing = room()
    grey = Surface("grey", base_colour_factor=(ALBEDO, ALBEDO, ALBEDO, 1))
    glow = Surface("glow", emissive_factor=(1, 1, 1), emissive_strength=PANEL, double_sided=True)
    nodes = (
        Node("room", meshes=(mesh(matt, grey),)),
        Node("panel", meshes=(mesh(glowing, glow, lighting="none"),)),
    )
    sky = Sky(np.full((64, 128, 3), SKY, np.float32), Sun(TOWARDS_SUN, SUN, np.ones(3)))
    return Scene("room", nodes, sky=sky)


def error(values: np.ndarray, reference: np.ndarray) -> float:
    """Relative RMSE of light (n,), texel by texel; what is nearly black counts against 1 % of the mean."""
    scale = np.maximum(reference, 0.01 * reference.mean())
    return float(np.sqrt(np.mean(((values - reference) / scale) ** 2)))


def own(measured: float, samples: int, reference_samples: int) -> float:
    """Error of unbiased samples alone: what was measured holds the reference's own noise too."""
    return float(measured / np.sqrt(1 + samples / reference_samples))


def ours(reference_samples: int, *, denoise: bool, reference: np.ndarray | None) -> tuple[list, np.ndarray]:
    """Runs as (samples, seconds, error) until the goal is met, and the reference (n,)."""
    options = LightOptions(texel_m=TEXEL, bounces=BOUNCES, denoise=denoise)
    if reference is None:
        exact = replace(options, samples=reference_samples, seed=99, denoise=False)
        reference = texels(*illuminate(scene(), exact))
    runs = []
    for samples in SAMPLES:
        began = time.perf_counter()
        stage, lux = illuminate(scene(), replace(options, samples=samples))
        seconds = time.perf_counter() - began
        miss = error(texels(stage, lux), reference)  # denoised: kept as it is, which is against us
        runs.append((samples, seconds, miss if denoise else own(miss, samples, reference_samples)))
        print(
            f"ours{' denoised' if denoise else ''}: {samples} samples {seconds:.2f} s error {runs[-1][2]:.4f}"
        )
        if runs[-1][2] <= GOAL:
            break
    return runs, reference


def texels(stage, lux: np.ndarray) -> np.ndarray:
    """(n,) luminance of the texels, vertices left out."""
    return lux[: stage.receivers.texels] @ LUMINANCE


def theirs(reference_samples: int, folder: Path) -> list[tuple[int, float, float]]:
    """The same from Cycles, in its own process."""
    matt, glowing = room()
    job = {
        "quads": matt,
        "glowing": glowing,
        "texel": TEXEL,
        "albedo": ALBEDO,
        "bounces": BOUNCES,
        "sky": SKY,
        "sun": SUN,
        "towards_sun": TOWARDS_SUN.tolist(),
        "panel": PANEL,
        "samples": [16, 64, 256],
        "reference": reference_samples,
    }
    (folder / "job.json").write_text(json.dumps(job))
    words = [str(BLENDER), str(HERE / "bake_light_cycles.py"), str(folder)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    seconds = json.loads((folder / "seconds.json").read_text())
    exact = np.load(folder / "reference.npy") @ LUMINANCE
    inside = np.load(folder / "inside.npy")
    runs = []
    for samples in job["samples"]:
        light = np.load(folder / f"{samples}.npy") @ LUMINANCE
        miss = own(error(light[inside], exact[inside]), samples, reference_samples)
        runs.append((samples, seconds[str(samples)], miss))
        print(f"Cycles: {samples} samples {runs[-1][1]:.2f} s error {runs[-1][2]:.4f}")
    print(f"Cycles: reference {reference_samples} samples {seconds['reference']:.0f} s")
    print(f"mean light over pi: Cycles {exact[inside].mean():.2f}")
    return runs


def seconds_to_goal(runs: list[tuple[int, float, float]]) -> float:
    """Seconds at the goal: log-log between the two runs around it, or beyond the last by 1/sqrt(n)."""
    for (_, before, worse), (_, after, better) in pairwise(runs):
        if better <= GOAL < worse:
            part = np.log(worse / GOAL) / np.log(worse / better)
            return float(before * (after / before) ** part)
    _, seconds, last = runs[-1]
    return seconds if last <= GOAL else float(seconds * (last / GOAL) ** 2)


def main() -> None:
    """Measure both in one run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=int, default=4096)
    parser.add_argument("--their-reference", type=int, default=1024)
    chosen = parser.parse_args()
    illuminate(scene(), LightOptions(texel_m=0.5, samples=4))  # libraries are loaded, as in Blender's process
    noisy, reference = ours(chosen.reference, denoise=False, reference=None)
    smooth, _ = ours(chosen.reference, denoise=True, reference=reference)
    print(f"mean light over pi: ours {reference.mean() / np.pi:.2f}")
    with tempfile.TemporaryDirectory() as name:
        cycles = theirs(chosen.their_reference, Path(name))
    peer = seconds_to_goal(cycles)
    note = f"references {chosen.reference} and {chosen.their_reference} samples, {len(reference)} texels"
    report(
        [
            row(
                "bake_light",
                "to 5 % error, denoised",
                seconds_to_goal(smooth),
                unit="s",
                peer=peer,
                note=note,
            ),
            row(
                "bake_light",
                "to 5 % error, raw samples",
                seconds_to_goal(noisy),
                unit="s",
                peer=peer,
                note=note,
            ),
        ]
    )


if __name__ == "__main__":
    main()
