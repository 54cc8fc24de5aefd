"""Train: teach a family of models from a folder of examples."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from vrgen.core.progress import Progress
from vrgen.train import TrainOptions
from vrgen.verbs.check import one_of
from vrgen.verbs.verb import step

Family = Literal["gan", "vae"]
FAMILIES: tuple[Family, ...] = ("gan", "vae")


@step(TrainOptions)
def train(family: Family, options: TrainOptions, progress: Progress) -> Path:
    """Train `gan` (materials) or `vae` (skies) and return the run folder."""
    from vrgen.train import gan, vae

    one_of("family", family, FAMILIES)
    (gan if family == "gan" else vae)(options)
    return Path(options.out)
