"""Source: a scene, or the file that holds one."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.verbs.boundary import readable


def scene_of(source: Scene | Path | str, progress: Progress, *, strict: bool = False) -> Scene:
    """The scene itself, read first when a path is given; `strict`: its pictures will all be looked at.

    Raises InputProblem.
    """
    if isinstance(source, Scene):
        return source
    from vrgen.gltf import read

    path = Path(source)
    readable(path)
    with progress.stage(f"reading {path.name}", 1):
        return read(path, strict=strict, progress=progress)
