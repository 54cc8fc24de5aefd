"""A family that trains in milliseconds: grey squares, two convolutions, a critic, adaptive augmentation."""

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from vrgen.train.augment import Augment
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, r1_penalty
from vrgen.train.options import Habits, TrainOptions
from vrgen.train.rundir import begin

HABITS = Habits(steps=24, batch=4, crop=16, snapshot=6, sharpen_from=0.25, alone=2, ramp=2, warm_up=4)


class TinyFamily:
    """`poison` makes the loss of a step no number, `times` times; a batch takes `seconds` to be drawn."""

    habits = HABITS

    def __init__(self, plan, poison=None, times=1, seconds=0.0):
        torch.manual_seed(plan.seed)
        self.plan, self.poison, self.times, self.step = plan, poison, times, -1
        self.seconds = seconds
        self.makers = nn.ModuleDict({"net": nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 3, 1))})
        self.critic = nn.Sequential(nn.Conv2d(3, 8, 3), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 1))
        self.augment = Augment()
        self.critic.add_module("augment", self.augment)
        self.pictures = np.random.default_rng(7).random((6, 3, 16, 16)).astype(np.float32)

    def logits(self, x, draws):
        return nn.Sequential(*list(self.critic.children())[:3])(self.augment(x, draws))

    def card(self):
        return {"model": "tiny"}

    def batch(self, rng):
        time.sleep(self.seconds)
        return (torch.from_numpy(self.pictures[rng.integers(6, size=self.plan.batch)]),)

    def make(self, batch, noise, *, sharpen):
        (real,) = batch
        made = self.makers["net"](real + 0.1 * noise.normal(real.shape))
        loss = (made - real).square().mean()
        draws = [self.augment.draw(noise, len(real)) for _ in range(3)]
        if sharpen > 0:
            loss = loss + sharpen * generator_loss(self.logits(made, draws[0]))
        if self.poison is not None and self.times > 0 and self.poison(self):
            self.times -= 1
            loss = loss * float("nan")
        return loss, {"error": loss.item()}, (real, made.detach(), *draws[1:])

    def judge(self, pairs, *, penalty):
        real, made, first, second = pairs
        real = real.detach().requires_grad_(penalty > 0)
        on_real, on_made = self.logits(real, first), self.logits(made, second)
        self.augment.hear(on_real.detach())
        loss = critic_loss(on_real, on_made)
        return loss + penalty * r1_penalty(on_real, real) if penalty > 0 else loss

    @torch.no_grad()
    def measure(self, makers):
        real = torch.from_numpy(self.pictures)
        return {"swd": float((makers["net"](real) - real).abs().mean()), "diversity": 0.5}

    @torch.no_grad()
    def picture(self, makers):
        made = makers["net"](torch.from_numpy(self.pictures[:1]))[0].permute(1, 2, 0).numpy()
        return (made.clip(0, 1) * 255).astype(np.uint8)


class Notes:
    """Keeps what a run says; `stop` raises at a line that begins so."""

    def __init__(self, stop=None):
        self.lines, self.stop = [], stop

    def stage(self, name, total):
        from contextlib import nullcontext

        return nullcontext(lambda units: None)

    def note(self, text):
        self.lines.append(text)
        if self.stop and text.startswith(self.stop):
            raise KeyboardInterrupt


def run_tiny(out, *, poison=None, times=1, seconds=0.0, notes=None, **options):
    """A run of the tiny family; returns its family and folder."""
    torch.set_num_threads(1)
    plan, folder = begin(TrainOptions(data=Path("."), out=Path(out), device="cpu", **options), HABITS)
    family = TinyFamily(plan, poison, times, seconds)
    train(family, plan, folder, progress=notes or Notes())
    return family, folder


@pytest.fixture
def tiny():
    """The function that runs the tiny family."""
    return run_tiny


@pytest.fixture
def notes():
    """The class that listens to a run."""
    return Notes
