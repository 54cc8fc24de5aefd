"""Plan: what a run would make, and why, without making it."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from vrgen.batch.digest import Digests
from vrgen.batch.item import Item
from vrgen.batch.maker import Maker
from vrgen.batch.manifest import read_manifest
from vrgen.batch.resolve import Resolver
from vrgen.batch.run import Run
from vrgen.batch.store import Made
from vrgen.errors import VrgenError
from vrgen.registry import makers

Lot = Literal["make", "keep", "fail"]
TYPICAL: dict[str, tuple[float, int]] = {
    "sky": (4.0, 7_000_000),
    "maps": (4.0, 12_000_000),
    "restyle": (6.0, 4_000_000),
    "bake": (10.0, 5_000_000),
    "gallery": (40.0, 15_000_000),
    "scene": (20.0, 10_000_000),
    "optimize": (30.0, 8_000_000),
    "shot": (2.0, 2_000_000),
}
"""(seconds, bytes) of one item where the store has none of its sort: one core, the verbs' defaults."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of one item."""

    item: Item
    lot: Lot
    why: str
    """Why it is made or fails; empty when it is kept."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan costs."""

    seconds: float
    """Of one worker; all workers together take their share of it."""
    bytes: int
    """Of the store."""
    free: int
    """Free bytes where the store lies."""
    guessed: tuple[str, ...]
    """Makers that the store knows nothing of: typical figures were taken."""


def plan(run: Run) -> list[Planned]:
    """What would become of every item, in the recipe's order."""
    digests = Digests(run.store.place / "digests.json")
    resolver = Resolver(digests, run.options.device)
    before = {line["item"]: line.get("key", "") for line in read_manifest(run.out)}
    made: dict[str, Made] = {}
    planned = [_lot(run, resolver, item, before.get(item.name), made) for item in run.items]
    digests.save()
    return planned


def estimate(run: Run, planned: list[Planned]) -> Estimate:
    """Seconds and bytes of what is to be made, from what the store knows of items like them."""
    known = _experience(run)
    seconds, size, guessed = 0.0, 0, set()
    for one in planned:
        if one.lot == "make":
            likes = known.get((one.item.maker, one.item.options.get("size"))) or known.get(
                (one.item.maker, None)
            )
            if likes is None:
                guessed.add(one.item.maker)
            maker: Maker = makers.load(one.item.maker)
            expected = maker.expect(one.item.options) or TYPICAL.get(one.item.maker, (1.0, 1_000_000))
            spent, held = likes or expected
            seconds, size = seconds + spent, size + int(held)
    return Estimate(seconds, size, shutil.disk_usage(run.store.place).free, tuple(sorted(guessed)))


def _lot(run: Run, resolver: Resolver, item: Item, key: str | None, made: dict[str, Made]) -> Planned:
    missing = sorted(need for need in item.needs() if need not in made)
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return Planned(item, "make", f"its input {missing[0]}{more} is made anew")
    try:
        task = resolver.task(item, made)
    except VrgenError as problem:
        return Planned(item, "fail", str(problem))
    known = run.store.find(task.key)
    if known is not None:
        made[item.name] = known
        return Planned(item, "keep", "")
    if run.store.recall(task.key) is not None:
        return Planned(item, "make", "its files in the store are damaged or gone")
    old = run.store.recall(key) if key else None
    if old is None or key == task.key:
        return Planned(item, "make", "new" if key is None else "its result is not in the store")
    return Planned(item, "make", task.parts.against(old.parts))


def _experience(run: Run) -> dict[tuple[str, object], tuple[float, float]]:
    """Mean (seconds, bytes) by maker and size, and by maker alone, of up to 200 steps of the store."""
    sums: dict[tuple[str, object], list[tuple[float, int]]] = defaultdict(list)
    for made in _some(run):
        cost = (made.seconds, sum(one.size for one in made.files))
        for place in ((made.parts.make, made.parts.options.get("size")), (made.parts.make, None)):
            sums[place].append(cost)
    return {
        place: (sum(spent for spent, _ in costs) / len(costs), sum(held for _, held in costs) / len(costs))
        for place, costs in sums.items()
    }


def _some(run: Run, most: int = 200) -> Iterator[Made]:
    for number, key in enumerate(run.store.keys()):
        if number >= most:
            return
        made = run.store.recall(key)
        if made is not None:
            yield made
