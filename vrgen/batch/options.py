"""Options of a batch run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from vrgen.errors import ValueProblem

MOST_WORKERS = 1024


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How a recipe is run."""

    workers: int | None = None
    """Worker processes, each with the models in its memory; as many as there are cores when left out."""
    keep_going: bool = False
    """Make all that can be made when an item fails; otherwise nothing new is begun then."""
    only: str | None = None
    """Pattern of item names to make, with what they need: `wall/*`, `*/bricks-7`."""
    store: str | None = None
    """Folder of the store, which recipes may share, or a URL that fsspec knows (s3://bucket/textures), in
    front of which OUT/.store stands; OUT/.store alone when left out."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the models run."""
    ray: str | None = None
    """Run on Ray: `local` for a cluster on this machine, or the address of one."""


def workers_of(options: BatchOptions) -> int:
    """How many worker processes. Raises ValueProblem."""
    if options.workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not 1 <= options.workers <= MOST_WORKERS:
        raise ValueProblem(f"workers: got {options.workers}, expected 1 to {MOST_WORKERS}; change it")
    return options.workers
