"""Export-web: a scene as a folder that any web server can host."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.verbs.boundary import readable
from vrgen.verbs.page import ports_of
from vrgen.verbs.verb import export
from vrgen.view.web.export import ExportWebOptions, SiteReport, export_site


@export(ExportWebOptions)
def export_web(
    scene: Scene | Path | str, path: Path | str, options: ExportWebOptions, progress: Progress
) -> SiteReport:
    """Write the site into the folder `path`. Raises OutputProblem for a folder that holds anything else."""
    if not isinstance(scene, Scene):
        scene = Path(scene)
        readable(scene)
    return export_site(scene, Path(path), options, ports_of(progress), progress=progress)
