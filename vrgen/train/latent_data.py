"""Latents to learn from: PBR sets encoded whole and mirrored, with the waves of their spectra."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.errors import InputProblem
from vrgen.models.latent_gan import WAVES
from vrgen.models.material_gan import CHANNELS
from vrgen.train.sets import MaterialSource

KINDS_FILE = "kinds.toml"
"""In the data folder, if it is there: tables [[source]] with name and kind, and how its colour is moved."""
GRID = 64
"""Pixels that a source's sides are made a multiple of: whole blocks of 8 cells."""
LARGEST = 1024
"""Pixels of a source's side at most; a larger one is learned at half or quarter scale."""

PLAIN_SHARE = 0.01
"""Share of a source's power that a wave must hold to be worth following."""
STRONG_SHARE = 0.03
"""Share at which a wave counts in full."""


@dataclass(frozen=True, eq=False, slots=True)
class LatentSource:
    """One source, encoded."""

    name: str
    """Unique: kind and source, or the source alone."""
    kind: str
    """What it is drawn as."""
    latents: NDArray[np.float16]
    """(2, C, H, W): the picture, and mirrored left to right, encoded."""
    facts: Mapping[str, Any]
    """Its row of kinds.toml, and `pixels` along its side."""
    tiles: bool = True
    """Whether its edges fit together: crops of what does not tile never cross them."""


def read_rows(folder: Path, sources: list[MaterialSource]) -> list[dict[str, Any]]:
    """The rows of kinds.toml; where there is none, every source is a kind of its own.

    Raises InputProblem for a file that is no TOML, or rows without name and kind.
    """
    path = folder / KINDS_FILE
    if not path.exists():
        return [{"name": source.name, "kind": source.name} for source in sources]
    try:
        rows: list[dict[str, Any]] = tomllib.loads(path.read_text()).get("source", [])
    except (tomllib.TOMLDecodeError, OSError) as problem:
        raise InputProblem(f"{path}: cannot be read ({problem}); correct it or take it away") from problem
    if not rows or any(not {"name", "kind"} <= row.keys() for row in rows):
        raise InputProblem(f"{path}: expected tables [[source]], each with name and kind")
    return rows


def toned(maps: NDArray[np.float32], row: Mapping[str, Any]) -> NDArray[np.float32]:
    """Maps (H, W, 9) in [0, 1], the colour moved as the row says: tone (mean sRGB), contrast, saturation."""
    colour = maps[..., :3]
    mean = colour.mean(axis=(0, 1))
    target = np.asarray(row["tone"], np.float32) / 255.0 if "tone" in row else mean
    away = (colour - mean) * row.get("contrast", 1.0)
    grey = away.mean(axis=-1, keepdims=True)
    moved = target + grey + (away - grey) * row.get("saturation", 1.0)
    return np.concatenate([moved, maps[..., 3:]], axis=-1).clip(0.0, 1.0).astype(np.float32)


@torch.inference_mode()
def encoded(
    encoder: torch.nn.Module, source: MaterialSource, row: Mapping[str, Any], *, device: str
) -> LatentSource:
    """A source, its colour moved, encoded whole, as it is and mirrored left to right.

    The picture is mirrored, not its latents: an encoder need not answer a mirrored picture with mirrored
    latents.
    """
    level = next((x for x in source.levels if max(x.shape[:2]) <= LARGEST), source.levels[-1])
    height, width = (max(GRID, n // GRID * GRID) for n in level.shape[:2])
    if (height, width) != level.shape[:2]:
        planes = [cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in cv2.split(level)]
        level = np.stack(planes, axis=-1)
    maps = toned(level.astype(np.float32) / np.float32(255), row)
    there = torch.from_numpy(source.there[None]).to(device)
    other = maps[:, ::-1].copy()
    other[..., CHANNELS["normal"].start] = 1.0 - other[..., CHANNELS["normal"].start]
    latents = []
    for picture in (maps, other):
        tensor = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()).to(device)
        with torch.autocast(tensor.device.type, torch.bfloat16):
            latent = encoder(tensor.contiguous(memory_format=torch.channels_last), there)[0]
        latents.append(latent.float().cpu().numpy().astype(np.float16))
    facts = {**row, "pixels": width}
    return LatentSource(
        f"{row['kind']}.{row['name']}", row["kind"], np.stack(latents), facts, tiles=source.tiles
    )


def waves_of(latent: NDArray[np.float32]) -> NDArray[np.float32]:
    """(WAVES, 3) of a periodic latent map (C, H, W): cycles a cell down and right, strength in [0, 1].

    The strongest peaks of the power spectrum, summed over normalised channels. Waves as long as the whole
    map are left out: they would tell where on its source a cell lies.
    """
    spread = latent.std(axis=(1, 2), keepdims=True)
    level = (latent - latent.mean(axis=(1, 2), keepdims=True)) / np.maximum(spread, 0.1 * spread.mean())
    power = (np.abs(np.fft.fft2(level)) ** 2).sum(axis=0)
    down, right = (np.fft.fftfreq(n) for n in power.shape)
    counts = np.meshgrid(down * power.shape[0], right * power.shape[1], indexing="ij")
    share = 2.0 * power / max(float(power.sum()), 1e-12)
    share[np.maximum(*np.abs(counts)) < 1.5] = 0.0
    share[(counts[0] < 0) | ((counts[0] == 0) & (counts[1] < 0))] = 0.0  # the other half says the same
    waves = np.zeros((WAVES, 3), np.float32)
    for i, best in enumerate(np.argsort(share, axis=None)[::-1][:WAVES]):
        row, column = np.unravel_index(best, share.shape)
        if share[row, column] >= PLAIN_SHARE:
            waves[i] = down[row], right[column], min(1.0, share[row, column] / STRONG_SHARE)
    return waves


def latent_batch(
    sources: list[LatentSource], rng: np.random.Generator, *, count: int, each: int, size: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Crops (N, C, size, size), their sources (N,), and where they lie (N, 4), as Facts.wave_maps asks.

    `each` crops of every one of `count` sources, side by side. A crop wraps around and comes from either map.
    """
    picks = np.repeat(rng.choice(len(sources), size=count, replace=count > len(sources)), each)
    crops, where = [], []
    for pick in picks:
        mirrored = int(rng.integers(2))
        maps, tiles = sources[pick].latents[mirrored], sources[pick].tiles
        corner = [int(rng.integers(n if tiles else max(1, n - size + 1))) for n in maps.shape[1:]]
        rows, columns = ((np.arange(size) + at) % n for at, n in zip(corner, maps.shape[1:], strict=True))
        crops.append(maps[:, rows[:, None], columns[None, :]].astype(np.float32))
        where.append([*corner, 1, -1 if mirrored else 1])
    return np.stack(crops), picks.astype(np.int64), np.array(where, np.float32)
