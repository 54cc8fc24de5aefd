"""Replay: walk a scene along a head path without a headset, and say what it costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from vrgen.core.files import writing
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.errors import UsageProblem
from vrgen.verbs.boundary import readable, writable, writable_folder
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import step
from vrgen.view.replay import ReplayOptions as WalkOptions
from vrgen.view.replay import ReplayReport

KINDS = (".json", ".png")


@dataclass(frozen=True)
class ReplayOptions(WalkOptions):
    """Which path, how it is measured, and where the report goes."""

    path: Path | None = None
    """Head path, as `vrgen view --xr --record` writes it; none walks past every camera stop."""
    out: Path | None = None
    """Report to write: .json, .png (a plot), or a folder for both."""

    def files(self) -> tuple[Path, ...]:
        """The files of the report. Raises UsageProblem for a kind that we do not write."""
        if self.out is None:
            return ()
        kind = self.out.suffix.lower()
        if kind in KINDS:
            return (self.out,)
        if kind:
            raise UsageProblem(f"out: got {self.out.name}, expected .json, .png or a folder; rename it")
        return tuple(self.out / f"replay{suffix}" for suffix in KINDS)


@step(ReplayOptions)
def replay(scene: Scene | Path | str, options: ReplayOptions, progress: Progress) -> ReplayReport:
    """The report of a walk; its `over` says what leaves the headset's starter budget.

    Raises InputProblem for a damaged path or scene, MissingPart without OpenGL.
    """
    from vrgen.view.along import along
    from vrgen.view.head_path import HeadPath
    from vrgen.view.replay import replay as walk

    files = options.files()
    for file in files:
        (writable if len(files) == 1 else lambda one: writable_folder(one.parent))(file)
    if options.path is not None:
        readable(options.path)
    path = None if options.path is None else HeadPath.read(options.path)
    stage = scene_of(scene, progress, strict=True)
    if path is not None and path.scene != stage.name:
        progress.note(f"the path was recorded in {path.scene or 'a scene without a title'!r}")
    report = walk(stage, along(stage) if path is None else path, options, progress=progress)
    for file in files:
        write_report(report, file)
    return report


def write_report(report: ReplayReport, file: Path) -> None:
    """Write it as .json, or as a plot, whole or not at all. Raises OutputProblem."""
    if file.suffix.lower() == ".png":
        from vrgen.view.replay_plot import plot
        from vrgen.view.shot import write_picture

        write_picture(plot(report), file)
        return
    with writing(file) as temporary:
        temporary.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
