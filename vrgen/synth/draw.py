"""Draw: a latent map of a kind from noise, by latent_gan."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.errors import InputProblem, UsageProblem, nearest
from vrgen.models import latent_gan
from vrgen.models.latent_facts import Facts
from vrgen.models.once import once
from vrgen.models.weights import load_weights, part, shipped
from vrgen.synth.seeds import generator_of

TRUNCATION = 0.9
"""How far style and layout stray from their mean in training: most of the variety, fewer oddities."""


@once(8)
def load_drawer(device: str, path: Path | None = None) -> tuple[torch.nn.ModuleDict, dict[str, Any], str]:
    """(layout, detail and facts of latent_gan on `device`, its card, SHA-256 hex of its weights)."""
    tensors, card, digest = load_weights(path or shipped("latent_gan"))
    shape = latent_gan.shape_of(card["shape"])
    makers = torch.nn.ModuleDict(
        {
            "layout": latent_gan.Layout(shape),
            "detail": latent_gan.Detail(shape),
            "facts": Facts(shape.latent, shape.sources),
        }
    )
    for name, network in makers.items():
        network.load_state_dict(part(tensors, name))
    makers.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return makers, card, digest


@cache
def _shipped_latents() -> str:
    """Which latents the shipped material_gan has."""
    return latent_gan.encoder_digest(load_weights(shipped("material_gan"))[0])


def drawn_source(
    kind: str, seed: int, card: dict[str, Any], *, every_kind: bool = False
) -> tuple[int, dict[str, Any]]:
    """(number, facts) of the source of `kind` that `seed` draws.

    Raises UsageProblem for a kind that latent_gan does not know, or does not draw well enough; the latter
    not when `every_kind` is asked for, to measure them.
    """
    numbers = [i for i, entry in enumerate(card["entries"]) if entry["kind"] == kind]
    all_kinds = sorted({entry["kind"] for entry in card["entries"]})
    good = all_kinds if every_kind else card.get("kinds", all_kinds)
    if not numbers or kind not in good:
        why = "does not draw well enough yet" if numbers else "does not know"
        raise UsageProblem(
            f"latent_gan {why}: {kind!r}; it draws {', '.join(good)}; ask for one of those, or quilt it"
            + ("" if numbers else nearest(kind, good))
        )
    number = numbers[int(generator_of(seed, "draw", kind).integers(len(numbers)))]
    return number, card["entries"][number]


def source_name(kind: str, seed: int, device: str) -> str:
    """The source that `seed` draws, by the name that the bank has for it, too."""
    name: str = drawn_source(kind, seed, load_drawer(device)[1])[1]["name"]
    return name


@torch.inference_mode()
def draw_latent(
    kind: str,
    seed: int,
    cells: int,
    device: str,
    *,
    truncation: float = TRUNCATION,
    weights: Path | None = None,
    every_kind: bool = False,
) -> NDArray[np.float32]:
    """A periodic latent map (C, cells, cells) float32 of material_gan.

    Tiles and boards of the source have their true size when `cells` is a multiple of its `pixels` / 8, else
    they are stretched to close.
    All noise comes from the CPU, so a seed means the same on every device. Raises UsageProblem for sizes
    that are no multiple of 8 cells and for kinds that latent_gan does not draw, or not well enough unless
    `every_kind` is asked for; InputProblem when the shipped weights do not fit each other.
    """
    if cells % latent_gan.STEP or cells <= 0:
        raise UsageProblem(f"got {cells} latent cells, expected a multiple of {latent_gan.STEP}")
    makers, card, _ = load_drawer(device, weights)
    if weights is None and card["material_gan"] != _shipped_latents():
        raise InputProblem(
            "latent_gan draws latents of another material_gan than the one installed; train it on this one "
            "(vrgen train latent --from latent_gan), or quilt"
        )
    number, facts = drawn_source(kind, seed, card, every_kind=every_kind)
    rng = generator_of(seed, "draw", kind, "noise")
    where = rng.integers(0, facts["pixels"] // 8, 2).astype(np.float32)

    def normal(shape: tuple[int, ...]) -> torch.Tensor:
        return torch.from_numpy(rng.standard_normal(shape, np.float32)).to(device)

    made = latent_gan.draw(
        makers,
        latent_gan.shape_of(card["shape"]),
        torch.tensor([number], device=device),
        torch.from_numpy(where[None]).to(device),
        cells,
        normal,
        truncation=truncation,
    )
    return np.ascontiguousarray(made[0].float().cpu().numpy())
