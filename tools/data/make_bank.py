"""Encode the sources that tools/data/kinds.toml and skies.toml name into the latent banks that ship.

    python tools/data/make_bank.py material RUN DATA assets/weights
    python tools/data/make_bank.py sky RUN DATA assets/weights

Copies the run's weights too, with licences and authors in the card. DATA holds PBR sets, textures and
skies, and a MANIFEST.csv with path, licence and author.
"""

from __future__ import annotations

import csv
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vrgen.core.sun import measure_sun
from vrgen.models import material_gan, sky_vae
from vrgen.models.photo_maps import FLATTEST_Z, OUTPUTS
from vrgen.models.weights import load_weights, part, save_weights
from vrgen.synth.estimate import estimate, load_estimator
from vrgen.synth.photo import CLIPPED, normals
from vrgen.train.data import MaterialSource, prepare_sky, read_material_sets, read_radiance

HERE = Path(__file__).parent
FIRST = 16
"""Channels of a sky that stay fp16: in steps of 1/127 a clear sky would band."""
RELIEF = 3.0
"""How much deeper than estimated: an estimate of the mean is shy, and joints must catch the light."""
LEAST_RISE = 2.0
"""Pixels from black to white of a height, at least: plaster is flat, and its height no amplified noise."""
LARGEST = 15_900_000
"""Bytes of latents in one file; a weight file may have 16 MiB."""


def credits_of(data: Path) -> dict[str, dict[str, str]]:
    """Licence and author by source name, from the manifest."""
    found: dict[str, dict[str, str]] = {}
    with (data / "MANIFEST.csv").open() as table:
        for row in csv.DictReader(table):
            path = Path(row["path"])
            for name in (path.stem, path.parent.name):
                found.setdefault(name, {"licence": row["licence"], "author": row["author"]})
    return found


def toned(source: MaterialSource, row: dict[str, Any]) -> torch.Tensor:
    """All maps (1, 9, H, W) in [0, 1], the colour moved as the row says; relief is estimated before that."""
    maps = completed(source.levels[0].astype(np.float32) / 255.0, source.there)
    colour = maps[..., :3]
    mean = colour.mean(axis=(0, 1))
    target = np.asarray(row["tone"], np.float32) / 255.0 if "tone" in row else mean
    away = (colour - mean) * row.get("contrast", 1.0)
    grey = away.mean(axis=-1, keepdims=True)
    maps[..., :3] = target + grey + (away - grey) * row.get("saturation", 1.0)
    return torch.from_numpy(maps.clip(0, 1).transpose(2, 0, 1)[None].copy())


def completed(maps: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Maps (H, W, 9), what the source lacks estimated from its colour (photo_maps); no metal is assumed.

    A height that lacks beside a normal map is what that normal map is the slope of.
    """
    has = dict(zip(material_gan.HIDEABLE, there > 0, strict=True))
    estimator, _ = load_estimator("cpu")
    colour = np.ascontiguousarray(maps[..., :3])
    found = estimate(estimator, colour, periodic=True, device="cpu")
    depth = RELIEF * found[..., OUTPUTS["height"]][..., 0]
    if has["normal"]:
        depth = risen(maps[..., material_gan.CHANNELS["normal"]] * 2.0 - 1.0)
    low, high = np.percentile(depth, (CLIPPED, 100 - CLIPPED))
    middle, rise = (low + high) / 2, max(high - low, LEAST_RISE)
    guesses = {
        "normal": 0.5 + 0.5 * normals(depth, periodic=True)[..., :2],
        "roughness": found[..., OUTPUTS["roughness"]],
        "metallic": np.zeros_like(maps[..., :1]),
        "height": (0.5 + (depth - middle) / rise)[..., None],
        "occlusion": found[..., OUTPUTS["occlusion"]],
    }
    for name, guess in guesses.items():
        if not has[name]:
            maps[..., material_gan.CHANNELS[name]] = guess.clip(0.0, 1.0)
    return maps


def risen(xy: np.ndarray) -> np.ndarray:
    """The periodic height (H, W) in pixels whose slopes are nearest to those of normals (H, W, 2), y up.

    Least squares in the frequency domain (Frankot and Chellappa 1988).
    """
    z = np.sqrt(np.maximum(1.0 - (xy**2).sum(axis=-1), FLATTEST_Z**2))
    right, down = -xy[..., 0] / z, xy[..., 1] / z
    v, u = (2.0 * np.pi * np.fft.fftfreq(n) for n in z.shape)
    u, v = np.meshgrid(u, v)
    square = u**2 + v**2
    square[0, 0] = 1.0
    spectrum = -1j * (u * np.fft.fft2(right) + v * np.fft.fft2(down)) / square
    spectrum[0, 0] = 0.0
    return np.asarray(np.fft.ifft2(spectrum).real, np.float32)


@torch.inference_mode()
def material_bank(run: Path, data: Path, out: Path) -> None:
    """Write material_gan and material_bank."""
    tensors, card, _ = load_weights(run / "material_gan.safetensors")
    encoder = material_gan.Encoder(material_gan.shape_of(card["shape"]))
    encoder.load_state_dict(part(tensors, "encoder"))
    folders = [f for f in sorted(data.iterdir()) if f.is_dir() and f.name.startswith(("material", "textur"))]
    sources = {source.name: source for folder in folders for source in read_material_sets(folder)[0]}
    table = tomllib.loads((HERE / "kinds.toml").read_text())
    credit, entries, latents = credits_of(data), [], {}
    for row in table["source"]:
        source = sources[row["name"]]
        latent = encoder(toned(source, row), torch.ones(1, len(material_gan.HIDEABLE)))[0]
        tensor = f"{row['kind']}.{row['name']}"
        latents[tensor], latents[tensor + ".scale"] = whole_numbers(latent)
        entries.append(
            {"tensor": tensor, **row, "pixels": int(source.levels[0].shape[0]), **credit[row["name"]]}
        )
    save_weights(
        out / "material_gan.safetensors", tensors, licensed(card | {"notes": table["notes"]}, credit)
    )
    save_bank(out, "material_bank", latents, {"model": "material_gan"}, entries)


def whole_numbers(latent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Latent (C, H, W) as int8 and the scale of each channel (C,)."""
    scale = latent.abs().amax(dim=(1, 2)).clamp_min(1e-6) / 127.0
    scale = scale.to(torch.float16).float() * 1.001  # fp16 may round down: nothing must pass 127
    return (latent / scale[:, None, None]).round().clamp(-127, 127).to(torch.int8), scale


def save_bank(
    out: Path,
    name: str,
    latents: dict[str, torch.Tensor],
    card: dict[str, Any],
    entries: list[dict[str, Any]],
) -> None:
    """Write NAME.safetensors, and NAME_2 and so on where a file would pass LARGEST bytes."""
    parts: list[list[dict[str, Any]]] = [[]]
    room = LARGEST
    for entry in entries:
        size = latents[entry["tensor"]].numel()
        if size > room:
            parts.append([])
            room = LARGEST
        parts[-1].append(entry)
        room -= size
    for number, part_entries in enumerate(parts, start=1):
        names = [e["tensor"] + ending for e in part_entries for ending in ("", ".scale", ".first")]
        more = {"continued": f"{name}_{number + 1}"} if number < len(parts) else {}
        own = name if number == 1 else f"{name}_{number}"
        facts = card | {"entries": part_entries} | more
        save_weights(out / f"{own}.safetensors", {n: latents[n] for n in names if n in latents}, facts)


def licensed(card: dict[str, Any], credit: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The card with the licences and authors of everything that was learned from."""
    known = [credit[name] for name in card["learned_from"] if name in credit]
    card.pop("digest", None)
    return card | {
        "licences": sorted({row["licence"] for row in known}),
        "authors": sorted({row["author"] for row in known}),
    }


@torch.inference_mode()
def sky_bank(run: Path, data: Path, out: Path) -> None:
    """Write sky_vae and sky_bank."""
    tensors, card, _ = load_weights(run / "sky_vae.safetensors")
    encoder = sky_vae.Encoder(sky_vae.shape_of(card["shape"]))
    encoder.load_state_dict(part(tensors, "encoder"))
    table = tomllib.loads((HERE / "skies.toml").read_text())
    credit, entries, latents = credits_of(data), [], {}
    for row in table["sky"]:
        radiance = read_radiance(next((data / "skies").glob(row["name"] + ".*")))
        sun = measure_sun(radiance)
        mean, _ = encoder(torch.from_numpy(prepare_sky(radiance).transpose(2, 0, 1)[None].copy()))
        latents[row["name"] + ".first"] = mean[0, :FIRST]
        latents[row["name"]], latents[row["name"] + ".scale"] = whole_numbers(mean[0, FIRST:])
        facts = {"tensor": row["name"], **row, **credit[row["name"]]}
        if sun is not None and "sun" not in row:
            facts["sun"] = [round(float(x), 5) for x in sun.direction]
        entries.append(facts)
    save_weights(out / "sky_vae.safetensors", tensors, licensed(card | {"notes": table["notes"]}, credit))
    save_bank(out, "sky_bank", latents, {"model": "sky_vae"}, entries)


if __name__ == "__main__":
    family, run, data, out = sys.argv[1], *map(Path, sys.argv[2:5])
    {"material": material_bank, "sky": sky_bank}[family](run, data, out)
    print(json.dumps({"family": family, "out": str(out)}))
