"""The run folder: options, log, state, samples and weights, each written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pillow
from torch import Tensor

from vrgen.core.files import writing
from vrgen.errors import InputProblem, UsageProblem
from vrgen.models.weights import save_weights
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

    def open(self, plan: Plan) -> list[str]:
        """Make the folder, write options.json, and say what differs from an earlier one."""
        path = self.folder / "options.json"
        options = json.loads(json.dumps(asdict(plan), default=str))
        earlier = self.earlier_options() if plan.resume else {}
        with writing(path) as temporary:
            temporary.write_text(json.dumps(options, indent=2) + "\n")
        for half_written in self.folder.rglob(".*-*"):  # a killed run cannot clean up
            half_written.unlink(missing_ok=True)
        return [
            f"{name} was {earlier[name]}, is {value}"
            for name, value in options.items()
            if name in earlier and earlier[name] != value and name != "resume"
        ]

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

    def read_log(self) -> list[dict[str, Any]]:
        """Every whole line of the log."""
        lines = []
        for line in (self.folder / "log.jsonl").read_text().splitlines():
            with contextlib.suppress(json.JSONDecodeError):  # a killed run may leave half a line
                lines.append(json.loads(line))
        return lines

    def forget_after(self, step: int) -> None:
        """Drop the log's lines of later steps: the run goes through them again."""
        path = self.folder / "log.jsonl"
        kept = [line for line in self.read_log() if line["step"] <= step] if path.exists() else []
        with writing(path) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in kept))

    def save_state(self, state: dict[str, Any]) -> None:
        """Replace the state a run goes on from."""
        with writing(self.state_path) as temporary:
            torch.save(state, temporary)

    def load_state(self) -> dict[str, Any]:
        """The last state; tensors and plain values only."""
        state: dict[str, Any] = torch.load(self.state_path, map_location="cpu", weights_only=True)
        return state

    def save_weights(
        self, card: Mapping[str, Any], tensors: Mapping[str, Tensor], *, best: bool = False
    ) -> None:
        """Write the averaged networks with their card, named as the card says; the best ones in best/."""
        place = self.folder / "best" if best else self.folder
        save_weights(place / f"{card['model']}.safetensors", tensors, card)

    def save_picture(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Write a picture (H, W, 3) sRGB as PNG."""
        with writing(self.folder / name) as temporary:
            Pillow.fromarray(picture).save(temporary)

    def save_samples(self, step: int, picture: NDArray[np.uint8]) -> None:
        """Write the sample grid of a step."""
        self.save_picture(f"samples/{step:06d}.png", picture)

    def load_samples(self, step: int) -> NDArray[np.uint8]:
        """The sample grid of a step."""
        with Pillow.open(self.folder / "samples" / f"{step:06d}.png") as picture:
            return np.asarray(picture.convert("RGB"))
