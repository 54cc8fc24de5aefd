"""A texture atlas for a game: many small materials in one power-of-two sheet a map, with a table of places.

python pipelines/05_texture_atlas.py [HOW_MANY [PIXELS]]

Every tile is continued beyond its edges by a gutter, so that mipmaps and filtering do not mix neighbours.
atlas.json gives each material's place: u0, v0, u1, v1, origin top left as in glTF.
"""

# ci: run 4 64
# makes: .png .json
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import vrgen

count, pixels = (int(word) for word in (sys.argv[1:] + ["64", "128"][len(sys.argv[1:]) :])[:2])
GUTTER = 8
KINDS = ("bricks", "cobbles", "grass", "marble", "metal", "planks", "plaster", "sand")
MAPS = ("diff", "nor_gl", "arm")

Path("tiles.toml").write_text(
    f"""
[[product]]
name = "tile"
make = "texture"
kind = {list(KINDS[: max(1, min(count, len(KINDS)))])}
seed = "0..{max(0, -(-count // len(KINDS)) - 1)}"
size = {pixels}
""".replace("'", '"')
)


def sheet(files: list[Path], side: int) -> Image.Image:
    """The pictures in rows of `side`, each with a gutter of its own opposite edge."""
    cell = pixels + 2 * GUTTER
    edge = 1 << (side * cell - 1).bit_length()
    page = np.zeros((edge, edge, 3), np.uint8)
    for number, path in enumerate(files):
        tile = np.pad(
            np.asarray(Image.open(path).convert("RGB")), ((GUTTER,) * 2, (GUTTER,) * 2, (0, 0)), "wrap"
        )
        top, left = cell * (number // side), cell * (number % side)
        page[top : top + cell, left : left + cell] = tile
    return Image.fromarray(page)


if __name__ == "__main__":
    report = vrgen.batch(recipe="tiles.toml", out="tiles")
    items = sorted(report.items, key=lambda item: item.name)
    side = int(np.ceil(np.sqrt(len(items))))
    for name in MAPS:
        found = [next(path for path in item.paths if path.stem.endswith(f"_{name}")) for item in items]
        page = sheet(found, side)
        page.save(f"atlas_{name}.png")
    places = {}
    for number, item in enumerate(items):
        corner = np.array([number % side, number // side]) * (pixels + 2 * GUTTER) + GUTTER
        places[item.name] = [float(n) for n in (*corner / page.width, *(corner + pixels) / page.width)]
    Path("atlas.json").write_text(json.dumps(places, indent=2) + "\n")
    print(f"{len(items)} materials in atlas_*.png, {page.width} pixels square; places in atlas.json")
