"""estimate: photo_maps over a whole picture, in windows when it is large."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.errors import ValueProblem
from vrgen.models.photo_maps import DOWN, REACH, TOTAL, Estimator, shape_of
from vrgen.models.weights import load_weights, part, shipped

WINDOW = 1024
"""Pixels along a window's side, a multiple of DOWN; REACH is added around it."""


@cache
def load_estimator(device: str, path: Path | None = None) -> tuple[torch.nn.Module, str]:
    """(the shipped estimator, or the one at `path`, on `device`; SHA-256 hex of its weights)."""
    tensors, card, digest = load_weights(path or shipped("photo_maps"))
    network = Estimator(shape_of(card["shape"]))
    network.load_state_dict(part(tensors, "estimator"))
    network.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network, digest


@torch.inference_mode()
def estimate(
    estimator: torch.nn.Module,
    photo: NDArray[np.float32],
    *,
    periodic: bool,
    device: str,
    window: int = WINDOW,
) -> NDArray[np.float32]:
    """Photo (H, W, 3) sRGB in [0, 1] to photo_maps' outputs (H, W, 3) float32, not clipped.

    A periodic photo is seen wrapped around, another one mirrored; each window sees all that can reach it, so
    windows leave no trace. Raises ValueProblem when a side is no multiple of 16, or 16.
    """
    height, width = photo.shape[:2]
    if height % DOWN or width % DOWN or min(height, width) < 2 * DOWN:
        raise ValueProblem(
            f"estimate: got {width}x{height} pixels, expected multiples of {DOWN} above {DOWN}; resize it"
        )
    halo = 0 if periodic and max(height, width) <= window else REACH  # the network wraps around by itself
    around = np.pad(photo, ((halo, halo), (halo, halo), (0, 0)), mode="wrap" if periodic else "symmetric")
    made = np.empty((height, width, TOTAL), np.float32)
    for top in range(0, height, window):
        for left in range(0, width, window):
            tall, wide = min(window, height - top), min(window, width - left)
            piece = around[top : top + tall + 2 * halo, left : left + wide + 2 * halo]
            tensor = torch.from_numpy(np.ascontiguousarray(piece.transpose(2, 0, 1)[None])).to(device)
            found = estimator(tensor.contiguous(memory_format=torch.channels_last))[0]
            inside = found[:, halo : halo + tall, halo : halo + wide]
            made[top : top + tall, left : left + wide] = inside.float().cpu().numpy().transpose(1, 2, 0)
    return made
