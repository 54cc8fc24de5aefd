"""Bake: trace the light of a scene and lay it into the file, so that every viewer shows it."""

from __future__ import annotations

from pathlib import Path

from vrgen.bake import LightOptions, backdrop
from vrgen.bake import light as trace
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import step


@step(LightOptions)
def bake(scene: Scene | Path | str, options: LightOptions, progress: Progress) -> Scene:
    """The scene, lit, with its sky behind the windows. The same scene and options give the same light."""
    lit = trace(scene_of(scene, progress), options, progress=progress)
    ours = lit.extras.get("vrgen", {})
    return backdrop(lit, exposure=float(ours.get("exposure", 1.0)))
