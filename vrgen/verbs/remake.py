"""Remake: one surface of a scene from its record, with another seed or sliders further up or down.

What is generated is generated again by the same verb and dressed as the gallery's style dressed that role;
where the light is baked, it is delivered as the bake delivers. The light itself is not traced again: it
stays in vertex colours or lightmap, and a darker floor sends as much of it on as the lighter one did. Paint
is refused: its one colour is multiplied into the baked light, and no generator made it; nor are works of art
made again, nor what was made from a photo, a mask or weights of which the file holds only the name.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vrgen.core.change import SKY, Change, record_of
from vrgen.core.frames import angles_from_direction
from vrgen.core.material import Material
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky
from vrgen.core.sun import horizon_light
from vrgen.core.surface import Surface, Texture
from vrgen.errors import InputProblem
from vrgen.verbs.gallery import DARK, SKY_PARTS

if TYPE_CHECKING:
    from vrgen.scene.finish import SurfaceRequest
    from vrgen.synth import TextureOptions

TONED = ("roughness", "brightness", "warmth", "saturation")
"""Sliders that move means, which a style holds at what it asked for."""

ATLAS = "atlas"
"""Name of the surface in which a bake leaves light and colour of everything."""
Device = Literal["auto", "cpu", "cuda"]


def remake(
    scene: Scene, surface: Surface, change: Change, *, device: Device = "auto", progress: Progress = SILENT
) -> Surface:
    """The surface once more, changed: `vrgen.core.change.replaced` puts it in the old one's place.

    `surface` is one that a mesh of the scene wears; with no change it comes out as the gallery made it.
    Meant for a thread beside a render loop (call `prepare` before it): nothing is shared but the networks,
    which are loaded once and leave a core free; a `progress` whose `stage` raises stops it between two steps.
    Where the loop draws on the only graphics card, device "cpu" keeps that free for it.
    Raises InputProblem for what cannot be made again, and UsageProblem for sliders that there are not or
    that stand at their end.
    """
    from vrgen.synth.beside import leaving_a_core

    with leaving_a_core():
        if surface.name == SKY and surface.unlit:
            return _sky(scene, surface, change, device=device, progress=progress)
        return _material(scene, surface, change, device=device, progress=progress)


def prepare(device: Device = "auto") -> None:
    """Load all that `remake` needs: before a render loop begins, whose frames the import of torch would hold
    up for a fifth of a second. Raises MissingPart without the weights."""
    importlib.import_module("vrgen.bake.anew")
    importlib.import_module("vrgen.bake.backdrop")
    importlib.import_module("vrgen.scene.plan")
    from vrgen.synth.beside import load_everything

    load_everything(device)


def saved(scene: Scene, folder: Path, name: str, *, progress: Progress = SILENT) -> Path:
    """Write the scene as `NAME-rerolled-001.glb`, or the next number that is free, whole or not at all.

    Raises OutputProblem when the folder cannot be written.
    """
    from vrgen.gltf import WriteOptions, write

    folder = Path(folder)
    stem = f"{name}-rerolled-"
    taken = [path.stem.removeprefix(stem) for path in folder.glob("*.glb") if path.stem.startswith(stem)]
    number = max((int(text) for text in taken if text.isdecimal()), default=0) + 1
    path = folder / f"{stem}{number:03d}.glb"
    write(scene, path, WriteOptions(drop_unused=True), progress=progress)
    return path


def _material(
    scene: Scene, surface: Surface, change: Change, *, device: Device, progress: Progress
) -> Surface:
    from vrgen.bake.anew import delivered
    from vrgen.scene.finish import surface_of
    from vrgen.synth import texture
    from vrgen.synth.again import texture_again

    options = texture_again(_record(surface), change, device=device)
    with progress.stage(f"generating {options.mix or options.kind} {options.seed}", 1):
        material = texture(options)
    request = _request(scene, surface)
    with progress.stage(f"dressing {surface.name}", 1):
        if request is None:
            made = replace(Surface.of(material, name=surface.name), normal_scale=surface.normal_scale)
        else:
            request = _slid(request, options, material)
            made = surface_of(request, material, seed=_seed(scene))
        made = _laid(surface, made)
    with progress.stage(f"delivering {surface.name}", 1):
        return _with_light(surface, delivered(scene, surface, made))


def _record(surface: Surface) -> Record:
    record = record_of(surface)
    if record is not None:
        return record
    name = surface.name or "this surface"
    if name == ATLAS and surface.unlit:
        raise InputProblem(
            "all colour and light of this file lies in one picture (bake --light atlas), so no material of "
            "it can be made again alone; reroll the file that was not baked yet, then bake that"
        )
    if surface.base_colour is None:
        raise InputProblem(
            f"{name} is painted in one colour, which lies in the baked light; no generator made it, so it "
            "has no next seed: choose another wall, floor, frame or the sky"
        )
    raise InputProblem(
        f"{name} does not say how it was made, so it stays as it is; walls, floors, frames and skies that "
        "vrgen generated can be made again"
    )


def _request(scene: Scene, surface: Surface) -> SurfaceRequest | None:
    """What the gallery's style asks of the role that the surface plays; None where there is no style.

    A surface is called ROLE_KIND. Raises UsageProblem for a style that is not installed.
    """
    from vrgen.scene.plan import style_of

    style, kind = _ours(scene.extras).get("style"), str(_ours(surface.extras).get("kind", ""))
    if not isinstance(style, str):
        return None
    role = surface.name.removesuffix(f"_{kind}".lower())
    asked = {one.role: one for one in style_of(style).surfaces if one.kind is not None}
    return asked.get(role)


def _slid(request: SurfaceRequest, options: TextureOptions, material: Material) -> SurfaceRequest:
    """The request as sliders of colour and roughness move it: as far as they move the bare material."""
    from vrgen.scene.finish import following
    from vrgen.synth import texture

    rest = tuple(text for text in options.slider if text.partition("=")[0] not in TONED)
    if rest == options.slider:
        return request
    return following(request, texture(replace(options, slider=rest)), material)


def _laid(old: Surface, new: Surface) -> Surface:
    """The new surface on the mesh's UVs, as the old one lay, with what else a file says of the old."""
    scale = _true_scale(old, new)

    def laid(name: str) -> Texture | None:
        texture: Texture | None = getattr(new, name)
        was, before = old.base_colour, getattr(old, name)
        if texture is None or was is None:
            return texture
        kept = {} if before is None else before.kept
        return replace(was, image=texture.image, scale=scale or texture.scale, kept=kept)

    return replace(
        new,
        base_colour=laid("base_colour"),
        metallic_roughness=laid("metallic_roughness"),
        normal=laid("normal"),
        occlusion=laid("occlusion"),
        alpha_mode=old.alpha_mode,
        alpha_cutoff=old.alpha_cutoff,
        double_sided=old.double_sided,
        extras={**old.extras, "vrgen": {**_ours(old.extras), **_ours(new.extras)}},
    )


def _with_light(old: Surface, new: Surface) -> Surface:
    """The new surface with the light that a bake laid on the old one's second UVs, and what nothing here
    understands of the old."""
    new = replace(new, lightmap=old.lightmap, lightmap_intensity=old.lightmap_intensity, kept=old.kept)
    if old.occlusion is None or old.occlusion.uv_set == 0:
        return new
    return replace(new, occlusion=old.occlusion, occlusion_strength=old.occlusion_strength)


def _true_scale(old: Surface, new: Surface) -> tuple[float, float] | None:
    """Texture scale that shows the new material as true in metres as the old; None takes the new one's."""
    was, now = (_size(surface) for surface in (old, new))
    if old.base_colour is None or was is None or now is None:
        return None
    u, v = old.base_colour.scale
    return (u * (was[0] / now[0]), v * (was[1] / now[1]))


def _size(surface: Surface) -> tuple[float, float] | None:
    """Metres that one tile of a surface's material covers, as its extras say."""
    said = _ours(surface.extras).get("size_m")
    if not isinstance(said, list) or len(said) != 2:
        return None
    if not all(isinstance(side, int | float) and 0 < side < math.inf for side in said):
        return None
    return (float(said[0]), float(said[1]))


def _sky(scene: Scene, surface: Surface, change: Change, *, device: Device, progress: Progress) -> Surface:
    from vrgen.bake.backdrop import sky_surface

    record = record_of(surface)
    if record is None:
        record = next((one for one in reversed(scene.records) if one.step == "sky"), None)
    if record is None:
        raise InputProblem("this sky came from a file, no generator made it; bake with another --sky")
    made = _skies(scene, record, change, device=device, progress=progress)
    first = next(made)
    bright = first
    if change.seed_step and horizon_light(first.radiance) < DARK:
        bright = next((one for one in made if horizon_light(one.radiance) >= DARK), first)
    with progress.stage("developing the sky", 1):
        shown = sky_surface(bright, _exposure(scene))
    picture = shown.base_colour
    if picture is not None and surface.base_colour is not None:
        picture = replace(surface.base_colour, image=picture.image)
    extras = {**surface.extras, "vrgen": {**_ours(surface.extras), **_ours(shown.extras)}}
    return replace(surface, base_colour=picture, extras=extras)


def _skies(
    scene: Scene, record: Record, change: Change, *, device: Device, progress: Progress
) -> Iterator[Sky]:
    """The sky that is asked for, then those further on the same way, as a gallery looks for a bright one."""
    from vrgen.synth import sky
    from vrgen.synth.again import sky_again

    onward = 1 if change.seed_step > 0 else -1
    for more in range(len(SKY_PARTS)):
        asked = replace(change, seed_step=change.seed_step + onward * more)
        options = sky_again(record, asked, sun=_sun(scene), device=device)
        with progress.stage(f"generating sky {options.seed}", 1):
            yield sky(options)


def _sun(scene: Scene) -> tuple[float, float] | None:
    """Azimuth and elevation in degrees from where the scene's sun shines; None without one."""
    for node, world in scene.walk():
        if node.light is not None and node.light.kind == "directional":
            return angles_from_direction(world[:3, 2])  # it shines along -Z
    return None


def _seed(scene: Scene) -> int:
    seed = _ours(scene.extras).get("seed")
    return seed if isinstance(seed, int) and seed >= 0 else 0


def _exposure(scene: Scene) -> float:
    told = _ours(scene.extras).get("exposure")
    return float(told) if isinstance(told, int | float) and 0 < told < math.inf else 1.0


def _ours(extras: Mapping[str, Any]) -> Mapping[str, Any]:
    ours = extras.get("vrgen")
    return ours if isinstance(ours, Mapping) else {}
