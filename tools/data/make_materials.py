"""Make a procedural PBR set to train on: 25 materials that tile, every map from one height.

    python tools/data/make_materials.py OUT [--seed 0] [--size 512]

Writes OUT/NAME/NAME_{diff,nor_gl,rough,metal,disp,ao}.png and, beside OUT, OUT_sheet.png. The same seed gives
the same files, another one other bricks and stones of the same sorts. `vrgen train gan --data OUT --out RUN`
learns from them.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from materials_hard import HARD
from materials_soft import SOFT
from patterns import Field, blurred
from recipe import Recipe

KINDS: dict[str, Callable[[np.random.Generator, int], Recipe]] = HARD | SOFT

COLUMNS = 5
"""Materials in a row of the sheet."""


@dataclass(frozen=True)
class Maps:
    """Six maps of one material, float64 in [0, 1]; colour sRGB, the rest linear."""

    diff: Field
    nor_gl: Field
    rough: Field
    metal: Field
    disp: Field
    ao: Field


def maps_of(recipe: Recipe) -> Maps:
    """Normal and occlusion follow from the height; the height is stretched over [0, 1]."""
    size = len(recipe.height)
    height = recipe.height * recipe.relief * size  # in pixels
    dx = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 2
    dy = (np.roll(height, 1, 0) - np.roll(height, -1, 0)) / 2  # y is up, rows go down
    normal = np.stack([-dx, -dy, np.ones_like(dx)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    open_sky = np.ones_like(height)
    for width in (0.004, 0.012, 0.035):  # how far the surroundings rise, near and far
        rise = blurred(height, width) - height
        open_sky -= 0.45 * np.clip(rise / (width * size), 0, 0.8)
    low, high = np.percentile(recipe.height, (0.1, 99.9))
    disp = np.clip((recipe.height - low) / max(high - low, 1e-9), 0, 1)
    full = np.ones_like(height)
    maps = (
        np.clip(recipe.colour, 0.01, 0.98),
        normal / 2 + 0.5,
        np.clip(recipe.rough, 0.03, 1),
        np.clip(recipe.metal * full, 0, 1),
        disp,
        np.clip(open_sky, 0.15, 1),
    )
    for axis in (0, 1):  # the border of the file lies where it is calmest, not along a joint
        other = 1 - axis
        steps = sum(np.abs(m - np.roll(m, 1, axis)).reshape(size, size, -1).mean((other, 2)) for m in maps)
        maps = tuple(np.roll(m, -int(np.argmin(steps)), axis) for m in maps)
    return Maps(*maps)


def lit(maps: Maps) -> Field:
    """A picture of it in the sun, for the contact sheet."""
    normal = maps.nor_gl * 2 - 1
    sun = np.array([-0.5, 0.6, 0.65]) / np.linalg.norm([-0.5, 0.6, 0.65])
    half = sun + np.array([0.0, 0.0, 1.0])
    half /= np.linalg.norm(half)
    shine = np.clip(normal @ half, 0, 1)
    gloss = 2 / np.maximum(maps.rough, 0.08) ** 4
    colour = maps.diff**2.2
    dark = colour * (1 - 0.75 * maps.metal[..., None])
    strength = 0.04 + (colour - 0.04) * maps.metal[..., None]
    peak = ((gloss + 8) / 8 * shine**gloss)[..., None]
    sky = (0.4 * maps.ao)[..., None]
    image = dark * (sky + 0.95 * np.clip(normal @ sun, 0, 1)[..., None])
    image += strength * np.minimum(peak, 6) * 0.5 + strength * sky * maps.metal[..., None]
    return np.clip(image, 0, 1) ** (1 / 2.2)


def main() -> None:
    """Make, write, and draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--only", nargs="*", default=list(KINDS), choices=list(KINDS))
    asked = parser.parse_args()
    shown = []
    for name in asked.only:
        rng = np.random.default_rng([asked.seed, zlib.crc32(name.encode())])
        maps = maps_of(KINDS[name](rng, asked.size))
        folder = asked.out / name
        folder.mkdir(parents=True, exist_ok=True)
        for key, values in vars(maps).items():
            pixels = np.round(values * 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"{name}_{key}.png"), pixels[..., ::-1] if pixels.ndim == 3 else pixels)
        shown.append(cv2.resize(lit(maps), (256, 256), interpolation=cv2.INTER_AREA))
    rows = [shown[i : i + COLUMNS] for i in range(0, len(shown), COLUMNS)]
    rows[-1] += [np.ones_like(shown[0])] * (len(rows[0]) - len(rows[-1]))
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    beside = asked.out.with_name(f"{asked.out.name}_sheet.png")  # not in OUT: it would be learned from
    cv2.imwrite(str(beside), np.round(sheet[..., ::-1] * 255).astype(np.uint8))
    print(f"{len(asked.only)} materials in {asked.out}")


if __name__ == "__main__":
    main()
