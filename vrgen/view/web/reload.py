"""Reload: tells when a file has changed and is whole again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

LOOK, SETTLE = 0.4, 0.25
"""Seconds between two looks, and how long a changed file has to stay as it is."""


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


async def changes(
    path: Path, before: Stamp | None, *, look: float = LOOK, settle: float = SETTLE
) -> AsyncIterator[Stamp]:
    """The stamp of a file each time that it has become another one and is no longer written to."""
    while True:
        await asyncio.sleep(look)
        now = stamp_of(path)
        if now is None or now == before:
            continue
        while True:
            await asyncio.sleep(settle)
            later = stamp_of(path)
            if later == now:
                break
            now = later
        if now is not None:
            before = now
            yield now
