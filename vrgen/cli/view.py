"""`vrgen view`: a window to walk in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.check import readable
from vrgen.verbs.view import view
from vrgen.view.options import ViewOptions


@dataclass(frozen=True, kw_only=True)
class ViewCommand(ViewOptions):
    """Walk through a GLB: mouse to look, W A S D to walk, number keys for the camera stops, H for help."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb or .gltf file."""

    def run(self, desk: Desk) -> Summary:
        """Open the window, wait until it is closed."""
        readable(self.file)
        view.run(self.file, self, desk)
        return Summary(f"closed {self.file.name}")
