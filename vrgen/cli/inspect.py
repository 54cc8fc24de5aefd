"""`vrgen inspect`: what a file holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.gltf import Report
from vrgen.verbs.inspect import InspectOptions, inspect


@dataclass(frozen=True, kw_only=True)
class InspectCommand(InspectOptions):
    """Say what a GLB holds (its tree, its textures), what it costs a headset, and how every part was made."""

    POSITIONAL: ClassVar = ("file",)
    tree: bool = False
    """Print every node."""

    def run(self, desk: Desk) -> Summary:
        """Read and report."""
        report = inspect.run(self, desk)
        figures = asdict(report) | {
            "path": str(report.path),
            "records": [record.to_json() for record in report.records],
        }
        if not self.tree:
            figures.pop("nodes")
        headline = (
            f"{report.name or report.path.name}: {len(report.nodes)} nodes, {report.draw_calls} draw calls, "
            f"{report.triangles:,} triangles, {report.texture_memory / 1e6:.0f} MB of textures, "
            f"{report.bytes / 1e6:.1f} MB on disk, written by {report.generator or 'an unknown program'}"
        )
        return Summary(headline, figures=figures, lines=tuple(_lines(report, tree=self.tree)))


def _lines(report: Report, *, tree: bool) -> Iterator[str]:
    if tree:
        for node in report.nodes:
            yield f"{'  ' * node.depth}{node.name}  {node.holds}"
    for texture in report.textures:
        size = f"{texture.width}x{texture.height}"
        yield f"  texture {texture.index:3}  {size:>11}  {texture.mime:10}  {texture.bytes / 1e3:8.1f} kB"
    for record in report.records:
        seed = f"  seed {record.seed}" if record.seed is not None else ""
        model = f"  by {record.model}" if record.model else ""
        said = ", ".join(f"{name}={value}" for name, value in record.options.items())
        yield f"  made: {record.step}{model}{seed}  {said}"
