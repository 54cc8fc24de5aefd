"""Train: teach a family of models from a folder of examples."""

from __future__ import annotations

import os
from pathlib import Path

from vrgen.core.progress import SILENT, Progress
from vrgen.train import TrainOptions, families
from vrgen.verbs.verb import step


@step(TrainOptions)
def train(family: str, options: TrainOptions, progress: Progress) -> Path:
    """Train a family (gan, vae, cyclegan, maps or latent) and return the run folder."""
    leads = os.environ.get("RANK", "0") == "0"  # torchrun starts the same command several times
    families.load(family)(options, progress=progress if leads else SILENT)
    return Path(options.out)
