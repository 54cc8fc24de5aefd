"""Measure what `vrgen texture` makes by DESIGN's measures, kind by kind, and how well unseen sets come back.

    python tools/bench/models.py DATA [SEEDS]

DATA holds the sources that the cards name. Prints a line a kind and appends the sums to results.csv.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from table import Row, report, row

from vrgen.maps.seam import seam_score
from vrgen.models import material_gan
from vrgen.models.weights import load_weights, part, shipped
from vrgen.synth import TextureOptions, texture
from vrgen.synth.bank import load_bank
from vrgen.train.metrics import diversity, memorisation, swd
from vrgen.train.sets import MaterialSource, read_material_sets

Colours = NDArray[np.float32]
SIZE = 512
"""Pixels of a tile when real and made are compared: both at one scale."""
CROP = 128
COARSE = 16
"""Pixels a cell when copies are sought."""


def sources_of(data: Path) -> dict[str, MaterialSource]:
    """Every material source below `data` by name."""
    folders = [f for f in sorted(data.iterdir()) if f.is_dir() and f.name.startswith(("material", "textur"))]
    return {source.name: source for folder in folders for source in read_material_sets(folder)[0]}


def crops(pictures: list[Colours], rng: np.random.Generator, each: int) -> Colours:
    """(N * each, 128, 128, 3) crops at random places of periodic pictures."""
    cut = []
    for picture in pictures:
        for _ in range(each):
            rows = (np.arange(CROP) + rng.integers(picture.shape[0])) % picture.shape[0]
            columns = (np.arange(CROP) + rng.integers(picture.shape[1])) % picture.shape[1]
            cut.append(picture[rows[:, None], columns[None, :]])
    return np.stack(cut)


def halves(pictures: list[Colours], every: int) -> Colours:
    """(M, 16, 16, 3) half tiles at every `every`-th place, at a sixteenth of the scale.

    Copies are sought at the scale of bricks, not of grain; at that scale all places of a tile are tried.
    """
    cut = []
    for picture in pictures:
        side = len(picture) // COARSE
        small = picture.reshape(side, COARSE, side, COARSE, 3).mean(axis=(1, 3))
        around = np.pad(small, ((0, side // 2), (0, side // 2), (0, 0)), mode="wrap")
        windows = np.lib.stride_tricks.sliding_window_view(around, (side // 2, side // 2), axis=(0, 1))
        chosen = windows[:side:every, :side:every].transpose(0, 1, 3, 4, 2)
        cut.append(chosen.reshape(-1, side // 2, side // 2, 3))
    return np.concatenate(cut).astype(np.float32)


def within(real: list[Colours], made: list[Colours]) -> float:
    """How near made half tiles come to those of their own sources / how near the sources' own come to one
    another, a quarter of a tile or more away.

    DESIGN's memorisation asks the same against other materials, which no sand and no wall of one colour can
    be as far away from as a red tile is. A copy is near 0 here, too.
    """
    learned = halves(real, 1)
    apart = squared_distances(halves(real, 4), learned)
    side = len(real[0]) // COARSE
    places = np.arange(side)
    away = np.abs(places[::4, None] - places[None])
    near = np.minimum(away, side - away) < side // 4
    itself = np.einsum("rs,cd->rcsd", near, near).reshape(near.shape[0] ** 2, side**2)
    for number in range(len(real)):
        block = apart[number * len(itself) :][: len(itself), number * side**2 :][:, : side**2]
        block[itself] = np.inf
    own = np.sqrt(apart.min(axis=1)).mean()
    return float(np.sqrt(squared_distances(halves(made, 4), learned).min(axis=1)).mean() / own)


def squared_distances(some: Colours, others: Colours) -> NDArray[np.float64]:
    """(N, M) mean squared differences of pictures."""
    a, b = (x.reshape(len(x), -1).astype(np.float64) for x in (some, others))
    return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T, 0) / a.shape[1]


def drawn_kinds(colours: dict[str, Colours], held_out: list[str], seeds: int) -> list[Row]:
    """SWD, memorisation, diversity and seams of every kind whose colours are its sources' own."""
    entries = load_bank("material_bank").entries
    toned = {entry.facts["kind"] for entry in entries if "tone" in entry.facts}
    kinds = sorted({entry.facts["kind"] for entry in entries})
    lines: dict[str, tuple[float, ...]] = {}
    worst: dict[str, float] = {}
    pictures: list[Colours] = []
    count, began = 0, time.perf_counter()
    print(f"{'kind':16}{'swd':>9}{'real':>9}{'diversity':>11}{'apart':>8}")
    for kind in kinds:
        made = [texture(TextureOptions(kind=kind, seed=seed, size=SIZE)) for seed in range(seeds)]
        count += len(made)
        for material in made:
            for name, image in material.maps().items():
                score = max(seam_score(image.to_float(), axis) for axis in ("u", "v"))
                worst[name] = max(worst.get(name, 0.0), score)
        if kind in toned:  # a beige wall made white is no match for its source
            continue
        rng = np.random.default_rng(0)
        real = [colours[entry.facts["name"]] for entry in entries if entry.facts["kind"] == kind]
        got = [material.base_colour.to_float() for material in made]
        a, b = (crops(real, rng, 24 // len(real)) for _ in range(2))
        g = crops(got, rng, max(1, 24 // seeds))
        pictures += got
        values = (swd(a, g), swd(a, b), diversity(g, b), within(real, got))
        lines[kind] = values
        print(f"{kind:16}{values[0]:9.1f}{values[1]:9.1f}{values[2]:11.2f}{values[3]:8.2f}", flush=True)
    seconds = (time.perf_counter() - began) / count
    mean = [float(np.mean([line[i] for line in lines.values()])) for i in range(4)]
    learned = halves([colours[entry.facts["name"]] for entry in entries], 1)
    unseen = halves([colours[name] for name in held_out], 8)
    near = memorisation(halves(pictures, 8), unseen, learned)
    furthest = max(lines, key=lambda kind: lines[kind][0] / lines[kind][1])
    note = f"mean of {len(lines)} kinds; peer: real against real; furthest {furthest}"
    return [
        row("models", "swd textures", mean[0], unit="x1e-3", peer=round(mean[1], 2), note=note),
        row("models", "memorisation", near, unit="", peer=1.0, note="half tiles, all places of all sources"),
        row("models", "apart within a kind", mean[3], unit="", peer=1.0, note="made half tiles, real ones"),
        row("models", "diversity", mean[2], unit="", peer=1.0, note="within a kind"),
        *(
            row("models", f"worst seam {name}", score, unit="", peer=1.0, note=f"{count} sets")
            for name, score in worst.items()
        ),
        row("models", f"a set of {SIZE} pixels", seconds, unit="s", note="measures included"),
    ]


@torch.inference_mode()
def rebuilt(sources: dict[str, MaterialSource]) -> list[Row]:
    """PSNR of the sets that were held out, encoded and generated whole, every map by its own sets' mean."""
    tensors, card, _ = load_weights(shipped("material_gan"))
    shape = material_gan.shape_of(card["shape"])
    encoder, generator = material_gan.Encoder(shape), material_gan.Generator(shape)
    encoder.load_state_dict(part(tensors, "encoder"))
    generator.load_state_dict(part(tensors, "generator"))
    found: dict[str, list[float]] = {}
    for name in card["held_out"]:
        source = sources[name]
        for level in source.levels:
            maps = torch.from_numpy(level.astype(np.float32).transpose(2, 0, 1)[None] / 255.0)
            there = torch.from_numpy(source.there[None])
            made = generator(encoder(maps, there)).clamp(0, 1)
            known = dict(zip(material_gan.HIDEABLE, source.there > 0, strict=True)) | {"base_colour": True}
            for which, channels in material_gan.CHANNELS.items():
                if known[which] and which != "metallic":
                    error = (made - maps)[:, channels].square().mean()
                    size = "" if level.shape[0] == SIZE else f" at {level.shape[0]}"
                    found.setdefault(f"psnr {which}{size}", []).append(float(-10 * torch.log10(error)))
    return [
        row("models", what, float(np.mean(values)), unit="dB", note=f"{len(values)} held-out sets")
        for what, values in sorted(found.items())
        if not what.endswith("at 256")
    ]


def main(data: Path, seeds: int) -> None:
    """Run all measures."""
    sources = sources_of(data)
    tiles = {name: next(level for level in s.levels if level.shape[0] <= SIZE) for name, s in sources.items()}
    colours = {name: tile[..., :3].astype(np.float32) / np.float32(255) for name, tile in tiles.items()}
    _, card, _ = load_weights(shipped("material_gan"))
    report(rebuilt(sources) + drawn_kinds(colours, card["held_out"], seeds))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 4)
