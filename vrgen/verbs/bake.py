"""Bake: dress meshes in materials, trace the light around them, and lay it into the file for every viewer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from vrgen.bake import LightOptions, backdrop, light_texels
from vrgen.bake import light as trace
from vrgen.bake.dress_options import DressOptions
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky
from vrgen.errors import UsageProblem
from vrgen.verbs.boundary import SIZES, one_of, readable, suffix_of, within, writable
from vrgen.verbs.dressing import dressed, parse_material
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import step

SKY_WIDTH = 2048
"""Pixels around the horizon of a generated sky."""
COARSEST = 4
"""Samples of the first of several passes at least."""


@dataclass(frozen=True)
class BakeOptions(DressOptions, LightOptions):
    """What a scene is dressed in, what shines on it, and how its light is delivered."""

    material: tuple[str, ...] = ()
    """KIND, KIND:SEED, KIND:PART, KIND:SEED:PART or FOLDER:PART, as often as you like: a generated material,
    or maps of a folder (under Poly Haven's names), for a node, mesh or material of that name; `*` stands for
    any letters, without PART everything wears it."""
    sky: int | str | Path | Sky | None = None
    """Seed of a generated sky, or a file (.hdr, .exr, .png, .jpg; 2:1), in place of the scene's own."""
    density: float | None = None
    """Pixels a metre of the atlas [128], or of a lightmap and of occlusion [1 / texel_m]; smaller where the
    whole would pass 4096 pixels a side."""
    sidecar: Path | None = None
    """An .exr beside the scene with the light in lux, of an atlas (on UV 0) or a lightmap (on UV 1)."""
    material_px: int = 1024
    """Pixels along a side of generated materials, 64 to 8192."""
    unit: str = "m"
    """Unit of OBJ, PLY and STL files: m, dm, cm, mm, inch, foot, or metres of one unit, as in 0.01."""
    up: Literal["y", "z"] = "y"
    """Axis that points up in OBJ, PLY and STL files."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where models run: auto, cpu or cuda."""

    def __post_init__(self) -> None:
        LightOptions.__post_init__(self)
        DressOptions.__post_init__(self)
        within("material_px", self.material_px, 64, SIZES[1])
        if self.density is not None:
            within("density", self.density, 0.1, 10_000)
        self._check_sidecar()
        one_of("up", self.up, ("y", "z"))
        one_of("device", self.device, ("auto", "cpu", "cuda"))
        for text in self.material:
            parse_material(text, size=self.material_px)

    def _check_sidecar(self) -> None:
        if self.sidecar is None:
            return
        suffix_of("sidecar", Path(self.sidecar), (".exr",))
        if self.light not in ("atlas", "lightmap"):
            raise UsageProblem(
                f"sidecar: got light {self.light!r}, which has no picture; bake with light atlas or lightmap"
            )


@step(BakeOptions)
def bake(scene: Scene | Path | str, options: BakeOptions, progress: Progress) -> Scene:
    """The scene, dressed and lit, with its sky behind the windows.

    The same scene and options give the same bytes. Raises InputProblem for files, UsageProblem for materials
    and parts that there are not.
    """
    return _finished(_made_ready(scene, options, progress), options, progress)


def baked_in_passes(
    scene: Scene | Path | str, options: BakeOptions, progress: Progress
) -> Iterator[tuple[int, Scene]]:
    """(samples, scene) of passes with a 64th of the samples, an eighth, and what `bake` gives.

    Every pass is whole; the rays of the earlier ones are a seventh of the last one's.
    """
    ready = _made_ready(scene, options, progress)
    counts = passes(options.samples) if options.light not in ("none", "ao") else (options.samples,)
    for samples in counts:
        yield samples, _finished(ready, replace(options, samples=samples), progress)


def passes(samples: int) -> tuple[int, ...]:
    """Samples of the passes that end with so many."""
    out = [samples]
    while out[0] // 8 >= COARSEST:
        out.insert(0, out[0] // 8)
    return tuple(out)


def _made_ready(scene: Scene | Path | str, options: BakeOptions, progress: Progress) -> Scene:
    """The scene read, dressed and under its sky: all but light."""
    if options.sky is not None and _is_file(options.sky):
        readable(Path(str(options.sky)))  # before the long work
    if options.sidecar is not None:
        writable(Path(options.sidecar))
    whole = _scene(scene, options, progress)
    materials = [parse_material(text, size=options.material_px) for text in options.material]
    how = DressOptions(**{field.name: getattr(options, field.name) for field in fields(DressOptions)})
    whole = dressed(whole, materials, how, device=options.device, progress=progress, seed=options.seed)
    return _under_sky(whole, options, progress)


def _finished(whole: Scene, options: BakeOptions, progress: Progress) -> Scene:
    lit = _lit(whole, options, progress)
    ours = lit.extras.get("vrgen", {})
    return backdrop(lit, exposure=float(ours.get("exposure", 1.0)))


def _lit(scene: Scene, options: BakeOptions, progress: Progress) -> Scene:
    light = LightOptions(**_light(options))
    if light.light not in ("none", "ao") and not _shines(scene):
        progress.note(
            "nothing shines in the scene: it has no sky, lamp or glowing surface; give it --sky SEED"
        )
    if light.light in ("none", "vertex"):
        return trace(scene, light, progress=progress)
    made, lightmap = light_texels(scene, light, density=options.density, progress=progress)
    if options.sidecar is not None and lightmap is not None:
        from vrgen.maps.write import write_exr

        write_exr(lightmap.illuminance, Path(options.sidecar))
    return made


def _shines(scene: Scene) -> bool:
    """Whether any light enters."""
    nodes = [node for node, _ in scene.walk()]
    glow = (any(mesh.surface.emissive_factor) for node in nodes for mesh in node.meshes)
    return scene.sky is not None or any(node.light is not None for node in nodes) or any(glow)


def _light(options: LightOptions) -> dict[str, Any]:
    """The fields of light alone: they are the record, and no path of this machine is among them."""
    return {field.name: getattr(options, field.name) for field in fields(LightOptions)}


def _scene(source: Scene | Path | str, options: BakeOptions, progress: Progress) -> Scene:
    """The scene itself, or read from a GLB, glTF, OBJ, PLY or STL file."""
    if isinstance(source, Scene) or Path(source).suffix.lower() not in (".obj", ".ply", ".stl"):
        return scene_of(source, progress, strict=True)
    from vrgen.scene.solids import read_solid

    path = Path(source)
    readable(path)
    with progress.stage(f"reading {path.name}", 1):
        return read_solid(path, unit=options.unit, up=options.up)


def _is_file(sky: int | str | Path | Sky) -> bool:
    return not isinstance(sky, Sky) and not str(sky).isdecimal()


def _under_sky(scene: Scene, options: BakeOptions, progress: Progress) -> Scene:
    """The scene under the sky that was asked for, with the record of that."""
    if options.sky is None:
        return scene
    sky = _sky(options.sky, options, progress)
    told = () if sky.record is None else (sky.record,)
    return replace(scene, sky=sky, records=(*scene.records, *told))


def _sky(asked: int | str | Path | Sky, options: BakeOptions, progress: Progress) -> Sky:
    if isinstance(asked, Sky):
        return asked
    if _is_file(asked):
        from vrgen.maps.read import read_sky

        return read_sky(Path(asked))  # type: ignore[arg-type]
    from vrgen.synth import SkyOptions, sky

    with progress.stage(f"generating sky {asked}", 1):
        return sky(SkyOptions(seed=int(str(asked)), size=SKY_WIDTH, device=options.device))
