"""Catalogue: which models are installed, what their cards say, and how each of their networks is built.

One entry a family: a new family is added here, and `vrgen models` and `vrgen export` know it. Families that a
card does not name as `family` are named by its `model`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vrgen.core.files import resource
from vrgen.errors import InputProblem, UsageProblem, nearest
from vrgen.models import cyclegan, material_gan, photo_maps, sky_vae
from vrgen.models.weights import load_weights, part

Card = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One network of a model, as a picture program sees it."""

    build: Callable[[Card], nn.Module]
    """The network of a card, its weights not loaded yet."""
    inputs: Callable[[Card, int], dict[str, Tensor]]
    """Inputs by name of about that many pixels along a side, random."""
    spatial: tuple[str, ...]
    """Inputs whose last two axes are height and width, of any size."""
    summary: str
    """What it makes of them."""


@dataclass(frozen=True, slots=True)
class Family:
    """What is known of all models of a sort."""

    summary: str
    """What they make, in a few words."""
    parts: Mapping[str, Part]
    """Networks by the prefix of their tensors; none when they make no sense alone."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model that lies in a folder of weights."""

    name: str
    """File name without its ending."""
    path: Path
    """The .safetensors file."""
    card: Card
    """What the JSON beside it says."""

    @property
    def family(self) -> str:
        """material_gan, sky_vae, cyclegan, ...; or the model's own name when no family is known."""
        named = str(self.card.get("family", self.card.get("model", self.name)))
        return named if named in FAMILIES else self.name


def installed(folder: Path | None = None) -> tuple[Installed, ...]:
    """All models of `folder` (what travels with vrgen when None); banks of latents are none."""
    folder = folder or resource("assets/weights")
    found = []
    for path in sorted(folder.glob("*.safetensors")):
        try:
            card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as problem:
            raise InputProblem(f"{path}: its card cannot be read ({problem}); install it again") from problem
        if "shape" in card:
            found.append(Installed(path.stem, path, card))
    return tuple(found)


def find_model(name: str) -> Installed:
    """The installed model of that name, or the one at that path; raises UsageProblem naming the nearest."""
    if name.endswith(".safetensors"):
        _, card, _ = load_weights(Path(name))
        return Installed(Path(name).stem, Path(name), card)
    models = {model.name: model for model in installed()}
    if name not in models:
        known = sorted(models)
        raise UsageProblem(
            f"no model is called {name!r}.{nearest(name, known)} Installed: {', '.join(known)}; or a path"
        )
    return models[name]


def load_part(model: Installed, name: str | None = None) -> tuple[str, Part, nn.Module]:
    """(name, Part, network with its weights on the CPU) of a model; None takes the family's first.

    Raises UsageProblem when the family is unknown or has no such network.
    """
    if model.family not in FAMILIES:
        raise UsageProblem(f"{model.name} is of no family that is known: {', '.join(FAMILIES)}")
    parts = FAMILIES[model.family].parts
    if not parts:
        raise UsageProblem(
            f"{model.name} draws by several networks and kinds of noise at once; it has no ONNX"
        )
    name = name or next(iter(parts))
    if name not in parts:
        raise UsageProblem(
            f"{model.name} has no part {name!r}.{nearest(name, tuple(parts))} It has: {', '.join(parts)}"
        )
    tensors, card, _ = load_weights(model.path)
    network = parts[name].build(card)
    network.load_state_dict(part(tensors, name))
    return name, parts[name], network.eval()


def _noise(*size: int) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(len(size) * 1000 + sum(size)))


def _picture(_: Card, size: int) -> dict[str, Tensor]:
    return {"picture": _noise(1, 3, size, size).tanh()}


def _maps(_: Card, size: int) -> dict[str, Tensor]:
    maps = _noise(1, material_gan.TOTAL, size, size).sigmoid()
    return {"maps": maps, "seen": torch.ones(1, len(material_gan.HIDEABLE))}


def _latent(down: int) -> Callable[[Card, int], dict[str, Tensor]]:
    return lambda card, size: {"latent": _noise(1, card["shape"]["latent"], size // down, size // down)}


def _cyclegan(card: Card) -> nn.Module:
    return cyclegan.make_generator(cyclegan.shape_of(card["shape"]))


FAMILIES: dict[str, Family] = {
    "material_gan": Family(
        "PBR sets that tile",
        {
            "generator": Part(
                lambda card: material_gan.Generator(material_gan.shape_of(card["shape"])),
                _latent(material_gan.DOWN),
                ("latent",),
                "latents to nine channels of maps",
            ),
            "encoder": Part(
                lambda card: material_gan.Encoder(material_gan.shape_of(card["shape"])),
                _maps,
                ("maps",),
                "maps to latents",
            ),
        },
    ),
    "sky_vae": Family(
        "HDR skies, closed in azimuth",
        {
            "generator": Part(
                lambda card: sky_vae.Generator(sky_vae.shape_of(card["shape"])),
                _latent(sky_vae.DOWN),
                ("latent",),
                "latents to a sky on the compressed scale",
            ),
            "encoder": Part(
                lambda card: sky_vae.Encoder(sky_vae.shape_of(card["shape"])),
                lambda card, size: {"sky": _noise(1, 3, size, 2 * size).sigmoid()},
                ("sky",),
                "a sky on the compressed scale to mean and log variance of its latents",
            ),
        },
    ),
    "cyclegan": Family(
        "pictures in another style, both ways",
        {
            "ab": Part(_cyclegan, _picture, ("picture",), "a picture to the other style"),
            "ba": Part(_cyclegan, _picture, ("picture",), "the other style to a picture"),
        },
    ),
    "latent_gan": Family("latents of materials, drawn anew", {}),
    "photo_maps": Family(
        "height, normal, roughness and occlusion of a photo",
        {
            "estimator": Part(
                lambda card: photo_maps.Estimator(photo_maps.shape_of(card["shape"])),
                lambda card, size: {"photo": _noise(1, 3, size, size).sigmoid()},
                ("photo",),
                "a photo to height, roughness and occlusion",
            ),
        },
    ),
}
