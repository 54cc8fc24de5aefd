"""Resolve: an item whose inputs are made becomes a task with its key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from vrgen.batch.deliver import STEM
from vrgen.batch.digest import Digests
from vrgen.batch.item import Input, Item
from vrgen.batch.key import Parts
from vrgen.batch.maker import Maker
from vrgen.batch.store import Content, Made, digest_of
from vrgen.batch.work import Laid, Task
from vrgen.core.files import resource
from vrgen.errors import InputProblem
from vrgen.registry import makers

MadeBy = Mapping[str, Made]
"""What has been made, by the items' names."""


class Resolver:
    """Turns items into tasks; digests of files and weights are taken once."""

    def __init__(self, digests: Digests, device: str) -> None:
        self._digests = digests
        self._device = device
        self._weights: dict[str, Mapping[str, str]] = {}

    def task(self, item: Item, made: MadeBy) -> Task:
        """The item's task; all that it needs must be in `made`. Raises InputProblem."""
        maker = _maker(item.maker)
        options: dict[str, Any] = dict(item.options)
        given: dict[str, tuple[Laid | Any, ...]] = {}
        inputs: list[tuple[str, str]] = []
        for name, parts in item.given.items():
            laid, told = [], []
            for part in parts:
                if isinstance(part, Input):
                    one, digest = self._laid(part, made, item)
                    laid.append(one)
                    told.append(f"<{len(inputs)}>{one.tail}")
                    inputs.append((f"{name} {one.name}", digest))
                else:
                    laid.append(part)
                    told.append(part)
            given[name] = tuple(laid)
            options[name] = told
        parts_of_key = Parts(item.maker, options, tuple(inputs), self._models(item.maker, maker))
        return Task(item.name, parts_of_key.key(), parts_of_key, maker, item.options, given, self._device)

    def _models(self, name: str, maker: Maker) -> Mapping[str, str]:
        if name not in self._weights:
            folder = resource("assets/weights")
            found = sorted({path for pattern in maker.weights for path in folder.glob(pattern)})
            self._weights[name] = {path.name: self._digests.of(path) for path in found}
        return self._weights[name]

    def _laid(self, part: Input, made: MadeBy, item: Item) -> tuple[Laid, str]:
        """(the input as a worker needs it, the SHA-256 of its content)."""
        if part.path is not None:
            path = part.path.absolute()
            return Laid(part.name, str(path), tail=part.tail), self._seen(path, part.company)
        if not part.gathered:
            files = _meant(made[part.items[0]].files, part.pattern)
            if not files:
                there = ", ".join(one.name for one in made[part.items[0]].files)
                raise InputProblem(
                    f"{item.name}: {part.items[0]} has no file {part.pattern}; there are: {there}"
                )
        else:
            files = tuple(file for name in part.items for file in _gathered(name, made[name]))
        laid = Laid(part.name, files=tuple((one.name, one.sha256) for one in files), tail=part.tail)
        return laid, digest_of(files)

    def _seen(self, path: Path, company: tuple[Path, ...]) -> str:
        """SHA-256 of a file or folder that is there, with what it names."""
        if not company:
            return self._digests.of(path)
        told = [f"{one.name} {self._digests.of(one)}\n" for one in (path, *company)]
        return hashlib.sha256("".join(told).encode()).hexdigest()


@cache
def _maker(name: str) -> Maker:
    found: Maker = makers.load(name)
    return found


def _meant(files: tuple[Content, ...], pattern: str) -> tuple[Content, ...]:
    """The files that a reference means: those that fit, the one that the verb was asked for, or all."""
    if pattern:
        return tuple(one for one in files if fnmatchcase(one.name, pattern))
    asked = tuple(one for one in files if one.name.startswith(f"{STEM}."))
    return asked or files


def _gathered(name: str, made: Made) -> Iterator[Content]:
    """An item's files as they lie in a folder of many items."""
    label = name.partition("/")[2] or name
    files = _meant(made.files, "")
    for one in files:
        suffix = Path(one.name).suffix
        yield replace(one, name=f"{label}{suffix}" if len(files) == 1 else f"{label}/{one.name}")
