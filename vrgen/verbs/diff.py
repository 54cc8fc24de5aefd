"""Diff: what sets two scenes apart, the first stage and value that differs at the head."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vrgen.core.compare import compared
from vrgen.core.difference import Difference
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.verbs.boundary import readable
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import verb


@dataclass(frozen=True)
class DiffOptions:
    """Which two."""

    a: Path | str | Scene
    """A .glb or .gltf file: what it was."""
    b: Path | str | Scene
    """Another one: what it is now."""


@verb(DiffOptions)
def diff(options: DiffOptions, progress: Progress) -> Difference:
    """What differs: records in order, then values of the scene, nodes, meshes, surfaces, textures.

    Files that hold the same scene in other bytes differ too; the last of the Difference says where. Equal
    bytes are equal unread. Raises InputProblem.
    """
    from vrgen.gltf.packing import packed_apart, same_bytes

    paths = [Path(side) for side in (options.a, options.b) if not isinstance(side, Scene)]
    for path in paths:
        readable(path)
    if len(paths) == 2 and same_bytes(*paths):
        return Difference()
    a, b = (scene_of(side, progress, strict=True) for side in (options.a, options.b))
    with progress.stage("comparing", 1):
        found = compared(a, b)
        if found.equal and len(paths) == 2:
            return Difference(tuple(packed_apart(*paths)))
        return found
