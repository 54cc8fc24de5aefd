"""What `vrgen restyle` is asked for, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vrgen.errors import UsageProblem

MOST_STROKE = 16.0


@dataclass(frozen=True, slots=True)
class RestyleOptions:
    """A picture, material or sky in another style."""

    model: str = "cyclegan_painting"
    """Weights that ship by their name, a .safetensors file with its card beside it, or a .pth file of the
    reference CycleGAN."""
    reverse: bool = False
    """The way back: from painting to photograph, from dusk to day."""
    strength: float = 1.0
    """0 leaves everything as it is, 1 is the style in full."""
    stroke: float = 1.0
    """How large strokes are, 1 to 16. The network has learned from pictures about 500 pixels wide: at 4 it
    sees a picture of 2000 at a quarter of its size, and what it changes there is laid over the picture."""
    fast: bool = False
    """bfloat16 inside the network: two to three times as fast, an 8-bit step off here and there, and larger
    pictures are no longer exactly what the untiled network makes of them."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the network runs."""


def check_restyle(options: RestyleOptions) -> None:
    """Raise UsageProblem for a strength or a stroke that cannot be."""
    if not 0.0 <= options.strength <= 1.0:
        raise UsageProblem(f"got strength {options.strength}, expected 0 to 1")
    if not 1.0 <= options.stroke <= MOST_STROKE:
        raise UsageProblem(f"got stroke {options.stroke}, expected 1 to {MOST_STROKE:g}")
