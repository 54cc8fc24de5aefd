"""Upkeep: what a store holds, whether it is whole, and what of it nobody needs any more.

Every run writes down, under `roots/`, which steps its output folder stands on. A step is needed while the
folder of such a run is there; a young one is left alone, since a run that is not finished has written nothing
down yet. So nothing has to be locked.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from vrgen.batch.store import Made, Store
from vrgen.core.files import writing
from vrgen.core.progress import Progress

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Root:
    """What one output folder stands on."""

    out: str
    """The folder, absolute."""
    recipe: str
    """Name of the recipe."""
    keys: tuple[str, ...]
    """Keys of its items."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a store holds."""

    steps: int
    contents: int
    bytes: int
    by_maker: dict[str, int] = field(default_factory=dict)
    """Steps by maker."""
    roots: tuple[Root, ...] = ()


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be."""

    steps: int
    contents: int
    bytes: int
    young: int
    """Steps that nobody needs, left because they are young."""


def write_root(store: Store, out: Path, recipe: str, keys: Iterable[str]) -> None:
    """Say that an output folder stands on these steps."""
    name = hashlib.sha256(str(out).encode()).hexdigest()[:32]
    with writing(store.place / "roots" / f"{name}.json") as temporary:
        temporary.write_bytes(msgspec.json.encode(Root(str(out), recipe, tuple(keys))))


def read_roots(store: Store) -> tuple[Root, ...]:
    """The output folders that are still there."""
    found = []
    for path in sorted((store.place / "roots").glob("*.json")):
        try:
            root = msgspec.json.decode(path.read_bytes(), type=Root)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            continue
        if Path(root.out).is_dir():
            found.append(root)
    return tuple(found)


def holding(store: Store) -> Holding:
    """Count what is there."""
    makes = Counter(made.parts.make for made in _all(store))
    sizes = [path.stat().st_size for path in _contents(store)]
    return Holding(makes.total(), len(sizes), sum(sizes), dict(makes.most_common()), read_roots(store))


def mend(store: Store, progress: Progress) -> list[str]:
    """Read every content again; steps that lost one are dropped, so that their next run makes them anew.

    What was wrong: a line each.
    """
    wrong = []
    keys = list(store.keys())
    with progress.stage("reading the store", len(keys)) as advance:
        for key in keys:
            made = store.recall(key)
            if made is None:
                wrong.append(f"{key[:12]}: cannot be read")
                store.forget(key)
            elif bad := store.damage(made):
                wrong.append(f"{made.parts.make} {key[:12]}: {', '.join(bad)} damaged or gone")
                store.forget(key)
            advance(1)
    return wrong


def prune(store: Store, *, older_days: float, dry_run: bool = False) -> Pruned:
    """Remove the steps that no output folder stands on, then the contents that no step has."""
    store.sweep()
    before = time.time() - older_days * DAY
    needed = {key for root in read_roots(store) for key in root.keys}
    used: set[str] = set()
    steps = young = 0
    for key in store.keys():
        made = store.recall(key)
        unneeded = (key not in needed and made is not None) or made is None
        if unneeded and _changed(store.step_path(key)) < before:
            steps += 1
            if not dry_run:
                store.forget(key)
            continue
        young += unneeded
        used |= {one.sha256 for one in made.files} if made is not None else set()
    contents = size = 0
    for path in _contents(store):
        if path.name not in used and _changed(path) < before:
            contents, size = contents + 1, size + path.stat().st_size
            if not dry_run:
                path.unlink(missing_ok=True)
    return Pruned(steps, contents, size, young)


def _all(store: Store) -> Iterable[Made]:
    return (made for key in store.keys() if (made := store.recall(key)) is not None)


def _contents(store: Store) -> list[Path]:
    return [path for path in (store.place / "blobs").glob("??/*") if not path.name.startswith(".")]


def _changed(path: Path) -> float:
    """When a file came to its place, in seconds; now when it is gone."""
    try:
        return os.stat(path).st_ctime
    except OSError:
        return time.time()
