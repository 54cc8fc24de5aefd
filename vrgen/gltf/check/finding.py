"""Finding: one thing that a check has to say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, how much, where, and what to do."""

    code: str
    """Name in the catalogue, `DRAW_CALLS_BEYOND_GUIDANCE`."""
    severity: Severity
    """`error` fails the check, `warning` may be meant, `info` is told."""
    place: str
    """`mesh room_01_wall`, `material oak`, or a JSON pointer, `/meshes/3`; '' for the whole file."""
    sentence: str
    """What was found and what was expected, with figures."""
    remedy: str
    """What to do."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)

    def __str__(self) -> str:
        where = f" {self.place}:" if self.place else ""
        return f"{self.severity:7} {self.code}{where} {self.sentence}; {self.remedy}"
