"""Measure the shipped generators by DESIGN's measures: SWD, seams, memorisation, diversity, seconds.

    python tools/bench/models.py DATA

DATA holds the sources that the cards name. Prints a table and appends a row a measure to results.csv.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from table import report, row

from vrgen.maps.seam import seam_score
from vrgen.models.weights import load_weights, shipped
from vrgen.synth import SkyOptions, TextureOptions, sky, texture
from vrgen.train.data import MaterialSource, read_material_sets
from vrgen.train.metrics import diversity, memorisation, swd

CROP = 128
SIZE = 512
SEEDS = 3


def sources_of(data: Path) -> dict[str, MaterialSource]:
    """Every material source below `data` by name."""
    folders = [f for f in sorted(data.iterdir()) if f.is_dir() and f.name.startswith(("material", "textur"))]
    return {source.name: source for folder in folders for source in read_material_sets(folder)[0]}


def crops(pictures: list[NDArray[np.float32]], rng: np.random.Generator, each: int) -> NDArray[np.float32]:
    """(N * each, 128, 128, 3) crops at random places of periodic pictures."""
    cut = []
    for picture in pictures:
        for _ in range(each):
            rows = (np.arange(CROP) + rng.integers(picture.shape[0])) % picture.shape[0]
            columns = (np.arange(CROP) + rng.integers(picture.shape[1])) % picture.shape[1]
            cut.append(picture[rows[:, None], columns[None, :]])
    return np.stack(cut)


def main(data: Path) -> None:
    """Run all measures."""
    rng = np.random.default_rng(0)
    _, card, _ = load_weights(shipped("material_gan"))
    _, bank, _ = load_weights(shipped("material_bank"))
    sources = sources_of(data)
    # Real and made at one scale: whole tiles of 512 pixels.
    tiles = {name: next(level for level in s.levels if level.shape[0] <= SIZE) for name, s in sources.items()}
    colours = {name: tile[..., :3].astype(np.float32) / 255 for name, tile in tiles.items()}
    untoned = [e for e in bank["entries"] if "tone" not in e]
    toned = {e["kind"] for e in bank["entries"] if "tone" in e}
    kinds = sorted({e["kind"] for e in untoned} - toned)
    real = [colours[e["name"]] for e in untoned if e["kind"] in kinds]
    began = time.perf_counter()
    made_sets = {
        kind: [texture(TextureOptions(kind=kind, seed=s, size=SIZE)) for s in range(SEEDS)] for kind in kinds
    }
    seconds = (time.perf_counter() - began) / (SEEDS * len(kinds))
    made = [m.base_colour.to_float() for sets in made_sets.values() for m in sets]
    seams = [seam_score(i.to_float(), axis) for s in made_sets.values() for m in s for i in m.maps().values()
             for axis in ("u", "v")]  # fmt: skip
    a, b, g = crops(real, rng, 6), crops(real, rng, 6), crops(made, rng, 2)
    held = [colours[name] for name in card["held_out"] if name in colours]
    skies = [sky(SkyOptions(seed=s, size=1024)) for s in range(4)]
    azimuth = max(seam_score(np.log1p(s.radiance), "u") for s in skies)
    near = memorisation(crops(made, rng, 1), crops(held, rng, 8), crops(real, rng, 40))
    report(
        [
            row(
                "models",
                "swd textures",
                swd(a, g),
                unit="x1e-3",
                peer=swd(a, b),
                note="peer: real against real",
            ),
            row("models", "memorisation", near, unit="", peer=1.0, note="crops of 128 pixels, base colour"),
            row("models", "diversity", diversity(g, b), unit="", peer=1.0, note="all kinds together"),
            row("models", "worst texture seam", max(seams), unit="", peer=1.0, note=f"{len(seams)} scores"),
            row("models", "worst sky seam", azimuth, unit="", peer=1.0, note="azimuth, log scale"),
            row("models", "a set of 512 pixels", seconds, unit="s"),
        ]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
