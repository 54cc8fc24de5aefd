"""`vrgen maps`: photos of surfaces become PBR sets as image files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.files import writing
from vrgen.core.material import Material
from vrgen.errors import InputProblem
from vrgen.maps.write import Convention
from vrgen.synth.photo_request import MapsOptions, check_maps
from vrgen.verbs.boundary import writable_folder
from vrgen.verbs.maps import maps, name_of

PHOTOS = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True, kw_only=True)
class MapsCommand(MapsOptions):
    """Estimate a seamless PBR set from one photo of a surface, or one set from each photo of a folder, under
    Poly Haven's file names (NAME_diff.png, NAME_nor_gl.png, ...), with a preview picture of each and one
    record.json. Photograph the surface straight on, in even light."""

    POSITIONAL: ClassVar = ("photo",)
    photo: Path
    """A photo (jpg, png, tiff, webp) or a folder of them."""
    out: Path
    """Folder to write into."""
    convention: Convention = "gl"
    """Which way green points in the normal map: gl is up (Blender, glTF), dx is down (Unreal), both writes
    the two."""

    def run(self, desk: Desk) -> Summary:
        """Estimate, write, and say how each was made."""
        check_maps(self)
        photos = _photos(self.photo)
        writable_folder(self.out)
        records: dict[str, dict[str, object]] = {}
        paths: list[Path] = []
        left_out: list[str] = []
        with desk.stage("estimating maps", len(photos)) as advance:
            for photo in photos:
                try:
                    material = maps.run(photo, self, desk)
                except InputProblem as problem:
                    if len(photos) == 1:
                        raise
                    left_out.append(str(problem))
                    desk.note(f"left out: {problem}")
                else:
                    paths += _write(material, self.out, self.convention)
                    records[material.name] = _facts(material, photo)
                advance(1)
        if not records:
            raise InputProblem(f"{self.photo}: none of its {len(photos)} pictures can be used; {left_out[0]}")
        record = self.out / "record.json"
        with writing(record) as temporary:
            temporary.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
        headline = f"{len(records)} PBR {'set' if len(records) == 1 else 'sets'} from photos" + (
            f"; {len(left_out)} left out" if left_out else ""
        )
        return Summary(headline, (*paths, record), {"materials": records, "left_out": left_out})


def _photos(path: Path) -> list[Path]:
    """The photo, or those of the folder, whose names stay apart when they name materials."""
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.iterdir() if p.suffix.lower() in PHOTOS and p.is_file())
    if not found:
        raise InputProblem(f"{path} holds no photo; expected files that end in {', '.join(sorted(PHOTOS))}")
    names: dict[str, Path] = {}
    for photo in found:
        name = name_of(photo)
        if name in names:
            raise InputProblem(
                f"{names[name].name} and {photo.name} would both be written as {name}; rename one"
            )
        names[name] = photo
    return found


def _write(material: Material, folder: Path, convention: Convention) -> list[Path]:
    from vrgen.maps.preview import swatch
    from vrgen.maps.write import write_material, write_png

    preview = folder / f"{material.name}_preview.png"
    write_png(swatch(material), preview)
    return [*write_material(material, folder, convention=convention), preview]


def _facts(material: Material, photo: Path) -> dict[str, object]:
    record = material.record.to_json() if material.record else {}
    from vrgen.maps.certificate import seams_of

    return {
        "photo": photo.name,
        "size_m": list(material.size_m),
        "seam": dict(seams_of(material)),
        "record": record,
    }
