"""`vrgen store`: what batch runs have made, looked after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from vrgen.batch.upkeep import Holding, Pruned
from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.store import Checked, StoreOptions, store


@dataclass(frozen=True, kw_only=True)
class StoreCommand(StoreOptions):
    """Say what a store of vrgen batch holds, check that all of it is what it was, or remove what no output
    folder stands on any more. check ends with 1 when something was damaged; the next run makes it again."""

    POSITIONAL: ClassVar = ("action", "place")
    action: Literal["show", "check", "prune"]
    """show counts, check reads everything again, prune removes what nobody needs."""
    place: Path
    """The store, or the output folder that holds it."""

    def run(self, desk: Desk) -> Summary:
        """Do it, and say what was found."""
        found = store.run(self, desk)
        if isinstance(found, Holding):
            return _held(found)
        if isinstance(found, Checked):
            figures = {"steps": found.steps, "wrong": list(found.wrong)}
            said = f"{len(found.wrong)} dropped, to be made again" if found.wrong else "all whole"
            lines = tuple(f"  {line}" for line in found.wrong)
            return Summary(f"{found.steps} steps, {said}", (), figures, lines, int(bool(found.wrong)))
        return _pruned(found, dry=self.dry_run)


def _held(found: Holding) -> Summary:
    lines = [f"  {make:12}{steps:>9,} steps" for make, steps in found.by_maker.items()]
    lines += [f"  {root.out}: {len(root.keys):,} items of {root.recipe}" for root in found.roots]
    figures = {
        "steps": found.steps,
        "contents": found.contents,
        "bytes": found.bytes,
        "by_maker": found.by_maker,
        "folders": {root.out: len(root.keys) for root in found.roots},
    }
    headline = f"{found.steps:,} steps, {found.contents:,} contents, {found.bytes / 1e6:,.1f} MB"
    return Summary(headline, (), figures, tuple(lines))


def _pruned(found: Pruned, *, dry: bool) -> Summary:
    figures = {
        "steps": found.steps,
        "contents": found.contents,
        "bytes": found.bytes,
        "young": found.young,
    }
    said = "would be removed" if dry else "removed"
    headline = f"{found.steps:,} steps, {found.contents:,} contents, {found.bytes / 1e6:,.1f} MB {said}"
    if found.young:
        headline += f"; {found.young:,} unneeded steps are young and stay, see --older"
    return Summary(headline, (), figures)
