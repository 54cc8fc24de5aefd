"""Latents to pixels: the shipped networks, loaded once, run in windows when the picture is large."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.models import material_gan, sky_vae
from vrgen.models.weights import load_weights, part, shipped

HALO = 8
"""Latent cells around a window: more than the generators' receptive field, so windows leave no trace."""
WINDOW = 64
"""Latent cells along a window's side: 512 pixels."""


@cache
def load_generator(name: str, device: str, path: Path | None = None) -> tuple[torch.nn.Module, str]:
    """(generator of material_gan or sky_vae on `device`, SHA-256 hex of its weights)."""
    tensors, card, digest = load_weights(path or shipped(name))
    family = {"material_gan": material_gan, "sky_vae": sky_vae}[name]
    network: torch.nn.Module = family.Generator(family.shape_of(card["shape"]))
    network.load_state_dict(part(tensors, "generator"))
    network.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network, digest


@torch.inference_mode()
def decode(
    generator: torch.nn.Module, latent: NDArray[np.float32], *, device: str, wrap_y: bool
) -> NDArray[np.float32]:
    """Latents (C, H, W) to pixels (8 H, 8 W, channels) float32, not clipped; wraps in x, and in y when told.

    Float32 throughout: bf16 shows bands in smooth plaster and sky.
    """
    height, width = latent.shape[1:]
    around = np.pad(latent, ((0, 0), (0, 0), (HALO, HALO)), mode="wrap")
    around = np.pad(around, ((0, 0), (HALO, HALO), (0, 0)), mode="wrap" if wrap_y else "edge")
    rows = []
    for top in range(0, height, WINDOW):
        row = []
        for left in range(0, width, WINDOW):
            tall, wide = min(WINDOW, height - top), min(WINDOW, width - left)
            piece = around[:, top : top + tall + 2 * HALO, left : left + wide + 2 * HALO]
            tensor = torch.from_numpy(np.ascontiguousarray(piece)[None]).to(device)
            made = generator(tensor.contiguous(memory_format=torch.channels_last))[0]
            inside = made[:, 8 * HALO : 8 * (HALO + tall), 8 * HALO : 8 * (HALO + wide)]
            row.append(inside.float().cpu().numpy())
        rows.append(np.concatenate(row, axis=2))
    return np.ascontiguousarray(np.concatenate(rows, axis=1).transpose(1, 2, 0))
