"""Measure sky_vae on HDRIs that were held back: how near they come back, and their suns.

    python tools/bench/skies.py DATA

DATA holds skies/*.hdr, among them those that the card names as held out. Every HDRI is taken at 1024x512 and
goes through `sky_like`. The scale: log1p(4 x radiance / mean), clipped at 30 means; the mean is the whole
picture's with the sun in it, and once the sky's without its sun (harder: all lies higher on the scale).
Appends rows to results.csv.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from table import report, row

from vrgen.core import Sky
from vrgen.core.sun import measure_sun, without_sun
from vrgen.maps.pole import pole_score
from vrgen.maps.read import read_sky
from vrgen.maps.seam import seam_score
from vrgen.models.sky_vae import CLIP, GAIN
from vrgen.models.weights import load_weights, shipped
from vrgen.synth import SkyOptions, sky, sky_like

WIDTH = 1024


def scaled(radiance: NDArray[np.float32], mean: float) -> NDArray[np.float32]:
    """On the scale of the measure."""
    return np.log1p(GAIN * np.minimum(radiance / mean, CLIP))


def error(given: NDArray[np.float32], back: NDArray[np.float32]) -> float:
    """RMSE on the scale, the mean being that of what was given."""
    mean = float(given.mean())
    return float(np.sqrt(((scaled(given, mean) - scaled(back, mean)) ** 2).mean()))


def main(data: Path) -> None:
    """Run all measures."""
    _, card, _ = load_weights(shipped("sky_vae"))
    held = [path for path in sorted((data / "skies").iterdir()) if path.stem in card["held_out"]]
    rows, whole, sunless = [], [], []
    for path in held:
        radiance = read_sky(path).radiance
        how = cv2.INTER_AREA if radiance.shape[1] > WIDTH else cv2.INTER_CUBIC
        radiance = np.maximum(cv2.resize(radiance, (WIDTH, WIDTH // 2), interpolation=how), 0)
        sun = measure_sun(radiance)
        back = sky_like(Sky(radiance, sun), SkyOptions(size=WIDTH))
        whole.append(error(radiance, back.radiance))
        pictures = [radiance, back.radiance]
        if sun is not None:
            pictures = [without_sun(picture, sun.direction) for picture in pictures]
        sunless.append(error(pictures[0], pictures[1]))
        if sun is not None:
            apart = 180.0
            if back.sun is not None:
                apart = float(np.degrees(np.arccos(np.clip(sun.direction @ back.sun.direction, -1, 1))))
            rows.append(row("skies", f"sun of {path.stem}", apart, unit="degrees", note="given against back"))
        note = f"without the sun {sunless[-1]:.3f}; {'a sun' if sun else 'no sun'}"
        rows.append(row("skies", f"log RMSE {path.stem}", whole[-1], unit="", note=note))
    mean = float(np.mean(whole))
    rows.append(row("skies", "log RMSE, mean of held out", mean, unit="", peer=0.04, note="peer: the target"))
    rows.append(row("skies", "the same, sun taken out", float(np.mean(sunless)), unit="", peer=0.04))
    for size in (2048, 4096):
        made = np.log1p(sky(SkyOptions(seed=3, size=size, kind="cloudy")).radiance)
        poles = max(pole_score(made, "up"), pole_score(made, "down"))
        rows.append(row("skies", f"azimuth seam at {size}", seam_score(made, "u"), unit="", peer=1.0))
        rows.append(row("skies", f"worse pole at {size}", poles, unit="", peer=1.0))
    report(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
