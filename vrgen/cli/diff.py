"""`vrgen diff`: what sets two GLBs apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.difference import WORDS, Delta, Difference, PartName
from vrgen.verbs.diff import DiffOptions, diff

SHOWN = 24
"""Lines of each part, unless all are asked for."""
VALUES = 3
"""Values of a place, unless all are asked for."""
WIDEST = 44
"""Letters of a place that the column makes room for."""


@dataclass(frozen=True, kw_only=True)
class DiffCommand(DiffOptions):
    """Say what sets two GLBs apart: first the stage and value where they went apart (seed, option, model,
    version), then all else: nodes, meshes, surfaces, textures. Ends with 1 where they differ."""

    POSITIONAL: ClassVar = ("a", "b")
    a: Path
    """A .glb or .gltf file: what it was."""
    b: Path
    """Another one: what it is now."""
    all: bool = False
    """Every line, however many there are."""

    def run(self, desk: Desk) -> Summary:
        """Read both, compare, report."""
        found = diff.run(self, desk)
        if found.first is None:
            return Summary(f"{self.a.name} and {self.b.name} are equal", (), found.to_json())
        first = f"{_place(found.first)}: {_words(found.first)}"
        headline = f"{self.a.name} and {self.b.name} differ in {found}; first in {first}"
        lines = tuple(_lines(found, most=None if self.all else SHOWN))
        return Summary(headline, (), found.to_json(), lines, 1)


def _lines(found: Difference, *, most: int | None) -> Iterator[str]:
    """A line for each value of a record, for each place of all else."""
    width = min(max(len(_place(delta)) for delta in found.deltas), WIDEST)
    for part, group in groupby(found.deltas, key=lambda delta: delta.part):
        rows = list(_rows(part, list(group), most=VALUES if most is not None else None))
        for sign, place, sentence in rows[:most]:
            yield f"  {sign} {place:{width}}  {sentence}".rstrip()
        if most is not None and len(rows) > most:
            yield f"    and {len(rows) - most} more {WORDS[part][1]}; --all prints them"


def _rows(part: PartName, deltas: list[Delta], *, most: int | None) -> Iterator[tuple[str, str, str]]:
    """(sign, place, what differs): of a place as a whole, its first values and how many more there are."""
    if part == "record":
        yield from ((delta.sign, _place(delta), delta.sentence) for delta in deltas)
        return
    places: dict[tuple[str, str], list[str]] = {}
    for delta in deltas:
        places.setdefault((delta.sign, _place(delta)), []).append(delta.sentence)
    for (sign, place), sentences in places.items():
        more = f"; {len(sentences) - most} more" if most is not None and len(sentences) > most else ""
        yield sign, place, "; ".join(sentences[:most]) + more


def _place(delta: Delta) -> str:
    return f"{delta.part} {delta.place}"


def _words(delta: Delta) -> str:
    added = {"+": "only in the second", "-": "only in the first"}.get(delta.sign, "")
    return ", ".join(word for word in (added, delta.sentence) if word)
