"""The main job, whole command, on two cores: 40 pictures (and 400: growth no worse than linear).

python tools/bench/gallery_40.py [40 [400 ...]]
For 40: under 180 s, under 4 GB; draw calls < 150, triangles < 200,000, textures < 500 MB, file < 60 MB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from table import Row, report, row

CORES = 2
LIMITS = {
    "seconds": 180,
    "peak GB": 4,
    "draw calls": 150,
    "triangles": 200_000,
    "texture MB": 500,
    "file MB": 60,
}
SHAPES = ((1600, 1200), (1200, 1600), (1400, 1400), (2400, 1000), (1000, 1500))


def picture(number: int) -> np.ndarray:
    """(H, W, 3) uint8: coloured bands and noise at every scale, a new one for each number."""
    rng = np.random.default_rng(number)
    width, height = SHAPES[number % len(SHAPES)]
    total = np.zeros((height, width, 3), np.float32)
    for level in range(1, 8):
        coarse = rng.normal(size=(2**level + 1, 2**level + 1, 3)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * 0.62**level
    bands = np.sin(total.sum(axis=-1, keepdims=True) * 9 + np.arange(3) * rng.uniform(0.2, 2))
    return np.uint8(np.clip(128 + 60 * total + 50 * bands, 0, 255))


def measure(count: int) -> tuple[dict[str, float], dict[str, float]]:
    """(figures of one run with `count` pictures, seconds per stage)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pictures"
        folder.mkdir()
        for number in range(count):
            cv2.imwrite(
                str(folder / f"work_{number:03}.jpg"), picture(number), [cv2.IMWRITE_JPEG_QUALITY, 90]
            )
        out = Path(name) / "show.glb"
        words = [sys.executable, "-m", "vrgen", "gallery", str(folder), "-o", str(out), "--json"]
        began = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.PIPE, preexec_fn=two_cores)
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
        _, _, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        figures = {
            "seconds": seconds,
            "peak GB": usage.ru_maxrss * 1024 / 1e9,
            "draw calls": told["draw_calls"],
            "triangles": told["triangles"],
            "texture MB": told["texture_bytes"] / 1e6,
            "file MB": out.stat().st_size / 1e6,
            "rooms": told["rooms"],
        }
        return figures, told["stages"]


def two_cores() -> None:
    """Keep the command to as many cores as the target speaks of."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def main() -> None:
    """Measure and report."""
    counts = [int(word) for word in sys.argv[1:]] or [40]
    runs: dict[int, dict[str, float]] = {}
    for count in counts:
        runs[count], stages = measure(count)
        load = f"load {os.getloadavg()[0]:.1f}"
        report([entry(count, what, value, load) for what, value in runs[count].items()])
        print("  stages: " + ", ".join(f"{name} {spent:.1f} s" for name, spent in stages.items()))
    for count in counts[1:]:
        growth = runs[count]["seconds"] / runs[counts[0]]["seconds"]
        works = count / counts[0]
        said = f"works x {works:g}, target no worse than linear: {'met' if growth <= works else 'MISSED'}"
        report([row("gallery", f"{counts[0]} to {count} works, growth", growth, unit="x", note=said)])


def entry(count: int, what: str, value: float, load: str) -> Row:
    """One row, held against its target where there is one for this count."""
    note = load
    if count == 40 and what in LIMITS:
        note += f", target {LIMITS[what]}: {'met' if value <= LIMITS[what] else 'MISSED'}"
    return row("gallery", f"{count} works, {what}", value, unit=what.split()[-1], note=note)


if __name__ == "__main__":
    main()
