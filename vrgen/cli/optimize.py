"""`vrgen optimize`: a smaller, quicker file for one target."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.errors import UsageProblem
from vrgen.verbs.boundary import readable
from vrgen.verbs.optimize import OptimizeOptions, optimize
from vrgen.verbs.optimized import Cost, OptimizeReport


@dataclass(frozen=True, kw_only=True)
class OptimizeCommand(OptimizeOptions):
    """Make a GLB smaller and quicker for a headset, a browser or the desktop: meshes joined, textures as
    large as can be seen, KTX2 and meshopt. Names, works and records stay; the likeness is measured."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb or .gltf file."""
    out: Path | None = None
    """GLB to write; a plan needs none."""

    def run(self, desk: Desk) -> Summary:
        """Optimise, and say what it gained."""
        if self.out is None and not self.plan:
            raise UsageProblem("out: nothing says where to write; add -o OUT.glb, or --plan to write nothing")
        readable(self.file)
        report = optimize.run(self.file, self.out or self.file, self, desk)
        saved = 1 - report.after.bytes / report.before.bytes
        size = f"{abs(saved):.0%} {'smaller' if saved >= 0 else 'larger'}"
        becomes = "would become" if report.path is None else "became"
        headline = (
            f"{self.file.name} {becomes} {size} for {self.target}: "
            f"{_megabytes(report.after.bytes)}, {_megabytes(report.after.texture_memory)} of textures, "
            f"{report.after.draw_calls} draw calls{_likeness(report.psnr, ', ')}"
        )
        paths = () if report.path is None else (report.path,)
        return Summary(headline, paths, _figures(report), tuple(_lines(report)))


def _lines(report: OptimizeReport) -> Iterator[str]:
    known = report.before
    for step in report.steps:
        undone = "  undone: below the least" if step.undone else ""
        yield f"  {step.name:11}  {step.what}{_likeness(step.psnr, '  ')}{undone}"
        if step.after is not None and not step.undone:
            yield f"  {'':11}  gains {_gain(known, step.after)}"
            known = step.after
    for gap in report.missing:
        yield f"  missing      {gap}"
    before, after = report.before, report.after
    rows = (
        ("file", _megabytes(before.bytes), _megabytes(after.bytes)),
        ("GPU textures", _megabytes(before.texture_memory), _megabytes(after.texture_memory)),
        ("draw calls", f"{before.draw_calls}", f"{after.draw_calls}"),
        ("triangles", f"{before.triangles:,}", f"{after.triangles:,}"),
        ("textures", f"{before.textures}", f"{after.textures}"),
    )
    yield f"  {'':14}{'before':>10}  {'after':>10}"
    for name, old, new in rows:
        yield f"  {name:14}{old:>10}  {new:>10}"


def _gain(before: Cost, after: Cost) -> str:
    """`6.5 MB of the file, 12.0 MB of GPU textures, 24 draw calls`."""
    calls = before.draw_calls - after.draw_calls
    said = (
        (before.bytes - after.bytes, "of the file"),
        (before.texture_memory - after.texture_memory, "of GPU textures"),
    )
    words = [f"{size / 1e6:.1f} MB {what}" for size, what in said if abs(size) >= 50_000]
    words += [f"{calls} draw calls"] if calls else []
    return ", ".join(words) or "nothing"


def _likeness(psnr: float | None, before: str) -> str:
    if psnr is None:
        return ""
    return f"{before}pictures equal" if math.isinf(psnr) else f"{before}{psnr:.1f} dB"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _figures(report: OptimizeReport) -> dict[str, Any]:
    """Plain JSON; an infinite PSNR, which JSON has no word for, becomes null with `equal`."""

    def plain(psnr: float | None) -> float | None:
        return None if psnr is None or math.isinf(psnr) else round(psnr, 2)

    return {
        "before": asdict(report.before),
        "after": asdict(report.after),
        "steps": [asdict(step) | {"psnr": plain(step.psnr)} for step in report.steps],
        "psnr": plain(report.psnr),
        "equal": report.psnr is not None and math.isinf(report.psnr),
        "missing": list(report.missing),
    }
