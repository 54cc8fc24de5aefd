"""Train: teach a family of models from a folder of examples."""

from __future__ import annotations

from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.train import TrainOptions, families
from vrgen.verbs.verb import step


@step(TrainOptions)
def train(family: str, options: TrainOptions, progress: Progress) -> Path:
    """Train a family (gan, vae, cyclegan, maps or latent) and return the run folder."""
    families.load(family)(options, progress=progress)
    return Path(options.out)
