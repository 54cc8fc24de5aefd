"""`vrgen batch`: recipes, overnight."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from vrgen.batch.options import BatchOptions
from vrgen.batch.plan import Estimate, Planned, estimate, plan
from vrgen.batch.recipe import read_recipe
from vrgen.batch.run import Finished, Run
from vrgen.cli.batch_log import BatchLog
from vrgen.cli.batch_table import BatchTable
from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.errors import Interrupted
from vrgen.verbs.batch import BatchReport, report_of

MOST_TOLD = 40
"""Lines of a plan or of failures that people read."""


@dataclass(frozen=True, kw_only=True)
class BatchCommand(BatchOptions):
    """Make all products of a recipe: matrices of textures, skies, restyled pictures, bakes, galleries,
    checks, chained by name. What was made before and would come out the same is not made again; a run that
    was killed goes on where it was. OUT gets manifest.jsonl and index.html."""

    POSITIONAL: ClassVar = ("recipe",)
    recipe: Path
    """The recipe, .toml."""
    out: Path
    """Folder to write into."""
    dry_run: bool = False
    """Say what would be made, why, and what it costs."""
    log: Literal["table", "json"] = "table"
    """How progress is told: a table or plain lines for people, or one JSON object a line on stderr."""
    metrics: Path | None = None
    """File to keep up to date with figures for Prometheus (node_exporter's textfile collector)."""

    def run(self, desk: Desk) -> Summary:
        """Check the recipe, then plan or make it."""
        run = Run(read_recipe(self.recipe), self.out, self)
        if self.dry_run:
            planned = plan(run)
            return _planned(run, planned, estimate(run, planned))
        with self._telling(run, desk) as tell:
            try:
                report = report_of(run, tell)
            except KeyboardInterrupt:
                done = f"{sum(run.counts.values())} of {len(run)} items"
                raise Interrupted(f"stopped after {done}; run the same command again to go on") from None
        return _summary(run, report)

    @contextmanager
    def _telling(self, run: Run, desk: Desk) -> Iterator[Callable[[Finished], None]]:
        """Whoever wants to know of every finished item."""
        began = time.monotonic()
        metrics = None
        if self.metrics is not None:
            from vrgen.batch.metrics import Metrics

            metrics = Metrics(run, self.metrics)
        teller = BatchLog(run, began) if self.log == "json" else BatchTable(run, desk, began)
        with teller:

            def tell(one: Finished) -> None:
                teller.tell(one)
                if metrics is not None:
                    metrics.count(one)

            try:
                yield tell
            finally:
                if metrics is not None:
                    metrics.write()


def _planned(run: Run, planned: Sequence[Planned], cost: Estimate) -> Summary:
    lots = {lot: [one for one in planned if one.lot == lot] for lot in ("make", "keep", "fail")}
    told = [*lots["fail"], *lots["make"]]
    lines = [f"  {one.lot:5} {one.item.name}: {one.why}" for one in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        lines.append(f"  ... and {len(told) - MOST_TOLD} more; --json lists all")
    make, keep, fail = (len(lots[lot]) for lot in ("make", "keep", "fail"))
    spent = _duration(cost.seconds / run.workers)
    headline = (
        f"{len(planned)} items: {make} to make, {keep} kept, {fail} fail; "
        f"about {spent} with {run.workers} workers, {cost.bytes / 1e9:.2f} GB "
        f"of {cost.free / 1e9:.0f} GB free"
    )
    if cost.guessed:
        headline += f" (guessed for {', '.join(cost.guessed)}: none made yet)"
    if cost.bytes > cost.free:
        lines.append("  the disk is too small for all of it; choose another place with --store and -o")
    figures = {
        "items": [{"item": one.item.name, "lot": one.lot, "why": one.why} for one in planned],
        "seconds": round(cost.seconds, 1),
        "bytes": cost.bytes,
        "free": cost.free,
    }
    return Summary(headline, (), figures, tuple(lines), int(bool(lots["fail"])))


def _summary(run: Run, report: BatchReport) -> Summary:
    failed = [one for one in report.items if one.state == "failed"]
    lines = [f"  failed {one.name}: {one.reason}" for one in failed[:MOST_TOLD]]
    lines += [f"  does not pass: {one.name}" for one in report.items if one.made and not one.made.passes][
        :MOST_TOLD
    ]
    if len(failed) > MOST_TOLD:
        lines.append(f"  ... and {len(failed) - MOST_TOLD} more; see {run.out / 'manifest.jsonl'}")
    parts = [f"{report.made} made", f"{report.kept} kept"]
    parts += [f"{report.failed} failed"] if report.failed else []
    parts += [f"{report.failing} do not pass"] if report.failing else []
    parts += [f"{report.left} left: mend the failure, or add --keep-going"] if report.left else []
    figures = {
        "counts": dict(run.counts),
        "failing": report.failing,
        "failures": {one.name: one.reason for one in failed},
        "peak_mb": round(report.peak_mb, 1),
    }
    paths = tuple(path for path in (run.out / "manifest.jsonl", run.out / "index.html") if path.exists())
    return Summary(
        f"{len(run)} items: {', '.join(parts)}", paths, figures, tuple(lines), int(not report.complete)
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
