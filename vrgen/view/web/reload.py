"""Reload: tells when a file has changed and is whole again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from vrgen.view.stamp import LOOK, SETTLE, Stamp, stamp_of, watching

__all__ = ["Stamp", "changes", "stamp_of"]


async def changes(
    path: Path, before: Stamp | None, *, look: float = LOOK, settle: float = SETTLE
) -> AsyncIterator[Stamp]:
    """The stamp of a file each time that it has become another one and is no longer written to."""
    for step in watching(path, before, look=look, settle=settle):
        if isinstance(step, float | int):
            await asyncio.sleep(step)
        else:
            yield step
