"""Metrics: a run's figures in Prometheus' text format, in a file for node_exporter's textfile collector."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from vrgen.errors import OutputProblem

if TYPE_CHECKING:
    from vrgen.batch.run import Finished, Run

EVERY = 5.0
"""Seconds between two writings."""


class Metrics:
    """Counts items and writes the file, whole, every few seconds."""

    def __init__(self, run: Run, path: Path) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._run = run
        self._path = path
        self._written = 0.0
        self._registry = CollectorRegistry()
        kept = self._registry
        self._items = Counter("vrgen_batch_items", "Items finished.", ["product", "state"], registry=kept)
        self._seconds = Histogram(
            "vrgen_batch_item_seconds",
            "Seconds that making an item took.",
            ["product"],
            buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
            registry=kept,
        )
        self._bytes = Counter("vrgen_batch_bytes", "Bytes made.", ["product"], registry=kept)
        Gauge("vrgen_batch_wanted_items", "Items of this run.", registry=kept).set(len(run))
        Gauge("vrgen_batch_workers", "Worker processes.", registry=kept).set(run.workers)
        self._memory = Gauge(
            "vrgen_batch_worker_memory_bytes", "Resident memory of all workers.", registry=kept
        )
        self.write()

    def count(self, one: Finished) -> None:
        """Take one item in."""
        self._items.labels(one.item.product, one.state).inc()
        if one.made is not None and one.state == "made":
            self._seconds.labels(one.item.product).observe(one.made.seconds)
            self._bytes.labels(one.item.product).inc(sum(file.size for file in one.made.files))
        if time.monotonic() - self._written > EVERY:
            self.write()

    def write(self) -> None:
        """Bring the file up to date. Raises OutputProblem."""
        from prometheus_client import write_to_textfile

        self._memory.set(self._run.memory_mb() * 1e6)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_to_textfile(str(self._path), self._registry)
        except OSError as problem:
            raise OutputProblem(
                f"cannot write {self._path}: {problem.strerror}; choose another file"
            ) from problem
        self._written = time.monotonic()
