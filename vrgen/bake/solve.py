"""Solving: all light on the receivers of a stage, be they facets and vertices or a sheet's texels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.direct import direct_light
from vrgen.bake.gather import bounce, gather
from vrgen.bake.options import LightOptions
from vrgen.bake.smooth import GUTTER, Tile, denoise
from vrgen.bake.sources import find_sources
from vrgen.bake.stage import Stage
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene

VERTEX_RAYS = 4_000_000
"""Rays that all vertices share, so that a dense sculpture does not take the night."""


def solve(
    scene: Scene,
    stage: Stage,
    options: LightOptions,
    *,
    tiles: Sequence[Tile],
    progress: Progress,
    least: int = GUTTER,
) -> NDArray[np.float32]:
    """(n, 3) illuminance in lux of all receivers; what comes over other surfaces is smoothed on `tiles`
    (`least` as in `denoise`)."""
    sources = find_sources(scene, stage)
    direct = direct_light(stage, sources, seed=options.seed, progress=progress)
    vertices = max(len(stage.receivers) - stage.receivers.texels, 1)
    gathered = gather(
        stage,
        sources,
        direct,
        samples=options.samples,
        vertex_samples=int(np.clip(VERTEX_RAYS // vertices, options.samples, 4 * options.samples)),
        seed=options.seed,
        progress=progress,
    )
    diffuse = bounce(gathered, direct, stage.receivers.albedo, bounces=options.bounces)
    if options.denoise and tiles:
        diffuse = denoise(diffuse, tiles, least=least, progress=progress)
    return np.asarray(direct + diffuse, dtype=np.float32)
