"""Source: the text of a SCENE.toml with the line of every key, for errors that say where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vrgen.errors import UsageProblem

Path = Sequence[str | int]
"""Keys and indices from the top: ("mesh", 2, "scatter", "count")."""
_HEADER = re.compile(r"\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read."""

    name: str
    """Name of the file, without its folder."""
    lines: dict[tuple[str | int, ...], int]
    """Line, from 1, of every table and key that stands plainly in the text."""
    tables: dict[str, Any]
    """What TOML makes of it."""

    def wrong(self, path: Path, what: str) -> UsageProblem:
        """An error that names the place: `courtyard.toml: [[mesh]] 2 'stones' (line 31): ...`."""
        line = self.line(path)
        told = f" (line {line})" if line else ""
        return UsageProblem(f"{self.name}: {self.place(path)}{told}: {what}")

    def line(self, path: Path) -> int | None:
        """Line of a key, or of what it lies in."""
        wanted = tuple(path)
        while wanted and wanted not in self.lines:
            wanted = wanted[:-1]
        return self.lines.get(wanted)

    def place(self, path: Path) -> str:
        """A path in the reader's words: `[[mesh]] 2 'stones' scatter.count`."""
        first, *rest = path
        if rest and isinstance(rest[0], int):
            entries = self.tables.get(str(first))
            entry = entries[rest[0]] if isinstance(entries, list) and rest[0] < len(entries) else None
            name = entry.get("name") if isinstance(entry, dict) else None
            head = f"[[{first}]] {rest[0] + 1}" + (f" {name!r}" if isinstance(name, str) else "")
            rest = rest[1:]
        else:
            head = f"[{first}]"
        keys = ".".join(str(part) for part in rest if not isinstance(part, int))
        return f"{head} {keys}" if keys else head


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    """Line of every header and key of a plainly written TOML text."""
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[str, int] = {}
    inside: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            first, *rest = re.split(r"\s*\.\s*", header[2])
            if header[1] == "[[" and not rest:
                counts[first] = counts.get(first, -1) + 1
            inside = (first, counts[first], *rest) if first in counts else (first, *rest)
            lines.setdefault(inside, number)
        elif key := _KEY.match(line):
            parts = tuple(part.strip().strip("\"'") for part in key[1].split("."))
            lines.setdefault((*inside, *parts), number)
    return lines
