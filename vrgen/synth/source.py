"""Source: latents of a real surface, at the scale that is wanted, quilted to a new periodic map.

A surface with courses, boards or slabs repeats itself at some distance, its period; a map quilted from it
closes when it is whole periods wide. Sources are brought to another scale in pixels (decoded, resized and
encoded again): resampled latents are latents of nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vrgen.models.material_gan import DOWN
from vrgen.synth.bank import Entry, load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.encode import encode, load_encoder
from vrgen.synth.pbr import resized
from vrgen.synth.quilt import QuiltOptions, quilt

Latent = NDArray[np.float32]
Periods = tuple[float | None, float | None]
SHORTEST = 4
"""Cells of the shortest period that is looked for."""
REPEATS = 3
"""Times that a period must be seen at least."""
REGULAR, REGULAR_ALL_OVER = 0.3, 0.04
"""How much better shifts by whole periods must fit than those by half ones, in variances: of the profile (the
mean across; joints of a wall stand out there), and of the whole map."""
LEAST_PATCH = 12
SAME = 0.01
"""Scales nearer than this are not told apart."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """What patches are taken from."""

    name: str
    """Of the picture."""
    latent: Latent
    """(C, H, W) float32."""
    metres: float
    """Metres that a latent cell covers."""
    licence: str
    """SPDX name, or words when it is the user's own."""
    wraps: bool = True
    """Whether it tiles."""


def source_of(kind: str, rng: np.random.Generator, name: str | None = None) -> Source:
    """One of the bank's sources of a kind, or the one called `name`; raises InputProblem when it has none."""
    entries = load_bank("material_bank").of_kind(kind)
    entry: Entry = entries[int(rng.integers(len(entries)))]
    if name is not None:
        entry = next(entry for entry in entries if entry.facts["name"] == name)
    metres = float(entry.facts["metres"]) / entry.latent.shape[2]
    return Source(entry.facts["tensor"], entry.latent, metres, entry.facts["licence"])


def laid(source: Source, grid: tuple[int, int], rng: np.random.Generator) -> Latent:
    """A new periodic map (C, *grid) quilted from the source.

    Patches are three eighths of the source: bricks and slabs travel whole, no half tile is copied.
    """
    room = (*grid, *(() if source.wraps else source.latent.shape[1:]))
    patch = min(max(LEAST_PATCH, 3 * min(source.latent.shape[1:]) // 8), *room)
    how = QuiltOptions(patch=patch, overlap=patch // 3, wraps=source.wraps, periods=periods(source))
    return quilt(source.latent, grid, rng, how)


def at_scale(source: Source, factor: float, grid: tuple[int, int], device: str) -> Source:
    """The bank's source with features `factor` times as large, so that whole periods fill `grid`.

    The factor is kept as near as that allows, and may differ a little from one axis to the other.
    """
    shown = closing((grid[0] + grid[1]) / 2 / factor, periods(source))
    height, width = (
        round(length * cells / part)
        for length, cells, part in zip(source.latent.shape[1:], grid, shown, strict=True)
    )
    size = (max(SHORTEST, height), max(SHORTEST, width))
    if max(abs(np.log(a / b)) for a, b in zip(size, source.latent.shape[1:], strict=True)) < SAME:
        return source
    latent = _encoded_again(source.name, size, device)
    return replace(source, latent=latent, metres=source.metres * source.latent.shape[2] / size[1])


@lru_cache(maxsize=16)
def _encoded_again(name: str, size: tuple[int, int], device: str) -> Latent:
    """The bank's latents called `name` at another size in cells."""
    latent = next(e.latent for e in load_bank("material_bank").entries if e.facts["tensor"] == name)
    generator, _ = load_generator("material_gan", device)
    maps = decode(generator, latent, device=device, wrap_y=True)
    return encode(load_encoder(device), resized(maps, (size[0] * DOWN, size[1] * DOWN)), device=device)


def closing(cells: float, repeats: Periods) -> tuple[float, float]:
    """Height and width near `cells` that are whole periods, nearly square; `cells` where nothing repeats."""
    down, right = repeats
    if down is None and right is None:
        return cells, cells
    if down is None or right is None:
        only = down or right or cells
        length = only * max(1, round(cells / only))
        return length, length

    def cost(counts: tuple[int, ...]) -> float:
        tall, wide = counts[0] * down, counts[1] * right
        return 4 * abs(float(np.log(tall / wide))) + abs(float(np.log(tall * wide / cells**2)))

    around = [range(max(1, int(0.6 * cells / p)), int(1.6 * cells / p) + 2) for p in (down, right)]
    best = min(itertools.product(*around), key=cost)
    return best[0] * down, best[1] * right


def periods(source: Source) -> Periods:
    """Cells after which the source looks like itself again, down and right; None where it never does.

    By autocorrelation of the steps from cell to cell, which are large at joints whatever lies between them: a
    shift by whole periods fits, one by half periods does not.
    """
    down, right = (_along(source, axis) for axis in (0, 1))
    return down, right


def _along(source: Source, axis: int) -> float | None:
    latent = np.moveaxis(source.latent, 1 + axis, 1).astype(np.float64)
    length = latent.shape[1]
    before = np.roll(latent, 1, axis=1) if source.wraps else latent[:, :-1]
    joints = np.sqrt(((latent[:, -before.shape[1] :] - before) ** 2).sum(axis=0))
    joints -= joints.mean()
    profile = _likeness(joints.mean(axis=1, keepdims=True), source.wraps)
    everywhere = _likeness(joints, source.wraps)
    if source.wraps:
        tried = [length / count for count in range(REPEATS, length // SHORTEST + 1)]
    else:
        tried = list(np.arange(SHORTEST, length / REPEATS, 0.125))
    scores = {
        float(period): _regular(profile, period)
        for period in tried
        if _regular(everywhere, period) >= REGULAR_ALL_OVER
    }
    best = max(scores, key=lambda period: scores[period], default=None)
    return best if best is not None and scores[best] >= REGULAR else None


def _likeness(seen: NDArray[np.float64], wraps: bool) -> NDArray[np.float64]:
    """Autocorrelation along axis 0 of (N, M) for shifts of 0 to N / 2; 1 at no shift."""
    length = len(seen)
    padded = length if wraps else 2 * length
    power = (np.abs(np.fft.rfft(seen, padded, axis=0)) ** 2).sum(axis=1)
    likeness = np.fft.irfft(power, padded)[: length // 2 + 1]
    if not wraps:  # fewer cells overlap the further it is shifted
        likeness = likeness / (1 - np.arange(len(likeness)) / length)
    return np.asarray(likeness / max(float(likeness[0]), 1e-12))


def _regular(likeness: NDArray[np.float64], period: float) -> float:
    """How much better shifts by whole periods fit than those that lie half a period before."""
    whole = np.arange(1, int((len(likeness) - 1) / period) + 1) * period
    fits, fails = (np.interp(at, np.arange(len(likeness)), likeness) for at in (whole, whole - period / 2))
    return float((fits - fails).mean())
