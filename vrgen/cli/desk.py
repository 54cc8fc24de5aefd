"""Desk: where a run tells people how far it is. Progress and notes go to stderr, results to stdout.

On a terminal rich draws bars with the time left; elsewhere one plain line a stage begins and at most
one every ten seconds follows. Seconds per stage are kept for the summary.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from vrgen.core.progress import Advance

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

Loudness = Literal["quiet", "normal", "verbose"]
PATIENCE = 10.0
"""Seconds between two plain lines of one stage."""


class Desk:
    """A Progress for the command line (vrgen.core.progress)."""

    def __init__(self, loudness: Loudness = "normal") -> None:
        self.loudness = loudness
        self.seconds: dict[str, float] = {}
        self.notes: list[str] = []
        self._bars: Bars | None = None
        self._depth = 0

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        """A stage of `total` units: a bar on a terminal, plain lines elsewhere."""
        began = time.perf_counter()
        self._depth += 1
        try:
            if self.loudness == "quiet":
                yield lambda units: None
            elif sys.stderr.isatty():
                with self._bar(name, total) as advance:
                    yield advance
            else:
                with self._lines(name, total) as advance:
                    yield advance
        finally:
            self._depth -= 1
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def note(self, text: str) -> None:
        """One line worth reading, once."""
        if text in self.notes:
            return
        self.notes.append(text)
        if self.loudness != "quiet":
            self._print(f"  {text}")

    def detail(self, text: str) -> None:
        """A line for --verbose alone."""
        if self.loudness == "verbose":
            self._print(f"  {text}")

    def _print(self, text: str) -> None:
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the place that prints

    @contextmanager
    def _bar(self, name: str, total: int) -> Iterator[Advance]:
        outermost = self._bars is None
        bars = self._bars or _new_bars()
        if outermost:
            self._bars = bars
            bars.start()
        task = bars.add_task("  " * (self._depth - 1) + name, total=max(total, 1))
        try:
            yield lambda units: bars.advance(task, units)
            bars.update(task, completed=max(total, 1))
        finally:
            if outermost:
                bars.stop()
                self._bars = None

    @contextmanager
    def _lines(self, name: str, total: int) -> Iterator[Advance]:
        began = told = time.monotonic()
        done = 0
        self._print(f"{'  ' * (self._depth - 1)}{name} ...")

        def advance(units: int) -> None:
            nonlocal done, told
            done += units
            now = time.monotonic()
            if now - told >= PATIENCE and 0 < done < total:
                told = now
                left = (now - began) * (total - done) / done
                self._print(f"{'  ' * (self._depth - 1)}{name}: {done} of {total}, {left:.0f} s left")

        yield advance


def _new_bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=Console(stderr=True),
    )
