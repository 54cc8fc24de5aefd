"""Progress: how long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with the number of units done since the last call."""


class Progress(Protocol):
    """Anyone who wants to know; the command line shows bars with the time left."""

    def stage(self, name: str, total: int) -> AbstractContextManager[Advance]:
        """A stage of `total` units; leaving the context ends it."""

    def note(self, text: str) -> None:
        """One line worth reading: what was left out, what was chosen."""


class Silent:
    """Tells nobody."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Advance]:
        """Ignore the stage."""
        yield lambda units: None

    def note(self, text: str) -> None:
        """Ignore the line."""


SILENT = Silent()
