"""Batch: a recipe's products, made and waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vrgen.batch.options import BatchOptions
from vrgen.batch.recipe import read_recipe
from vrgen.batch.run import Finished, Run
from vrgen.core.progress import Progress
from vrgen.verbs.verb import verb


@dataclass(frozen=True, kw_only=True)
class BatchRequest(BatchOptions):
    """What is to be made, and where."""

    recipe: Path | str
    """The recipe, .toml."""
    out: Path | str
    """Folder to write into."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of a recipe."""

    items: tuple[Finished, ...]
    """All items, in the order in which they were finished."""
    made: int
    kept: int
    failed: int
    left: int
    failing: int
    """Items that are there but with which their verb was not content, as with check."""
    peak_mb: float
    """The most that one worker held, in MB."""

    @property
    def complete(self) -> bool:
        """Whether everything is there and passes."""
        return not (self.failed or self.left or self.failing)


@verb(BatchRequest)
def batch(options: BatchRequest, progress: Progress) -> BatchReport:
    """Make all products of a recipe that are not made yet, and wait for them.

    Raises UsageProblem and InputProblem for the recipe before anything runs, OutputProblem when the disk
    takes no more; an item that fails is in the report. `vrgen.batch.run` gives the items as they come.
    """
    run = Run(read_recipe(Path(options.recipe)), Path(options.out), options)
    with progress.stage("making products", len(run)) as advance:
        return report_of(run, lambda one: advance(1))


def report_of(run: Run, tell: Callable[[Finished], None]) -> BatchReport:
    """Iterate over a run, telling of every item, and sum up."""
    items = []
    for one in run:
        items.append(one)
        tell(one)
    failing = sum(one.made is not None and not one.made.passes for one in items)
    return BatchReport(tuple(items), **run.counts, failing=failing, peak_mb=run.peak_mb)
