"""`vrgen restyle`: pictures, materials and skies in another style, as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.files import writing
from vrgen.core.image import Image
from vrgen.core.material import Material
from vrgen.core.sky import Sky
from vrgen.synth.restyle_request import RestyleOptions
from vrgen.verbs.boundary import suffix_of, writable, writable_folder
from vrgen.verbs.restyle import SKIES, Styled, restyle


@dataclass(frozen=True, kw_only=True)
class RestyleCommand(RestyleOptions):
    """Restyle a picture, the materials of a folder (their base colours; other maps are carried along and
    everything tiles as before), or an HDR sky. `vrgen models` lists the styles that ship."""

    POSITIONAL: ClassVar = ("source",)
    source: Path
    """A picture, a folder of maps, or a .hdr or .exr sky."""
    out: Path
    """File to write (.png for a picture; .hdr, .exr or .png for a sky), or a folder for materials."""

    def run(self, desk: Desk) -> Summary:
        """Read, restyle, write."""
        if self.source.is_dir():
            return self._materials(desk)
        self._check_out()
        made = restyle.run(self.source, self, desk)
        paths = [self.out]
        if isinstance(made, Sky):
            paths += _write_sky(made, self.out)
        elif isinstance(made, Image):
            from vrgen.maps.write import write_png

            write_png(made, self.out)
        return Summary(f"{self.source.name} by {self.model}, {_size(made)}", tuple(paths), self._figures())

    def _check_out(self) -> None:
        from vrgen.maps.write import SKY_FORMATS

        suffix_of("out", self.out, SKY_FORMATS if self.source.suffix.lower() in SKIES else (".png",))
        writable(self.out)

    def _materials(self, desk: Desk) -> Summary:
        from vrgen.maps.certificate import seams_of
        from vrgen.maps.preview import swatch
        from vrgen.maps.read_material import read_materials
        from vrgen.maps.write import write_material, write_png

        writable_folder(self.out)
        paths: list[Path] = []
        records = {}
        for material in read_materials(self.source):
            made = restyle.run(material, self, desk)
            assert isinstance(made, Material)
            preview = self.out / f"{made.name}_preview.png"
            write_png(swatch(made), preview)
            paths += [*write_material(made, self.out), preview]
            records[made.name] = {
                "kind": made.kind,
                "size_m": list(made.size_m),
                "seam": dict(seams_of(made)),
                "record": made.record.to_json() if made.record else {},
            }
        paths.append(self.out / "record.json")
        with writing(paths[-1]) as temporary:
            temporary.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
        return Summary(
            f"{len(records)} {'material' if len(records) == 1 else 'materials'} by {self.model}",
            tuple(paths),
            {"materials": records},
        )

    def _figures(self) -> dict[str, object]:
        return {"model": self.model, "reverse": self.reverse, "strength": self.strength}


def _write_sky(sky: Sky, path: Path) -> list[Path]:
    """Write a sky and, beside HDR, its tone-mapped preview; what lies beside it."""
    from vrgen.maps.write import write_sky

    write_sky(sky, path)
    if path.suffix.lower() == ".png":
        return []
    preview = path.with_name(f"{path.stem}_preview.png")
    write_sky(sky, preview)
    return [preview]


def _size(made: Styled) -> str:
    if isinstance(made, Sky):
        return f"{2 * made.height}x{made.height} pixels"
    picture = made.base_colour if isinstance(made, Material) else made
    return f"{picture.width}x{picture.height} pixels"
