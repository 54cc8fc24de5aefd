"""`vrgen train`: your own weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.train import TrainOptions
from vrgen.verbs.train import train


@dataclass(frozen=True, kw_only=True)
class TrainCommand(TrainOptions):
    """Train a family of models on a folder of examples: gan (materials), vae (skies), cyclegan (pictures in
    another style), maps (a photograph's relief) or latent (new materials). The run folder keeps options,
    log, plot, sample grids and snapshots; a run that was stopped goes on with --resume. With --from
    material_gan it learns from your own pictures in minutes. On several GPUs: torchrun --nproc-per-node 4
    -m vrgen train ..."""

    POSITIONAL: ClassVar = ("family",)
    family: str
    """gan, vae, cyclegan, maps or latent."""
    config: Path | None = None
    """TOML file of options by their names; what the command line says wins."""

    def run(self, desk: Desk) -> Summary:
        """Train until the steps are done, or say what that would be."""
        folder = train.run(self.family, self, desk)
        if self.dry_run:
            return Summary(f"a dry run of {self.family}: nothing was written")
        files = tuple(sorted(path for path in folder.glob("*") if path.is_file()))
        return Summary(f"{self.family} trained in {folder}", files)
