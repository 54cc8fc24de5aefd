"""Write: a scene becomes one GLB file."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.gltf import WriteOptions, WriteReport
from vrgen.gltf import write as write_glb
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import export


@export(WriteOptions)
def write(
    scene: Scene | Path | str, path: Path | str, options: WriteOptions, progress: Progress
) -> WriteReport:
    """Write the GLB `path`, whole or not at all; a scene has one sequence of bytes. Raises OutputProblem."""
    return write_glb(scene_of(scene, progress), path, options, progress=progress)
