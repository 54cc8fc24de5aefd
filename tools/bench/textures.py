"""Measure sets of textures: a shell loop, one process, sets made ahead, two processes; and what a set costs.

    python tools/bench/textures.py [SETS] [SHELL]

SETS (default 12) at 1024 pixels each way but the shell loop, of which SHELL (default 6) are made. Files are
written as the command line writes them, previews included. Wall clock means little beside other work: the
processor's seconds are given, too. A last part prints seconds and bytes a set by size, which
vrgen/synth/cost.py is made from. Appends rows to results.csv.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, pairwise
from pathlib import Path

from table import Row, report, row

KINDS = ("bricks", "plaster", "planks", "metal", "grass", "terracotta")
SIZES = (256, 512, 1024, 2048)
CHILD = """
import os, sys, time
from pathlib import Path
import cv2, torch
torch.set_num_threads(int(sys.argv[4])); cv2.setNumThreads(int(sys.argv[4]))
from vrgen.cli.texture import _write
from vrgen.synth import TextureOptions, texture, textures
first, last, size = (int(part) for part in sys.argv[1:4])
folder, way, kinds = Path(sys.argv[5]), sys.argv[6], sys.argv[7].split(",")
wanted = [TextureOptions(kind=kinds[n % len(kinds)], seed=n, size=size) for n in range(first, last)]
texture(TextureOptions(kind=kinds[0], size=64))
print("ready", flush=True)
sys.stdin.readline()
cpu = time.process_time()
for made in textures(wanted) if way == "ahead" else map(texture, wanted):
    _write(made, folder)
print(time.process_time() - cpu, flush=True)
"""
"""Makes sets in a process that has its models, when told to begin."""


def shell(sets: int, size: int, folder: Path) -> tuple[float, float]:
    """(wall clock, processor) seconds a set of `vrgen texture` called again and again."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    for number, kind in zip(range(sets), cycle(KINDS), strict=False):
        told = ["--kind", kind, "--seed", str(number), "--size", str(size), "-o", str(folder)]
        command = [sys.executable, "-m", "vrgen", "texture", *told]
        subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (time.perf_counter() - began) / sets, spent / sets


def processes(
    sets: int,
    size: int,
    folder: Path,
    *,
    workers: int,
    threads: int,
    way: str,
    kinds: tuple[str, ...] = KINDS,
) -> tuple[float, float]:
    """The same of `workers` processes that hold their models, each with its share of the sets."""
    bounds = [round(i * sets / workers) for i in range(workers + 1)]
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    env = os.environ | dict.fromkeys(names, str(threads))
    told = [str(size), str(threads), str(folder), way, ",".join(kinds)]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(first), str(last), *told],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env,
        )
        for first, last in pairwise(bounds)
    ]  # fmt: skip
    for child in running:
        assert child.stdout is not None
        child.stdout.readline()
    began = time.perf_counter()
    for child in running:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    spent = sum(float(child.communicate()[0]) for child in running)
    return (time.perf_counter() - began) / sets, spent / sets


def throughput(sets: int, of_shell: int, size: int, room: Path) -> list[Row]:
    """All ways against the shell loop."""
    ways: dict[str, Callable[[], tuple[float, float]]] = {
        "one process, a loop": lambda: processes(sets, size, room, workers=1, threads=2, way="loop"),
        "one process, made ahead": lambda: processes(sets, size, room, workers=1, threads=1, way="ahead"),
        "two processes, a thread each": lambda: processes(sets, size, room, workers=2, threads=1, way="loop"),
    }
    wall, spent = shell(of_shell, size, room)
    note = f"peer: vrgen texture in a shell loop, {of_shell} sets; ours {sets}; load {os.getloadavg()[0]:.0f}"
    rows = []
    for name, act in ways.items():
        own, cpu = act()
        rows += [
            row("textures", f"{size} px, {name}", own, unit="s/set", peer=round(wall, 3), note=note),
            row("textures", f"{size} px, {name}, CPU", cpu, unit="s/set", peer=round(spent, 3), note=note),
        ]
    return rows


def costs(room: Path) -> list[Row]:
    """Processor seconds and bytes a set by size and kind, models loaded, one thread."""
    rows = []
    for size in SIZES:
        seconds, held = [], []
        for kind in KINDS:
            folder = room / f"{kind}_{size}"
            folder.mkdir()
            seconds.append(processes(2, size, folder, workers=1, threads=1, way="loop", kinds=(kind,))[1])
            held.append(sum(path.stat().st_size for path in folder.iterdir()) / 2)
        told = ", ".join(
            f"{kind} {s:.2f} s {h / 1e6:.2f} MB" for kind, s, h in zip(KINDS, seconds, held, strict=True)
        )
        mean = sum(seconds) / len(seconds)
        rows.append(row("textures", f"{size} px, CPU a set", mean, unit="s", note=told))
        rows.append(row("textures", f"{size} px, bytes a set", sum(held) / len(held) / 1e6, unit="MB"))
    return rows


def main(sets: int, of_shell: int) -> None:
    """Run all measures."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        report(throughput(sets, of_shell, 1024, room))
        report(costs(room))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12, int(sys.argv[2]) if len(sys.argv) > 2 else 6)
