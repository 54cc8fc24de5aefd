"""Renewed: a scene to look at, and, where it is a file, what sees to it that its changes are seen."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.verbs.boundary import readable
from vrgen.view.renewal import Renewal


def renewed(source: Scene | Path | str, progress: Progress) -> tuple[Scene, Renewal | None]:
    """The scene, read first when a path is given, and the watch over its file; all its pictures are decoded.

    Raises InputProblem.
    """
    if isinstance(source, Scene):
        return source, None
    from vrgen.gltf.reread import Rereader

    path, reader = Path(source), Rereader()
    readable(path)
    renewal = Renewal(path, reader.read)  # before it is read: a change meanwhile is one
    with progress.stage(f"reading {path.name}", 1):
        return reader.read(path, progress), renewal
