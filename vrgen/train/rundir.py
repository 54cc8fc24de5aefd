"""The run folder: options, log, state, samples and weights, each written whole or not at all."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow

from vrgen.core.files import writing
from vrgen.errors import InputProblem, UsageProblem
from vrgen.train.options import Habits, Plan, TrainOptions, settle


def begin(options: TrainOptions, habits: Habits) -> tuple[Plan, RunFolder]:
    """The plan of a run and its folder, in which nothing is written yet.

    A run that goes on takes what its options leave open from its options.json. Raises UsageProblem when the
    folder holds a run and --resume is not given, InputProblem when there is nothing to resume.
    """
    folder = RunFolder(options.out)
    if not options.resume:
        if folder.state_path.exists():
            raise UsageProblem(f"{options.out} holds a run; go on with --resume or choose another folder")
        return settle(options, habits), folder
    if not folder.state_path.exists():
        raise InputProblem(f"{options.out}: no state.pt to resume from; start without --resume")
    return settle(options, habits, earlier=folder.earlier_options()), folder


class RunFolder:
    """Where one training run lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state_path = folder / "state.pt"

    def open(self, plan: Plan) -> None:
        """Make the folder and write options.json."""
        with writing(self.folder / "options.json") as temporary:
            temporary.write_text(json.dumps(asdict(plan), indent=2, default=str) + "\n")

    def earlier_options(self) -> dict[str, Any]:
        """What options.json says. Raises InputProblem when it is damaged."""
        path = self.folder / "options.json"
        try:
            earlier: dict[str, Any] = json.loads(path.read_text())
        except (OSError, json.JSONDecodeError) as problem:
            raise InputProblem(f"{path}: cannot be read ({problem}); start a new run") from problem
        return earlier

    def log(self, **values: Any) -> None:
        """Append one line to log.jsonl."""
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps({"time": round(time.time(), 1), **values}) + "\n")

    def save_state(self, state: dict[str, Any]) -> None:
        """Replace the state a run goes on from."""
        with writing(self.state_path) as temporary:
            torch.save(state, temporary)

    def load_state(self) -> dict[str, Any]:
        """The last state; tensors and plain values only."""
        state: dict[str, Any] = torch.load(self.state_path, map_location="cpu", weights_only=True)
        return state

    def save_samples(self, step: int, picture: NDArray[np.uint8]) -> None:
        """Write a sample grid (H, W, 3) sRGB."""
        with writing(self.folder / "samples" / f"{step:06d}.png") as temporary:
            Pillow.fromarray(picture).save(temporary)
