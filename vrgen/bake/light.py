"""Light: bake all light of a scene onto its meshes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.deliver import deliver, tessellate
from vrgen.bake.expose import expose
from vrgen.bake.light_texels import light_texels
from vrgen.bake.options import LightOptions
from vrgen.bake.put_out import as_asked
from vrgen.bake.solve import solve
from vrgen.bake.stage import Stage, set_stage
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene

__all__ = ["LightOptions", "illuminate", "light"]

PLAIN = LightOptions()


def light(scene: Scene, options: LightOptions = PLAIN, *, progress: Progress = SILENT) -> Scene:
    """Bake the light of sun, lamps, glowing surfaces and sky, bounces included, onto the scene's meshes.

    `light_texels` does so in textures. With `vertex`, lit meshes come back tessellated, unlit and with the
    tone-mapped light in their vertex colours; works of art (`neutral`) with a gentle grey; lamps (`none`) in
    the colour they glow with. `extras["vrgen"]["exposure"]` says how light became
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
    illuminance, look = expose(scene, stage, illuminance, options.exposure, seed=options.seed)
    patches = tessellate(
        stage,
        illuminance,
        look,
        tolerance=options.tolerance,
        max_triangles=options.max_triangles,
        progress=progress,
    )
    return replace(
        as_asked(deliver(scene, stage, patches, illuminance, look), options, progress),
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


def _with_exposure(extras: Mapping[str, Any], exposure: float) -> dict[str, Any]:
    ours = {**extras.get("vrgen", {}), "exposure": exposure}
    return {**extras, "vrgen": ours}
