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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vrgen.errors import InputProblem, UsageProblem, nearest
from vrgen.models.blocks import pad_around
from vrgen.models.once import once
from vrgen.models.weights import load_weights, shipped

MOST = 3.0
"""Sliders go from -3 to 3."""
STEPS_A_UNIT = 2
"""Midpoint steps for each unit of the largest slider: the fields' eigenvalues stay below one half."""
SCALE = "scale"
SLIDERS = {
    "roughness": "matt instead of polished",
    "brightness": "lighter base colour",
    "warmth": "towards orange; below 0 towards blue",
    "saturation": "more colourful",
    "contrast": "light and dark of the base colour further apart",
    "relief": "deeper joints and bumps: normals, height, occlusion",
    SCALE: "larger features: +1 makes them 1.41 times as large, in metres too",
}
"""What can be turned, in the order of the help. `scale` is geometry (synth.source), the rest are fields."""


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


def parse_sliders(texts: Sequence[str]) -> dict[str, float]:
    """`("roughness=+1.5", "scale=-1")` to amounts by name, zeros left out.

    Raises UsageProblem for a name that is no slider, a value that is no number from -3 to 3, and a slider
    given twice.
    """
    amounts: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        name = name.strip().lower()
        if name not in SLIDERS:
            known = tuple(SLIDERS)
            raise UsageProblem(
                f"no slider is called {name!r}.{nearest(name, known)} There are: {', '.join(known)}"
            )
        if name in amounts:
            raise UsageProblem(f"slider {name!r} was given twice, expected once; add the two up")
        try:
            amounts[name] = float(value)
        except ValueError:
            amounts[name] = math.nan
        if not abs(amounts[name]) <= MOST:
            raise UsageProblem(
                f"got slider {text!r}, expected {name}=NUMBER from -{MOST:g} to {MOST:g}, as in {name}=+1.5"
            )
    return {name: amount for name, amount in amounts.items() if amount}


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
