"""`vrgen bake`: light for a GLB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.bake import LightOptions
from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.gltf import WriteOptions
from vrgen.verbs.bake import bake
from vrgen.verbs.boundary import readable, suffix_of, writable
from vrgen.verbs.write import write


@dataclass(frozen=True, kw_only=True)
class BakeCommand(LightOptions):
    """Trace the light of a GLB (its lamps, its emissive surfaces) and bake it into a new one."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb or .gltf file that is not baked yet."""
    out: Path
    """File to write, .glb."""

    def run(self, desk: Desk) -> Summary:
        """Read, light, write."""
        readable(self.file)
        suffix_of("out", self.out, (".glb",))
        writable(self.out)
        report = write.run(bake.run(self.file, self, desk), self.out, WriteOptions(), desk)
        figures = {"draw_calls": report.draw_calls, "triangles": report.triangles}
        return Summary(f"{self.file.name}, lit: {report.triangles:,} triangles", (self.out,), figures)
