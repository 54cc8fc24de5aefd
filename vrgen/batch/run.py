"""Run: items of a recipe are made in the order of their needs; what the store has is not made again.

`graphlib` says what is ready, the pool makes it, the store names it. Nothing is written here but links into
the output folder and, at the end, the manifest: a run that is killed has lost the steps in hand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

from vrgen.batch.deliver import deliver, paths_of
from vrgen.batch.digest import Digests
from vrgen.batch.item import Item
from vrgen.batch.maker import FOLDER
from vrgen.batch.manifest import read_manifest, write_manifest
from vrgen.batch.options import BatchOptions, workers_of
from vrgen.batch.pool import LocalPool, Pool, Running, WorkerLost
from vrgen.batch.recipe import Recipe, read_recipe
from vrgen.batch.remote import store_for
from vrgen.batch.resolve import Resolver
from vrgen.batch.sheet import write_sheet
from vrgen.batch.store import Made
from vrgen.batch.upkeep import write_root
from vrgen.batch.work import Outcome, Task, gives
from vrgen.core.keywords import filled
from vrgen.errors import OutputProblem, UsageProblem, VrgenError, nearest

State = Literal["made", "kept", "failed", "left"]
CHUNK_SECONDS = 0.25
"""Work handed to a worker at once: enough to make the handing over cheap, little enough to lose."""
MOST_AT_ONCE = 64
IN_COMPANY = 4
"""Tasks for one worker whatever they take, where it makes the next while the last is written."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One item that needs no more work."""

    item: Item
    state: State
    """made now, kept from the store, failed, or left (not tried, because something else failed)."""
    made: Made | None = None
    """What the store has of it."""
    paths: tuple[Path, ...] = ()
    """Its files in the output folder."""
    reason: str = ""
    """One sentence about a failure."""
    trace: str = ""
    """The traceback, when the failure is a bug."""

    @property
    def name(self) -> str:
        """The item's name: `wall/bricks-7`."""
        return self.item.name

    @property
    def passes(self) -> bool:
        """Whether it is there and the verb was content with it."""
        return self.made is not None and self.made.passes


class Run:
    """A run of a recipe: iterate over it to make it; each item comes out once, as soon as it is finished.

    Leaving the iteration early ends the workers; what was made is kept for the next run.
    """

    def __init__(self, recipe: Recipe, out: Path, options: BatchOptions, *, pool: Pool | None = None) -> None:
        """`pool`: workers that are there already, and stay."""
        self.recipe = recipe
        self.out = out.absolute()
        self.options = options
        self.items = chosen(recipe, options.only)
        self.workers = workers_of(options)
        self.store = store_for(options.store, out)
        self.counts: dict[State, int] = {"made": 0, "kept": 0, "failed": 0, "left": 0}
        self.peak_mb = 0.0
        self._pool = self._lent = pool

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Finished]:
        self.store.sweep()
        digests = Digests(self.store.place / "digests.json")
        progress = _Progress(self, Resolver(digests, self.options.device))
        finished: dict[str, Finished] = {}
        try:
            for one in progress.results():
                self.counts[one.state] += 1
                finished[one.name] = one
                yield one
        except OutputProblem:
            with suppress(OutputProblem):  # a full disk takes no manifest either; the first error is told
                self._end(digests, finished)
            raise
        except BaseException:
            self._end(digests, finished)
            raise
        self._end(digests, finished)

    def _end(self, digests: Digests, finished: Mapping[str, Finished]) -> None:
        if self._pool is not None and self._pool is not self._lent:
            self._pool.close()
            self._pool = None
        digests.save()
        self.store.settle()
        write_manifest(self, finished)
        lines = list(read_manifest(self.out))
        write_sheet(self.out, self.recipe.path.stem, lines)
        keys = [line["key"] for line in lines if "key" in line]
        write_root(self.store, self.out, self.recipe.path.name, keys)

    def pool(self) -> Pool:
        """The workers, started when the first item has to be made."""
        if self._pool is None:
            self._pool = self._started()
        return self._pool

    def memory_mb(self) -> float:
        """What the workers hold now, in MB."""
        return 0.0 if self._pool is None else self._pool.memory_mb()

    def _started(self) -> Pool:
        if self.options.ray is None:
            return LocalPool(self.store.place, self.workers)
        from vrgen.batch.cluster import RayPool

        pool = RayPool(self.store.place, self.options.workers, self.options.ray, self.options.device)
        self.workers = pool.workers
        return pool


def run(recipe: Path | str, out: Path | str, **options: Any) -> Run:
    """A recipe on its way to files in `out`: an iterable of finished items, with a length.

    `options` are the fields of BatchOptions. Raises UsageProblem and InputProblem for what is wrong with the
    recipe before anything runs.
    """
    return Run(read_recipe(Path(recipe)), Path(out), filled(BatchOptions, "batch.run", (), options))


def chosen(recipe: Recipe, only: str | None) -> tuple[Item, ...]:
    """The items that a pattern means, with all that they need, in the recipe's order. Raises UsageProblem."""
    if only is None:
        return recipe.items
    wanted = {item.name for item in recipe.items if fnmatchcase(item.name, only) or item.product == only}
    if not wanted:
        names = tuple(dict.fromkeys(item.product for item in recipe.items))
        close = nearest(only, (*names, *(item.name for item in recipe.items[:1000])))
        raise UsageProblem(f"only: {only!r} fits no item.{close} Products: {', '.join(names)}")
    for item in reversed(recipe.items):
        if item.name in wanted:
            wanted |= item.needs()
    return tuple(item for item in recipe.items if item.name in wanted)


class _Progress:
    """What of a run is made, in hand, and waiting."""

    def __init__(self, run: Run, resolver: Resolver) -> None:
        self._run = run
        self._resolver = resolver
        self._made: dict[str, Made] = {}
        self._lost: dict[str, str] = {}
        self._waiting: deque[Task] = deque()
        self._alone: deque[Task] = deque()
        self._running: dict[Running, list[Task]] = {}
        self._tries: dict[str, int] = {}
        self._pace: dict[str, float] = {}
        self._stopped = False

    def results(self) -> Iterator[Finished]:
        """Every item once."""
        order = TopologicalSorter({item.name: item.needs() for item in self._run.items})
        order.prepare()
        by_name = self._run.recipe.by_name
        while order.is_active():
            for name in order.get_ready():
                done = self._kept(by_name[name])
                if done is not None:
                    order.done(name)
                    yield done
            for done in self._advanced():
                order.done(done.name)
                yield done

    def _kept(self, item: Item) -> Finished | None:
        """The item's end, when it has one without work; None when it waits for a worker now."""
        for need in item.needs():
            if need in self._lost:
                return self._end(item, "left" if self._stopped else "failed", f"its input {need} is missing")
        try:
            task = self._resolver.task(item, self._made)
        except VrgenError as problem:
            return self._failed(item, str(problem))
        known = self._run.store.find(task.key)
        if known is not None:
            return self._delivered(item, task, known, "kept")
        self._waiting.append(task)
        return None

    def _advanced(self) -> Iterator[Finished]:
        """Hand out work, wait for some of it, and tell what ended."""
        if self._stopped:
            waiting = [*self._alone, *self._waiting]
            self._alone.clear()
            self._waiting.clear()
            for task in waiting:
                yield self._end(self._item(task), "left", "not begun, because an item failed")
        self._hand_out()
        if not self._running:
            return
        done, _ = wait(self._running, return_when=FIRST_COMPLETED, timeout=0.5)
        for future in done:
            tasks = self._running.pop(future)
            try:
                outcomes = self._run.pool().outcomes(future)
            except WorkerLost:
                yield from self._after_loss(tasks)
                return
            self._note_pace(outcomes)
            for outcome in outcomes:
                ended = self._judged(outcome)
                if ended is not None:
                    yield ended

    def _hand_out(self) -> None:
        """Keep every worker busy and one chunk ahead; suspects go alone, beside others where that can be."""
        pool = self._run.pool() if self._waiting or self._alone else None
        if pool is None:
            return
        if not pool.falls_together:
            while self._alone and len(self._running) < 2 * pool.workers:
                task = self._alone.popleft()
                self._running[pool.submit([task])] = [task]
        elif self._alone:
            if not self._running:
                task = self._alone.popleft()
                self._running[pool.submit([task])] = [task]
            return
        while self._waiting and len(self._running) < 2 * pool.workers:
            tasks = self._chunk(pool.workers)
            self._running[pool.submit(tasks)] = tasks

    def _chunk(self, workers: int) -> list[Task]:
        """Tasks of one maker that take a quarter of a second together, as far as is known."""
        first = self._waiting.popleft()
        pace = self._pace.get(first.parts.make)
        share = -(-len(self._waiting) // (2 * workers))
        most = 1 if pace is None else int(min(MOST_AT_ONCE, share, CHUNK_SECONDS / max(pace, 1e-4)))
        if first.maker.many:
            most = max(most, min(IN_COMPANY, share))
        tasks = [first]
        while self._waiting and len(tasks) < most and self._waiting[0].parts.make == first.parts.make:
            tasks.append(self._waiting.popleft())
        return tasks

    def _note_pace(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._run.peak_mb = max(self._run.peak_mb, outcome.peak_mb)
            if outcome.made is not None:
                make = outcome.task.parts.make
                known = self._pace.get(make, outcome.made.seconds)
                self._pace[make] = 0.8 * known + 0.2 * outcome.made.seconds

    def _judged(self, outcome: Outcome) -> Finished | None:
        """The end of an item, or None when it is tried again."""
        task = outcome.task
        item = self._item(task)
        if outcome.made is not None:
            self._run.store.share(outcome.made)
            return self._delivered(item, task, outcome.made, "made")
        if outcome.halts:
            raise OutputProblem(
                f"{outcome.reason}; nothing that was made is lost: run the same command again"
            )
        if not outcome.final and self._again(task):
            self._waiting.append(task)
            return None
        return self._failed(item, outcome.reason, outcome.trace)

    def _after_loss(self, tasks: list[Task]) -> Iterator[Finished]:
        """A worker is gone, and loky's others with it: all that was in hand is tried again, one at a time,
        so that the item which kills workers is known."""
        in_hand = [tasks]
        if self._run.pool().falls_together:
            in_hand += self._running.values()
            self._running.clear()
        self._run.pool().renew()
        certain = len(in_hand) == 1 and len(tasks) == 1
        for task in (task for group in in_hand for task in group):
            known = self._run.store.find(task.key)
            if known is not None:  # it was whole before its worker was lost
                yield self._delivered(self._item(task), task, known, "made")
            elif certain and not self._again(task):
                reason = "its worker was killed each time, perhaps because memory ran out"
                yield self._failed(self._item(task), reason)
            else:
                self._alone.append(task)

    def _again(self, task: Task) -> bool:
        self._tries[task.item] = self._tries.get(task.item, 0) + 1
        return self._tries[task.item] <= self._item(task).retries

    def _item(self, task: Task) -> Item:
        return self._run.recipe.by_name[task.item]

    def _delivered(self, item: Item, task: Task, made: Made, state: State) -> Finished:
        paths = paths_of(item.name, made, self._run.out, folder=gives(task) == FOLDER)
        deliver(made, self._run.store, paths)
        self._made[item.name] = made
        if not made.passes and not self._run.options.keep_going:
            self._stopped = True
        return Finished(item, state, made, tuple(paths))

    def _failed(self, item: Item, reason: str, trace: str = "") -> Finished:
        self._stopped = self._stopped or not self._run.options.keep_going
        return self._end(item, "failed", reason, trace)

    def _end(self, item: Item, state: State, reason: str, trace: str = "") -> Finished:
        self._lost[item.name] = reason
        return Finished(item, state, reason=reason, trace=trace)
