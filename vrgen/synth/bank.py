"""Banks: the latents of real sources that quilting and blending start from, one file a family."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.errors import InputProblem
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


@cache
def load_bank(name: str, path: Path | None = None) -> Bank:
    """The shipped bank `name`, or the one at `path`."""
    tensors, card, digest = load_weights(path or shipped(name))
    entries = tuple(Entry(tensors[facts["tensor"]].numpy(), facts) for facts in card["entries"])
    return Bank(entries, digest)
