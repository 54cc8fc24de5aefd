"""Find the sliders of material_gan: linear fields on its latents, by regression on the latent bank.

    python tools/data/make_sliders.py assets/weights

Reads material_gan and material_bank there, writes material_sliders beside them. A crop of every bank latent
is decoded, one property of the maps is changed by a unit up and down, and both are encoded again. Half the
difference of the two latents is what the slider's field has to say at that crop; ridge regression finds it in
closed form, the ridge chosen on sources left out. Deterministic; a minute or two on one core.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.models.material_gan import CHANNELS
from vrgen.models.weights import save_weights
from vrgen.synth.bank import load_bank
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.encode import encode, load_encoder
from vrgen.synth.slider_names import SCALE, SLIDERS
from vrgen.synth.sliders import load_fields, moved

Maps = NDArray[np.float32]
CELLS = 24
"""Side of a crop in latent cells."""
RIDGES = (3e-4, 1e-3, 3e-3, 1e-2)
SHIFTS = tuple((down, right) for down in (1, 0, -1) for right in (1, 0, -1))
"""np.roll's shifts in the order of a 3x3 kernel's taps."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
COLOUR, NORMAL, ROUGH, HEIGHT, OPEN = (
    CHANNELS[name] for name in ("base_colour", "normal", "roughness", "height", "occlusion")
)


def logit(x: Maps) -> Maps:
    """[0, 1] to the line: a shift there never leaves the range."""
    inside = np.clip(x, 0.02, 0.98)
    return np.asarray(np.log(inside / (1 - inside)), np.float32)


def unlogit(x: Maps) -> Maps:
    """The inverse of `logit`."""
    return np.asarray(1 / (1 + np.exp(-x)), np.float32)


def recoloured(x: Maps, shift: Maps | float) -> Maps:
    """The base colour moved on the logit scale."""
    x = x.copy()
    x[..., COLOUR] = unlogit(logit(x[..., COLOUR]) + shift)
    return x


def rougher(x: Maps, units: float) -> Maps:
    """Roughness moved on the logit scale."""
    x = x.copy()
    x[..., ROUGH] = unlogit(logit(x[..., ROUGH]) + 0.5 * units)
    return x


def more_colourful(x: Maps, units: float) -> Maps:
    """The distance from grey times 1.4 a unit."""
    x = x.copy()
    grey = (x[..., COLOUR] @ LUMINANCE)[..., None]
    x[..., COLOUR] = np.clip(grey + (x[..., COLOUR] - grey) * 1.4**units, 0, 1)
    return x


def more_contrast(x: Maps, units: float) -> Maps:
    """The distance from the mean tone times 1.4 a unit."""
    tone = logit(x[..., COLOUR]).mean(axis=-1, keepdims=True)
    return recoloured(x, (tone - tone.mean()) * (1.4**units - 1))


def deeper(x: Maps, units: float) -> Maps:
    """Slopes and height about its mean times 1.5 a unit, occlusion to the power of it."""
    x, factor = x.copy(), 1.5**units
    slope = x[..., NORMAL] * 2 - 1
    slope = factor * slope / np.sqrt(np.clip(1 - (slope**2).sum(axis=-1, keepdims=True), 0.01, 1))
    x[..., NORMAL] = slope / np.sqrt(1 + (slope**2).sum(axis=-1, keepdims=True)) * 0.5 + 0.5
    mean = x[..., HEIGHT].mean()
    x[..., HEIGHT] = np.clip(mean + (x[..., HEIGHT] - mean) * factor, 0, 1)
    x[..., OPEN] = np.clip(x[..., OPEN], 0.01, 1) ** factor
    return x


CHANGES: dict[str, Callable[[Maps, float], Maps]] = {
    "roughness": rougher,
    "brightness": lambda x, units: recoloured(x, 0.4 * units),
    "warmth": lambda x, units: recoloured(x, np.array([0.16, 0.0, -0.22], np.float32) * units),
    "saturation": more_colourful,
    "contrast": more_contrast,
    "relief": deeper,
}
"""What a unit of each slider does to maps (H, W, 9)."""
MEASURES: dict[str, Callable[[Maps], float]] = {
    "roughness": lambda x: float(x[..., ROUGH].mean()),
    "brightness": lambda x: float((x[..., COLOUR] @ LUMINANCE).mean()),
    "warmth": lambda x: float((x[..., 0] - x[..., 2]).mean()),
    "saturation": lambda x: float((x[..., COLOUR].max(axis=-1) - x[..., COLOUR].min(axis=-1)).mean()),
    "contrast": lambda x: float((x[..., COLOUR] @ LUMINANCE).std()),
    "relief": lambda x: float(np.linalg.norm(x[..., NORMAL] * 2 - 1, axis=-1).mean()),
}
"""The property of maps (H, W, 9) that each slider is named for."""


def inputs(latents: Maps, centre: Maps) -> NDArray[np.float64]:
    """(N, C, H, W) to (N, 9 C + C + 1, H W): neighbours about the map's mean, that mean, 1."""
    mean = latents.mean(axis=(2, 3), keepdims=True)
    near = [np.roll(latents - mean, shift, axis=(2, 3)) for shift in SHIFTS]
    level = np.broadcast_to(mean - centre[None, :, None, None], latents.shape)
    stacked = np.concatenate([*near, level, np.ones_like(latents[:, :1])], axis=1)
    return stacked.reshape(*stacked.shape[:2], -1).astype(np.float64)


def solved(
    given: NDArray[np.float64], wanted: NDArray[np.float64], ridge: float, channels: int
) -> NDArray[np.float64]:
    """Weights (inputs, C) by ridge regression; the few means (one a source) are held ten times harder."""
    square = np.einsum("nih,njh->ij", given, given, optimize=True)
    mixed = np.einsum("nih,nch->ic", given, wanted, optimize=True)
    penalty = np.full(len(square), ridge * given.shape[0] * given.shape[2])
    penalty[-1 - channels : -1] *= 10
    penalty[-1] = 0
    return np.linalg.solve(square + np.diag(penalty), mixed)


def unexplained(
    given: NDArray[np.float64], wanted: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Share of `wanted` that the weights do not predict."""
    left = wanted - np.einsum("nih,ic->nch", given, weights, optimize=True)
    return float((left**2).sum() / (wanted**2).sum())


def make(folder: Path) -> None:
    """Write material_sliders.safetensors and its card."""
    generator, digest = load_generator("material_gan", "cpu", folder / "material_gan.safetensors")
    encoder = load_encoder("cpu", folder / "material_gan.safetensors")
    bank = load_bank("material_bank", folder / "material_bank.safetensors")
    crops: list[Maps] = []
    ways: dict[str, list[Maps]] = {name: [] for name in CHANGES}
    for entry in bank.entries:
        start = (entry.latent.shape[1] - CELLS) // 2
        latent = entry.latent[:, start : start + CELLS, start : start + CELLS]
        maps = decode(generator, latent, device="cpu", wrap_y=True).clip(0, 1)
        crops.append(encode(encoder, maps, device="cpu"))
        for name, change in CHANGES.items():
            up, down = (encode(encoder, change(maps, units), device="cpu") for units in (1.0, -1.0))
            ways[name].append(np.asarray((up - down).reshape(len(up), -1) / 2, np.float32))
    latents = np.stack(crops)
    channels, centre = latents.shape[1], latents.mean(axis=(0, 2, 3))
    given = inputs(latents, centre)
    learning = np.arange(len(latents)) % 3 != 0
    near, level, constant, left_out = [], [], [], {}
    for name in CHANGES:
        wanted = np.stack(ways[name]).astype(np.float64)
        tried = {
            ridge: unexplained(
                given[~learning],
                wanted[~learning],
                solved(given[learning], wanted[learning], ridge, channels),
            )
            for ridge in RIDGES
        }
        ridge = min(tried, key=lambda r: tried[r])
        left_out[name] = round(1 - tried[ridge], 3)
        weights = solved(given, wanted, ridge, channels)
        near.append(weights[: 9 * channels].reshape(3, 3, channels, channels).transpose(3, 2, 0, 1))
        level.append(weights[9 * channels : -1].T)
        constant.append(weights[-1])
    tensors = {"near": near, "level": level, "constant": constant, "centre": centre}
    card = {
        "model": "material_gan",
        "made_for": digest,
        "sliders": list(CHANGES),
        "predicted_on_sources_left_out": left_out,
        "notes": ["`scale` is geometry, no field.", "A unit is what tools/data/make_sliders.py changes."],
    }
    path = folder / "material_sliders.safetensors"
    packed = {name: torch.from_numpy(np.asarray(t, np.float32)) for name, t in tensors.items()}
    save_weights(path, packed, card)
    measured = {"a_unit_moves": moves(path, generator, digest, latents)}
    save_weights(path, packed, card | measured)
    print(json.dumps(left_out | measured, indent=2))


def moves(path: Path, generator: torch.nn.Module, digest: str, latents: Maps) -> dict[str, dict[str, object]]:
    """Each slider's property at -2, -1, 0, 1, 2 (mean over a third of the bank), and its spread there."""
    fields = load_fields(path)
    told: dict[str, dict[str, object]] = {}
    for name in CHANGES:
        found = []
        for latent in latents[::3]:
            tile = latent[:, :16, :16]
            row = [moved(tile, {name: units} if units else {}, fields, digest) for units in (-2, -1, 0, 1, 2)]
            maps = (decode(generator, z, device="cpu", wrap_y=True).clip(0, 1) for z in row)
            found.append([MEASURES[name](x) for x in maps])
        table = np.asarray(found)
        rising = float((np.diff(table, axis=1) > 0).mean())
        told[name] = {
            "mean": [round(float(x), 4) for x in table.mean(axis=0)],
            "spread_in_bank": round(float(table[:, 2].std()), 4),
            "steps_upwards": round(rising, 3),
        }
    return told


if __name__ == "__main__":
    assert [*CHANGES, SCALE] == list(SLIDERS), "every slider is found here, and no other"
    torch.set_num_threads(1)
    make(Path(sys.argv[1]))
