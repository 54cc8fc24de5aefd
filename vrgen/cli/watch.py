"""`vrgen watch`: edit, save, and see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.watch import WatchOptions, watch


@dataclass(frozen=True, kw_only=True)
class WatchCommand(WatchOptions):
    """Edit and see: a recipe, a SCENE.toml or a folder of pictures is made, opened in a window (--web: on a
    page, --xr: in a headset), and made again whenever it or a file that it names is saved. Only what changed
    is made; whoever looks stays where they are. Ctrl-C ends it."""

    POSITIONAL: ClassVar = ("source",)
    source: Path
    """A recipe of vrgen batch, a SCENE.toml of vrgen scene, or a folder of pictures (or its gallery.toml)."""

    def run(self, desk: Desk) -> Summary:
        """Make, open, watch, until it is closed."""
        report = watch.run(self, desk)
        figures = {"versions": report.versions, "rounds": report.rounds}
        paths = (report.file,) if report.versions else ()
        count = "1 version" if report.versions == 1 else f"{report.versions} versions"
        return Summary(f"watched {self.source.name}: {count}", paths, figures)
