"""Changes: which files of some folders changed, as soon as whoever writes them is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from vrgen.errors import MissingPart

STEP, MOST = 60, 1500
"""Milliseconds without a change after which those before are told, and after which they are told anyway."""
FIRST = 250
"""Milliseconds after which the beginning of the watch is told, where nothing has changed."""


def changes(
    folders: Iterable[Path], stop: threading.Event, *, skip: Callable[[Path], bool]
) -> Iterator[frozenset[Path]]:
    """The files that changed, appeared or went, a set at a time, until `stop`; in each folder by itself, what
    lies below it is not seen. Those that are to be `skip`ped, and what editors leave, are never told.

    First comes a set that may be empty: from then on the folders are watched, so that whoever looks at them
    now misses nothing. Raises MissingPart without watchfiles.
    """
    try:
        from watchfiles import Change, DefaultFilter, watch
    except ModuleNotFoundError as problem:
        raise MissingPart("watch needs watchfiles; install it with: pip install watchfiles") from problem
    usual = DefaultFilter()

    def wanted(change: Change, path: str) -> bool:
        return usual(change, path) and not skip(Path(path))

    there = [folder for folder in folders if folder.is_dir()]
    first = True
    for found in watch(
        *there,
        watch_filter=wanted,
        debounce=MOST,
        step=STEP,
        stop_event=stop,
        rust_timeout=FIRST,
        yield_on_timeout=True,
        raise_interrupt=False,
        recursive=False,
        ignore_permission_denied=True,
    ):
        if found or first:
            first = False
            yield frozenset(Path(path) for _, path in found)
