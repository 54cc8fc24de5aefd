"""Texel light: the light of a scene in textures: an unlit atlas, a lightmap, or occlusion alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.charts import cut
from vrgen.bake.colours import painted
from vrgen.bake.deliver import bare, neutral, put_back, unlit
from vrgen.bake.occlusion import occlusion
from vrgen.bake.pack import LARGEST, Sheet, pack
from vrgen.bake.parts import collect
from vrgen.bake.smooth import denoise
from vrgen.bake.stitch import stitch
from vrgen.bake.texels import ChartedStage, set_charted_stage
from vrgen.bake.tone import Look
from vrgen.bake.unfold import unfolded
from vrgen.core.image import Image, to_bytes
from vrgen.core.mesh import Mesh
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture

OCCLUSION_SAMPLES = 64
EDGE = 3
"""Texels of its own light around a tiny chart while it is smoothed: charts are many and small."""


@dataclass(frozen=True, eq=False, slots=True)
class Lightmap:
    """Light as it was traced, on the meshes' second UV set (an atlas has it on the first)."""

    illuminance: NDArray[np.float32]
    """(height, width, 3) lux, linear Rec. 709; 0 where no chart is near."""
    per_metre: float
    """Texels a metre."""


@dataclass(frozen=True, eq=False, slots=True)
class TexelBake:
    """A scene made ready: what is lit lies on one sheet."""

    scene: Scene
    """As it was given."""
    stage: ChartedStage
    """Its texels."""


def lay_out(scene: Scene, *, per_metre: float, max_texels: int, progress: Progress) -> TexelBake | None:
    """Unwrap all that is lit on one sheet. None where nothing is."""
    parts = collect(scene)
    wanted = [place for place, part in enumerate(parts) if part.lit]
    if not wanted:
        return None
    charts = cut(parts, wanted, progress=progress)
    area = sum(float(chart.size.prod()) for chart in charts)
    density = min(per_metre, float(np.sqrt(max_texels / max(area, 1e-9))))
    sheet = pack(charts, per_metre=density, largest=LARGEST, progress=progress)
    return TexelBake(scene, set_charted_stage(parts, sheet))


def smoothed(
    light: NDArray[np.float32], stage: ChartedStage, *, on: bool, progress: Progress
) -> NDArray[np.float32]:
    """Light (n, 3) of the texels, without noise."""
    return denoise(light, stage.tiles, least=EDGE, progress=progress) if on else light


def open_sky(bake: TexelBake, *, seed: int, clean: bool, progress: Progress) -> NDArray[np.float32]:
    """(n, 3) occlusion of the texels."""
    found = occlusion(bake.stage, samples=OCCLUSION_SAMPLES, seed=seed, progress=progress)
    return np.clip(smoothed(found, bake.stage, on=clean, progress=progress), 0.0, 1.0)


def on_sheet(stage: ChartedStage, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(height, width, 3) values (n, 3) of the receivers on the sheet, gutters filled and seams closed; 0
    elsewhere."""
    padded = np.concatenate([values, np.zeros((1, values.shape[1]), np.float32)])
    return stitch(padded[stage.texel], stage.sheet, stage.parts)  # -1 is the last row


def shown_light(stage: ChartedStage, light: NDArray[np.float32], look: Look) -> NDArray[np.float32]:
    """(n, 3) values in [0, 1] of white surfaces; grey and gentle on works of art."""
    out = look.shown(light)
    for place, part in enumerate(stage.parts):
        if part.mesh.lighting == "neutral":
            mine = stage.part_of == place
            out[mine] = neutral(out[mine])
    return out


def with_lightmap(
    bake: TexelBake, light: NDArray[np.float32], open_: NDArray[np.float32], look: Look
) -> Scene:
    """The scene with MOZ_lightmap and occlusion on uv1; materials stay as they are.

    The map is linear and exposed: 1 is white, as unlit deliveries show it; so is the scene's exposure.
    """
    stage = bake.stage
    light_map = _texture(on_sheet(stage, shown_light(stage, light, look)))
    shade = _texture(on_sheet(stage, open_)[..., :1])
    surfaces = _Once(
        lambda old: replace(
            old,
            lightmap=light_map,
            lightmap_intensity=1.0,
            occlusion=shade,
            occlusion_strength=1.0,
            emissive_strength=old.emissive_strength * look.exposure,
        )
    )
    made = _unfolded(stage, surfaces, second=True)
    for part in stage.parts:
        if not part.lit and part.mesh.lighting == "none":
            made[part.node, part.slot] = unlit(part, look)
    return replace(put_back(bake.scene, made), extras=_ours(bake.scene.extras, exposure=1.0))


def with_occlusion(bake: TexelBake, open_: NDArray[np.float32]) -> Scene:
    """The scene with occlusion on uv1, and nothing else changed."""
    shade = _texture(on_sheet(bake.stage, open_)[..., :1])
    surfaces = _Once(lambda old: replace(old, occlusion=shade, occlusion_strength=1.0))
    return put_back(bake.scene, _unfolded(bake.stage, surfaces, second=True))


def with_atlas(
    bake: TexelBake, light: NDArray[np.float32], look: Look, *, density: float, progress: Progress
) -> Scene:
    """The scene in one picture: light x base colour, unlit, on uv0. Every viewer shows it alike."""
    stage = bake.stage
    finer = fineness(stage.sheet, density, progress)
    image = painted(
        stage, on_sheet(stage, shown_light(stage, light, look)), look, finer=finer, progress=progress
    )
    texture = Texture(image, wrap=("clamp_to_edge", "clamp_to_edge"))
    surfaces = _Once(lambda old: _in_atlas(old, texture), key=_seen_as)
    made = {
        key: replace(mesh, uv0=mesh.uv1, uv1=None, tangents=None, colours=None, lighting="none")
        for key, mesh in _unfolded(stage, surfaces, second=False).items()
    }
    for part in stage.parts:
        made.setdefault((part.node, part.slot), unlit(part, look))
    return replace(put_back(bake.scene, made), extras=_ours(bake.scene.extras, exposure=look.exposure))


def fineness(sheet: Sheet, density: float, progress: Progress) -> int:
    """How many pixels of colour a texel of light gets along a side, so that the picture is not too large."""
    wanted = max(1, round(density / sheet.per_metre))
    finer = max(1, min(wanted, LARGEST // max(sheet.width, sheet.height)))
    if finer < wanted:
        progress.note(
            f"the atlas has {finer * sheet.per_metre:.0f} pixels a metre instead of {density:.0f}: "
            f"{sheet.width * finer} x {sheet.height * finer} pixels is the most that headsets take"
        )
    return finer


def lightmap_of(bake: TexelBake, light: NDArray[np.float32]) -> Lightmap:
    """Light in lux for a file beside the scene."""
    return Lightmap(on_sheet(bake.stage, light), bake.stage.sheet.per_metre)


class _Once:
    """Surfaces changed once each: what was one draw call stays one."""

    def __init__(self, change: Any, *, key: Any = id) -> None:
        self._change, self._key = change, key
        self._made: dict[Any, tuple[Surface, Surface]] = {}

    def of(self, old: Surface) -> Surface:
        """The changed surface."""
        return self._made.setdefault(self._key(old), (old, self._change(old)))[1]


def _unfolded(stage: ChartedStage, surfaces: _Once, *, second: bool) -> dict[tuple[int, int], Mesh]:
    """Every mesh on the sheet with uv1 there, in its new surface; uv0 stays with `second`."""
    made = {}
    for place, mesh in unfolded(stage.parts, stage.sheet).items():
        part = stage.parts[place]
        kept = mesh if second else replace(mesh, uv0=None)
        made[part.node, part.slot] = replace(kept, surface=surfaces.of(part.mesh.surface))
    return made


def _seen_as(surface: Surface) -> tuple[str, float, bool]:
    """What still tells surfaces apart when all colour lies in one picture."""
    return (
        surface.alpha_mode,
        surface.alpha_cutoff if surface.alpha_mode == "mask" else 0.0,
        surface.double_sided,
    )


def _in_atlas(old: Surface, texture: Texture) -> Surface:
    return replace(
        bare(old), name="atlas", base_colour=texture, base_colour_factor=(1.0, 1.0, 1.0, 1.0), extras={}
    )


def _texture(values: NDArray[np.float32]) -> Texture:
    return Texture(Image(to_bytes(values), "linear"), uv_set=1, wrap=("clamp_to_edge", "clamp_to_edge"))


def _ours(extras: Mapping[str, Any], **more: float) -> dict[str, Any]:
    return {**extras, "vrgen": {**extras.get("vrgen", {}), **more}}
