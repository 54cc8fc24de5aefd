"""Latents to learn from: PBR sets encoded whole, with the waves and noise of their spectra."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from vrgen.errors import InputProblem
from vrgen.models.latent_facts import COARSE, LATTICE, SPOT, SPOTS, Facts
from vrgen.models.latent_gan import LatentGanShape
from vrgen.train.sets import MaterialSource

KINDS_FILE = "kinds.toml"
"""In the data folder, if it is there: tables [[source]] with name and kind, and how its colour is moved."""
GRID = 64
"""Pixels that a source's sides are made a multiple of: whole blocks of 8 cells."""
SPREAD_FLOOR = 0.1
"""Least spread of a channel within a source, as a share of its spread over all."""
LARGEST = 1024
"""Pixels of a source's side at most; a larger one is learned at half or quarter scale."""

LEAST_SHARE = 6e-4
"""Share of a source's power that a wave must hold to be told from noise,"""
STANDS_OUT = 10.0
"""and how far it must stand above the median of the waves around it."""


@dataclass(frozen=True, eq=False, slots=True)
class LatentSource:
    """One source, encoded."""

    name: str
    """Unique: kind and source, or the source alone."""
    kind: str
    """What it is drawn as."""
    latents: NDArray[np.float16]
    """(C, H, W): the picture, encoded whole. Not mirrored: cells of a mirrored picture hold other latents,
    which the waves and the noise of this one do not lead to."""
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
    """A source, its colour moved, encoded whole."""
    level = next((x for x in source.levels if max(x.shape[:2]) <= LARGEST), source.levels[-1])
    height, width = (max(GRID, n // GRID * GRID) for n in level.shape[:2])
    if (height, width) != level.shape[:2]:
        planes = [cv2.resize(p, (width, height), interpolation=cv2.INTER_AREA) for p in cv2.split(level)]
        level = np.stack(planes, axis=-1)
    maps = toned(level.astype(np.float32) / np.float32(255), row)
    there = torch.from_numpy(source.there[None]).to(device)
    tensor = torch.from_numpy(maps.transpose(2, 0, 1)[None].copy()).to(device)
    with torch.autocast(tensor.device.type, torch.bfloat16):
        latent = encoder(tensor.contiguous(memory_format=torch.channels_last), there)[0]
    kept = latent.float().cpu().numpy().astype(np.float16)
    facts = {**row, "pixels": width}
    return LatentSource(f"{row['kind']}.{row['name']}", row["kind"], kept, facts, tiles=source.tiles)


def waves_of(latent: NDArray[np.float32]) -> NDArray[np.float32]:
    """(LATTICE, 3) of a periodic latent map (C, H, W): cycles a cell down and right, and 1; 0 when no more.

    The peaks of the power spectrum, summed over normalised channels, that stand out of what is around them.
    Waves as long as the whole map are left out: they would tell where on its source a cell lies.
    """
    spread = latent.std(axis=(1, 2), keepdims=True)
    level = (latent - latent.mean(axis=(1, 2), keepdims=True)) / np.maximum(spread, 0.1 * spread.mean())
    power = (np.abs(np.fft.fft2(level)) ** 2).sum(axis=0).astype(np.float32)
    around = cv2.medianBlur(np.pad(power, 2, mode="wrap"), 5)[2:-2, 2:-2]
    down, right = (np.fft.fftfreq(n) for n in power.shape)
    counts = np.meshgrid(down * power.shape[0], right * power.shape[1], indexing="ij")
    share = 2.0 * power / max(float(power.sum()), 1e-12)
    share[(share < LEAST_SHARE) | (power < STANDS_OUT * around)] = 0.0
    share[np.maximum(*np.abs(counts)) < 1.5] = 0.0
    share[(counts[0] < 0) | ((counts[0] == 0) & (counts[1] < 0))] = 0.0  # the other half says the same
    waves = np.zeros((LATTICE, 3), np.float32)
    for i, best in enumerate(np.argsort(share, axis=None)[::-1][:LATTICE]):
        row, column = np.unravel_index(best, share.shape)
        if share[row, column] > 0:
            waves[i] = down[row], right[column], 1.0
    return waves


@torch.no_grad()
def facts_of(sources: list[LatentSource], shape: LatentGanShape) -> Facts:
    """Means, spreads, waves and kernels of all sources."""
    facts = Facts(shape.latent, shape.sources)
    maps = [torch.from_numpy(source.latents.astype(np.float32)) for source in sources]
    overall = torch.cat([m.flatten(1) for m in maps], dim=1).std(dim=1)
    where = torch.zeros(1, 2)
    for i, m in enumerate(maps):
        facts.mean[i] = m.mean(dim=(1, 2))
        facts.spread[i] = _evened(torch.maximum(m.std(dim=(1, 2)), SPREAD_FLOOR * overall))
        means = functional.avg_pool2d(m, COARSE)
        least = 0.5 * SPREAD_FLOOR * overall
        facts.coarse_spread[i] = _evened(torch.maximum(means.std(dim=(1, 2)), least))
        facts.waves[i] = torch.from_numpy(waves_of(m.numpy()))
        facts.tile[i] = torch.tensor([float(n) for n in m.shape[1:]])
        number = torch.tensor([i])
        y = facts.normalised(m[None], number)
        waves = facts.wave_maps(number, where, (m.shape[1], m.shape[2]), 1)
        facts.part[i] = part_of(y[0], waves[0])
        rest = y - facts.lattice(number, waves)
        coarse = facts.coarse(rest, number)
        facts.kernel[i, :, : coarse.shape[2], : coarse.shape[3]] = coarse[0] * _faded(coarse.shape[2:], 0.25)
        white = torch.zeros(1, SPOTS, m.shape[1], m.shape[2])
        beyond = (rest - facts.cells(coarse, number, white, torch.zeros_like(rest)))[0]
        for k in range(SPOTS):
            rows, columns = ((np.arange(SPOT) + k * n // SPOTS) % n for n in beyond.shape[1:])
            piece = beyond[:, rows[:, None], columns] * _faded((SPOT, SPOT), 0.5) / math.sqrt(SPOTS)
            facts.spots[i, k * shape.latent : (k + 1) * shape.latent] = piece
    return facts


def _faded(size: tuple[int, ...], share: float) -> Tensor:
    """A window (H, W) whose squares sum to 1, faded out over `share` of its length at each end.

    A piece with hard edges has lines along the axes of its spectrum: noise made of it looks woven.
    """
    sides = []
    for n in size:
        inward = torch.minimum(torch.arange(n) + 0.5, n - torch.arange(n) - 0.5) / (n * share)
        sides.append(torch.sin(0.5 * math.pi * inward.clamp(max=1.0)) ** 2)
    window = sides[0][:, None] * sides[1]
    return window / window.square().sum().sqrt()


def part_of(maps: Tensor, waves: Tensor) -> Tensor:
    """(C, W): how much of each wave (W, H, L) the maps (C, H, L) hold, by least squares."""
    flat = waves.flatten(1)
    held: Tensor = maps.flatten(1) @ torch.linalg.pinv(flat, rtol=1e-3)
    return held


def _evened(spread: Tensor) -> Tensor:
    """Half way from one spread for all channels to each its own: what varies most still counts most."""
    return (spread * spread.square().mean().sqrt()).sqrt()


def latent_batch(
    sources: list[LatentSource], rng: np.random.Generator, *, count: int, size: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Crops (N, C, size, size), their sources (N,), and where they lie (N, 2), as Facts.wave_maps asks.

    Of `count` different sources, while there are so many. A crop wraps around, if its source tiles.
    """
    picks = rng.choice(len(sources), size=count, replace=count > len(sources))
    crops, where = [], []
    for pick in picks:
        maps, tiles = sources[pick].latents, sources[pick].tiles
        corner = [int(rng.integers(n if tiles else max(1, n - size + 1))) for n in maps.shape[1:]]
        rows, columns = ((np.arange(size) + at) % n for at, n in zip(corner, maps.shape[1:], strict=True))
        crops.append(maps[:, rows[:, None], columns[None, :]].astype(np.float32))
        where.append(corner)
    return np.stack(crops), picks.astype(np.int64), np.array(where, np.float32)
