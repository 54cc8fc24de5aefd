"""Train material_gan: reconstruct first, then sharpen against a discriminator."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vrgen.core.progress import SILENT, Progress
from vrgen.models.material_gan import CHANNELS, HIDEABLE, Critic, Encoder, Generator, MaterialGanShape, spread
from vrgen.train.data import MaterialSource, material_batch, read_material_sets
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, r1_penalty, reconstruction
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin

HABITS = Habits()
NORMAL_WEIGHT = 4.0
"""Normals barely leave 0.5; without their own weight they stay flat for the first thousand steps."""
CRITIC_CROP = 96
LATENT_NOISE = 0.01
"""Spread of the noise on the latents, a tenth of what they vary within a picture; five times as much
kept all fine detail from being learned."""


class MaterialFamily:
    """material_gan as the loop sees it."""

    def __init__(self, sources: list[MaterialSource], held: list[MaterialSource], options: Plan) -> None:
        torch.manual_seed(options.seed)
        shape = MaterialGanShape()
        self.makers = nn.ModuleDict({"encoder": Encoder(shape), "generator": Generator(shape)})
        self.critic: nn.Module = Critic(shape)
        self.habits = HABITS
        self.sources, self.held_names, self.options = sources, sorted(s.name for s in held), options
        fixed = np.random.default_rng([options.seed, 2**31])
        self.held = [
            torch.from_numpy(a) for a in material_batch(held or sources, fixed, count=16, size=options.crop)
        ]
        self.weights = torch.ones(9)
        self.weights[CHANNELS["normal"]] = NORMAL_WEIGHT

    def card(self) -> dict[str, Any]:
        """Shape, options and data of this run."""
        options = self.options
        return {
            "model": "material_gan",
            "shape": asdict(MaterialGanShape()),
            "options": {"batch": options.batch, "crop": options.crop, "sharpen": options.sharpen},
            "learned_from": sorted(source.name for source in self.sources),
            "held_out": self.held_names,
        }

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Maps (N, 9, H, W), there (N, 5), and seen (N, 5): what the encoder is shown of it."""
        options = self.options
        maps, there = material_batch(self.sources, rng, count=options.batch, size=options.crop)
        case = rng.random((options.batch, 1))
        some = rng.random((options.batch, len(HIDEABLE))) < 0.5
        seen = np.where(case < 0.85, there, np.where(case < 0.95, there * some, 0.0)).astype(np.float32)
        return torch.from_numpy(maps), torch.from_numpy(there), torch.from_numpy(seen)

    def make(
        self, batch: tuple[Tensor, ...], noise: torch.Generator, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """Encode, disturb, generate, compare."""
        maps, there, seen = batch
        with torch.autocast(maps.device.type, torch.bfloat16):
            latent = self.makers["encoder"](maps, seen)
            disturbance = torch.randn(latent.shape, generator=noise).to(latent)
            made = self.makers["generator"](latent + LATENT_NOISE * disturbance).float()
        weight = (spread(there) * self.weights.to(maps))[:, :, None, None]
        error = reconstruction(made, maps, weight)
        loss = error + 1e-3 * latent.float().square().mean()
        figures = {"reconstruction": error.item()}
        if sharpen > 0:
            size = CRITIC_CROP
            with torch.autocast(maps.device.type, torch.bfloat16):
                fooled = generator_loss(self.critic(made[..., :size, :size], there).float())
            loss = loss + sharpen * fooled
            figures["fooled"] = fooled.item()
        return loss, figures, (maps, made.detach(), there)

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """Real against made, on smaller crops: the critic sees 30 pixels at a time anyway."""
        real, made, there = pairs
        size = CRITIC_CROP
        real = real[..., :size, :size].requires_grad_(penalty > 0)
        with torch.autocast(real.device.type, torch.bfloat16, enabled=penalty == 0):
            on_real = self.critic(real, there).float()
            on_made = self.critic(made[..., :size, :size], there).float()
        loss = critic_loss(on_real, on_made)
        return loss + penalty * r1_penalty(on_real, real) if penalty > 0 else loss

    @torch.no_grad()
    def _rebuilt(self, makers: nn.ModuleDict) -> tuple[Tensor, Tensor, Tensor]:
        device = next(makers.parameters()).device
        maps, there = (t.to(device) for t in self.held)
        return maps, there, makers["generator"](makers["encoder"](maps, there)).clamp(0, 1)

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """PSNR in dB of each map on held-out crops."""
        maps, there, made = self._rebuilt(makers)
        flags = spread(there)
        result = {}
        for name in ("base_colour", "normal", "roughness", "height"):
            known = flags[:, CHANNELS[name].start] > 0
            if known.any():
                error = (made - maps)[known][:, CHANNELS[name]].square().mean()
                result[f"psnr_{name}"] = float(-10 * torch.log10(error))
        return result

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Eight held-out crops; rows: colour, rebuilt, normal, rebuilt, rebuilt roughness and height."""
        maps, _, made = self._rebuilt(makers)
        rows = [maps[:8, :3], made[:8, :3]]
        for source in (maps, made):
            rows.append(torch.cat([source[:8, 3:5], torch.ones_like(source[:8, :1])], dim=1))
        rows += [made[:8, 5:6].expand(-1, 3, -1, -1), made[:8, 7:8].expand(-1, 3, -1, -1)]
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
        return (grid.permute(1, 2, 0).cpu().numpy() * 255 + 0.5).astype(np.uint8)


def gan(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train material_gan on the PBR sets and textures below options.data; weights end in the run folder."""
    plan, folder = begin(options, HABITS)
    sources, problems = read_material_sets(plan.data)
    for problem in problems:
        progress.note(f"left out: {problem}")
    held = [s for s in sources if s.name in plan.holdout]
    learned = [s for s in sources if s.name not in plan.holdout]
    progress.note(f"{len(learned)} materials to learn from, {len(held)} held out")
    family = MaterialFamily(learned, held, plan)
    train(family, plan, folder, progress=progress)
    return folder
