"""Measure `vrgen maps` on sets that were held back, against what one can do without learning.

    python tools/bench/photo_maps.py DATA [RUN]

DATA holds the PBR sets that the card names, RUN a run folder to measure instead of the shipped weights. The
peer is a Sobel normal from luminance with the strength that is best over the sets learned from, their mean
roughness everywhere, and luminance as height. Prints a table and appends a row a measure to results.csv.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from models import sources_of
from numpy.typing import NDArray
from table import Row, report, row

from vrgen.core.frames import LUMINANCE
from vrgen.models.material_gan import CHANNELS, HIDEABLE
from vrgen.models.photo_maps import FLATTEST_Z, OUTPUTS
from vrgen.models.weights import load_weights, shipped
from vrgen.synth.estimate import estimate, load_estimator
from vrgen.synth.photo import about, normals
from vrgen.synth.photo_request import MapsOptions
from vrgen.train.data import MaterialSource

Floats = NDArray[np.float32]
SIDE = 512
STRENGTHS = np.linspace(-0.5, 2.0, 26)


def tile_of(source: MaterialSource) -> Floats:
    """The whole tile at 512 pixels (H, W, 9) in [0, 1]."""
    return next(level for level in source.levels if level.shape[0] <= SIDE).astype(np.float32) / 255


def has(source: MaterialSource, name: str) -> bool:
    """Is that map there?"""
    return bool(source.there[HIDEABLE.index(name)])


def unit(xy: Floats) -> Floats:
    """x, y in [-1, 1] (H, W, 2) to unit normals (H, W, 3)."""
    z = np.sqrt(np.maximum(1 - (xy**2).sum(axis=-1, keepdims=True), FLATTEST_Z**2))
    normal = np.concatenate([xy, z], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True), np.float32)


def luminance(tile: Floats) -> Floats:
    """Of the base colour, as it is coded."""
    return np.asarray(tile[..., :3] @ LUMINANCE, np.float32)


def sobel(grey: Floats, strength: float) -> Floats:
    """Unit normals of a picture taken as a height."""
    around = np.pad(grey, 1, mode="wrap")
    right, down = (cv2.Sobel(around, cv2.CV_32F, *way, scale=0.125)[1:-1, 1:-1] for way in ((1, 0), (0, 1)))
    slope = strength * np.stack([-right, down], axis=-1)
    normal = np.concatenate([slope, np.ones_like(slope[..., :1])], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True), np.float32)


def degrees(a: Floats, b: Floats) -> float:
    """Mean angle between unit normals."""
    return float(np.degrees(np.arccos((a * b).sum(axis=-1).clip(-1, 1))).mean())


def psnr(a: Floats, b: Floats) -> float:
    """In dB, of x and y of normals as a picture shows them."""
    return float(-10 * np.log10((((a - b)[..., :2] / 2) ** 2).mean()))


def likeness(a: Floats, b: Floats) -> float:
    """Pearson's correlation."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def main(data: Path, run: Path | None) -> None:
    """Fit the peer, run both on the sets held back, report."""
    path = shipped("photo_maps") if run is None else run / "photo_maps.safetensors"
    _, card, _ = load_weights(path)
    estimator, _ = load_estimator("cpu", path)
    sources = sources_of(data)
    learned = [sources[name] for name in card["learned_from"] if name in sources]  # none that are made
    held = [sources[name] for name in card["held_out"]]
    tiles = [tile_of(source) for source in learned if has(source, "normal")]
    normal, rough, height = (CHANNELS[name] for name in ("normal", "roughness", "height"))
    truths = [(luminance(tile), unit(tile[..., normal] * 2 - 1)) for tile in tiles]
    losses = [np.mean([degrees(sobel(grey, s), true) for grey, true in truths]) for s in STRENGTHS]
    strength = float(STRENGTHS[int(np.argmin(losses))])
    usual = float(np.mean([tile_of(s)[..., rough].mean() for s in learned if has(s, "roughness")]))
    rows: dict[str, list[tuple[float, float]]] = {}
    for source in held:
        tile = tile_of(source)
        found = estimate(estimator, tile[..., :3], periodic=True, device="cpu")
        depth = MapsOptions().relief * found[..., OUTPUTS["height"]][..., 0]
        print(source.name, end="")
        if has(source, "normal"):
            true, ours = unit(tile[..., normal] * 2 - 1), normals(depth, periodic=True)
            peer, flat = sobel(luminance(tile), strength), np.broadcast_to(np.float32([0, 0, 1]), true.shape)
            rows.setdefault("normal degrees", []).append((degrees(ours, true), degrees(peer, true)))
            rows.setdefault("normal psnr", []).append((psnr(ours, true), psnr(peer, true)))
            print(f"  normal {degrees(ours, true):.2f} sobel {degrees(peer, true):.2f}", end="")
            print(f" flat {degrees(flat, true):.2f} degrees, {psnr(ours, true):.2f} {psnr(peer, true):.2f}"
                  f" {psnr(flat, true):.2f} dB", end="")  # fmt: skip
        if has(source, "roughness"):
            true, ours = tile[..., rough], about(found[..., OUTPUTS["roughness"]], MapsOptions().roughness)
            errors = (float(np.abs(ours - true).mean()), float(np.abs(usual - true).mean()))
            rows.setdefault("roughness error", []).append(errors)
            print(f"  roughness {errors[0]:.3f} constant {errors[1]:.3f}", end="")
        if has(source, "height"):
            true = tile[..., height][..., 0]
            both = (likeness(depth, true), likeness(luminance(tile), true))
            rows.setdefault("height correlation", []).append(both)
            print(f"  height {both[0]:.2f} luminance {both[1]:.2f}", end="")
        print()
    units = {
        "normal degrees": "degrees",
        "normal psnr": "dB",
        "roughness error": "",
        "height correlation": "",
    }
    more = {"normal psnr": "more is better; ", "height correlation": "more is better; "}
    table: list[Row] = []
    for what, pairs in rows.items():
        ours, peer = np.mean(pairs, axis=0)
        note = (
            more.get(what, "")
            + f"mean of {len(pairs)} sets held back; Sobel {strength:.1f}, roughness {usual:.2f}"
        )
        table.append(
            row("photo_maps", what, float(ours), unit=units[what], peer=round(float(peer), 4), note=note)
        )
    report(table)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
