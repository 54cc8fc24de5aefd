"""`vrgen shot`: pictures of a GLB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.boundary import readable, suffix_of, writable
from vrgen.verbs.shot import PICTURES, shot
from vrgen.view.shot import ShotOptions


@dataclass(frozen=True, kw_only=True)
class ShotCommand(ShotOptions):
    """Take a picture of any valid GLB, from its overview camera, one that you name, or all of them: then the
    picture is a contact sheet, and every shot lies in a folder of its name."""

    POSITIONAL: ClassVar = ("file",)
    HIDDEN: ClassVar = ("linear",)
    file: Path
    """A .glb or .gltf file."""
    out: Path
    """Picture to write: .png, .jpg or .webp."""

    def run(self, desk: Desk) -> Summary:
        """Read, draw, write."""
        readable(self.file)
        suffix_of("out", self.out, PICTURES)
        writable(self.out)
        paths = shot.run(self.file, self.out, self, desk)
        count = max(1, len(paths) - 1)
        shown = paths if len(paths) < 8 else paths[:1]
        headline = f"{count} picture{'s' if count > 1 else ''} of {self.file.name}"
        return Summary(headline, shown, {"pictures": [str(path) for path in paths]})
