"""Recipe: what a procedural material says of itself; make_materials.py derives the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from patterns import Field


@dataclass(frozen=True)
class Recipe:
    """Fields of one material, all periodic."""

    colour: Field
    """(N, N, 3) sRGB in [0, 1]."""
    height: Field
    """(N, N), about 0 to 1."""
    relief: float
    """What a height of 1 is in tile widths."""
    rough: Field
    """(N, N)."""
    metal: Field | float = 0.0
    """(N, N) or one value."""


def ramp(place: Field, *colours: str) -> Field:
    """Hex colours, evenly spaced over [0, 1], blended at `place`: (N, N, 3)."""
    table = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    steps = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(np.clip(place, 0, 1), steps, channel) for channel in table.T], axis=-1)


def mixed(one: Field, other: Field, share: Field) -> Field:
    """`one` where share is 0, `other` where it is 1; colours (N, N, 3)."""
    return one + (other - one) * np.clip(share, 0, 1)[..., None]


def shaded(colour: Field, amount: Field) -> Field:
    """The colour times 1 + amount."""
    return colour * (1 + amount)[..., None]
