"""`vrgen export`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.export import ExportOptions, export


@dataclass(frozen=True, kw_only=True)
class ExportCommand(ExportOptions):
    """Write a network of a model as an ONNX file for other programs: float32, batch 1, any size."""

    POSITIONAL: ClassVar = ("name",)

    def run(self, desk: Desk) -> Summary:
        """Export, and say what was written."""
        path = export.run(self, desk)
        return Summary(f"{self.name} as ONNX", (path,), {"model": self.name, "part": self.part})
