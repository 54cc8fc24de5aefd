"""Contact sheets of what the shipped weights make, for assets/sheets and for a hard look.

    python tools/data/make_sheets.py assets/sheets [NAME ...] [--photo FILE ...]

Names: kinds, drawn, sliders, tiled, mix, walk, restyle, like; without names all are made. `like` needs
photos to make variations of. Same weights, same sheets.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

import vrgen
from vrgen.core.frames import equirect_uv, linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.maps.write import tone_mapped
from vrgen.models.weights import load_weights, shipped
from vrgen.synth.kinds import KINDS
from vrgen.synth.slider_names import SLIDERS
from vrgen.view.sheet import contact_sheet

Picture = NDArray[np.uint8]
LARGEST = 700_000
"""Bytes of a sheet, at most."""
QUALITY = 85
LIGHT = np.array([-0.5, 0.45, 0.74], np.float32) / np.float32(np.linalg.norm([-0.5, 0.45, 0.74]))
SEEDS = 8
TILED = ("bricks", "planks", "rock", "stone_wall", "terracotta", "grass")
MIXES = (
    "bricks:grass=0.3",
    "old_bricks:plaster=0.5",
    "cobbles:grass=0.4",
    "stone_wall:grass=0.25",
    "planks:sand=0.4",
    "rock:ground=0.5",
)
WALKS = (("bricks", 3, 8), ("rock", 3, 8), ("stone_wall", 1, 2))
TURNED = ("bricks", "rock")
AMOUNTS = (-2, -1, 0, 1, 2)
VIEWS = (("clear", 1, 120.0), ("dusk", 2, 180.0), ("cloudy", 12, 180.0), ("dusk", 5, 20.0))
HOURS = (("cloudy", 12), ("cloudy", 3))


def lit(size: int, **asked: Any) -> Picture:
    """One texture (size, size, 3), lit from the upper left over its own relief."""
    made = vrgen.texture(size=size, **asked)
    assert made.normal is not None
    assert made.occlusion is not None
    light = np.clip((made.normal.to_float() * 2 - 1) @ LIGHT, 0, None)[..., None] / LIGHT[2]
    return to_bytes(linear_to_srgb(made.base_colour.to_linear() * light * made.occlusion.to_float()))


def roughness(size: int, **asked: Any) -> Picture:
    """The roughness map of one texture (size, size, 3)."""
    made = vrgen.texture(size=size, **asked)
    assert made.roughness is not None
    return np.repeat(made.roughness.pixels.reshape(size, size, 1), 3, axis=2)


def view(sky: vrgen.Sky, turn: float, *, size: int = 512, field: float = 75.0) -> Picture:
    """What a camera that looks `turn` degrees to the right sees of a sky, its brightest hundredth white."""
    reach = np.tan(np.radians(field / 2)) * (2 * (np.arange(size) + 0.5) / size - 1)
    right, down = np.meshgrid(reach, reach)
    angle = np.radians(turn)
    ahead = np.stack(
        [np.sin(angle) + np.cos(angle) * right, 0.2 - down, np.sin(angle) * right - np.cos(angle)], -1
    )
    uv = equirect_uv(ahead / np.linalg.norm(ahead, axis=-1, keepdims=True))
    picture = np.pad(tone_mapped(sky), ((0, 0), (0, 1), (0, 0)), mode="wrap")
    columns, rows = (uv[..., 0] * (picture.shape[1] - 1), uv[..., 1] * len(picture) - 0.5)
    seen = cv2.remap(picture, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)
    return to_bytes(np.asarray(seen / np.percentile(seen, 99), np.float32))


def restyle() -> tuple[dict[str, Image], int]:
    """Views of generated skies and a wall, before and after."""
    rows = {}
    for kind, seed, turn in VIEWS:
        before = view(vrgen.sky(kind=kind, seed=seed, size=2048), turn)
        after = vrgen.restyle(Image(before), model="cyclegan_painting").pixels
        rows[f"{kind} sky {seed} towards {turn:.0f} degrees, painted"] = beside([before, after])
    for kind, seed in HOURS:
        day = vrgen.sky(kind=kind, seed=seed, size=1024, sun_elevation=12.0)
        dusk = vrgen.restyle(day, model="cyclegan_dusk")
        halves = [tone_mapped(sky)[:, :512] for sky in (day, dusk)]
        rows[f"{kind} sky {seed}, at dusk"] = beside(halves)
    return rows, 2


def beside(pictures: Sequence[Picture]) -> Image:
    """Pictures of one height in a row."""
    return Image(np.concatenate(pictures, axis=1))


def kinds() -> tuple[dict[str, Image], int]:
    """Every kind, eight seeds each."""
    rows = {kind: beside([lit(256, kind=kind, seed=seed) for seed in range(SEEDS)]) for kind in KINDS}
    return rows, 2


def drawn() -> tuple[dict[str, Image], int]:
    """Every kind that latent_gan draws, eight seeds each."""
    kinds = load_weights(shipped("latent_gan"))[1]["kinds"]
    return {
        kind: beside([lit(256, kind=kind, seed=seed, draw="gan") for seed in range(SEEDS)]) for kind in kinds
    }, 2


def sliders() -> tuple[dict[str, Image], int]:
    """Every slider from -2 to 2 on two kinds; of roughness the map itself."""
    rows = {}
    for slider in SLIDERS:
        show = roughness if slider == "roughness" else lit
        for kind in TURNED:
            turned = [show(256, kind=kind, seed=5, slider=(f"{slider}={amount}",)) for amount in AMOUNTS]
            rows[f"{slider} of {kind}, {AMOUNTS[0]} to {AMOUNTS[-1]}"] = beside(turned)
    return rows, len(TURNED)


def tiled() -> tuple[dict[str, Image], int]:
    """Three by three tiles of one texture."""
    return {kind: Image(np.tile(lit(256, kind=kind, seed=1), (3, 3, 1))) for kind in TILED}, 3


def mix() -> tuple[dict[str, Image], int]:
    """One kind over another."""
    return {text: Image(lit(512, mix=text, seed=1)) for text in MIXES}, 3


def walk() -> tuple[dict[str, Image], int]:
    """Five steps between two seeds."""
    rows = {}
    for kind, start, end in WALKS:
        steps = [lit(384, kind=kind, seed=start, toward=end, way=way) for way in (0.0, 0.25, 0.5, 0.75, 1.0)]
        rows[f"{kind}, {start} to {end}"] = beside(steps)
    return rows, 1


def like(photos: Sequence[Path]) -> tuple[dict[str, Image], int]:
    """A photo and three variations of it."""
    rows = {}
    for path in photos:
        with PIL.Image.open(path) as picture:
            side = min(picture.size)
            square = picture.convert("RGB").crop((0, 0, side, side)).resize((384, 384))
        made = [lit(384, like=path, seed=seed) for seed in range(3)]
        rows[path.stem] = beside([np.asarray(square), *made])
    return rows, 1


def fitting(rows: dict[str, Image], columns: int) -> bytes:
    """The sheet as JPEG, as wide as LARGEST allows."""
    for width in range(2400, 800, -200):
        sheet = contact_sheet(rows, columns=columns, width=width)
        data = io.BytesIO()
        PIL.Image.fromarray(sheet.pixels).save(data, "JPEG", quality=QUALITY, optimize=True)
        if data.tell() <= LARGEST:
            break
    return data.getvalue()


def wanted(names: Sequence[str], photos: Sequence[Path]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The sheets to make, by name."""
    sheets: dict[str, Callable[[], Any]] = {
        sheet.__name__: sheet for sheet in (kinds, drawn, sliders, tiled, mix, walk, restyle)
    }
    if photos:
        sheets["like"] = lambda: like(photos)
    for name in names or sheets:
        yield name, sheets[name]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--photo", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, sheet in wanted(given.names, given.photo):
        rows, columns = sheet()
        path = given.folder / f"{name}.jpg"
        path.write_bytes(fitting(rows, columns))
        print(path, path.stat().st_size // 1024, "kB")
