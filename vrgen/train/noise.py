"""Noise of one step: the same for every sample, however the batch is cut into parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


class Noise(torch.Generator):
    """A CPU generator for the samples `first` to `first + count` of one step's batch.

    `normal` and `uniform` draw each sample from a stream of its own, keyed by (seed, step, sample): two
    processes, or one that works through its batch in four parts, draw what one would draw at once. Used
    as a plain torch.Generator it repeats as exactly, but by parts.
    """

    def __new__(cls, *_: int) -> Noise:
        """On the CPU, whatever device trains."""
        return super().__new__(cls, "cpu")  # type: ignore[call-arg]

    def __init__(self, seed: int, step: int, first: int, count: int) -> None:
        keys = [[seed, step, sample] for sample in range(first, first + count)]
        self._streams = [torch.Generator().manual_seed(_word(key)) for key in keys]
        self.manual_seed(_word([seed, step, first, count]))

    def normal(self, shape: Sequence[int]) -> Tensor:
        """Float32 of mean 0 and spread 1, (count, ...)."""
        return torch.stack([torch.randn(tuple(shape[1:]), generator=stream) for stream in self._streams])

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """Float32 in [0, 1), (count, ...)."""
        return torch.stack([torch.rand(tuple(shape[1:]), generator=stream) for stream in self._streams])


def _word(key: list[int]) -> int:
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))
