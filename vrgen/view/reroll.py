"""Workshop: surfaces are made again beside a render loop, one at a time, and the loop never waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from vrgen.core.change import SKY, Change, alike, replaced, slider_names, worn
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.errors import Interrupted, VrgenError

Swap = tuple[Surface, Surface]
"""(what is worn, what takes its place)."""
PATIENCE = 5.0
"""Seconds that closing waits for a step in hand."""
NOTCH = {"brightness": 0.5, "cover": 0.15}
"""How far one notch moves the slider that a hand turns: of materials the first, of skies the second."""


def turned(surface: Surface, seed_step: int, notches: int) -> Change:
    """The change that a hand asks for: so many seeds further, so many notches of the surface's slider."""
    name = "cover" if surface.name == SKY and surface.unlit else "brightness"
    there = notches != 0 and name in slider_names(surface)
    return Change(seed_step, {name: NOTCH[name] * notches} if there else {})


class Remake(Protocol):
    """What makes a surface again; `vrgen.verbs.remake.remake` is one."""

    def __call__(self, scene: Scene, surface: Surface, change: Change, /, *, progress: Progress) -> Surface:
        """The changed surface of one that a mesh of the scene wears.

        Raises VrgenError with a sentence for the wearer; what `progress` raises goes through.
        """


@dataclass(eq=False, slots=True)
class _Job:
    """One wish, and a Progress that ends the work when nobody waits for it any more."""

    base: Surface
    """What is changed."""
    change: Change
    """How."""
    dropped: bool = False
    """Nobody waits for it."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """Between two steps is where the work can end."""
        if self.dropped:
            raise Interrupted("another change was asked for")
        yield lambda units: None

    def note(self, text: str) -> None:
        """Nobody reads notes in a headset."""


class Workshop:
    """Makes surfaces of one scene again in a thread of its own; all methods return at once but `close`.

    A wish for a surface takes the place of an earlier one for the same, even of the one in hand. A wish is
    counted from the surface it names, which may have been swapped since: who holds the trigger on a wall and
    turns on counts from the wall as it was when they began. The result takes the place of what is worn now.
    """

    def __init__(self, scene: Scene, remake: Remake) -> None:
        self._scene = scene
        self._remake = remake
        self._wishes: list[_Job] = []
        self._job: _Job | None = None
        self._swaps: list[Swap] = []
        self._news: deque[Swap | str] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="reroll", daemon=True)
        self._thread.start()

    @property
    def scene(self) -> Scene:
        """The scene with everything that was made so far, its records included: what is to be saved."""
        with self._changed:
            return self._scene

    @property
    def busy(self) -> bool:
        """Whether something is being made or waits for it."""
        with self._changed:
            return self._job is not None or bool(self._wishes)

    def current(self, surface: Surface) -> Surface:
        """What is worn now where `surface` was worn at first."""
        with self._changed:
            return self._now(surface)

    def ask(self, surface: Surface, change: Change) -> None:
        """Have `surface` made again, changed; no change brings it back. After `close` nothing happens."""
        with self._changed:
            if self._closed:
                return
            now = self._now(surface)
            self._wishes = [job for job in self._wishes if not alike(self._now(job.base), now)]
            self._wishes.append(_Job(surface, change))
            if self._job is not None and alike(self._now(self._job.base), now):
                self._job.dropped = True
            self._changed.notify()

    def poll(self) -> Swap | str | None:
        """The next swap to draw, or a sentence to show, or None: to be asked once a frame.

        Where a scene has several surfaces that are alike, there is a swap for each.
        """
        with self._changed:
            return self._news.popleft() if self._news else None

    def turn_to(self, scene: Scene) -> None:
        """Work on another scene from now on; what was made of the old one, or was wished, is forgotten."""
        with self._changed:
            self._scene = scene
            self._wishes.clear()
            self._swaps.clear()
            self._news.clear()
            if self._job is not None:
                self._job.dropped = True

    def close(self, patience: float = PATIENCE) -> None:
        """Drop what waits and wait at most `patience` seconds for the step in hand; twice does no harm."""
        with self._changed:
            self._closed = True
            self._wishes.clear()
            if self._job is not None:
                self._job.dropped = True
            self._changed.notify()
        self._thread.join(patience)

    def _now(self, surface: Surface) -> Surface:
        for old, new in self._swaps:
            if alike(surface, old):
                surface = new
        return surface

    def _work(self) -> None:
        while True:
            with self._changed:
                self._job = None
                while not self._wishes and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                job = self._job = self._wishes.pop(0)
                scene, now = self._scene, self._now(job.base)
            made = self._made(scene, now, job)
            with self._changed:
                if not job.dropped:
                    self._take(made, now)

    def _made(self, scene: Scene, now: Surface, job: _Job) -> tuple[Scene, Surface] | str:
        """What came of a job: never an exception, for nobody is there to catch it."""
        try:
            new = job.base
            if job.change.seed_step or job.change.sliders:
                worn_there = scene if now is job.base else replaced(scene, now, job.base)
                new = self._remake(worn_there, job.base, job.change, progress=job)
            return replaced(scene, now, new), new
        except VrgenError as problem:
            return str(problem)
        except Exception as problem:
            return f"{job.base.name} could not be made again ({problem!s:.120}); it stays as it is"

    def _take(self, made: tuple[Scene, Surface] | str, now: Surface) -> None:
        if isinstance(made, str):
            self._news.append(made)
            return
        swaps = [(old, made[1]) for old in worn(self._scene, now)]
        self._scene = made[0]
        self._swaps += swaps
        self._news += swaps
