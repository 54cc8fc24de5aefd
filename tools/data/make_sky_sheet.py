"""Twelve skies with their suns marked: the contact sheet of sky_vae.

    python tools/data/make_sky_sheet.py assets/sheets/skies.jpg

A ring marks the sun that was measured; what was asked for stands below each.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import angles_from_direction, equirect_uv
from vrgen.maps.write import tone_mapped
from vrgen.synth import SkyOptions, sky

WIDTH, GAP = 640, 6
ASKED = (
    {"kind": "clear", "seed": 1, "sun_elevation": 55.0},
    {"kind": "clear", "seed": 5, "sun_elevation": 25.0},
    {"kind": "clear", "seed": 4, "sun_elevation": 6.0},
    {"kind": "cloudy", "seed": 1, "sun_elevation": 40.0, "cover": 0.25},
    {"kind": "cloudy", "seed": 7, "sun_elevation": 40.0, "cover": 0.5},
    {"kind": "cloudy", "seed": 3, "sun_elevation": 12.0, "cover": 0.4, "warmth": 0.2},
    {"kind": "overcast", "seed": 4},
    {"kind": "overcast", "seed": 6},
    {"kind": "cloudy", "seed": 12, "sun_elevation": 30.0, "cover": 0.75, "warmth": -0.3},
    {"kind": "dusk", "seed": 2},
    {"kind": "dusk", "seed": 5},
    {"kind": "night", "seed": 1},
)


def cell(asked: dict[str, object]) -> NDArray[np.uint8]:
    """One sky as a picture, its sun ringed and its options written below."""
    made = sky(SkyOptions(size=2 * WIDTH, **asked))  # type: ignore[arg-type]
    picture = cv2.resize(tone_mapped(made), (WIDTH, WIDTH // 2), interpolation=cv2.INTER_AREA)
    words = ", ".join(f"{name} {value}" for name, value in asked.items() if name not in ("kind", "seed"))
    text = f"{asked['kind']} {asked['seed']}" + (f": {words}" if words else "")
    if made.sun is not None:
        u, v = equirect_uv(made.sun.direction)
        centre = (round(u * WIDTH), round(v * WIDTH / 2))
        cv2.circle(picture, centre, 17, (20, 20, 20), 3, cv2.LINE_AA)
        cv2.circle(picture, centre, 17, (255, 225, 120), 1, cv2.LINE_AA)
        text += f"; measured {angles_from_direction(made.sun.direction)[1]:.1f}"
    label = np.full((26, WIDTH, 3), 24, np.uint8)
    cv2.putText(label, text, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.43, (225, 225, 225), 1, cv2.LINE_AA)
    return np.pad(np.concatenate([picture, label]), ((GAP, 0), (GAP, 0), (0, 0)), constant_values=24)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    cells = [cell(dict(asked)) for asked in ASKED]
    sheet = np.concatenate([np.concatenate(cells[i : i + 3], axis=1) for i in range(0, len(cells), 3)])
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.ascontiguousarray(sheet[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 85])
    print(path, path.stat().st_size // 1024, "kB")
