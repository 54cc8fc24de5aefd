"""Inspect: what a GLB holds, what it costs and how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.gltf import Report
from vrgen.gltf import inspect as look
from vrgen.verbs.boundary import readable
from vrgen.verbs.verb import verb


@dataclass(frozen=True)
class InspectOptions:
    """Which file."""

    file: Path | str
    """A .glb or .gltf file."""


@verb(InspectOptions)
def inspect(options: InspectOptions, progress: Progress) -> Report:
    """The report of a file. Raises InputProblem."""
    path = Path(options.file)
    readable(path)
    with progress.stage(f"looking into {path.name}", 1):
        return look(path)
