"""Banks: the latents of real sources that quilting and blending start from.

A latent is kept as whole numbers, one scale a channel: half of fp16's size, and an error far below the noise
that the generator was trained with. A bank that would pass the size of a weight file goes on in another,
which the card of the first names as `continued`. Channels that matter more come before, as fp16.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vrgen.errors import InputProblem
from vrgen.models.once import once
from vrgen.models.weights import load_weights, shipped


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """One source, encoded."""

    latent: NDArray[np.float32]
    """(C, H/8, W/8) float32."""
    facts: dict[str, Any]
    """What the card says of it: name, kind, licence, author, and metres or sun."""


@dataclass(frozen=True, eq=False, slots=True)
class Bank:
    """All sources of a family."""

    entries: tuple[Entry, ...]
    """In the order of the card."""
    digest: str
    """SHA-256 hex of the file."""

    def of_kind(self, kind: str) -> tuple[Entry, ...]:
        """The entries of one kind; raises InputProblem when the bank has none."""
        found = tuple(entry for entry in self.entries if entry.facts["kind"] == kind)
        if not found:
            have = sorted({entry.facts["kind"] for entry in self.entries})
            raise InputProblem(
                f"the latent bank has no {kind!r}; it has {', '.join(have)}; install newer weights"
            )
        return found


@once(8)
def load_bank(name: str, path: Path | None = None) -> Bank:
    """The shipped bank `name`, or the one at `path`."""
    path = path or shipped(name)
    tensors, card, digest = load_weights(path)
    entries = tuple(Entry(_latent(tensors, facts["tensor"]), facts) for facts in card["entries"])
    if "continued" not in card:
        return Bank(entries, digest)
    rest = load_bank(card["continued"], path.with_name(card["continued"] + path.suffix))
    return Bank(entries + rest.entries, hashlib.sha256((digest + rest.digest).encode()).hexdigest())


def _latent(tensors: Mapping[str, Tensor], name: str) -> NDArray[np.float32]:
    latent = tensors[name]
    if name + ".scale" in tensors:
        latent = latent * tensors[name + ".scale"][:, None, None]
    if name + ".first" in tensors:
        latent = torch.cat([tensors[name + ".first"], latent])
    return latent.numpy()
