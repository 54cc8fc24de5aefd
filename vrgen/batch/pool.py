"""Pool: worker processes that keep their models, on loky; a worker that is killed costs its own items only.

loky rather than concurrent.futures: it starts its workers without fork (torch and fork do not go together),
finds out at once that one was killed, and is built anew in a tenth of a second.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from vrgen.batch.work import Outcome, Task, work
from vrgen.errors import MissingPart

Running = Future[list[Outcome]]


class WorkerLost(Exception):
    """The process that held these tasks is gone: killed, or out of memory."""


class Pool(Protocol):
    """Where tasks run."""

    workers: int
    falls_together: bool
    """Whether a lost worker takes the tasks of all others with it."""

    def submit(self, tasks: Sequence[Task]) -> Running:
        """Hand over tasks, to be run one after the other in one worker."""

    def outcomes(self, done: Running) -> list[Outcome]:
        """What became of them. Raises WorkerLost."""

    def renew(self) -> None:
        """Go on after WorkerLost."""

    def memory_mb(self) -> float:
        """What all workers hold now, in MB; 0 when it cannot be told."""

    def close(self) -> None:
        """End all workers now, whatever they do."""


class LocalPool:
    """Processes of this machine."""

    falls_together = True

    def __init__(self, store: Path, workers: int, *, threads: int = 1) -> None:
        """One thread a worker: two on a busy core take twice the processor for the same floats."""
        self.workers, self._threads = workers, threads
        self._store = store
        self._executor = self._started()

    def submit(self, tasks: Sequence[Task]) -> Running:
        """Hand over tasks, to be run one after the other in one worker."""
        running: Running = self._executor.submit(work, self._store, list(tasks))
        return running

    def outcomes(self, done: Running) -> list[Outcome]:
        """What became of them. Raises WorkerLost."""
        from concurrent.futures.process import BrokenProcessPool

        try:
            return done.result()
        except (BrokenProcessPool, OSError) as problem:
            raise WorkerLost(str(problem).strip().splitlines()[0]) from problem

    def renew(self) -> None:
        """Go on after WorkerLost."""
        self.close()
        self._executor = self._started()

    def memory_mb(self) -> float:
        """What all workers hold now, in MB; 0 when it cannot be told."""
        return sum(map(resident_mb, list(self._executor._processes or ())))

    def close(self) -> None:
        """End all workers now, whatever they do."""
        self._executor.shutdown(wait=False, kill_workers=True)

    def _started(self) -> Any:
        try:
            from loky import ProcessPoolExecutor
        except ModuleNotFoundError as problem:
            raise MissingPart("batch needs loky; install it with: pip install loky") from problem

        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        return ProcessPoolExecutor(
            self.workers,
            timeout=None,
            initializer=_settle,
            initargs=(os.getpid(),),
            env=dict.fromkeys(names, str(self._threads)),
        )


def _settle(parent: int) -> None:
    """In a new worker: Ctrl-C is the driver's to hear, and nobody stays when the driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def resident_mb(pid: int) -> float:
    """What a process holds now, in MB; 0 where there is no /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
