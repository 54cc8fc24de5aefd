"""Pictures for assets/samples that the shipped models make: the fourth kind of digital art, learned.

    python tools/data/make_model_samples.py assets/samples

Same weights, same pictures. Run it again when the weights change.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import to_bytes
from vrgen.maps.write import tone_mapped
from vrgen.synth import SkyOptions, TextureOptions, sky, texture

Picture = NDArray[np.uint8]
NINE = ("bricks", "marble", "tiles", "oak", "onyx", "rock", "painted_planks", "stone_wall", "walnut")


def strata() -> Picture:
    """Onyx as a landscape: one tile of latents, cut 3:2."""
    return texture(TextureOptions(kind="onyx", seed=11, size=1536)).base_colour.pixels[:1024]


def nine_walls() -> Picture:
    """Nine materials, each lit from the left over its own relief, on a warm ground."""
    cell, gap, border = 400, 14, 60
    side = 3 * cell + 2 * gap + 2 * border
    sheet = np.full((side, side, 3), 0.78, np.float32) * np.array([1.0, 0.985, 0.955], np.float32)
    for number, kind in enumerate(NINE):
        made = texture(TextureOptions(kind=kind, seed=40 + number, size=512))
        assert made.normal is not None
        normal = made.normal.to_float()[:cell, :cell] * 2 - 1
        light = np.clip(normal @ np.array([-0.5, 0.45, 0.74], np.float32), 0, None)[..., None] / 0.74
        lit = made.base_colour.to_linear()[:cell, :cell] * light
        top, left = (border + k * (cell + gap) for k in divmod(number, 3))
        sheet[top : top + cell, left : left + cell] = linear_to_srgb(lit)
    return to_bytes(sheet)


def elsewhere() -> Picture:
    """A sky from the VAE as a long horizon: 3:1, tone-mapped softly."""
    made = sky(SkyOptions(seed=4, size=2048, sun_azimuth=-40.0))
    return tone_mapped(made)[140:740, 124:1924]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, make in (("strata", strata), ("nine_walls", nine_walls), ("elsewhere", elsewhere)):
        path = folder / f"{name}.jpg"
        cv2.imwrite(str(path), make()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        print(path, path.stat().st_size // 1024, "kB")
