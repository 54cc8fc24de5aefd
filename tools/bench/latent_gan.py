"""Measure latent_gan a kind: what it draws, and what quilting lays, against the source both start from.

    python tools/bench/latent_gan.py [WEIGHTS]

WEIGHTS is a folder with material_gan, material_bank and latent_gan, assets/weights when left out. All three
pictures are decoded latents, so what is compared is the drawing. Prints a line a kind and appends the means
to results.csv.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from table import report, row

from vrgen.maps.seam import seam_score
from vrgen.models.weights import load_weights, shipped
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.draw import draw_latent, drawn_source
from vrgen.synth.quilt import QuiltOptions, quilt
from vrgen.synth.seeds import generator_of
from vrgen.train.metrics import diversity, nearest_distance, swd

CELLS, SEEDS, CROPS, CROP = 48, 2, 24, 128
Colours = NDArray[np.float32]


def main(folder: Path) -> None:
    """Run all measures over every kind of the card."""
    generator, _ = load_generator("material_gan", "cpu", folder / "material_gan.safetensors")
    bank = load_bank("material_bank", folder / "material_bank.safetensors")
    weights = folder / "latent_gan.safetensors"
    _, card, _ = load_weights(weights)
    columns = ("real", "quilted", "drawn", "diversity", "nearness", "seam")
    table: dict[str, dict[str, float]] = {}
    print(f"{'kind':16}" + "".join(f"{name:>11}" for name in columns))
    for kind in sorted({entry["kind"] for entry in card["entries"]}):
        rng = np.random.default_rng(0)
        latents = {entry.facts["name"]: entry.latent for entry in bank.of_kind(kind)}

        def shown(latent: NDArray[np.float32]) -> Colours:
            maps = decode(generator, latent, device="cpu", wrap_y=True)
            return np.asarray(maps[..., :3].clip(0, 1), np.float32)

        def part(latent: NDArray[np.float32], rng: np.random.Generator = rng) -> Colours:
            """48x48 cells from anywhere, without their rim, which was decoded as if it wrapped."""
            rows, columns = ((np.arange(CELLS) + rng.integers(n)) % n for n in latent.shape[1:])
            return shown(latent[:, rows[:, None], columns])[8:-8, 8:-8]

        real, quilted, drawn = [], [], []
        for seed in range(SEEDS):
            source = latents[drawn_source(kind, seed, card, every_kind=True)[1]["name"]]
            cells = source.shape[1]
            laid = quilt(source, (cells, cells), generator_of(seed, "bench", kind), QuiltOptions())
            real += [part(source), part(source)]
            quilted.append(part(laid))
            drawn.append(part(draw_latent(kind, seed, cells, "cpu", weights=weights, every_kind=True)))
        a, b = cut(real[::2], rng), cut(real[1::2], rng)
        q, d = cut(quilted, rng), cut(drawn, rng)
        whole = shown(draw_latent(kind, SEEDS, CELLS, "cpu", weights=weights, every_kind=True))
        values = (
            swd(a, b),
            swd(a, q),
            swd(a, d),
            diversity(d, b),
            nearest_distance(d, a) / nearest_distance(b, a),
            max(seam_score(whole, axis) for axis in ("u", "v")),
        )
        table[kind] = dict(zip(columns, (round(v, 3) for v in values), strict=True))
        print(f"{kind:16}" + "".join(f"{v:11.2f}" for v in values), flush=True)
    mean = {name: float(np.mean([line[name] for line in table.values()])) for name in columns}
    report(
        [
            row("latent_gan", "swd drawn, kinds' mean", mean["drawn"], unit="x1e-3", peer=mean["quilted"],
                note=f"peer: quilted; real against real {mean['real']:.0f}"),
            row("latent_gan", "diversity within a kind", mean["diversity"], unit="", peer=1.0),
            row("latent_gan", "nearness to the source's crops", mean["nearness"], unit="", peer=1.0),
            row("latent_gan", "worst seam", max(line["seam"] for line in table.values()), unit="", peer=1.0),
        ]
    )  # fmt: skip
    print(json.dumps(table))


def cut(pictures: list[Colours], rng: np.random.Generator) -> Colours:
    """(CROPS, 128, 128, 3) crops of pictures that do not tile."""
    crops = []
    for number in range(CROPS):
        picture = pictures[number % len(pictures)]
        row, column = (int(rng.integers(n - CROP + 1)) for n in picture.shape[:2])
        crops.append(picture[row : row + CROP, column : column + CROP])
    return np.stack(crops)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else shipped("latent_gan").parent)
