"""The training loop that every family shares: steps, EMA, snapshots, exact resume."""

from __future__ import annotations

import copy
import math
import time
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import VrgenError
from vrgen.models.device import pick_device
from vrgen.models.weights import save_weights
from vrgen.train.options import Habits, Plan
from vrgen.train.rundir import RunFolder

EMA_DECAY = 0.998
R1_EVERY = 16


class Family(Protocol):
    """What a model brings to the loop."""

    makers: nn.ModuleDict
    """Networks that make: trained together, averaged, shipped."""
    critic: nn.Module
    """The discriminator. What else a run must remember lies in buffers of `critic` or `makers`."""
    habits: Habits
    """How this family is trained."""

    def card(self) -> dict[str, Any]:
        """What the model card says of shape and data; `model` names the weight file."""

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Real data of one step, on the CPU."""

    def make(
        self, batch: tuple[Tensor, ...], noise: torch.Generator, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """(loss of the makers, figures to log, what the critic is to compare)."""

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """The critic's loss, R1 included when `penalty` is above 0."""

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """Measures on held-out data with the averaged networks."""

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """A sample grid (H, W, 3) sRGB with the averaged networks."""


def train(family: Family, options: Plan, folder: RunFolder, *, progress: Progress = SILENT) -> nn.ModuleDict:
    """Run to the last step and return the averaged networks. Killed, it goes on from the last snapshot.

    Every snapshot writes the averaged networks as weights with a card, so a run is useful before its end.

    Every step draws its crops and noise from (seed, step), so a resumed run repeats the same steps.
    """
    device = torch.device(pick_device(options.device))
    folder.open(options)
    for network in (family.makers, family.critic):
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = copy.deepcopy(family.makers).requires_grad_(False)
    habits = family.habits
    maker = torch.optim.AdamW(
        family.makers.parameters(), options.rate, betas=habits.maker_betas, weight_decay=habits.weight_decay
    )
    critic = torch.optim.AdamW(
        family.critic.parameters(), habits.critic_rate, betas=habits.critic_betas, weight_decay=0.0
    )
    parts: dict[str, Any] = {
        "makers": family.makers,
        "critic": family.critic,
        "averaged": averaged,
        "maker_rule": maker,
        "critic_rule": critic,
    }
    start = 0
    if options.resume:
        state = folder.load_state()
        start = int(state["step"])
        for name, part in parts.items():
            part.load_state_dict(state[name])
    with progress.stage(f"train on {device.type}", options.steps) as advance:
        advance(start)
        began = time.monotonic()
        for step in range(start, options.steps):
            figures = _step(family, options, step, maker=maker, critic=critic, device=device)
            _average(averaged, family.makers, step)
            advance(1)
            if (step + 1) % options.snapshot == 0 or step + 1 == options.steps:
                measures = family.measure(averaged)
                seconds = (time.monotonic() - began) / (step + 1 - start)
                folder.log(step=step + 1, seconds_a_step=round(seconds, 3), **figures, **measures)
                card = family.card() | {
                    "steps": step + 1,
                    "steps_planned": options.steps,
                    "measures": measures,
                }
                save_weights(folder.folder / f"{card['model']}.safetensors", averaged.state_dict(), card)
                folder.save_samples(step + 1, family.picture(averaged))
                folder.save_state(
                    {"step": step + 1} | {name: part.state_dict() for name, part in parts.items()}
                )
                shown = ", ".join(f"{name} {value:.4g}" for name, value in (figures | measures).items())
                progress.note(f"step {step + 1}: {shown}")
    return averaged


def _step(
    family: Family,
    options: Plan,
    step: int,
    *,
    maker: torch.optim.Optimizer,
    critic: torch.optim.Optimizer,
    device: torch.device,
) -> dict[str, float]:
    rng = np.random.default_rng([options.seed, step])
    noise = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
    real = tuple(
        t.to(device, memory_format=torch.channels_last) if t.dim() == 4 else t.to(device)
        for t in family.batch(rng)
    )
    habits, joined = family.habits, int(options.sharpen_from * options.steps)
    heard = step - joined - habits.alone
    sharpen = options.sharpen * min(1.0, heard / habits.ramp if habits.ramp else 1.0) if heard >= 0 else 0.0
    share = _rate_share(step, options.steps, habits)
    for group in maker.param_groups:
        group["lr"] = options.rate * share
    for group in critic.param_groups:
        group["lr"] = habits.critic_rate * (share if habits.fall == "linear" else 1.0)
    family.critic.requires_grad_(False)
    loss, figures, pairs = family.make(real, noise, sharpen=sharpen)
    if not math.isfinite(loss.item()):
        raise VrgenError(f"training diverged at step {step} (loss {loss.item()}); resume with a lower --rate")
    maker.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(family.makers.parameters(), 1.0)
    maker.step()
    if step >= joined and options.sharpen > 0:
        family.critic.requires_grad_(True)
        penalty = (
            habits.r1_gamma * R1_EVERY / 2 if step % R1_EVERY == 0 else 0.0
        )  # lazy R1, Karras et al. 2020
        judged = family.judge(pairs, penalty=penalty)
        critic.zero_grad(set_to_none=True)
        judged.backward()  # type: ignore[no-untyped-call]
        critic.step()
        figures = figures | {"critic": judged.item()}
    return figures


def _rate_share(step: int, steps: int, habits: Habits) -> float:
    """Share of the peak rate at a step: rises over the warm-up, then falls as the habit says."""
    done = step / steps
    fallen = (
        0.02 + 0.49 * (1 + math.cos(math.pi * done)) if habits.fall == "cosine" else min(1.0, 2 * (1 - done))
    )
    return min(1.0, (step + 1) / max(habits.warm_up, 1)) * fallen


@torch.no_grad()
def _average(averaged: nn.Module, current: nn.Module, step: int) -> None:
    decay = min(EMA_DECAY, (step + 1) / (step + 10))
    for old, new in zip(averaged.parameters(), current.parameters(), strict=True):
        old.lerp_(new, 1.0 - decay)
