"""`vrgen bake`: materials and light for a mesh or a whole scene."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.scene import Scene
from vrgen.errors import Interrupted
from vrgen.gltf import WriteOptions, WriteReport
from vrgen.verbs.bake import BakeOptions, bake, baked_in_passes, passes
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
    progressive: bool = False
    """Write the file early, with a 64th or an eighth of the samples, and again as it gets better; Ctrl-C
    leaves the best so far."""

    def run(self, desk: Desk) -> Summary:
        """Read, dress, light, write."""
        readable(self.file)
        suffix_of("out", self.out, (".glb",))
        writable(self.out)
        if self.progressive:
            report = self._improved(desk)
        else:
            report = self._written(bake.run(self.file, self, desk), desk)
        figures = {"draw_calls": report.draw_calls, "triangles": report.triangles}
        what = "dressed" if self.light == "none" else "lit"
        return Summary(f"{self.file.name}, {what}: {report.triangles:,} triangles", (self.out,), figures)

    def _written(self, scene: Scene, desk: Desk) -> WriteReport:
        return write.run(scene, self.out, WriteOptions(), desk)

    def _improved(self, desk: Desk) -> WriteReport:
        """Pass after pass into the same file, each of them whole."""
        began, done = time.monotonic(), 0
        try:
            for samples, scene in baked_in_passes(self.file, self, desk):
                report = self._written(scene, desk)
                seconds, began, done = time.monotonic() - began, time.monotonic(), samples
                if samples < self.samples:
                    desk.note(self._told(samples, seconds))
        except KeyboardInterrupt:
            if not done:
                raise
            raise Interrupted(
                f"stopped; {self.out.name} is whole and holds {done} of {self.samples} samples a texel: the "
                "best so far"
            ) from None
        return report

    def _told(self, samples: int, seconds: float) -> str:
        """What the file holds now, and how long the next pass takes at most: rays are not all of the time."""
        following = next(number for number in passes(self.samples) if number > samples)
        return (
            f"{self.out.name} holds {samples} of {self.samples} samples after {seconds:.0f} s; the pass with "
            f"{following} takes at most {seconds * following / samples:.0f} s"
        )
