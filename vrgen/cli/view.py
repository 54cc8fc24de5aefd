"""`vrgen view`: a window, a headset or a browser to walk in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.boundary import readable
from vrgen.verbs.view import view
from vrgen.view.options import ViewOptions


@dataclass(frozen=True, kw_only=True)
class ViewCommand(ViewOptions):
    """Walk through a GLB. In a window: mouse to look, W A S D to walk, number keys for the camera stops, H
    for help. With --xr in a headset: stick ahead to go there, left and right to turn, A for the next work,
    trigger on a work to read about it, held on a wall, a floor or the sky to make that anew. With --web in a
    browser, that of a headset too. A file that changes meanwhile is shown anew, and nobody is moved."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb or .gltf file."""

    def run(self, desk: Desk) -> Summary:
        """Open it, and wait until it is closed."""
        readable(self.file)
        view.run(self.file, self, desk)
        return Summary(f"closed {self.file.name}")
