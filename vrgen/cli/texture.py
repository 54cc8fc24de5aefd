"""`vrgen texture`: materials as image files."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.files import writing
from vrgen.core.material import Material
from vrgen.synth import TextureOptions
from vrgen.verbs.check import within, writable_folder
from vrgen.verbs.texture import texture


@dataclass(frozen=True, kw_only=True)
class TextureCommand(TextureOptions):
    """Generate PBR materials that tile, under Poly Haven's file names (NAME_diff.png, NAME_nor_gl.png, ...),
    with a preview picture of each and one record.json."""

    out: Path | None = None
    """Folder to write into."""
    count: int = 1
    """How many, with consecutive seeds."""
    list: bool = False
    """Print the kinds and end."""

    def run(self, desk: Desk) -> Summary:
        """Generate, write, and say how each was made."""
        if self.list:
            return _kinds()
        within("count", self.count, 1, 10_000)
        folder = Path.cwd() if self.out is None else self.out
        writable_folder(folder)
        paths: tuple[Path, ...] = ()
        records = {}
        with desk.stage("generating textures", self.count) as advance:
            for number in range(self.count):
                material = texture.run(self._options(self.seed + number), desk)
                paths += tuple(_write(material, folder))
                records[material.name] = _facts(material)
                advance(1)
        record = folder / "record.json"
        with writing(record) as temporary:
            temporary.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
        headline = f"{self.count} x {self.kind}, {self.size}x{self.size} pixels"
        return Summary(headline, (*paths, record), {"materials": records})

    def _options(self, seed: int) -> TextureOptions:
        own = {field.name: getattr(self, field.name) for field in fields(TextureOptions)}
        return replace(TextureOptions(**own), seed=seed)


def _write(material: Material, folder: Path) -> list[Path]:
    from vrgen.maps.preview import swatch
    from vrgen.maps.write import write_material, write_png

    preview = folder / f"{material.name}_preview.png"
    write_png(swatch(material), preview)
    return [*write_material(material, folder), preview]


def _facts(material: Material) -> dict[str, object]:
    record = material.record.to_json() if material.record else {}
    return {"kind": material.kind, "size_m": list(material.size_m), "record": record}


def _kinds() -> Summary:
    from vrgen.synth.kinds import KINDS

    width = max(map(len, KINDS)) + 2
    lines = tuple(f"  {kind.name:{width}}{kind.summary}" for kind in KINDS.values())
    figures = {"kinds": {kind.name: kind.summary for kind in KINDS.values()}}
    return Summary(f"{len(KINDS)} kinds", figures=figures, lines=lines)
