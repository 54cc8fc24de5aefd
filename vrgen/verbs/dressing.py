"""Dressing: what `--material` says becomes materials, read or generated, and the parts that wear them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vrgen.core.material import Material
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene
from vrgen.errors import UsageProblem
from vrgen.synth import TextureOptions, check_texture
from vrgen.synth.kinds import KINDS

if TYPE_CHECKING:
    from vrgen.bake.dress import Wear
    from vrgen.bake.dress_options import DressOptions

FORM = "KIND, KIND:SEED, KIND:PART, KIND:SEED:PART, or FOLDER and FOLDER:PART with maps in a folder"


@dataclass(frozen=True, slots=True)
class Asked:
    """One `--material`, taken apart."""

    part: str
    """What wears it."""
    texture: TextureOptions | None
    """What is generated; None where a folder is read."""
    folder: Path | None = None
    """Where the maps lie."""


def parse_material(text: str, *, size: int) -> Asked:
    """`bricks:7:wall_*` apart: a kind or a folder, a seed where digits stand, a part.

    A colon may stand in a folder's name: the longest beginning that is a folder is one.
    Raises UsageProblem, in one sentence, for a kind that there is not and for text that says nothing.
    """
    folder, part = (None, "") if text.partition(":")[0] in KINDS else _folder_and_part(text)
    if folder is not None:
        return Asked(part or "*", None, folder)
    kind, *rest = text.split(":")
    seed = 0
    if rest and rest[0].isdecimal():
        seed = int(rest.pop(0))
    if not kind or len(rest) > 1 or (rest and not rest[0]):
        raise UsageProblem(f"material: got {text!r}, expected {FORM}")
    asked = TextureOptions(kind=kind, seed=seed, size=size)
    check_texture(asked)
    return Asked(rest[0] if rest else "*", asked)


def _folder_and_part(text: str) -> tuple[Path | None, str]:
    if Path(text).is_dir():
        return Path(text), ""
    head, colon, tail = text.rpartition(":")
    if colon and head and Path(head).is_dir():
        return Path(head), tail
    if "/" in text or "\\" in text:
        raise UsageProblem(f"material: got {text!r}, and there is no such folder; expected {FORM}")
    return None, ""


def wears_of(asked: Sequence[Asked], *, device: str, progress: Progress) -> list[Wear]:
    """The materials themselves, each made or read once. Raises what reading and generating raise."""
    from vrgen.bake.dress import Wear

    made: dict[tuple[TextureOptions | None, Path | None], Material] = {}
    with progress.stage("making materials", len(asked)) as advance:
        for one in asked:
            key = (one.texture, one.folder)
            if key not in made:
                made[key] = _material(one, device)
            advance(1)
    return [Wear(made[one.texture, one.folder], one.part) for one in asked]


def _material(asked: Asked, device: str) -> Material:
    if asked.folder is not None:
        from vrgen.maps.read_material import read_materials

        found = read_materials(asked.folder)
        if len(found) > 1:
            names = ", ".join(material.name for material in found[:6])
            raise UsageProblem(f"material: {asked.folder} holds {len(found)} ({names}); give each its folder")
        return found[0]
    from vrgen.synth import texture

    assert asked.texture is not None
    return texture(replace(asked.texture, device=device))  # type: ignore[arg-type]


def dressed(
    scene: Scene,
    asked: Sequence[Asked],
    how: DressOptions,
    *,
    device: str,
    seed: int = 0,
    progress: Progress,
) -> Scene:
    """The scene in its materials, with their records. Parts are checked before anything is made."""
    if not asked:
        return scene
    from vrgen.bake.dress import check_part, dress

    for part in (*(one.part for one in asked), *(part for part, _ in how.densities())):
        check_part(scene, part)
    wears = wears_of(asked, device=device, progress=progress)
    records = {id(wear.material): wear.material.record for wear in wears}
    told = tuple(record for record in records.values() if record is not None)
    made = dress(scene, wears, how, seed=seed, progress=progress)
    return replace(made, records=(*made.records, *told))
