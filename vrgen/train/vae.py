"""Train sky_vae: reconstruct skies without their sun, then sharpen against a discriminator."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vrgen.core.progress import SILENT, Progress
from vrgen.models.sky_vae import Critic, Encoder, Generator, SkyVaeShape, shape_of
from vrgen.train.augment import Augment
from vrgen.train.components import start_from_sky_components
from vrgen.train.data import SkySource, read_skies, sky_batch
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, inner, kl_to_normal, r1_penalty, reconstruction
from vrgen.train.metrics import measures
from vrgen.train.noise import Noise
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin
from vrgen.train.start import Start, card_of, go_out_from, held_back, starting_weights

HABITS = Habits()
BETA = 1e-4
"""Weight of the KL term a latent value: small, since what counts first is that a sky comes back."""
MARGIN = 8
"""Columns at a strip's sides that the loss leaves out: the network sees them wrapped, the sky was not."""
SMALL_SET = 48
"""Skies below which what the critic sees is changed adaptively."""
HELD_STRIPS, LEARNED_STRIPS = 16, 64
"""Strips that the measures compare."""


class SkyFamily:
    """sky_vae as the loop sees it."""

    def __init__(
        self,
        sources: list[SkySource],
        held: list[SkySource],
        options: Plan,
        *,
        start: Start | None = None,
    ) -> None:
        """`start` are tensors and card of weights to go out from; their shape is taken too."""
        torch.manual_seed(options.seed)
        self.shape = shape = shape_of(start[1]["shape"]) if start else SkyVaeShape()
        self.makers = nn.ModuleDict({"encoder": Encoder(shape), "generator": Generator(shape)})
        self.start = go_out_from(self.makers, start) if start else {}
        if not start:
            start_from_sky_components(self.makers, sources, options.seed, size=options.crop)
        self.critic: nn.Module = Critic(shape)
        self.augment: Augment | None = None
        if options.adapt == "on" or (options.adapt == "auto" and len(sources) < SMALL_SET):
            self.augment = Augment(turns=False)
            self.critic.add_module("augment", self.augment)
        self.habits = HABITS
        self.sources, self.held_sources, self.options = sources, held, options
        fixed = np.random.default_rng([options.seed, 2**31])
        self.held, self.learned = (
            sky_batch(some, fixed, count=count, size=options.crop)[0]
            for some, count in ((held or sources, HELD_STRIPS), (sources, LEARNED_STRIPS))
        )

    def card(self) -> dict[str, Any]:
        """Shape, options and data of this run."""
        facts = card_of("sky_vae", self.shape, self.options, learned=self.sources, held=self.held_sources)
        return facts | self.start

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
        draws = tuple(self.augment.draw(noise, len(sky)) for _ in range(3)) if self.augment else ()
        if sharpen > 0:
            with torch.autocast(sky.device.type, torch.bfloat16):
                fooled = generator_loss(self._logits(inner(made, MARGIN), *draws[:1]).float())
            loss = loss + sharpen * fooled
            figures["fooled"] = fooled.item()
        if self.augment:
            figures["augment"] = float(self.augment.p)
        return loss, figures, (inner(sky, MARGIN), inner(made.detach(), MARGIN), *draws[1:])

    def _logits(self, skies: Tensor, draws: Tensor | None = None) -> Tensor:
        """The critic's view."""
        if self.augment is not None and draws is not None:
            skies = self.augment(skies, draws)
        logits: Tensor = self.critic(skies)
        return logits

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """Real strips against made ones."""
        real, made, *draws = pairs
        real = real.detach().clone().requires_grad_(penalty > 0)
        with torch.autocast(real.device.type, torch.bfloat16, enabled=penalty == 0):
            on_real = self._logits(real, *draws[:1]).float()
            on_made = self._logits(made, *draws[1:]).float()
        if self.augment is not None:
            self.augment.hear(on_real.detach())
        loss = critic_loss(on_real, on_made)
        return loss + penalty * r1_penalty(on_real, real) if penalty > 0 else loss

    @torch.no_grad()
    def _rebuilt(self, makers: nn.ModuleDict) -> tuple[Tensor, Tensor]:
        sky = torch.from_numpy(self.held).to(next(makers.parameters()).device)
        mean, _ = makers["encoder"](sky)
        return sky, makers["generator"](mean).clamp(0, 1)

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """RMSE and PSNR in dB on the compressed scale, and DESIGN's measures, of held-out strips rebuilt."""
        sky, made = self._rebuilt(makers)
        error = inner(sky - made, MARGIN).square().mean()
        strips = self.held, made.float().cpu().numpy(), self.learned
        real, rebuilt, learned = (
            np.ascontiguousarray(s[..., MARGIN:-MARGIN].transpose(0, 2, 3, 1)) for s in strips
        )
        told = {"log_rmse": float(error.sqrt()), "psnr": float(-10 * torch.log10(error))}
        return told | measures(real, rebuilt, learned)

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Rows: held-out strips and the same rebuilt, twice eight columns."""
        sky, made = self._rebuilt(makers)
        rows = [part[i : i + 8] for i in (0, 8) for part in (sky, made)]
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
        return (grid.permute(1, 2, 0).cpu().numpy() * 255 + 0.5).astype(np.uint8)


def vae(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train sky_vae on the HDR skies below options.data; weights end in the run folder."""
    plan, folder = begin(options, HABITS)
    sources, problems = read_skies(plan.data, least=plan.crop)
    for problem in problems:
        progress.note(f"left out: {problem}")
    learned, held = held_back(sources, plan)
    progress.note(f"{len(learned)} skies to learn from, {len(held)} held out")
    if plan.dry_run:
        progress.note(f"learned from: {', '.join(source.name for source in learned)}")
    start = starting_weights(plan.from_, "sky_vae") if plan.from_ else None
    family = SkyFamily(learned, held, plan, start=start)
    train(family, plan, folder, progress=progress)
    return folder
