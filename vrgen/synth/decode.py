"""Latents to pixels: the shipped networks, loaded once, run in windows when the picture is large."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.models import material_gan, sky_vae
from vrgen.models.blocks import in_windows
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


@cache
def _windowed(generator: torch.nn.Module) -> torch.nn.Module:
    windowed = in_windows(generator)
    quick = next(generator.parameters()).is_cuda or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if quick and isinstance(windowed, material_gan.Generator):
        windowed.refine_in(torch.bfloat16)
    return windowed


@torch.inference_mode()
def decode(
    generator: torch.nn.Module, latent: NDArray[np.float32], *, device: str, wrap_y: bool
) -> NDArray[np.float32]:
    """Latents (C, H, W) to pixels (8 H, 8 W, channels) float32, not clipped; wraps in x, and in y when told.

    A window comes with its surroundings and no layer pads: half of the work that padding every layer costs.
    Where the device is quick at it, what material_gan adds to its linear map is found in bf16 (less than
    half of an 8-bit step off), the same in every window; skies are float32 throughout.
    """
    generator = _windowed(generator)
    height, width = latent.shape[1:]
    around = np.pad(latent, ((0, 0), (0, 0), (HALO, HALO)), mode="wrap")
    around = np.pad(around, ((0, 0), (HALO, HALO), (0, 0)), mode="wrap" if wrap_y else "edge")
    pixels: NDArray[np.float32] | None = None  # filled in place: a large picture is held once
    for top in range(0, height, WINDOW):
        for left in range(0, width, WINDOW):
            tall, wide = min(WINDOW, height - top), min(WINDOW, width - left)
            piece = around[:, top : top + tall + 2 * HALO, left : left + wide + 2 * HALO]
            tensor = torch.from_numpy(np.ascontiguousarray(piece)[None]).to(device)
            made = generator(tensor.contiguous(memory_format=torch.channels_last))[0]
            rim = (made.shape[1] - 8 * tall) // 2  # what the layers have left of the halo
            inside = made[:, rim : rim + 8 * tall, rim : rim + 8 * wide]
            if pixels is None:
                pixels = np.empty((8 * height, 8 * width, len(inside)), np.float32)
            place = pixels[8 * top : 8 * (top + tall), 8 * left : 8 * (left + wide)]
            place[:] = inside.permute(1, 2, 0).float().cpu().numpy()
    assert pixels is not None
    return pixels
