"""Weights: safetensors and a card beside them. Nothing that is loaded can run code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from vrgen.core.files import resource, writing
from vrgen.errors import InputProblem


def save_weights(path: Path, tensors: Mapping[str, Tensor], card: Mapping[str, Any]) -> str:
    """Write `tensors` (floats as fp16) and `card`, with the digest added, as NAME.json; return the digest."""
    data = save({name: _stored(t).contiguous() for name, t in tensors.items()})
    digest = hashlib.sha256(data).hexdigest()
    with writing(path) as temporary:
        temporary.write_bytes(data)
    with writing(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps({**card, "digest": digest}, indent=2) + "\n")
    return digest


def _stored(tensor: Tensor) -> Tensor:
    there = tensor.detach().cpu()
    return there.to(torch.float16) if there.is_floating_point() else there


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """(tensors as float32 on the CPU, card, SHA-256 hex) of a weight file with its card."""
    with _translated(path):
        data = path.read_bytes()
        tensors = {name: t.to(torch.float32) for name, t in load(data).items()}
        card = json.loads(path.with_suffix(".json").read_text())
    return tensors, card, hashlib.sha256(data).hexdigest()


def shipped(name: str) -> Path:
    """Path of weights that travel with vrgen."""
    return resource(f"assets/weights/{name}.safetensors")


def found(place: Path, model: str) -> Path:
    """The weights of `model` in a run folder, or the .safetensors file itself.

    Raises InputProblem when there are none, or they are another model's.
    """
    path = place / f"{model}.safetensors" if place.is_dir() else place
    card = load_weights(path)[1]
    if card.get("model") != model:
        raise InputProblem(f"{path}: weights of {card.get('model')!r}, expected {model!r}; choose others")
    return path


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors under `prefix.`, without it: one network's state dict."""
    start = prefix + "."
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as problem:
        raise InputProblem(f"{path}: no such weights or card; train them or give another path") from problem
    except (SafetensorError, json.JSONDecodeError, OSError) as problem:
        raise InputProblem(f"{path}: damaged weights ({problem}); fetch or train them again") from problem
