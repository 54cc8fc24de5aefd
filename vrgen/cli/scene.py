"""`vrgen scene`: a scene described in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.files import writing
from vrgen.core.progress import SILENT
from vrgen.errors import UsageProblem
from vrgen.gltf import WriteOptions
from vrgen.verbs.boundary import suffix_of, writable
from vrgen.verbs.scene import SceneOptions, scene
from vrgen.verbs.scene_cost import Cost, cost_of
from vrgen.verbs.write import write


@dataclass(frozen=True, kw_only=True)
class SceneCommand(SceneOptions):
    """A scene that a TOML file describes: meshes, generated materials, sky, lamps, copies in rows, grids and
    by chance, a walkable floor, stops. The same file gives the same bytes."""

    POSITIONAL: ClassVar = ("file",)
    file: Path | None = None  # type: ignore[assignment]
    """The .toml file; files that it names lie beside it."""
    out: Path | None = None
    """File to write, .glb."""
    dry_run: bool = False
    """Check everything and say what it will cost, without making it."""
    plan: Path | None = None
    """Draw the scene from above into this file, .svg or .png, before it is made; without -o that is all."""
    keys: bool = False
    """List all tables and keys that the file may have."""

    def run(self, desk: Desk) -> Summary:
        """Check, make, light, write."""
        if self.keys:
            from vrgen.scene.words.keys import keys

            return Summary("All that a scene's file may say", lines=(keys(), ""), figures={"keys": keys()})
        if self.file is None:
            raise UsageProblem("got no file, expected SCENE.toml; vrgen scene --keys says what it may hold")
        if self.plan is not None:
            suffix_of("plan", self.plan, (".svg", ".png"))
            writable(self.plan)
        if self.dry_run or (self.plan is not None and self.out is None):
            cost = cost_of(self, SILENT)
            return replace(_estimate(self.file, cost), paths=self._drawn(cost))
        if self.out is None:
            raise UsageProblem("got no file to write, expected -o OUT.glb, or --dry-run for the costs alone")
        suffix_of("out", self.out, (".glb",))
        writable(self.out)
        drawn = () if self.plan is None else self._drawn(cost_of(self, SILENT))
        made = scene.run(self, desk)
        with desk.stage("writing", 1):
            report = write.run(made, self.out, WriteOptions(drop_unused=True), desk)
        figures = {
            "draw_calls": report.draw_calls,
            "triangles": report.triangles,
            "texture_bytes": report.texture_bytes,
            "seed": made.records[-1].seed if made.records else None,
        }
        headline = (
            f"{made.name}: {report.draw_calls} draw calls, {report.triangles:,} triangles, "
            f"{report.texture_bytes / 1e6:.0f} MB of textures"
        )
        return Summary(headline, (self.out, *drawn), figures)

    def _drawn(self, cost: Cost) -> tuple[Path, ...]:
        """The plan's file, when one is wanted."""
        if self.plan is None:
            return ()
        data = cost.plan.encode()
        if self.plan.suffix.lower() == ".png":
            from vrgen.scene.words.drawing import picture

            data = picture(cost.plan)
        with writing(self.plan) as temporary:
            temporary.write_bytes(data)
        return (self.plan,)


def _estimate(file: Path, cost: Cost) -> Summary:
    headline = (
        f"{file.name} is in order: {cost.copies:,} things of {cost.triangles:,} triangles, {cost.generated} "
        f"materials to generate, {cost.texture_bytes / 1e6:.0f} MB of textures, about {cost.seconds:.0f} s"
    )
    lines = tuple(f"  {name}: {copies} x {triangles:,} triangles" for name, copies, triangles in cost.meshes)
    return Summary(headline, figures=cost.to_json(), lines=lines)
