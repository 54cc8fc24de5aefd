"""One step of training: makers, critic, averages; in parts, and by several processes."""

from __future__ import annotations

import copy
import math
import shutil
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vrgen.errors import MissingPart, UsageProblem
from vrgen.train.augment import Augment
from vrgen.train.noise import Noise
from vrgen.train.options import Habits, Plan
from vrgen.train.team import Team

EMA_DECAY = 0.998
R1_EVERY = 16
"""Steps between two of lazy R1 (Karras et al. 2020, StyleGAN2, appendix B)."""


class Family(Protocol):
    """What a model brings to the loop. All randomness comes from `rng` and `noise`, so that a resumed run
    repeats the same steps; what else must be remembered lies in buffers of `critic` or `makers`."""

    makers: nn.ModuleDict
    """Networks that make: trained together, averaged, shipped."""
    critic: nn.Module
    """The discriminator."""
    habits: Habits
    """How this family is trained."""

    def card(self) -> dict[str, Any]:
        """What the model card says of shape and data; `model` names the weight file."""

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Real data of one step, on the CPU, samples along the first axis of each. Runs in a thread."""

    def make(
        self, batch: tuple[Tensor, ...], noise: Noise, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """(loss of the makers, figures to log, what the critic is to compare) for a part of the batch.

        A figure `latent_spread` lets the loop notice latents that die.
        """

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """The critic's loss, R1 included when `penalty` is above 0."""

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """Measures on held-out data with the averaged networks. By `swd` (low is good) the best snapshot is
        kept; a `diversity` that falls to nothing is a collapse."""

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """A sample grid (H, W, 3) sRGB with the averaged networks, the same samples every time."""


class Stepper:
    """The networks and their rules, moved one step at a time."""

    def __init__(self, family: Family, plan: Plan, team: Team) -> None:
        self.family, self.plan, self.team = family, plan, team
        parts = team.size * plan.accumulate
        if not 1 <= parts <= plan.batch:
            raise UsageProblem(
                f"a batch of {plan.batch} cannot be cut into {parts} parts ({team.size} processes x "
                f"accumulate {plan.accumulate}); give a larger --batch or a smaller --accumulate"
            )
        cuts = [plan.batch * part // parts for part in range(parts + 1)]
        first = team.rank * plan.accumulate
        self.spans = [(cuts[i], cuts[i + 1]) for i in range(first, first + plan.accumulate)]
        for network in (family.makers, family.critic):
            network.to(device=team.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = copy.deepcopy(family.makers).requires_grad_(False)
        habits = family.habits
        self.maker_rule = torch.optim.AdamW(
            family.makers.parameters(), plan.rate, betas=habits.maker_betas, weight_decay=habits.weight_decay
        )
        self.critic_rule = torch.optim.AdamW(
            family.critic.parameters(), habits.critic_rate, betas=habits.critic_betas, weight_decay=0.0
        )
        if plan.compile:
            _compile(family.makers, team.device)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        return {
            "makers": self.family.makers,
            "critic": self.family.critic,
            "averaged": self.averaged,
            "maker_rule": self.maker_rule,
            "critic_rule": self.critic_rule,
        }

    def take(self, step: int, batch: tuple[Tensor, ...], *, slower: float = 1.0) -> dict[str, float]:
        """Learn from one batch, at `slower` times the planned rate; the figures are means over the team.

        A loss or gradient that is not finite changes no weight: the figures say so.
        """
        family, plan, team = self.family, self.plan, self.team
        joined = int(plan.sharpen_from * plan.steps)
        self._set_rates(step, slower)
        family.critic.requires_grad_(False)
        self.maker_rule.zero_grad(set_to_none=True)
        figures: dict[str, float] = {"loss": 0.0}
        compared = []
        for first, end in self.spans:
            real = tuple(self._moved(tensor[first:end]) for tensor in batch)
            share = (end - first) * team.size / plan.batch
            noise = Noise(plan.seed, step, first, end - first)
            loss, told, pairs = family.make(real, noise, sharpen=self._sharpen(step - joined))
            (loss * share).backward()  # type: ignore[no-untyped-call]
            for name, value in {"loss": loss.item(), **told}.items():
                figures[name] = figures.get(name, 0.0) + share * value
            compared.append((share, pairs))
        team.share_gradients(family.makers.parameters())
        size = float(nn.utils.clip_grad_norm_(family.makers.parameters(), 1.0))
        figures = team.share_figures(figures | {"gradient": size})
        if not all(map(math.isfinite, figures.values())):
            return figures
        self.maker_rule.step()
        if step >= joined and plan.sharpen > 0:
            judged, plain = self._judge(step, compared)
            if plain or not math.isfinite(judged):  # with R1 in it, the loss says nothing of who is winning
                figures["critic"] = judged
        self._average(step)
        return figures

    def _judge(self, step: int, compared: list[tuple[float, tuple[Tensor, ...]]]) -> tuple[float, bool]:
        """The critic's step: its loss, and whether that is without R1."""
        family, team = self.family, self.team
        family.critic.requires_grad_(True)
        self.critic_rule.zero_grad(set_to_none=True)
        penalty = family.habits.r1_gamma * R1_EVERY / 2 if step % R1_EVERY == 0 else 0.0
        total = 0.0
        for share, pairs in compared:
            judged = family.judge(pairs, penalty=penalty)
            (judged * share).backward()  # type: ignore[no-untyped-call]
            total += share * judged.item()
        team.share_gradients(family.critic.parameters())
        total = team.share_figures({"critic": total})["critic"]
        if math.isfinite(total):
            self.critic_rule.step()
        for module in family.critic.modules():
            if isinstance(module, Augment):
                module.adapt(team.share, processes=team.size)
        return total, penalty == 0

    def _moved(self, tensor: Tensor) -> Tensor:
        form = torch.channels_last if tensor.dim() == 4 else torch.preserve_format
        return tensor.to(self.team.device, memory_format=form)

    def _sharpen(self, since: int) -> float:
        """Weight of the adversarial loss, `since` steps after the critic joined."""
        habits, heard = self.family.habits, since - self.family.habits.alone
        if heard < 0:
            return 0.0
        return self.plan.sharpen * (min(1.0, heard / habits.ramp) if habits.ramp else 1.0)

    def _set_rates(self, step: int, slower: float) -> None:
        """Rise over the warm-up, then fall as the habit says."""
        habits, done = self.family.habits, step / self.plan.steps
        cosine = 0.02 + 0.49 * (1 + math.cos(math.pi * done))
        fallen = cosine if habits.fall == "cosine" else min(1.0, 2 * (1 - done))
        risen = min(1.0, (step + 1) / max(1, min(habits.warm_up, self.plan.steps // 10)))
        for group in self.maker_rule.param_groups:
            group["lr"] = self.plan.rate * risen * fallen * slower
        for group in self.critic_rule.param_groups:
            group["lr"] = habits.critic_rate * slower * (fallen if habits.fall == "linear" else 1.0)

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(EMA_DECAY, (step + 1) / (step + 10))
        makers = self.family.makers
        for old, new in zip(self.averaged.parameters(), makers.parameters(), strict=True):
            old.lerp_(new, 1.0 - decay)
        for kept, current in zip(self.averaged.buffers(), makers.buffers(), strict=True):
            kept.copy_(current)


def _compile(makers: nn.ModuleDict, device: torch.device) -> None:
    """Compile each maker where it stands (names of weights stay). R1 needs second derivatives, which
    compiled networks lack: the critic stays as it is."""
    if device.type == "cpu" and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise MissingPart("--compile needs a C++ compiler on the CPU; install g++ or leave --compile out")
    for network in makers.values():
        network.compile()
