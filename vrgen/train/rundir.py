"""The run folder: options, log, state, samples and weights, each written whole or not at all."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow

from vrgen.core.files import writing
from vrgen.errors import InputProblem, UsageProblem
from vrgen.train.options import TrainOptions


class RunFolder:
    """Where one training run lives."""

    def __init__(self, options: TrainOptions) -> None:
        self.folder = options.out
        self.state_path = self.folder / "state.pt"
        if self.state_path.exists() and not options.resume:
            raise UsageProblem(f"{self.folder} holds a run; go on with --resume or choose another folder")
        if options.resume and not self.state_path.exists():
            raise InputProblem(f"{self.folder}: no state.pt to resume from; start without --resume")
        with writing(self.folder / "options.json") as temporary:
            temporary.write_text(json.dumps(asdict(options), indent=2, default=str) + "\n")

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
