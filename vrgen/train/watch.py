"""Watch: does a run still learn? Says in one sentence when it does not."""

from __future__ import annotations

import math
from collections.abc import Mapping

LEAST_SPREAD = 0.01
"""Spread of the latents (figure `latent_spread`) below which they carry nothing; healthy ones: 0.3."""
LEAST_CRITIC = 0.01
"""Mean loss of the critic (figure `critic`) below which it tells all apart and teaches nothing."""
HEALTHY, COLLAPSED = 0.2, 0.05
"""Diversity (measure) that was reached once, and below which what is made has since become one picture."""


class Watch:
    """Looks at every step's figures and every snapshot's measures.

    Only whole stretches between two snapshots are judged, so a resumed run comes to the same verdicts.
    """

    def __init__(self) -> None:
        self._seen: dict[str, list[float]] = {}

    def forget(self) -> None:
        """Begin a new stretch."""
        self._seen = {}

    def means(self) -> dict[str, float]:
        """The mean of every figure of this stretch, over the steps that had it."""
        return {name: sum(values) / len(values) for name, values in self._seen.items()}

    def step(self, figures: Mapping[str, float]) -> str | None:
        """What is wrong with a step."""
        for name, value in figures.items():
            if not math.isfinite(value):
                return f"{name} is {value}"
            self._seen.setdefault(name, []).append(value)
        return None

    def stretch(self, measures: Mapping[str, float], best_diversity: float) -> str | None:
        """What is wrong with the steps since the last snapshot."""
        mean = self.means()
        for name, value in measures.items():
            if math.isnan(value):
                return f"{name} is {value}"
        if mean.get("latent_spread", 1.0) < LEAST_SPREAD:
            return f"the latents have died (spread {mean['latent_spread']:.2g})"
        if mean.get("critic", 1.0) < LEAST_CRITIC:
            return f"the critic tells all apart (loss {mean['critic']:.2g}) and teaches nothing"
        if best_diversity > HEALTHY and measures.get("diversity", 1.0) < COLLAPSED:
            return f"what is made has collapsed to one picture (diversity {measures['diversity']:.2g})"
        return None
