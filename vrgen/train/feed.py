"""Feed: the next step's batch is cut while this step computes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np
from torch import Tensor

Batch = tuple[Tensor, ...]


class Feed:
    """Batches by step. Each is drawn from (seed, step) alone, so that a resumed run meets the same ones."""

    def __init__(self, draw: Callable[[np.random.Generator], Batch], *, seed: int, steps: int) -> None:
        self.draw, self.seed, self.steps = draw, seed, steps
        self._ahead: tuple[int, Future[Batch]] | None = None
        self._worker = ThreadPoolExecutor(1, "feed")

    def __enter__(self) -> Feed:
        """Ready."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing ahead."""
        self._worker.shutdown(cancel_futures=True)

    def batch(self, step: int) -> Batch:
        """The batch of `step`; the one after it is begun."""
        if self._ahead is not None and self._ahead[0] == step:
            batch = self._ahead[1].result()
        else:
            batch = self._drawn(step)
        if step + 1 < self.steps:
            self._ahead = step + 1, self._worker.submit(self._drawn, step + 1)
        return batch

    def _drawn(self, step: int) -> Batch:
        return self.draw(np.random.default_rng([self.seed, step]))
