"""Train sky_vae: reconstruct skies without their sun, then sharpen against a discriminator."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vrgen.core.progress import SILENT, Progress
from vrgen.models.sky_vae import Critic, Encoder, Generator, SkyVaeShape
from vrgen.train.data import SkySource, read_skies, sky_batch
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, inner, kl_to_normal, r1_penalty, reconstruction
from vrgen.train.noise import Noise
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin
from vrgen.train.start import held_back

HABITS = Habits()
BETA = 1e-4
"""Weight of the KL term a latent value: small, since what counts first is that a sky comes back."""
MARGIN = 8
"""Columns at a strip's sides that the loss leaves out: the network sees them wrapped, the sky was not."""


class SkyFamily:
    """sky_vae as the loop sees it."""

    def __init__(self, sources: list[SkySource], held: list[SkySource], options: Plan) -> None:
        torch.manual_seed(options.seed)
        shape = SkyVaeShape()
        self.makers = nn.ModuleDict({"encoder": Encoder(shape), "generator": Generator(shape)})
        self.critic: nn.Module = Critic(shape)
        self.habits = HABITS
        self.sources, self.held_names, self.options = sources, sorted(s.name for s in held), options
        fixed = np.random.default_rng([options.seed, 2**31])
        self.held = [
            torch.from_numpy(a) for a in sky_batch(held or sources, fixed, count=16, size=options.crop)
        ]

    def card(self) -> dict[str, Any]:
        """Shape, options and data of this run."""
        options = self.options
        return {
            "model": "sky_vae",
            "shape": asdict(SkyVaeShape()),
            "options": {"batch": options.batch, "crop": options.crop, "sharpen": options.sharpen},
            "learned_from": sorted(source.name for source in self.sources),
            "held_out": self.held_names,
        }

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Strips (N, 3, H, W) and the cosine of elevation (N, 1, H, 1)."""
        skies, cosine = sky_batch(self.sources, rng, count=self.options.batch, size=self.options.crop)
        return torch.from_numpy(skies), torch.from_numpy(cosine)

    def make(
        self, batch: tuple[Tensor, ...], noise: Noise, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """Encode, sample, generate, compare."""
        sky, cosine = batch
        with torch.autocast(sky.device.type, torch.bfloat16):
            mean, log_variance = (t.float() for t in self.makers["encoder"](sky))
            drawn = noise.normal(mean.shape).to(mean)
            made = self.makers["generator"](mean + (0.5 * log_variance).exp() * drawn).float()
        error = reconstruction(inner(made, MARGIN), inner(sky, MARGIN), cosine + 0.1)
        spread = kl_to_normal(mean, log_variance)
        loss = error + BETA * spread
        figures = {
            "reconstruction": error.item(),
            "kl": spread.item(),
            "latent_spread": mean.detach().std(dim=(0, 2, 3)).mean().item(),
        }
        if sharpen > 0:
            with torch.autocast(sky.device.type, torch.bfloat16):
                fooled = generator_loss(self.critic(inner(made, MARGIN)).float())
            loss = loss + sharpen * fooled
            figures["fooled"] = fooled.item()
        return loss, figures, (inner(sky, MARGIN), inner(made.detach(), MARGIN))

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """Real strips against made ones."""
        real, made = pairs
        real = real.detach().clone().requires_grad_(penalty > 0)
        with torch.autocast(real.device.type, torch.bfloat16, enabled=penalty == 0):
            on_real, on_made = self.critic(real).float(), self.critic(made).float()
        loss = critic_loss(on_real, on_made)
        return loss + penalty * r1_penalty(on_real, real) if penalty > 0 else loss

    @torch.no_grad()
    def _rebuilt(self, makers: nn.ModuleDict) -> tuple[Tensor, Tensor]:
        sky = self.held[0].to(next(makers.parameters()).device)
        mean, _ = makers["encoder"](sky)
        return sky, makers["generator"](mean).clamp(0, 1)

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """RMSE and PSNR in dB on the compressed scale, held-out strips."""
        sky, made = self._rebuilt(makers)
        error = inner(sky - made, MARGIN).square().mean()
        return {"log_rmse": float(error.sqrt()), "psnr": float(-10 * torch.log10(error))}

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Rows: held-out strips and the same rebuilt, twice eight columns."""
        sky, made = self._rebuilt(makers)
        rows = [part[i : i + 8] for i in (0, 8) for part in (sky, made)]
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
        return (grid.permute(1, 2, 0).cpu().numpy() * 255 + 0.5).astype(np.uint8)


def vae(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train sky_vae on the HDR skies below options.data; weights end in the run folder."""
    plan, folder = begin(options, HABITS)
    sources, problems = read_skies(plan.data)
    for problem in problems:
        progress.note(f"left out: {problem}")
    learned, held = held_back(sources, plan)
    progress.note(f"{len(learned)} skies to learn from, {len(held)} held out")
    family = SkyFamily(learned, held, plan)
    train(family, plan, folder, progress=progress)
    return folder
