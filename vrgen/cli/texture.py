"""`vrgen texture`: materials as image files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.files import writing
from vrgen.core.image import Image
from vrgen.core.material import Material
from vrgen.errors import UsageProblem
from vrgen.synth import TextureOptions, check_texture
from vrgen.verbs.boundary import readable, within, writable_folder
from vrgen.verbs.texture import texture
from vrgen.verbs.textures import textures

MOST_STEPS = 100


@dataclass(frozen=True, kw_only=True)
class TextureCommand(TextureOptions):
    """Generate PBR materials that tile, under Poly Haven's file names (NAME_diff.png, NAME_nor_gl.png, ...),
    with a preview picture of each, a contact sheet of several, and one record.json."""

    out: Path | None = None
    """Folder to write into."""
    count: int = 1
    """How many, with consecutive seeds."""
    morph: str | None = None
    """SEED_A:SEED_B:STEPS, as in 7:9:5: a walk between two seeds, the ends included."""
    list: bool = False
    """Print the kinds and sliders and end."""

    def run(self, desk: Desk) -> Summary:
        """Generate, write, and say how each was made."""
        if self.list:
            return _known()
        wanted = self._wanted()
        folder = Path.cwd() if self.out is None else self.out
        writable_folder(folder)
        paths: tuple[Path, ...] = ()
        records, previews = {}, {}
        with desk.stage("generating textures", len(wanted)) as advance:
            for material in textures(wanted) if len(wanted) > 1 else [texture.run(wanted[0], desk)]:
                written, previews[material.name] = _write(material, folder)
                paths += tuple(written)
                records[material.name] = _facts(material)
                advance(1)
        if len(previews) > 1:
            paths += (_write_sheet(previews, folder),)
        return _summed(self, records, (*paths, folder / "record.json"))

    def _own(self) -> TextureOptions:
        return TextureOptions(**{spec.name: getattr(self, spec.name) for spec in fields(TextureOptions)})

    def _wanted(self) -> tuple[TextureOptions, ...]:
        """One request for each material, all checked."""
        within("count", self.count, 1, 10_000)
        own = self._own()
        if self.morph is None:
            wanted = tuple(replace(own, seed=self.seed + number) for number in range(self.count))
        else:
            if self.count > 1 or own.toward is not None:
                raise UsageProblem("morph says which seeds and how many; leave out count and toward")
            start, end, steps = _parse_morph(self.morph)
            wanted = tuple(
                replace(own, seed=start, toward=end, way=round(number / (steps - 1), 6))
                for number in range(steps)
            )
        for options in (wanted[0], wanted[-1]):
            check_texture(options)
        for path in (self.like, self.mask):
            if path is not None:
                readable(Path(path))
        if self.weights is not None:
            from vrgen.models.weights import found

            found(Path(self.weights), "material_gan")
        if self.draw == "gan":
            from vrgen.models.device import pick_device
            from vrgen.synth.draw import source_name

            source_name(self.kind, self.seed, pick_device(self.device))
        return wanted


def make_many(commands: Sequence[TextureCommand]) -> Iterator[Summary]:
    """The summary of each command, of one material each: the next is made while the last is written."""
    wanted = [command._own() for command in commands]
    for command, material in zip(commands, textures(wanted), strict=True):
        assert command.out is not None
        written, _ = _write(material, command.out)
        record = command.out / "record.json"
        yield _summed(command, {material.name: _facts(material)}, (*written, record))


def _summed(command: TextureCommand, records: Mapping[str, object], paths: tuple[Path, ...]) -> Summary:
    """Write the records, and sum up; the last of the paths is theirs."""
    with writing(paths[-1]) as temporary:
        temporary.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    what = command.mix or (command.like and Path(command.like).name) or command.kind
    headline = f"{len(records)} x {what}, {command.size}x{command.size} pixels"
    return Summary(headline, paths, {"materials": records})


def _parse_morph(text: str) -> tuple[int, int, int]:
    """(first seed, second seed, steps) of `7:9:5`."""
    match = re.fullmatch(r"(\d+):(\d+):(\d+)", text)
    start, end, steps = (int(number) for number in match.groups()) if match else (0, 0, 0)
    if not 2 <= steps <= MOST_STEPS:
        raise UsageProblem(
            f"got morph {text!r}, expected SEED_A:SEED_B:STEPS with 2 to {MOST_STEPS} steps, as in 7:9:5"
        )
    return start, end, steps


def _write(material: Material, folder: Path) -> tuple[list[Path], Image]:
    """(the files, the preview)."""
    from vrgen.maps.preview import swatch
    from vrgen.maps.write import write_material, write_png

    path, preview = folder / f"{material.name}_preview.png", swatch(material)
    write_png(preview, path)
    return [*write_material(material, folder), path], preview


def _write_sheet(previews: dict[str, Image], folder: Path) -> Path:
    from vrgen.maps.write import write_png
    from vrgen.view.sheet import contact_sheet

    path = folder / "sheet.png"
    write_png(contact_sheet(previews, columns=3), path)
    return path


def _facts(material: Material) -> dict[str, object]:
    record = material.record.to_json() if material.record else {}
    from vrgen.maps.certificate import seams_of

    return {
        "kind": material.kind,
        "size_m": list(material.size_m),
        "seam": dict(seams_of(material)),
        "record": record,
    }


def _known() -> Summary:
    from vrgen.synth.kinds import KINDS
    from vrgen.synth.slider_names import SLIDERS

    kinds = {kind.name: kind.summary for kind in KINDS.values()}
    width = max(map(len, kinds)) + 2
    lines = (
        *(f"  {name:{width}}{summary}" for name, summary in kinds.items()),
        "Sliders, from -3 to 3:",
        *(f"  {name:{width}}{summary}" for name, summary in SLIDERS.items()),
    )
    headline = f"{len(kinds)} kinds, {len(SLIDERS)} sliders"
    return Summary(headline, figures={"kinds": kinds, "sliders": dict(SLIDERS)}, lines=lines)
