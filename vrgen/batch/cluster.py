"""Cluster: the pool on Ray. Actors hold the models, on every node; a lost one costs the tasks in its hands.

Ray restarts actors that died, on another node if need be (`max_restarts`), but repeats no task
(`max_task_retries` is 0): a task that kills its actor would go round the cluster, and which one it was is
for the run to find out. An actor is handed one chunk at a time, so that its death accuses nothing else; the
next chunks wait here, and of results from afar only a reference comes until the run asks for the bytes.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import vrgen
from vrgen.batch.actor import About, Actor, Report
from vrgen.batch.parcel import bring_home, outside, pack, sight
from vrgen.batch.pool import Running, WorkerLost
from vrgen.batch.session import LOCAL, cores_each, session
from vrgen.batch.store import Store
from vrgen.batch.work import Outcome, Task
from vrgen.errors import MissingPart

KEPT_INPUTS = 64
"""Files that stay in Ray's object store for the next task that reads them."""


@dataclass(eq=False)
class _Hand:
    """An actor as the driver knows it."""

    actor: Any
    sees: bool = True
    held_mb: float = 0.0


@dataclass(eq=False)
class _Job:
    """Tasks on their way."""

    tasks: list[Task]
    running: Future[Any]
    contents: Any = None
    """Reference to the results' bytes, where they are not in the store already."""


class RayPool:
    """Actors of a Ray cluster.

    `address` is `local` for a cluster on this machine that ends with the pool, `auto` or HOST:PORT for one
    that this machine belongs to. `workers` None: as many as the cluster has CPUs. Raises MissingPart when
    there is no ray or no cluster, UsageProblem for an address that cannot be used.
    """

    falls_together = False

    def __init__(self, store: Path, workers: int | None, address: str, device: str = "auto") -> None:
        self._store = Store(store)
        self._closing = ExitStack()
        try:
            self._ray = self._closing.enter_context(session(address, workers))
            resources = self._ray.cluster_resources()
            self.workers = workers or max(1, int(resources.get("CPU", 1)))
            self._hands = self._started(resources, address, device)
        except BaseException:
            self._closing.close()
            raise
        self._idle: deque[_Hand] = deque()
        self._queue: deque[_Job] = deque()
        self._refusal: Exception | None = None
        self._sent = lru_cache(KEPT_INPUTS)(lambda path, changed: self._ray.put(path.read_bytes()))
        self._desk = ThreadPoolExecutor(1, "vrgen-ray")  # all that follows is touched by this thread alone
        for hand in self._hands:
            self._desk.submit(self._awaited, hand)

    def submit(self, tasks: Sequence[Task]) -> Running:
        """Hand over tasks, to be run one after the other in one actor."""
        running: Future[Any] = Future()
        running.set_running_or_notify_cancel()
        self._desk.submit(self._queued, _Job(list(tasks), running))
        return running

    def outcomes(self, done: Running) -> list[Outcome]:
        """What became of them, their files in the store. Raises WorkerLost, OutputProblem."""
        job, report = _answer(done.result)
        if job.contents is None:
            return list(report.outcomes)
        contents = _answer(lambda: self._ray.get(job.contents))
        return [
            bring_home(self._store, outcome, task, files)
            for outcome, task, files in zip(report.outcomes, job.tasks, contents, strict=True)
        ]

    def renew(self) -> None:
        """Ray does that by itself."""

    def memory_mb(self) -> float:
        """What all actors held when they last answered, in MB."""
        return sum(hand.held_mb for hand in self._hands)

    def close(self) -> None:
        """End all actors now, whatever they do, and the cluster if it is ours."""
        self._desk.shutdown(wait=True, cancel_futures=True)
        if self._ray.is_initialized():  # Ray would start anew for a call after its end
            for hand in self._hands:
                self._ray.kill(hand.actor)
        self._closing.close()

    def _started(self, resources: dict[str, float], address: str, device: str) -> list[_Hand]:
        room = self._closing.enter_context(self._store.working())
        secret = secrets.token_hex(16)
        (room / "sign").write_text(secret)
        cpus = cores_each(self.workers) if address == LOCAL else 1
        actor = self._ray.remote(Actor).options(
            num_cpus=cpus, num_gpus=gpu_share(resources, self.workers, device), max_restarts=-1
        )
        place = self._store.place
        return [_Hand(actor.remote(place, room / "sign", secret, sys.path)) for _ in range(self.workers)]

    def _awaited(self, hand: _Hand) -> None:
        """Give the actor work as soon as it is up; Ray brings it up again as often as it dies."""
        said = hand.actor.about.options(max_task_retries=-1).remote()
        self._when(said, lambda answered: self._introduced(hand, answered))

    def _introduced(self, hand: _Hand, answered: Callable[[], About]) -> None:
        try:
            about = _answer(answered)
        except WorkerLost as problem:
            self._refuse(MissingPart(f"no worker can be started on the Ray cluster: {problem}"))
            return
        if about.version != vrgen.__version__:
            self._refuse(
                MissingPart(
                    f"node {about.node} has vrgen {about.version}, this machine {vrgen.__version__}; "
                    "install the same there"
                )
            )
            return
        hand.sees, hand.held_mb = about.sees, 0.0
        self._free(hand)

    def _queued(self, job: _Job) -> None:
        if self._refusal is not None:
            job.running.set_exception(self._refusal)
            return
        self._queue.append(job)
        self._hand_out()

    def _free(self, hand: _Hand) -> None:
        self._idle.append(hand)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._queue and self._idle:
            job, hand = self._queue.popleft(), self._idle.popleft()
            try:
                self._call(hand, job)
            except Exception as problem:  # an input that cannot be read, or Ray has been shut down
                job.running.set_exception(problem)
                self._idle.append(hand)

    def _call(self, hand: _Hand, job: _Job) -> None:
        if hand.sees:
            report = hand.actor.work.remote(job.tasks, {path: sight(path) for path in outside(job.tasks)})
        else:
            parcel = pack(self._store, job.tasks, self._put)
            report, job.contents = hand.actor.work_apart.options(num_returns=2).remote(job.tasks, parcel)
        self._when(report, lambda answered: self._answered(hand, job, answered))

    def _answered(self, hand: _Hand, job: _Job, answered: Callable[[], Report | None]) -> None:
        try:
            report = _answer(answered)
        except WorkerLost as problem:
            job.running.set_exception(problem)
            self._awaited(hand)
            return
        except Exception as problem:
            job.running.set_exception(problem)
        else:
            if report is None:  # its node does not see all inputs: from now on they travel to it
                hand.sees = False
                self._queue.appendleft(job)
            else:
                hand.held_mb = report.held_mb
                job.running.set_result((job, report))
        self._free(hand)

    def _refuse(self, problem: Exception) -> None:
        self._refusal = self._refusal or problem
        while self._queue:
            self._queue.popleft().running.set_exception(self._refusal)

    def _when(self, reference: Any, then: Callable[[Callable[[], Any]], None]) -> None:
        """Call `then` with what gives the answer, on the desk: Ray's own threads must not be kept waiting."""

        def pass_on(future: Future[Any]) -> None:
            try:
                self._desk.submit(then, future.result)
            except RuntimeError:
                pass  # the pool is closed

        reference.future().add_done_callback(pass_on)

    def _put(self, path: Path) -> Any:
        return self._sent(path, os.stat(path).st_mtime_ns)


def gpu_share(resources: dict[str, float], workers: int, device: str) -> float:
    """The part of a GPU that each worker asks for: Ray hides those that were not asked for, and a share lies
    on one GPU. 1 at most, for a model runs on one."""
    gpus = int(resources.get("GPU", 0))
    if device == "cpu" or gpus == 0:
        return 0.0
    return 1.0 / max(1, -(-workers // gpus))


def _answer(asked: Callable[[], Any]) -> Any:
    """What Ray answers. Raises WorkerLost, and what was raised in the actor as it was."""
    from ray import exceptions

    lost = (exceptions.RayActorError, exceptions.ObjectLostError, exceptions.OutOfMemoryError)
    try:
        return asked()
    except exceptions.RayTaskError as problem:
        raise (problem.cause or problem) from None
    except lost as problem:
        raise WorkerLost(_first_line(problem)) from problem
    except exceptions.RaySystemError as problem:  # most often a module that is not on that node
        raise MissingPart(
            f"a worker of the Ray cluster cannot read what it was sent: {_first_line(problem)}; "
            "install on every node what this machine has"
        ) from problem


def _first_line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0].removeprefix("System error: ") if lines else type(problem).__name__
