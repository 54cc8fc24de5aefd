"""`vrgen export-web`: a site to host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.verbs.boundary import readable
from vrgen.verbs.export_web import export_web
from vrgen.view.web.export import ExportWebOptions


@dataclass(frozen=True, kw_only=True)
class ExportWebCommand(ExportWebOptions):
    """Write a GLB as a static site: the gallery for browsers and headsets, a catalogue with words and
    pictures, and a page for phones' own AR viewers. Any web server hosts it, below any path."""

    POSITIONAL: ClassVar = ("file",)
    file: Path
    """A .glb or .gltf file."""
    out: Path
    """Folder to write: a new one, an empty one, or an earlier export, which is brought up to date."""

    def run(self, desk: Desk) -> Summary:
        """Read, make every file, put them in place, say how to host them."""
        readable(self.file)
        report = export_web.run(self.file, self.out, self, desk)
        figures = {
            "folder": str(report.folder),
            "files": report.files,
            "bytes": report.bytes,
            "works": report.works,
        }
        return Summary(
            f"{self.file.name} as a site in {report.folder}: {report.files} files, "
            f"{report.bytes / 1e6:.1f} MB, {report.works} works",
            (report.folder / "index.html", report.folder / "catalogue.html"),
            figures,
            lines=(
                f"  to look at it here: python -m http.server -d {report.folder} -b 127.0.0.1, "
                "then open http://localhost:8000",
                "  to host it: copy the folder to any web server; headsets and phones want https, which "
                "GitHub Pages, Netlify and most hosts give",
            ),
        )
