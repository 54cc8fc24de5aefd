"""Light: bake all light of a scene onto its meshes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from vrgen.bake.deliver import deliver, tessellate
from vrgen.bake.light_texels import light_texels
from vrgen.bake.options import LightOptions
from vrgen.bake.solve import solve
from vrgen.bake.stage import Stage, set_stage
from vrgen.bake.tone import KEY, SUNLIT_KEY, Look
from vrgen.core.frames import LUMINANCE
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene

__all__ = ["LightOptions", "illuminate", "light", "sun_on_the_floor", "wall_light"]

PLAIN = LightOptions()
NEAR_WORKS = 2.5
"""Metres around a work of art within which walls tell the exposure."""


def light(scene: Scene, options: LightOptions = PLAIN, *, progress: Progress = SILENT) -> Scene:
    """Bake the light of sun, lamps, glowing surfaces and sky, bounces included, onto the scene's meshes.

    `light_texels` does so in textures. With `vertex`, lit meshes come back tessellated, unlit and with the
    tone-mapped light in their vertex colours; works of art (`neutral`) with a gentle grey; lamps (`none`) in
    the colour they glow with. Light nodes stay. `extras["vrgen"]["exposure"]` says how light became
    screen values.
    Raises UsageProblem for options out of range, MissingPart without embreex or pyoidn.
    """
    if options.light == "none":
        return scene
    if options.light != "vertex":
        return light_texels(scene, options, density=None, progress=progress)[0]
    lit = illuminate(scene, options, progress=progress)
    if lit is None:
        progress.note("nothing in the scene takes light: it stays as it is")
        return scene
    stage, illuminance = lit
    walls, areas = wall_light(stage, illuminance)
    key = SUNLIT_KEY if sun_on_the_floor(stage, illuminance, walls) else KEY
    look = Look.of(walls, areas, options.exposure, key=key)
    patches = tessellate(
        stage,
        illuminance,
        look,
        tolerance=options.tolerance,
        max_triangles=options.max_triangles,
        progress=progress,
    )
    return replace(
        deliver(scene, stage, patches, illuminance, look),
        extras=_with_exposure(scene.extras, look.exposure),
        records=(*scene.records, Record("bake", asdict(options), options.seed)),
    )


def illuminate(
    scene: Scene, options: LightOptions, *, progress: Progress = SILENT
) -> tuple[Stage, NDArray[np.float32]] | None:
    """The stage of a scene and the illuminance (n, 3) in lux of all its receivers; None without any."""
    stage = set_stage(scene, texel_m=options.texel_m, max_texels=options.max_texels)
    if stage is None:
        return None
    return stage, solve(scene, stage, options, tiles=stage.grids, progress=progress)


def wall_light(
    stage: Stage, illuminance: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Light (n, 3) and area (n,) of the walls that visitors look at.

    Texels of upright facets within 2.5 m of a work of art, so that a bright court does not darken the
    rooms; all upright ones when nothing hangs, all texels when nothing is upright.
    """
    upright = [grid for grid in stage.grids if abs(grid.facet.axes[2, 1]) < 0.3]
    chosen = [
        grid for grid in upright or stage.grids if stage.parts[grid.facet.part].mesh.lighting == "baked"
    ]
    if not chosen:
        return illuminance, np.ones(len(illuminance))
    rows = np.concatenate([grid.receiver[grid.own] for grid in chosen])
    areas = np.concatenate([np.full(int(grid.own.sum()), grid.step[0] * grid.step[1]) for grid in chosen])
    works = [part.corners().mean(axis=(0, 1)) for part in stage.parts if part.mesh.lighting == "neutral"]
    if works:
        distance, _ = KDTree(np.array(works)).query(stage.receivers.places[rows, 0])
        if (distance < NEAR_WORKS).any():
            rows, areas = rows[distance < NEAR_WORKS], areas[distance < NEAR_WORKS]
    return illuminance[rows], areas


def sun_on_the_floor(stage: Stage, illuminance: NDArray[np.float32], walls: NDArray[np.float32]) -> bool:
    """Whether sun lies on floors: over 1 % of them at least eight times as light as the walls (n, 3)."""
    floors = [grid for grid in stage.grids if grid.facet.axes[2, 1] > 0.9]
    if not floors or not len(walls):
        return False
    rows = np.concatenate([grid.receiver[grid.own] for grid in floors])
    bright = illuminance[rows] @ LUMINANCE > 8.0 * np.percentile(walls @ LUMINANCE, 60)
    return bool(bright.mean() > 0.01)


def _with_exposure(extras: Mapping[str, Any], exposure: float) -> dict[str, Any]:
    ours = {**extras.get("vrgen", {}), "exposure": exposure}
    return {**extras, "vrgen": ours}
