"""What the trainers learn from: PBR sets and HDR skies in memory, cut into batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.sun import measure_sun, without_sun
from vrgen.errors import InputProblem
from vrgen.models.material_gan import CHANNELS, HIDEABLE, TOTAL
from vrgen.models.sky_vae import to_scale
from vrgen.train.sets import MaterialSource, nothing, read_material_sets

__all__ = [
    "MaterialSource",
    "SkySource",
    "material_batch",
    "prepare_sky",
    "read_material_sets",
    "read_radiance",
    "read_skies",
    "sky_batch",
]


def material_batch(
    sources: list[MaterialSource], rng: np.random.Generator, *, count: int, size: int, recolour: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Random crops: maps (count, 9, size, size) in [0, 1] and there (count, 5).

    A crop wraps around what tiles, is taken at full, half or (from 1024 up) quarter scale, mirrored, turned
    and (unless told not to) recoloured at random; normals turn with it. A source counts the more, the more
    maps it has.
    """
    share = np.array([1.0 + 2.0 * source.there.mean() for source in sources])
    picks = rng.choice(len(sources), size=count, p=share / share.sum())
    maps = np.empty((count, TOTAL, size, size), np.float32)
    there = np.empty((count, len(HIDEABLE)), np.float32)
    for i, pick in enumerate(picks):
        source = sources[int(pick)]
        crop = _turned(_crop(source, rng, size), rng)
        maps[i] = (_recoloured(crop, rng) if recolour else crop).transpose(2, 0, 1)
        there[i] = source.there
    return maps, there


def _crop(source: MaterialSource, rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    weights = np.array([2.0, 1.0, 1.0])[: len(source.levels)]
    maps = source.levels[int(rng.choice(len(weights), p=weights / weights.sum()))]
    rows, columns = (_window(length, rng, size, source.tiles) for length in maps.shape[:2])
    crop: NDArray[np.float32] = maps[rows[:, None], columns[None, :]].astype(np.float32) / np.float32(255)
    return crop


def _window(length: int, rng: np.random.Generator, size: int, wraps: bool) -> NDArray[np.int64]:
    """`size` places in a row: around the edge of what tiles, else inside, mirrored where it is too short."""
    start = int(rng.integers(length))
    if wraps:
        return (np.arange(size) + start) % length
    places = (np.arange(size) + start * max(length - size + 1, 1) // length) % (2 * length)
    return np.minimum(places, 2 * length - 1 - places)


def _turned(crop: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    x, y = 3, 4  # channels of the normal, centred on 0.5, y up
    if rng.random() < 0.5:
        crop = crop[:, ::-1].copy()
        crop[..., x] = 1.0 - crop[..., x]
    for _ in range(int(rng.integers(4))):  # a quarter turn to the left takes (x, y) to (-y, x)
        crop = np.rot90(crop).copy()
        crop[..., x], crop[..., y] = 1.0 - crop[..., y], crop[..., x].copy()
    return crop


def _recoloured(crop: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Half of the crops get other colours, another contrast of roughness and of height.

    A hundred sources are mostly brown and grey: without this an unseen red or blue comes back dull.
    """
    if rng.random() < 0.5:
        return crop
    colour = crop[..., rng.permutation(3)]
    crop[..., :3] = (colour - 0.5) * rng.uniform(0.7, 1.3, 3) + 0.5 + rng.uniform(-0.15, 0.15)
    for channel in (CHANNELS["roughness"], CHANNELS["height"]):
        crop[..., channel] = (crop[..., channel] - 0.5) * rng.uniform(0.6, 1.4) + rng.uniform(0.4, 0.6)
    return crop.clip(0.0, 1.0)


@dataclass(frozen=True, eq=False, slots=True)
class SkySource:
    """One sky to learn from, its sun taken out."""

    name: str
    """File name without its ending."""
    sky: NDArray[np.float32]
    """(H, 2H, 3) on sky_vae's compressed scale, float32 in [0, 1]."""


def prepare_sky(radiance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Radiance (H, 2H, 3) in any unit to sky_vae's scale, its sun (if it has one) filled from the rim."""
    sun = measure_sun(radiance)
    if sun is not None:
        radiance = without_sun(radiance, sun.direction)
    return to_scale(radiance)[0]


def read_skies(folder: Path, *, least: int = 0) -> tuple[list[SkySource], list[str]]:
    """Every HDR sky (.hdr, .exr; 2:1) of at least so many rows below `folder`, and what was wrong with the
    rest.

    Raises InputProblem when there is nothing to learn from.
    """
    if not folder.is_dir():
        raise InputProblem(f"{folder}: no such folder; expected one with .hdr or .exr skies")
    sources, problems = [], []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".hdr", ".exr"}):
        try:
            radiance = read_radiance(path)
            if len(radiance) < least:
                raise InputProblem(
                    f"{path}: {len(radiance)} rows, expected at least {least}; give a smaller --crop"
                )
            sources.append(SkySource(path.stem, prepare_sky(radiance)))
        except InputProblem as problem:
            problems.append(str(problem))
    if not sources:
        raise InputProblem(nothing(folder, "sky", ".hdr or .exr files of 2:1", problems))
    return sources, problems


def read_radiance(path: Path) -> NDArray[np.float32]:
    """(H, 2H, 3) float32 linear RGB of a .hdr or .exr file."""
    if path.suffix.lower() == ".exr":
        import OpenEXR

        channels = OpenEXR.File(str(path)).channels()
        found = channels["RGB"] if "RGB" in channels else channels.get("RGBA")
        picture = None if found is None else np.asarray(found.pixels)[..., :3]
    else:
        read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        picture = None if read is None else read[..., ::-1]
    if picture is None:
        raise InputProblem(f"{path}: cannot be decoded")
    if picture.shape[1] != 2 * picture.shape[0]:
        raise InputProblem(f"{path}: {picture.shape[1]}x{picture.shape[0]}, expected 2:1")
    return np.asarray(np.nan_to_num(np.maximum(picture, 0.0)), np.float32)


def sky_batch(
    sources: list[SkySource], rng: np.random.Generator, *, count: int, size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Random strips of skies: (count, 3, size, size) and the cosine of elevation (count, 1, size, 1).

    A strip starts at any azimuth and elevation, at full or half scale, mirrored at random. Strips do not
    close in azimuth: the network sees their edges wrapped, which the loss leaves out (losses.inner).
    """
    skies = np.empty((count, 3, size, size), np.float32)
    cosine = np.empty((count, 1, size, 1), np.float32)
    for i in range(count):
        sky = sources[int(rng.integers(len(sources)))].sky
        scale = max(1, sky.shape[0] // (2 * size)) if rng.random() < 0.5 else max(1, sky.shape[0] // 512)
        height = sky.shape[0] // scale
        row = int(rng.integers((height - size) // 8 + 1)) * 8 if height > size else 0
        columns = (np.arange(size * scale) + rng.integers(sky.shape[1])) % sky.shape[1]
        strip = sky[row * scale : (row + size) * scale][:, columns]
        strip = strip.reshape(size, scale, size, scale, 3).mean(axis=(1, 3)) if scale > 1 else strip
        skies[i] = (strip[:, ::-1] if rng.random() < 0.5 else strip).transpose(2, 0, 1)
        elevation = np.pi * (0.5 - (row + np.arange(size) + 0.5) / height)
        cosine[i, 0, :, 0] = np.cos(elevation)
    return skies, cosine
