"""Light in textures: from a scene to one whose light lies in pictures on its UVs."""

from __future__ import annotations

from dataclasses import asdict, replace

from vrgen.bake.expose import expose
from vrgen.bake.options import LightOptions
from vrgen.bake.put_out import as_asked
from vrgen.bake.solve import solve
from vrgen.bake.texel_light import (
    EDGE,
    Lightmap,
    lay_out,
    lightmap_of,
    open_sky,
    with_atlas,
    with_lightmap,
    with_occlusion,
)
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene

ATLAS_DENSITY = 128.0
"""Pixels a metre of an atlas: a board's grain is seen at arm's length."""


def light_texels(
    scene: Scene, options: LightOptions, *, density: float | None = None, progress: Progress = SILENT
) -> tuple[Scene, Lightmap | None]:
    """The scene with its light in textures as `options.light` says (ao, atlas or lightmap), and that light.

    density: pixels a metre of the atlas [128], or of a lightmap and of occlusion [1 / texel_m]; both shrink
    until everything fits 4096 pixels and `max_texels` of light. It is None for `ao`, and where nothing
    takes any: then the scene comes back as it is. Raises MissingPart without embreex, xatlas or pyoidn.
    """
    per_metre = 1.0 / options.texel_m
    if density is not None and options.light != "atlas":
        per_metre = density
    bake = lay_out(scene, per_metre=per_metre, max_texels=options.max_texels, progress=progress)
    if bake is None:
        progress.note("nothing in the scene takes light: it stays as it is")
        return scene, None
    told = replace(scene, records=(*scene.records, Record("bake", _said(options, density), options.seed)))
    bake = replace(bake, scene=told)
    if options.light == "ao":
        open_ = open_sky(bake, seed=options.seed, clean=options.denoise, progress=progress)
        return with_occlusion(bake, open_), None
    light = solve(scene, bake.stage, options, tiles=bake.stage.tiles, least=EDGE, progress=progress)
    shown, look = expose(scene, bake.stage, light, options.exposure, seed=options.seed)
    if options.light == "atlas":
        made = with_atlas(bake, shown, look, density=density or ATLAS_DENSITY, progress=progress)
    else:
        open_ = open_sky(bake, seed=options.seed, clean=options.denoise, progress=progress)
        made = with_lightmap(bake, shown, open_, look)
    return as_asked(made, options, progress), lightmap_of(bake, light)


def _said(options: LightOptions, density: float | None) -> dict[str, object]:
    return {**asdict(options), **({} if density is None else {"density": density})}
