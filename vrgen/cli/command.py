"""Command: what `vrgen VERB` runs, and what it hands back to be printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from vrgen.cli.desk import Desk


@dataclass(frozen=True)
class Summary:
    """The result of a command, for people and for machines."""

    headline: str
    """One sentence."""
    paths: tuple[Path, ...] = ()
    """Files that were written."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values: counts, sizes, seeds."""
    lines: tuple[str, ...] = ()
    """Printed before the headline for people; machines get `figures`."""
    exit_code: int = 0
    """What the process ends with."""


class Command(Protocol):
    """A frozen dataclass whose fields are the flags of one verb."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def run(self, desk: Desk) -> Summary:
        """Do the work; progress and notes go to the desk."""
