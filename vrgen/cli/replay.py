"""`vrgen replay`: what a GLB costs along a head path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.boundary import readable
from vrgen.verbs.replay import ReplayOptions, replay
from vrgen.view.replay import ReplayReport, StopCost


@dataclass(frozen=True, kw_only=True)
class ReplayCommand(ReplayOptions):
    """Draw a GLB for both eyes along a recorded head path, or past all its camera stops, without a headset:
    frame time, draw calls, triangles and textures, stop by stop. Ends with 1 where the scene leaves the
    headset's starter budget."""

    POSITIONAL: ClassVar = ("file", "path")
    file: Path
    """A .glb or .gltf file."""

    def run(self, desk: Desk) -> Summary:
        """Read, walk, report."""
        readable(self.file)
        report = replay.run(self.file, self, desk)
        budget = f"{report.budget.name}'s starter budget"
        headline = f"{self.file.name} is within {budget}"
        if report.over:
            headline = f"{self.file.name} leaves {budget}: {'; '.join(report.over)}"
        return Summary(
            headline, self.files(), report.to_json(), tuple(_table(report)), 1 if report.over else 0
        )


def _table(report: ReplayReport) -> Iterator[str]:
    """One line a stop, the whole path and the budget last."""
    heads = ("stop", "pictures", "median ms", "nine in ten", "worst", "draw calls", "triangles", "texture MB")
    rows: list[tuple[str, ...]] = [heads]
    rows.extend(_row(stop) for stop in (*report.stops, report.whole))
    budget = report.budget
    limit = f"{budget.frame_seconds * 1e3:.1f}"
    figures = (str(budget.draw_calls), f"{budget.triangles:,}", f"{budget.texture_bytes / 1e6:.0f}")
    rows.append((f"below, for {budget.name}", "", limit, "", "", *figures))
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for first, *rest in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True))
        yield f"  {first:{widths[0]}}  {'  '.join(cells)}".rstrip()


def _row(stop: StopCost) -> tuple[str, ...]:
    words = stop.name if not stop.title else f"{stop.name}  {stop.title}"
    times = (f"{ms:.1f}" for ms in (stop.median_ms, stop.p90_ms, stop.worst_ms))
    size = f"{stop.texture_bytes / 1e6:.0f}"
    return words[:44], str(stop.pictures), *times, str(stop.draw_calls), f"{stop.triangles:,}", size
