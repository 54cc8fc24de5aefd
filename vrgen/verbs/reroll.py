"""Reroll: one material of a file, or its sky, made again from its record, and nothing else touched."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from vrgen.core.change import SKY, Change, replaced
from vrgen.core.frames import LUMINANCE
from vrgen.core.mesh import Mesh
from vrgen.core.progress import Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.core.wearers import like, named, record_for, wearers
from vrgen.errors import UsageProblem
from vrgen.verbs.boundary import SEEDS, one_of, within
from vrgen.verbs.remake import remake
from vrgen.verbs.source import scene_of
from vrgen.verbs.verb import step

NEXT = "+1"
"""Seed that is taken where neither a seed nor a slider is asked for."""
SEEN = 0.1
"""Share by which a surface's reflectance changes before the light that it sends on is worth a word."""


@dataclass(frozen=True, kw_only=True)
class RerollOptions:
    """What is made again, and how it differs."""

    node: str
    """Surface (wall_plaster), mesh (room_01_wall) or node that wears it; sky is the sky."""
    seed: str | int | None = None
    """+1 is the next one, -1 the one before, 7 that one [+1, or kept where a slider is given]."""
    slider: tuple[str, ...] = ()
    """NAME=AMOUNT, added to what the material has: roughness, brightness, warmth, saturation, contrast,
    relief or scale, from -3 to 3 in all; of a sky cover and warmth. Give it again for each slider."""
    all_like: bool = False
    """Make every surface again that was made from the same record, as walls and ceiling of one plaster."""
    light: Literal["keep", "again"] = "keep"
    """What becomes of baked light: keep leaves it; again traces what the new colour sends on to all around
    it, in vertex light and lightmaps."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where models run: auto, cpu or cuda."""

    def __post_init__(self) -> None:
        one_of("light", self.light, ("keep", "again"))


@dataclass(frozen=True, eq=False, slots=True)
class Made:
    """A surface that was made again."""

    before: Surface
    """What was worn."""
    after: Surface
    """What takes its place."""
    before_record: Record
    """How it was made."""
    after_record: Record
    """How it is made now."""
    worn: tuple[tuple[str, Mesh], ...]
    """(name of the node, mesh as it was) wherever it is worn."""


@dataclass(frozen=True, eq=False, slots=True)
class Reroll:
    """A scene before and after."""

    before: Scene
    """The scene as it was."""
    after: Scene
    """The scene with what was made again, and records that say so."""
    made: tuple[Made, ...]
    """Every surface that was made again."""


@step(RerollOptions)
def reroll(scene: Scene | Path | str, options: RerollOptions, progress: Progress) -> Scene:
    """The scene with a surface made again; geometry, UVs, works and all other surfaces stay as they are.

    Baked light stays too, unless `light` is again: what the surface itself receives lies in vertex colours or
    lightmap and remains right, what it sends on to others is traced then. The same request gives the same
    scene. Raises UsageProblem for names and sliders that there are not, InputProblem for what no generator
    made.
    """
    return rerolled(scene, options, progress).after


def rerolled(scene: Scene | Path | str, options: RerollOptions, progress: Progress) -> Reroll:
    """What `reroll` does, with what it was before."""
    sliders = parse_amounts(options.slider)
    asked = NEXT if options.seed is None and not sliders else options.seed
    if asked is not None:
        seed_step(asked, 0)
    stage = scene_of(scene, progress)
    chosen = named(stage, options.node)
    if options.all_like:
        chosen = tuple({id(one): one for surface in chosen for one in like(stage, surface)}.values())
    before, made = stage, []
    for old in chosen:
        was = record_for(stage, old) or Record("")  # remake says why there is none
        change = Change(0 if asked is None else seed_step(asked, was.seed or 0), sliders)
        new = remake(stage, old, change, device=options.device, progress=progress)
        worn = wearers(stage, old)
        stage = replaced(stage, old, new)
        now = record_for(stage, new) or was
        made.append(Made(old, new, was, now, worn))
        _say(made[-1], asked, options.light, progress)
    if options.light == "again":
        stage = _lit_again(before, stage, made, progress)
    return Reroll(before, stage, tuple(made))


def _lit_again(before: Scene, after: Scene, made: Sequence[Made], progress: Progress) -> Scene:
    """The scene with the light that the new surfaces send on, and a record of that."""
    from vrgen.bake.relight import relit

    swaps = [(one.before, one.after) for one in made if one.after.name != SKY]
    if len(swaps) < len(made):
        progress.note("the light of another sky cannot be traced into baked light: bake again for that")
    if not swaps:
        return after
    told = {"surfaces": [one.name for _, one in swaps], "light": "again"}
    lit = relit(before, after, swaps, seed=0, progress=progress)
    return lit if lit is after else replace(lit, records=(*lit.records, Record("relight", told, 0)))


def seed_step(asked: str | int, seed: int) -> int:
    """What is added to `seed` for `asked`: `+1` and `-2` count from it, `7` is a seed itself.

    Raises UsageProblem for what is no number, ValueProblem for one that no seed has.
    """
    text = str(asked).strip()
    if not re.fullmatch(r"[+-]?\d{1,20}", text):
        raise UsageProblem(f"seed: got {asked!r}, expected +1, -1 or a seed such as 7")
    number = int(text)
    if text[0] in "+-":
        within("seed", number, -SEEDS[1], SEEDS[1])
        return number
    within("seed", number, *SEEDS)
    return number - seed


def parse_amounts(texts: Sequence[str]) -> dict[str, float]:
    """Amount by slider of texts NAME=AMOUNT; a slider that is named twice adds up. Raises UsageProblem."""
    amounts: dict[str, float] = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            amount = float(number)
        except ValueError:
            amount = math.nan
        if not name.strip() or not math.isfinite(amount):
            raise UsageProblem(f"slider: got {text!r}, expected NAME=AMOUNT, as in warmth=+0.5")
        amounts[name.strip()] = amounts.get(name.strip(), 0.0) + amount
    return amounts


def reflectance(surface: Surface) -> float:
    """Mean share of light that the base colour sends on, 0 to 1."""
    colour = np.array(surface.base_colour_factor[:3])
    if surface.base_colour is not None:
        pixels = surface.base_colour.image.to_linear()
        colour = colour * pixels[..., : min(3, pixels.shape[2])].mean(axis=(0, 1), dtype=np.float64)
    return float(colour @ LUMINANCE)


def _say(made: Made, asked: str | int | None, light: str, progress: Progress) -> None:
    """What a person should know: the light that was not traced, and a dark sky that was passed over."""
    name = made.after.name
    if name == SKY and asked is not None and made.before_record.seed is not None:
        wanted = made.before_record.seed + seed_step(asked, made.before_record.seed)
        if made.after_record.seed != wanted:
            progress.note(f"sky {wanted} has a dark horizon, which would fill the windows; took a later one")
    if name == SKY or light == "again" or not (made.before.unlit or made.before.lightmap):
        return
    was, now = reflectance(made.before), reflectance(made.after)
    if was > 0 and abs(now / was - 1) > SEEN:
        progress.note(
            f"{name} sends on {abs(now / was - 1):.0%} {'more' if now > was else 'less'} light than before; "
            "the baked light around it stays as it was: --light again traces it"
        )
