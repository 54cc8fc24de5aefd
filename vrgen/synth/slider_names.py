"""Names of sliders, and what is written behind `--slider`; the fields themselves are in sliders."""

from __future__ import annotations

import math
from collections.abc import Sequence

from vrgen.errors import UsageProblem, nearest

MOST = 3.0
"""Sliders go from -3 to 3."""
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
