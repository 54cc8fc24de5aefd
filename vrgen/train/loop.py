"""The training loop that every family shares: steps, snapshots, exact resume, the way back from trouble."""

from __future__ import annotations

import time

from torch import nn

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import VrgenError
from vrgen.train.feed import Feed
from vrgen.train.journal import Journal
from vrgen.train.options import Plan
from vrgen.train.rundir import RunFolder
from vrgen.train.step import Family, Stepper
from vrgen.train.team import Team
from vrgen.train.watch import Watch

__all__ = ["Family", "train"]

MOST_RETURNS = 3
"""Times a run goes back to one snapshot before it gives up."""
AHEAD = {"cpu": 1, "cuda": 8}
"""Batches that are drawn while a step computes."""


def train(family: Family, plan: Plan, folder: RunFolder, *, progress: Progress = SILENT) -> nn.ModuleDict:
    """Run to the last step and return the averaged networks; a dry run takes four steps and writes nothing.

    Killed at any moment, a run goes on from its last snapshot, and on a CPU ends with the same weights: all
    that is random comes from (seed, step), all that is remembered is in the state. Trouble (a loss that is
    no number, a collapse) takes it back to the last snapshot at half the rate.
    """
    with (
        Team(plan.device) as team,
        Feed(family.batch, seed=plan.seed, steps=plan.steps, ahead=AHEAD[team.device.type]) as feed,
    ):
        stepper, progress = Stepper(family, plan, team), progress if team.leads else SILENT
        if plan.dry_run:
            _rehearse(stepper, feed, progress)
            return stepper.averaged
        journal, watch = Journal(stepper, folder, progress), Watch()
        mark = journal.resume() if plan.resume else journal.begin()
        with progress.stage(f"train on {team.device}", plan.steps - mark.step) as advance:
            step = mark.step
            while step < plan.steps:
                figures = stepper.take(step, feed.batch(step), slower=mark.slower)
                trouble = watch.step(figures)
                step += 1
                if trouble is None:
                    journal.step(step, figures)
                    if step % plan.snapshot and step < plan.steps:
                        advance(1)
                        continue
                    measures = journal.measure()
                    trouble = watch.stretch(measures, mark.best_diversity)
                    if trouble is None:
                        mark = journal.snapshot(mark, step, watch.means(), measures)
                        advance(1)
                if trouble is not None:
                    if mark.returns == MOST_RETURNS:
                        raise VrgenError(
                            f"training fails at step {step}: {trouble}; {MOST_RETURNS} returns to step "
                            f"{mark.step} at lower rates did not help; look at the data, then start anew "
                            "with a lower --rate"
                        )
                    mark = journal.go_back(mark, step, trouble)
                    step = mark.step
                watch.forget()
        journal.end(mark)
    return stepper.averaged


def _rehearse(stepper: Stepper, feed: Feed, progress: Progress) -> None:
    """Time a step without and with the critic, and say how long the run would take."""
    plan = stepper.plan
    seconds = []
    for step in (0, plan.steps - 1):
        stepper.take(step, feed.batch(step))  # the first is slow: memory and kernels are found
        began = time.perf_counter()
        stepper.take(step, feed.batch(step))
        seconds.append(time.perf_counter() - began)
    alone = min(max(plan.sharpen_from, 0.0), 1.0) if plan.sharpen > 0 else 1.0
    total = plan.steps * (alone * seconds[0] + (1 - alone) * seconds[1])
    progress.note(
        f"a step takes {seconds[0]:.2f} s on {stepper.team.device} ({seconds[1]:.2f} s with the "
        f"discriminator): {plan.steps} steps take about {_span(total)}"
    )


def _span(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
