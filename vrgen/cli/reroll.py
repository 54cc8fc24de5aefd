"""`vrgen reroll`: one material of a GLB made again from its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.change import SKY
from vrgen.gltf import WriteOptions
from vrgen.verbs.boundary import readable, suffix_of, writable
from vrgen.verbs.reroll import Made, RerollOptions, reflectance, rerolled
from vrgen.verbs.shot import PICTURES
from vrgen.verbs.write import write

SHOWN = 6
"""Meshes that are listed by name."""


@dataclass(frozen=True, kw_only=True)
class RerollCommand(RerollOptions):
    """Make one material of a GLB again from its record, or its sky: the next seed, another one, sliders
    further up or down. Everything else stays as it is, byte by byte."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb or .gltf file that vrgen wrote."""
    out: Path
    """File to write, .glb."""
    preview: Path | None = None
    """Picture to write as well, .png, .jpg or .webp: before beside after, from the camera that sees most."""

    def run(self, desk: Desk) -> Summary:
        """Read, make again, write."""
        readable(self.file)
        suffix_of("out", self.out, (".glb",))
        writable(self.out)
        if self.preview is not None:
            suffix_of("preview", self.preview, PICTURES)
            writable(self.preview)
        done = rerolled(self.file, self, desk)
        with desk.stage("writing", 1):
            write.run(done.after, self.out, WriteOptions(), desk)
        paths: tuple[Path, ...] = (self.out,)
        if self.preview is not None:
            from vrgen.view.before_after import before_after
            from vrgen.view.shot import write_picture

            pairs = [(one.before, one.after) for one in done.made]
            write_picture(before_after(done.before, done.after, pairs, progress=desk), self.preview)
            paths = (self.out, self.preview)
        names = ", ".join(one.after.name for one in done.made)
        figures = {"made": [_figures(one) for one in done.made]}
        return Summary(f"{self.file.name}: {names} made again", paths, figures, tuple(_lines(done.made)))


def _figures(made: Made) -> dict[str, Any]:
    return {
        "surface": made.after.name,
        "before": made.before_record.to_json(),
        "after": made.after_record.to_json(),
        "reflectance": [round(reflectance(one), 4) for one in (made.before, made.after)],
        "worn": [
            {"node": node, "mesh": mesh.name, "triangles": len(mesh.indices)} for node, mesh in made.worn
        ],
    }


def _lines(made: tuple[Made, ...]) -> Iterator[str]:
    for one in made:
        was, now = one.before_record, one.after_record
        seeds = f"{was.seed} -> {now.seed}" if was.seed != now.seed else f"{now.seed}, as it was"
        yield f"  {one.after.name}  {now.options.get('kind', now.step)}  seed {seeds}"
        for name in sorted({*was.options, *now.options}):
            before, after = was.options.get(name), now.options.get(name)
            if before != after:
                yield f"    {name}: {_told(before)} -> {_told(after)}"
        if one.after.name != SKY:
            light = [f"{reflectance(surface):.1%}" for surface in (one.before, one.after)]
            yield f"    reflects {light[0]} -> {light[1]}"
        names = [mesh.name or node for node, mesh in one.worn]
        more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        triangles = sum(len(mesh.indices) for _, mesh in one.worn)
        yield f"    worn by {', '.join(names[:SHOWN])}{more}  ({triangles:,} triangles)"


def _told(value: Any) -> str:
    """An option as a person would write it."""
    if isinstance(value, list):
        return " ".join(str(item) for item in value) or "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "none" if value is None else str(value)
