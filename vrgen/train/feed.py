"""Feed: the next step's batch is cut while this step computes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np
from torch import Tensor

Batch = tuple[Tensor, ...]


class Feed:
    """Batches by step. Each is drawn from (seed, step) alone, so that a resumed run meets the same ones.

    `ahead` steps are drawn at once, each in a thread of its own: one beside a CPU, which has little to spare
    and is slow itself, eight beside a GPU.
    """

    def __init__(
        self, draw: Callable[[np.random.Generator], Batch], *, seed: int, steps: int, ahead: int = 1
    ) -> None:
        self.draw, self.seed, self.steps, self.ahead = draw, seed, steps, ahead
        self._coming: dict[int, Future[Batch]] = {}
        self._workers = ThreadPoolExecutor(ahead, "feed")

    def __enter__(self) -> Feed:
        """Ready."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing ahead."""
        self._workers.shutdown(cancel_futures=True)

    def batch(self, step: int) -> Batch:
        """The batch of `step`; those after it are begun."""
        coming = range(step + 1, min(step + 1 + self.ahead, self.steps))
        now = self._coming.get(step) or self._workers.submit(self._drawn, step)
        self._coming = {s: self._coming.get(s) or self._workers.submit(self._drawn, s) for s in coming}
        return now.result()

    def _drawn(self, step: int) -> Batch:
        return self.draw(np.random.default_rng([self.seed, step]))
