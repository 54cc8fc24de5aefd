"""`vrgen train`: your own weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.train import TrainOptions
from vrgen.verbs.train import train


@dataclass(frozen=True, kw_only=True)
class TrainCommand(TrainOptions):
    """Train a family of models on a folder of examples: gan (materials), vae (skies), cyclegan (pictures in
    another style), maps (a photograph's relief) or latent (new materials). The run folder keeps options,
    log, sample grids and snapshots; a run that was stopped goes on with --resume."""

    POSITIONAL: ClassVar = ("family",)
    family: str
    """gan, vae, cyclegan, maps or latent."""

    def run(self, desk: Desk) -> Summary:
        """Train until the steps are done."""
        folder = train.run(self.family, self, desk)
        files = tuple(sorted(path for path in folder.glob("*") if path.is_file()))
        return Summary(f"{self.family} trained in {folder}", files)
