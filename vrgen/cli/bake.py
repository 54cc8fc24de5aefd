"""`vrgen bake`: materials and light for a mesh or a whole scene."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.gltf import WriteOptions
from vrgen.verbs.bake import BakeOptions, bake
from vrgen.verbs.boundary import readable, suffix_of, writable
from vrgen.verbs.write import write


@dataclass(frozen=True, kw_only=True)
class BakeCommand(BakeOptions):
    """Dress a mesh or scene in materials, trace the light of its sun, sky, lamps and glowing surfaces, and
    bake it into a new GLB."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb, .gltf, .obj, .ply or .stl file that is not baked yet."""
    out: Path
    """File to write, .glb."""

    def run(self, desk: Desk) -> Summary:
        """Read, dress, light, write."""
        readable(self.file)
        suffix_of("out", self.out, (".glb",))
        writable(self.out)
        report = write.run(bake.run(self.file, self, desk), self.out, WriteOptions(), desk)
        figures = {"draw_calls": report.draw_calls, "triangles": report.triangles}
        what = "dressed" if self.light == "none" else "lit"
        return Summary(f"{self.file.name}, {what}: {report.triangles:,} triangles", (self.out,), figures)
