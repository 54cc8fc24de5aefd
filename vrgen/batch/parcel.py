"""Parcel: inputs and results that travel, where a worker does not see the driver's disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vrgen.batch.digest import files_of
from vrgen.batch.store import Made, Store
from vrgen.batch.work import Laid, Outcome, Task, brings_company
from vrgen.errors import InputProblem

Handle = Any
"""What stands for the bytes of one file on their way: a reference into Ray's object store."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """All inputs of some tasks."""

    contents: Mapping[str, Handle]
    """Of the store, by their SHA-256."""
    paths: Mapping[str, tuple[tuple[str, Handle], ...]]
    """(name below it, bytes) of the files at each path outside the store; a file alone has the name ''."""


def sight(path: str) -> str:
    """What can be told of a file or folder at a glance: SHA-256 hex of names, sizes and seconds of change.
    Two machines that see the same disk see the same; empty when nothing can be seen."""
    total = hashlib.sha256()
    try:
        for name, file in _files(Path(path)):
            stat = os.stat(file)
            total.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns // 10**9}\n".encode())
    except (OSError, InputProblem):
        return ""
    return total.hexdigest()


def outside(tasks: Sequence[Task]) -> list[str]:
    """Paths outside the store that the tasks read: folders whole, and those of files with company."""
    return sorted({_root(one) for task in tasks for one in _laid(task) if one.path})


def pack(store: Store, tasks: Sequence[Task], put: Callable[[Path], Handle]) -> Parcel:
    """Everything that the tasks read; `put` sends one file on its way. What cannot be read is left out: the
    task that misses it says so."""
    digests = {sha256 for task in tasks for one in _laid(task) for _, sha256 in one.files}
    contents, paths = {}, {}
    for sha256 in sorted(digests):
        with suppress(OSError):
            contents[sha256] = put(store.blob_path(sha256))
    for path in outside(tasks):
        with suppress(OSError, InputProblem):
            paths[path] = tuple((name, put(file)) for name, file in _files(Path(path)))
    return Parcel(contents, paths)


def unpack(store: Store, room: Path, parcel: Parcel, get: Callable[[Handle], bytes]) -> dict[str, str]:
    """Put contents into the store and files below `room`; where each path lies now, by its old place."""
    for sha256, handle in parcel.contents.items():
        blob = store.blob_path(sha256)
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(get(handle))
    places = {}
    for number, (path, files) in enumerate(parcel.paths.items()):
        place = room / str(number) / Path(path).name
        (place if all(name for name, _ in files) else place.parent).mkdir(parents=True)
        for name, handle in files:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(get(handle))
        places[path] = str(place)
    return places


def moved(task: Task, places: Mapping[str, str]) -> Task:
    """The task with its paths as `unpack` has laid them."""

    def at_home(part: Laid | Any) -> Laid | Any:
        if not isinstance(part, Laid) or not part.path:
            return part
        root = _root(part)
        inner = Path(part.path).relative_to(root)
        return replace(part, path=str(Path(places.get(root, root)) / inner))

    return replace(task, given={name: tuple(map(at_home, parts)) for name, parts in task.given.items()})


def contents_of(store: Store, made: Made) -> tuple[bytes, ...]:
    """The bytes of a result's files, in its order."""
    return tuple(store.blob_path(one.sha256).read_bytes() for one in made.files)


def bring_home(store: Store, outcome: Outcome, task: Task, contents: Sequence[bytes]) -> Outcome:
    """An outcome from afar becomes one of this store. Raises OutputProblem."""
    made = outcome.made
    if made is None:
        return replace(outcome, task=task)
    with store.working() as room:
        out = room / "out"
        for one, data in zip(made.files, contents, strict=True):
            (out / one.name).parent.mkdir(parents=True, exist_ok=True)
            (out / one.name).write_bytes(data)
        put = store.put(task.key, task.parts, out, seconds=made.seconds, passes=made.passes, facts=made.facts)
    return replace(outcome, task=task, made=put)


def _laid(task: Task) -> Iterator[Laid]:
    return (part for parts in task.given.values() for part in parts if isinstance(part, Laid))


def _root(one: Laid) -> str:
    path = Path(one.path)
    return str(path.parent if brings_company(path) else path)


def _files(path: Path) -> list[tuple[str, Path]]:
    if not path.is_dir():
        return [("", path)]
    return [(file.relative_to(path).as_posix(), file) for file in files_of(path)]
