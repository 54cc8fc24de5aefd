"""Measure decoding: processor seconds from latents to maps against the plain network, and memory at 4096.

    python tools/bench/decode.py

The peer is the same network in eager float32, NCHW, on the whole picture at once; the sides take turns.
Processor seconds are counted (user and system, over both threads), since other work may run beside. Appends
rows to results.csv.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from table import report, row

from vrgen.synth import decode as windows
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import decode, load_generator

SIDE = 1024
ROUNDS = 3
LARGE = """
import resource, sys, numpy as np
from vrgen.synth.decode import decode, load_generator
generator, _ = load_generator("material_gan", "cpu")
channels = next(generator.parameters()).shape[1]
latent = np.random.default_rng(0).standard_normal((channels, 512, 512)).astype(np.float32)
made = decode(generator, latent, device="cpu", wrap_y=True)
assert made.shape[:2] == (4096, 4096)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""
"""Peak memory is a process's: 4096 pixels get one of their own."""


def spent(act: Callable[[], object]) -> tuple[float, float]:
    """(processor, wall clock) seconds of one run."""
    cpu, wall = time.process_time(), time.perf_counter()
    act()
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Run all measures."""
    torch.set_num_threads(2)
    generator, _ = load_generator("material_gan", "cpu")
    plain = load_generator.__wrapped__("material_gan", "cpu")[0].to(memory_format=torch.contiguous_format)
    source = load_bank("material_bank").of_kind("plaster")[0].latent
    cells = SIDE // 8
    latent = np.ascontiguousarray(np.tile(source, (1, 2, 2))[:, :cells, :cells])
    tensor = torch.from_numpy(latent[None])
    with torch.inference_mode():
        sides: dict[str, Callable[[], object]] = {
            "plain": lambda: plain(tensor)[0].permute(1, 2, 0).numpy(),
            "ours": lambda: decode(generator, latent, device="cpu", wrap_y=True),
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, act in sides.items():
                taken[name].append(spent(act))
        whole = np.asarray(sides["plain"]())
        made = np.asarray(sides["ours"]())
        windows.WINDOW = cells
        untiled = np.asarray(sides["ours"]())
    tiles = float(np.abs(made - untiled).max())
    cpu, wall = ({n: statistics.median(t[i] for t in s) for n, s in taken.items()} for i in (0, 1))
    large = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    report(
        [
            row("decode", "1024 px, processor", cpu["ours"], unit="s", peer=round(cpu["plain"], 3),
                note="peer: the same network, eager float32, NCHW; user and system of both threads"),
            row("decode", "1024 px, wall clock", wall["ours"], unit="s", peer=round(wall["plain"], 3),
                note="beside other work when it is far above half of the processor seconds"),
            row("decode", "tiled against untiled", tiles, unit="", note="target 1e-4"),
            row("decode", "against float32", float(np.abs(made - whole).max()), unit="", note="largest"),
            row("decode", "peak memory at 4096", float(large.stdout), unit="GiB", peer=4.0, note="alone"),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    main()
