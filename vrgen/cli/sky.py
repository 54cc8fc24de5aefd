"""`vrgen sky`: a sky as an image file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.core.files import writing
from vrgen.core.frames import angles_from_direction
from vrgen.core.sky import Sky
from vrgen.verbs.boundary import suffix_of, writable
from vrgen.verbs.sky import SkyRequest, sky


@dataclass(frozen=True, kw_only=True)
class SkyCommand(SkyRequest):
    """Generate a sky in linear light, cd/m2, with its sun, as an equirect panorama (2:1). Beside it stand
    NAME_preview.png and NAME_record.json."""

    out: Path
    """File to write: .hdr, .exr, or .png (tone-mapped, no light source)."""

    def run(self, desk: Desk) -> Summary:
        """Generate and write."""
        from vrgen.maps.write import SKY_FORMATS, write_sky

        suffix_of("out", self.out, SKY_FORMATS)
        writable(self.out)
        made = sky.run(self, desk)
        record = self.out.with_name(f"{self.out.stem}_record.json")
        paths = [self.out, record]
        if self.out.suffix.lower() != ".png":
            paths.append(self.out.with_name(f"{self.out.stem}_preview.png"))
        for path in paths:
            if path != record:
                write_sky(made, path)
        facts = _facts(made)
        with writing(record) as temporary:
            temporary.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        name = f"sky {self.seed}" if self.like is None else f"sky like {self.like.name}"
        return Summary(f"{name}, {2 * made.height}x{made.height} pixels", tuple(paths), facts)


def _facts(made: Sky) -> dict[str, object]:
    from vrgen.maps.certificate import seam_of_sky

    facts: dict[str, object] = {
        "seam": seam_of_sky(made),
        "record": made.record.to_json() if made.record else {},
    }
    if made.sun is not None:
        azimuth, elevation = angles_from_direction(made.sun.direction)
        facts["sun"] = {
            "azimuth": round(azimuth, 2),
            "elevation": round(elevation, 2),
            "lux": round(made.sun.lux, 1),
            "colour": [round(float(part), 4) for part in made.sun.colour],
        }
    return facts
