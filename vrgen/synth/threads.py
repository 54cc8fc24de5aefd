"""Threads: how many cores the networks take while something else has to go on smoothly."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def leaving_a_core() -> Iterator[None]:
    """Networks run on all cores but one, at least on one; results do not depend on it.

    torch holds the number for each thread that computes: a thread that has drawn before keeps its own.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(before, (os.cpu_count() or 2) - 1)))
    try:
        yield
    finally:
        torch.set_num_threads(before)
