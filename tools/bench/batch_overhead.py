"""What `vrgen batch` costs beyond the work itself: many trivial items, again unchanged, one worker and two.

python tools/bench/batch_overhead.py [ITEMS]

The peer of the first run is a plain loop that writes the same files in this process.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import trivial
from table import Row, report, row

from vrgen.batch import run
from vrgen.registry import Entry, makers

BUSY_MS = 40.0
BUSY_ITEMS = 250


def recipe(folder: Path, count: int, milliseconds: float = 0.0) -> Path:
    """So many trivial items."""
    path = folder / "recipe.toml"
    path.write_text(
        f'[[product]]\nmake = "trivial"\nseed = "0..{count - 1}"\nmilliseconds = {milliseconds}\n'
    )
    return path


def seconds(path: Path, out: Path, workers: int) -> tuple[float, list[float]]:
    """(how long a run took, memory in MB of this process and the workers at each tenth of it)."""
    held = []
    began = time.perf_counter()
    going = run(path, out, workers=workers)
    tenth = max(1, len(going) // 10)
    for number, one in enumerate(going, 1):
        assert one.made is not None, one.reason
        if number % tenth == 0:
            held.append(going.memory_mb() + resident_mb())
    return time.perf_counter() - began, held


def resident_mb() -> float:
    """What this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def plainly(folder: Path, count: int) -> float:
    """Seconds of a loop that writes the same files."""
    folder.mkdir()
    began = time.perf_counter()
    for seed in range(count):
        (folder / f"{seed}.bin").write_bytes(trivial.content(seed))
    return time.perf_counter() - began


def measured(count: int, folder: Path) -> list[Row]:
    """Rows of one run of everything."""
    load = f"{count} items, load {os.getloadavg()[0]:.1f}"
    path = recipe(folder, count)
    plain = plainly(folder / "plain", count)
    first, held = seconds(path, folder / "out", 2)
    again, _ = seconds(path, folder / "out", 2)
    grown = held[-1] - held[0]
    paces = {}
    for workers in (1, 2):
        busy = recipe(folder, BUSY_ITEMS, BUSY_MS)
        paces[workers], _ = seconds(busy, folder / f"busy{workers}", workers)
    cpu = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    name = "batch_overhead"
    kept, one = round(first, 2), round(paces[1], 2)
    return [
        row(name, "first run, ms an item", 1000 * (first - plain) / count, unit="ms", note=load),
        row(name, "plain loop, ms an item", 1000 * plain / count, unit="ms"),
        row("batch_overhead", "nothing changed", again, unit="s", peer=kept, note="peer: first run"),
        row(
            "batch_overhead", "memory, last tenth less first", grown, unit="MB", note=f"holds {held[-1]:.0f}"
        ),
        row(
            "batch_overhead",
            "two workers",
            paces[2],
            unit="s",
            peer=one,
            note="peer: one worker",
        ),
        row(name, "driver, user CPU in all", cpu, unit="s"),
    ]


if __name__ == "__main__":
    makers.add(Entry("trivial", "trivial:TRIVIAL"))
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as place:
        report(measured(wanted, Path(place)))
