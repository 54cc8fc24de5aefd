"""What `vrgen batch --ray local` costs against Ray's own ways of mapping, and what a second actor brings.

python tools/bench/batch_ray.py [ITEMS]

The peers run in the same cluster, two at a time, one item a call as ours may fail one by one: plain tasks in
a bounded window, as Ray's documentation writes a map with back pressure, and ray.util.ActorPool. They write
the same files, once plainly, once as ours are: under another name, to the disk, then renamed. Times are from
the first finished item to the last, so that the start of actors counts for nobody.
"""

# make bench leaves this out: it wants Ray, the extra cluster.
from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import trivial
from batch_overhead import BUSY_ITEMS, BUSY_MS, recipe, resident_mb
from table import Row, report, row

from vrgen.batch import run
from vrgen.batch.session import session
from vrgen.registry import Entry, makers

WINDOW = 64
ROUNDS = 5
"""Of the busy items; the best counts, for two actors need both cores of a machine that others use too."""


def plainly(folder: Path, seed: int) -> int:
    """Write an item's file."""
    (folder / f"{seed}.bin").write_bytes(trivial.content(seed))
    return seed


def whole(folder: Path, seed: int) -> int:
    """The same, so that a half file never has the final name."""
    temporary = folder / f".{seed}"
    with temporary.open("wb") as opened:
        opened.write(trivial.content(seed))
        opened.flush()
        os.fsync(opened.fileno())
    os.replace(temporary, folder / f"{seed}.bin")
    return seed


class Writer:
    """An actor that writes."""

    def write(self, way: Any, folder: Path, seed: int) -> int:
        """One item."""
        written: int = way(folder, seed)
        return written


def by_tasks(ray: Any, way: Any, folder: Path, count: int) -> Iterator[int]:
    """Ray's tasks, at most WINDOW of them at once."""
    task = ray.remote(num_cpus=1)(way)
    going: list[Any] = []
    for seed in range(count):
        going.append(task.remote(folder, seed))
        if len(going) == WINDOW:
            done, going = ray.wait(going, num_returns=1)
            yield from ray.get(done)
    for one in going:
        yield ray.get(one)


def by_pool(ray: Any, way: Any, folder: Path, count: int) -> Iterator[int]:
    """Ray's pool of actors."""
    from ray.util import ActorPool

    kind = ray.remote(num_cpus=1)(Writer)
    pool = ActorPool([kind.remote() for _ in range(2)])
    yield from pool.map_unordered(lambda actor, seed: actor.write.remote(way, folder, seed), range(count))


def ours(count: int, folder: Path, workers: int, busy: float = 0.0, held: Any = None) -> Iterator[int]:
    """A recipe's items; what is held in memory goes to `held`, ten times."""
    going = run(recipe(folder, count, busy), folder / f"out{workers}-{busy}", workers=workers, ray="local")
    for number, one in enumerate(going, 1):
        assert one.made is not None, one.reason
        if held is not None and number % max(1, count // 10) == 0:
            held.append((resident_mb(), going.memory_mb()))
        yield number


def seconds(items: Iterator[int]) -> float:
    """From the first item to the last."""
    next(items)
    began = time.perf_counter()
    for _ in items:
        pass
    return time.perf_counter() - began


def measured(count: int, folder: Path) -> list[Row]:
    """Rows of one run of everything."""
    held: list[tuple[float, float]] = []
    # Ray's tasks find no module by the driver's search path; its workers find those of PYTHONPATH.
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    with session("local", 2) as ray:
        places = {name: folder / name for name in ("tasks", "tasks whole", "pool whole")}
        for place in places.values():
            place.mkdir()
        load = f"{count} items, load {os.getloadavg()[0]:.1f}"
        mine = 1000 * seconds(ours(count, folder, 2, held=held)) / count
        tasks = 1000 * seconds(by_tasks(ray, plainly, places["tasks"], count)) / count
        safe = 1000 * seconds(by_tasks(ray, whole, places["tasks whole"], count)) / count
        pool = 1000 * seconds(by_pool(ray, whole, places["pool whole"], count)) / count
        loads = [os.getloadavg()[0]]
        pace = {1: float("inf"), 2: float("inf")}
        for number in range(ROUNDS):
            for workers in (1, 2):
                place = folder / f"round{number}"
                place.mkdir(exist_ok=True)
                pace[workers] = min(pace[workers], seconds(ours(BUSY_ITEMS, place, workers, BUSY_MS)))
                loads.append(os.getloadavg()[0])
    name = "batch_ray"
    (driver_first, actors_first), (driver, actors) = held[0], held[-1]
    note = f"holds {driver:.0f}, two actors {actors:.0f} (first tenth {actors_first:.0f})"
    busy = f"peer: one; {BUSY_ITEMS} x {BUSY_MS:.0f} ms of CPU, load {min(loads):.1f}-{max(loads):.1f}"
    return [
        row(name, "an item, against tasks", mine, unit="ms", peer=round(tasks, 3), note=load),
        row(name, "an item, against whole-file tasks", mine, unit="ms", peer=round(safe, 3)),
        row(name, "an item, against ActorPool, whole", mine, unit="ms", peer=round(pool, 3)),
        row(name, "driver, last tenth less first", driver - driver_first, unit="MB", note=note),
        row(name, "two actors", pace[2], unit="s", peer=round(pace[1], 2), note=busy),
    ]


if __name__ == "__main__":
    makers.add(Entry("trivial", "trivial:TRIVIAL"))
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as place:
        report(measured(wanted, Path(place)))
