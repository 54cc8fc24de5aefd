"""Stamp: what a file looks like from outside, and when it has become another one that is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LOOK, SETTLE = 0.1, 0.25
"""Seconds between two looks (each takes microseconds), and how long a changed file has to stay as it is."""


class Stamp(NamedTuple):
    """What a file looks like from outside; a file that took its place has another inode."""

    changed: int
    """Nanoseconds."""
    size: int
    """Bytes."""
    inode: int
    """Which file it is."""


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None while there is none, as between a removal and a renaming."""
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return Stamp(seen.st_mtime_ns, seen.st_size, seen.st_ino)


def watching(
    path: Path, before: Stamp | None, *, look: float = LOOK, settle: float = SETTLE
) -> Iterator[Stamp | float]:
    """Seconds to wait before the next look, as often as need be; and in between the stamp of the file each
    time that it has become another one and is no longer written to. Whoever iterates does the waiting."""
    while True:
        yield look
        now = stamp_of(path)
        if now is None or now == before:
            continue
        while True:
            yield settle
            later = stamp_of(path)
            if later == now:
                break
            now = later
        if now is not None:
            before = now
            yield now
