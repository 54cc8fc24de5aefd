"""Sliders: named ways through the latent space of material_gan, along which one property changes.

    dz/dt = sum of a * (K * (z - mean z) + L (mean z - m) + b),  t from 0 to 1

Every slider is a linear field on latent maps: a 3x3 kernel K on what differs from the map's mean, a matrix L
on the mean, a constant b. tools/data/make_sliders.py finds them by regression: decoded bank latents are
changed in one property, encoded again, and the fields predict where the latents went. Several sliders are
added up before the walk, so their order means nothing, and a walk of +1 twice is one of +2.

Sources: closed-form directions (Shen and Zhou 2021, SeFa); properties regressed on latents (Shen et al. 2020,
InterFaceGAN); fields in place of straight lines (Tzelepis et al. 2021, WarpedGANSpace). Kernels are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vrgen.errors import InputProblem
from vrgen.models.blocks import pad_around
from vrgen.models.once import once
from vrgen.models.weights import load_weights, shipped

STEPS_A_UNIT = 2
"""Midpoint steps for each unit of the largest slider: the fields' eigenvalues stay below one half."""


@dataclass(frozen=True, eq=False, slots=True)
class Fields:
    """All fields, stacked along the first axis in the order of `names`."""

    names: tuple[str, ...]
    """Sliders that are fields."""
    near: Tensor
    """(sliders, C, C, 3, 3)."""
    level: Tensor
    """(sliders, C, C)."""
    constant: Tensor
    """(sliders, C)."""
    centre: Tensor
    """(C,), the mean latent of the bank."""
    made_for: str
    """SHA-256 hex of the weights that they were found in."""
    digest: str
    """SHA-256 hex of the file."""


@once(8)
def load_fields(path: Path | None = None) -> Fields:
    """The shipped fields, or those at `path`."""
    tensors, card, digest = load_weights(path or shipped("material_sliders"))
    return Fields(
        names=tuple(card["sliders"]),
        near=tensors["near"],
        level=tensors["level"],
        constant=tensors["constant"],
        centre=tensors["centre"],
        made_for=card["made_for"],
        digest=digest,
    )


@torch.inference_mode()
def moved(
    latent: NDArray[np.float32], amounts: Mapping[str, float], fields: Fields, model_digest: str
) -> NDArray[np.float32]:
    """Periodic latents (C, H, W) float32 walked along the fields; `amounts` by slider, those of fields alone.

    Raises InputProblem when the fields were found in other weights than those with `model_digest`.
    """
    if not amounts:
        return latent
    if fields.made_for != model_digest:
        raise InputProblem(
            "the sliders were found in other weights than the generator's; run tools/data/make_sliders.py"
        )
    share = torch.tensor([amounts.get(name, 0.0) for name in fields.names])
    near, level, constant = (
        torch.tensordot(share, part, dims=1) for part in (fields.near, fields.level, fields.constant)
    )
    steps = math.ceil(STEPS_A_UNIT * max(abs(amount) for amount in amounts.values()))
    z = torch.from_numpy(latent[None])
    for _ in range(steps):
        half = z + _flow(z, near, level, constant, fields.centre) * (0.5 / steps)
        z = z + _flow(half, near, level, constant, fields.centre) / steps
    return np.ascontiguousarray(z[0].numpy())


def _flow(z: Tensor, near: Tensor, level: Tensor, constant: Tensor, centre: Tensor) -> Tensor:
    mean = z.mean(dim=(2, 3))
    away = torch.nn.functional.conv2d(pad_around(z - mean[:, :, None, None], 1, wrap_y=True), near)
    return away + ((mean - centre) @ level.T + constant)[:, :, None, None]
