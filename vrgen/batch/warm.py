"""Warm: workers that stay between runs, with their models loaded and what they generated last at hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from vrgen.batch.pool import LocalPool, Running
from vrgen.batch.work import Outcome, Task, work
from vrgen.errors import Interrupted

KEPT = 16
"""Materials and skies that each worker keeps: about 20 MB each."""


class WarmPool(LocalPool):
    """Workers for one run after the other. `end` is what ends them; a run that uses them then is interrupted.

    One worker has all cores for its arithmetic, several have one each.
    """

    def __init__(self, store: Path, workers: int) -> None:
        self._ended = False
        super().__init__(store, workers, threads=(os.cpu_count() or 1) if workers == 1 else 1)

    def submit(self, tasks: Sequence[Task]) -> Running:
        """Hand over tasks, to be run one after the other in one worker."""
        running: Running = self._executor.submit(work_warm, self._store, list(tasks))
        return running

    def renew(self) -> None:
        """Go on after WorkerLost. Raises Interrupted after `end`."""
        if self._ended:
            raise Interrupted("the workers have been ended")
        super().renew()

    def end(self) -> None:
        """End all workers now, whatever they do."""
        self._ended = True
        self.close()


def work_warm(place: Path, tasks: Sequence[Task]) -> list[Outcome]:
    """`work`, and what it generates is kept for the next time."""
    from vrgen.synth.kept import keep

    keep(KEPT)
    return work(place, tasks)
