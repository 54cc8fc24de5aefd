"""once: what is loaded a single time, whichever threads ask for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Loaded = TypeVar("Loaded")


def once(most: int) -> Callable[[Callable[P, Loaded]], Callable[P, Loaded]]:
    """Keep what a function gave for its last `most` sets of arguments; a second thread waits for the first.

    functools.cache alone lets two threads load the same file at once, and keeps everything for ever.
    """

    def kept(load: Callable[P, Loaded]) -> Callable[P, Loaded]:
        lock, known = threading.RLock(), lru_cache(maxsize=most)(load)

        @wraps(load)
        def loaded(*args: P.args, **kwargs: P.kwargs) -> Loaded:
            with lock:
                return known(*args, **kwargs)  # type: ignore[arg-type]

        return loaded

    return kept
