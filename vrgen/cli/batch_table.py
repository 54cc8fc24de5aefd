"""The live table of a batch run: how far, how fast, how long still, how much memory, what failed."""

from __future__ import annotations

import sys
import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING

from vrgen.batch.run import Finished, Run
from vrgen.cli.desk import PATIENCE, Desk

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

LAST_FAILURES = 5
PACE_OVER = 200
"""Items over which the rate is taken: those from the store, which cost nothing, are left out."""


class BatchTable:
    """On a terminal a table that is redrawn four times a second, elsewhere a line every ten seconds."""

    def __init__(self, run: Run, desk: Desk, began: float) -> None:
        self._run = run
        self._desk = desk
        self._began = began
        self._told = began
        self._made: deque[float] = deque(maxlen=PACE_OVER)
        self._products: dict[str, list[int]] = {}
        for item in run.items:
            self._products.setdefault(item.product, [0, 0, 0, 0])[0] += 1
        self._failures: deque[str] = deque(maxlen=LAST_FAILURES)
        self._live: Live | None = None

    def __enter__(self) -> BatchTable:
        if self._desk.loudness != "quiet" and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                get_renderable=self._table, console=Console(stderr=True), refresh_per_second=4, transient=True
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, one: Finished) -> None:
        """Count one item; failures are said at once."""
        row = self._products[one.item.product]
        row[1] += one.made is not None
        row[2] += one.state == "kept"
        row[3] += one.state == "failed"
        if one.state == "made":
            self._made.append(time.monotonic())
        if one.state == "failed":
            self._failures.append(f"{one.name}: {one.reason}")
            if self._live is None:
                self._desk.note(f"failed {one.name}: {one.reason}")
            if one.trace:
                self._desk.detail(one.trace)
        if self._live is None and time.monotonic() - self._told > PATIENCE:
            self._told = time.monotonic()
            self._desk.note(self._line())

    def _line(self) -> str:
        done = sum(self._run.counts.values())
        return f"{done} of {len(self._run)} items, {self._pace_in_words()}"

    def _pace_in_words(self) -> str:
        pace = self._pace()
        left = len(self._run) - sum(self._run.counts.values())
        memory = f", workers hold {self._run.memory_mb() / 1000:.1f} GB"
        if pace == 0:
            return f"starting workers{memory}" if left else "done"
        return f"{_rate(pace)}, {_clock(left / pace)} left{memory}"

    def _pace(self) -> float:
        """Items made a second, lately."""
        if len(self._made) < 2:
            return 0.0
        spent = time.monotonic() - self._made[0]
        return (len(self._made) - 1) / spent if spent > 0 else 0.0

    def _table(self) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(title=self._run.recipe.path.name, caption=self._pace_in_words(), title_justify="left")
        for head in ("product", "items", "done", "kept", "failed"):
            table.add_column(head, justify="left" if head == "product" else "right")
        for product, (total, done, kept, failed) in self._products.items():
            red = f"[red]{failed}[/red]" if failed else "0"
            table.add_row(product, str(total), str(done), str(kept), red)
        return Group(table, *(Text(failure, style="red", overflow="ellipsis") for failure in self._failures))


def _rate(pace: float) -> str:
    return f"{pace:.1f} items/s" if pace >= 1 else f"{pace * 60:.1f} items/min"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
