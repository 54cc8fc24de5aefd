"""Maps to latents: material_gan's encoder, loaded once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.models import material_gan
from vrgen.models.blocks import same_on_all_threads
from vrgen.models.material_gan import DOWN, HIDEABLE
from vrgen.models.once import once
from vrgen.models.weights import load_weights, part, shipped

MARGIN = 8
"""Latent cells that are added around a picture that does not tile, and cut off again: more than the encoder's
receptive field, so its wrapping joins nothing of the left edge to the right one."""
EVERY_MAP = (True,) * len(HIDEABLE)


@once(8)
def load_encoder(device: str, path: Path | None = None) -> torch.nn.Module:
    """The encoder of material_gan on `device`."""
    tensors, card, _ = load_weights(path or shipped("material_gan"))
    network: torch.nn.Module = material_gan.Encoder(material_gan.shape_of(card["shape"]))
    network.load_state_dict(part(tensors, "encoder"))
    same_on_all_threads(network)
    network.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


@torch.inference_mode()
def encode(
    encoder: torch.nn.Module,
    channels: NDArray[np.float32],
    *,
    device: str,
    seen: tuple[bool, ...] = EVERY_MAP,
    tiles: bool = True,
) -> NDArray[np.float32]:
    """Maps (8 H, 8 W, 9) float32 in [0, 1] to latents (C, H, W) float32.

    `seen` says which maps are there, in the order of HIDEABLE (the others are hidden from the encoder);
    what does not tile is mirrored at its edges first, so that they are encoded as what they are.
    """
    if not tiles:
        border = MARGIN * DOWN
        channels = np.pad(channels, ((border, border), (border, border), (0, 0)), mode="symmetric")
    maps = torch.from_numpy(np.ascontiguousarray(channels.transpose(2, 0, 1)[None])).to(device)
    flags = torch.tensor([seen], dtype=torch.float32, device=device)
    latent = encoder(maps.contiguous(memory_format=torch.channels_last), flags)[0]
    made = latent.float().cpu().numpy()
    return np.ascontiguousarray(made if tiles else made[:, MARGIN:-MARGIN, MARGIN:-MARGIN])
