"""`vrgen train`: your own weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.train import TrainOptions
from vrgen.verbs.check import writable_folder
from vrgen.verbs.train import Family, train


@dataclass(frozen=True, kw_only=True)
class TrainCommand(TrainOptions):
    """Train gan (materials) or vae (skies) on a folder of examples. The run folder keeps options, log,
    sample grids and snapshots; a run that was stopped goes on with --resume."""

    POSITIONAL: ClassVar = ("family",)
    family: Family
    """gan or vae."""

    def run(self, desk: Desk) -> Summary:
        """Train until the steps are done."""
        writable_folder(self.out)
        folder = train.run(self.family, self, desk)
        files = tuple(sorted(path for path in folder.glob("*") if path.is_file()))
        return Summary(f"{self.family} trained for {self.steps} steps in {folder}", files)
