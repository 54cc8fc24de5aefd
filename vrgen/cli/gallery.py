"""`vrgen gallery`: the main job, from a folder to a lit GLB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.scene import Scene
from vrgen.gltf import WriteOptions, WriteReport
from vrgen.verbs.bake import BakeOptions, bake
from vrgen.verbs.boundary import suffix_of, writable
from vrgen.verbs.gallery import GalleryOptions, gallery
from vrgen.verbs.write import write


@dataclass(frozen=True, kw_only=True)
class GalleryCommand(GalleryOptions):
    """A folder of pictures becomes a gallery: planned, hung, textured, lit by its own sky, in one GLB that
    every viewer shows lit. The same seed gives the same file."""

    POSITIONAL: ClassVar = ("pictures",)
    out: Path
    """File to write, .glb."""
    light: Literal["vertex", "none"] = "vertex"
    """How light is delivered: vertex bakes it into the file, none leaves it to the viewer."""

    def run(self, desk: Desk) -> Summary:
        """Read, plan, generate, build, light, write."""
        suffix_of("out", self.out, (".glb",))
        writable(self.out)
        scene = gallery.run(self, desk)
        scene = bake.run(scene, BakeOptions(light=self.light), desk)
        with desk.stage("writing", 1):
            report = write.run(scene, self.out, WriteOptions(drop_unused=True), desk)
        return self._summary(scene, report)

    def _summary(self, scene: Scene, report: WriteReport) -> Summary:
        made = next(record for record in reversed(scene.records) if record.step == "gallery")
        rooms = len(scene.extras["vrgen"]["rooms"])
        figures = {
            "works": made.options["works"],
            "left_out": made.options["left_out"],
            "style": made.options["style"],
            "title": made.options["title"],
            "seed": made.seed,
            "rooms": rooms,
            "draw_calls": report.draw_calls,
            "triangles": report.triangles,
            "texture_bytes": report.texture_bytes,
        }
        works, left = figures["works"], len(made.options["left_out"])
        headline = (
            f"{scene.name}: {_count(works, 'work')} in {_count(rooms, 'room')}, "
            f"{report.draw_calls} draw calls, {report.triangles:,} triangles, "
            f"{report.texture_bytes / 1e6:.0f} MB of textures"
            + (f"; {_count(left, 'file')} left out" if left else "")
        )
        return Summary(headline, (self.out,), figures)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
