"""Actor: what runs on a node of a Ray cluster, in one process that keeps its models."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vrgen
from vrgen.batch.digest import Digests
from vrgen.batch.parcel import Parcel, contents_of, moved, sight, unpack
from vrgen.batch.store import open_store
from vrgen.batch.work import Outcome, Task, work
from vrgen.core.files import resource
from vrgen.errors import InputProblem

Contents = list[tuple[bytes, ...]]
"""The files of every outcome, in their order."""


@dataclass(frozen=True, slots=True)
class About:
    """What an actor says of itself."""

    version: str
    """vrgen's version on its node."""
    node: str
    """The node's address."""
    sees: bool
    """Whether the driver's store is there."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of some tasks."""

    outcomes: list[Outcome]
    held_mb: float
    """What the process holds now, in MB."""


class Actor:
    """Works in the driver's store where its node sees it, in a folder of its own otherwise."""

    def __init__(self, place: Path, sign: Path, secret: str, search: Sequence[str]) -> None:
        """`sign` is a file of the store that holds `secret`: where it can be read, it is the same store.
        `search` is where the driver finds modules: makers of others are found there too, if it is there."""
        sys.path += [folder for folder in search if folder not in sys.path and os.path.isdir(folder)]
        try:
            self._place = place if sign.read_text() == secret else None
        except OSError:
            self._place = None
        self._models: dict[str, str] = {}

    def about(self) -> About:
        """Answers as soon as the process is up."""
        return About(vrgen.__version__, _node(), self._place is not None)

    def work(self, tasks: Sequence[Task], sights: Mapping[str, str]) -> Report | None:
        """Run tasks in the shared store; None when an input of theirs is not seen here as the driver sees it.

        Raises InputProblem when this node's models are not the driver's.
        """
        if self._place is None or any(sight(path) != seen for path, seen in sights.items()):
            return None
        self._check(tasks)
        return Report(work(self._place, tasks), _held_mb())

    def work_apart(self, tasks: Sequence[Task], parcel: Parcel) -> tuple[Report, Contents]:
        """The same where nothing is shared: inputs come in a parcel, results leave as bytes."""
        self._check(tasks)
        with tempfile.TemporaryDirectory(prefix="vrgen-") as folder:
            store = open_store(Path(folder) / "store")
            places = unpack(store, Path(folder) / "paths", parcel, _get)
            outcomes = work(store.place, [moved(task, places) for task in tasks])
            contents: Contents = [contents_of(store, one.made) if one.made else () for one in outcomes]
        return Report(outcomes, _held_mb()), contents

    def _check(self, tasks: Sequence[Task]) -> None:
        """The models are part of the key: another node's must be the same."""
        for name, digest in {item for task in tasks for item in task.parts.models.items()}:
            if name not in self._models:
                self._models[name] = Digests(Path(os.devnull)).of(resource("assets/weights") / name)
            if self._models[name] != digest:
                raise InputProblem(
                    f"the model {name} on node {_node()} is not the one on this machine; "
                    "install the same vrgen with the same weights there"
                )


def _get(handle: Any) -> bytes:
    import ray

    data: bytes = ray.get(handle)
    return data


def _node() -> str:
    from ray.util import get_node_ip_address

    return str(get_node_ip_address())  # type: ignore[no-untyped-call]


def _held_mb() -> float:
    from vrgen.batch.pool import resident_mb

    return resident_mb(os.getpid())
