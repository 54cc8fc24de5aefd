"""Train material_gan: reconstruct first, then sharpen against a discriminator."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vrgen.core.progress import SILENT, Progress
from vrgen.core.seam import seam_score
from vrgen.models.material_gan import (
    CHANNELS,
    DOWN,
    HIDEABLE,
    TOTAL,
    Critic,
    Encoder,
    Generator,
    MaterialGanShape,
    shape_of,
    spread,
)
from vrgen.train.augment import Augment
from vrgen.train.components import start_from_components
from vrgen.train.data import material_batch
from vrgen.train.fid import CROPS, Fid
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, r1_penalty, reconstruction
from vrgen.train.metrics import measures
from vrgen.train.noise import Noise
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin
from vrgen.train.sets import MaterialSource, read_material_sets
from vrgen.train.start import Start, card_of, go_out_from, held_back, starting_weights

HABITS = Habits()
WEIGHTS = {"base_colour": 2.0, "normal": 4.0, "roughness": 2.5}
"""Weights of maps in the loss, 1 for the others: colour is looked at first, and normals barely leave 0.5."""
CRITIC_CROP = 96
LATENT_NOISE = 0.005
"""Spread of the noise on the latents, a fiftieth of what they vary within a picture; ten times as much
kept all fine detail from being learned."""
SMALL_SET = 64
"""Sources below which what the critic sees is changed adaptively."""
HELD_CROPS, LEARNED_CROPS = 16, 64
"""Crops that the measures compare."""
AXES: tuple[Literal["u", "v"], ...] = ("u", "v")


class MaterialFamily:
    """material_gan as the loop sees it."""

    def __init__(
        self,
        sources: list[MaterialSource],
        held: list[MaterialSource],
        options: Plan,
        *,
        start: Start | None = None,
    ) -> None:
        """`start` are tensors and card of weights to go out from; their shape is taken too."""
        torch.manual_seed(options.seed)
        self.shape = shape = shape_of(start[1]["shape"]) if start else MaterialGanShape()
        self.makers = nn.ModuleDict({"encoder": Encoder(shape), "generator": Generator(shape)})
        self.start = go_out_from(self.makers, start) if start else {}
        if not start:
            start_from_components(self.makers, sources, options.seed)
        self.critic: nn.Module = Critic(shape)
        self.augment: Augment | None = None
        if options.adapt == "on" or (options.adapt == "auto" and len(sources) < SMALL_SET):
            self.augment = Augment(colour=(0, 1, 2), normal=(3, 4))
            self.critic.add_module("augment", self.augment)
        self.habits = HABITS
        self.sources, self.held_sources, self.options = sources, held, options
        fixed = np.random.default_rng([options.seed, 2**31])
        self.held, self.learned = (
            material_batch(some, fixed, count=count, size=options.crop, recolour=False)
            for some, count in ((held or sources, HELD_CROPS), (sources, LEARNED_CROPS))
        )
        self.fid: Fid | None = None
        self.many = material_batch(
            held or sources, fixed, count=CROPS if options.inception else 0, size=options.crop, recolour=False
        )
        self.weights = torch.ones(TOTAL)
        for name, weight in WEIGHTS.items():
            self.weights[CHANNELS[name]] = weight

    def card(self) -> dict[str, Any]:
        """Shape, options and data of this run."""
        facts = card_of(
            "material_gan", self.shape, self.options, learned=self.sources, held=self.held_sources
        )
        return facts | self.start

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Maps (N, 9, H, W), there (N, 5), and seen (N, 5): what the encoder is shown of it."""
        options = self.options
        maps, there = material_batch(
            self.sources,
            rng,
            count=options.batch,
            size=options.crop,
            recolour=not self.start,  # one's own pictures have the colours that are wanted
        )
        case = rng.random((options.batch, 1))
        some = rng.random((options.batch, len(HIDEABLE))) < 0.5
        seen = np.where(case < 0.85, there, np.where(case < 0.95, there * some, 0.0)).astype(np.float32)
        return torch.from_numpy(maps), torch.from_numpy(there), torch.from_numpy(seen)

    def make(
        self, batch: tuple[Tensor, ...], noise: Noise, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """Encode, disturb, generate, compare. While the generator is sharpened the encoder stands still:
        latents that were kept stay good."""
        maps, there, seen = batch
        with torch.autocast(maps.device.type, torch.bfloat16):
            with torch.set_grad_enabled(sharpen == 0):
                latent = self.makers["encoder"](maps, seen)
            disturbance = noise.normal(latent.shape).to(latent)
            made = self.makers["generator"](latent + LATENT_NOISE * disturbance).float()
        weight = (spread(there) * self.weights.to(maps))[:, :, None, None]
        error = reconstruction(made, maps, weight)
        loss = error + 1e-4 * latent.float().square().mean()
        figures = {
            "reconstruction": error.item(),
            "latent_spread": latent.detach().float().std(dim=(0, 2, 3)).mean().item(),
        }
        draws = tuple(self.augment.draw(noise, len(maps)) for _ in range(3)) if self.augment else ()
        if sharpen > 0:
            with torch.autocast(maps.device.type, torch.bfloat16):
                fooled = generator_loss(self._logits(made, there, *draws[:1]).float())
            loss = loss + sharpen * fooled
            figures["fooled"] = fooled.item()
        if self.augment:
            figures["augment"] = float(self.augment.p)
        return loss, figures, (maps, made.detach(), there, *draws[1:])

    def _logits(self, maps: Tensor, there: Tensor, draws: Tensor | None = None) -> Tensor:
        """The critic's view, on smaller crops: it sees 30 pixels at a time anyway."""
        maps = maps[..., :CRITIC_CROP, :CRITIC_CROP]
        if self.augment is not None and draws is not None:
            maps = self.augment(maps, draws)
        logits: Tensor = self.critic(maps, there)
        return logits

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """Real against made."""
        real, made, there, *draws = pairs
        real = real.detach().requires_grad_(penalty > 0)
        with torch.autocast(real.device.type, torch.bfloat16, enabled=penalty == 0):
            on_real = self._logits(real, there, *draws[:1]).float()
            on_made = self._logits(made, there, *draws[1:]).float()
        if self.augment is not None:
            self.augment.hear(on_real.detach())
        loss = critic_loss(on_real, on_made)
        return loss + penalty * r1_penalty(on_real, real) if penalty > 0 else loss

    @torch.no_grad()
    def _rebuilt(self, makers: nn.ModuleDict) -> tuple[Tensor, Tensor, Tensor]:
        device = next(makers.parameters()).device
        maps, there = (torch.from_numpy(array).to(device) for array in self.held)
        return maps, there, makers["generator"](makers["encoder"](maps, there)).clamp(0, 1)

    @torch.no_grad()
    def _worst_seam(self, makers: nn.ModuleDict) -> dict[str, float]:
        """The worst seam score of a whole tile that went through the networks, over maps and axes."""
        whole = [source for source in self.held_sources or self.sources if source.tiles][:1]
        if not whole:
            return {}
        device = next(makers.parameters()).device
        tile = whole[0].levels[-1]
        tile = tile[: tile.shape[0] // DOWN * DOWN, : tile.shape[1] // DOWN * DOWN]
        maps = torch.from_numpy(tile.astype(np.float32) / np.float32(255)).permute(2, 0, 1)[None].to(device)
        there = torch.from_numpy(whole[0].there)[None].to(device)
        made = makers["generator"](makers["encoder"](maps, there))[0].permute(1, 2, 0).float().cpu().numpy()
        planes = [made[..., where] for where in CHANNELS.values()]
        return {"seam": max(seam_score(plane, axis) for plane in planes for axis in AXES)}

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """PSNR in dB of each map, DESIGN's measures of the colour: held-out crops that were rebuilt."""
        maps, there, made = self._rebuilt(makers)
        flags = spread(there)
        result: dict[str, float] = {}
        for name in ("base_colour", "normal", "roughness", "height"):
            known = flags[:, CHANNELS[name].start] > 0
            if known.any():
                error = (made - maps)[known][:, CHANNELS[name]].square().mean()
                result[f"psnr_{name}"] = float(-10 * torch.log10(error))
        crops = self.held[0], made.float().cpu().numpy(), self.learned[0]
        real, rebuilt, learned = (np.ascontiguousarray(c[:, :3].transpose(0, 2, 3, 1)) for c in crops)
        return result | measures(real, rebuilt, learned) | self._worst_seam(makers) | self._fid(makers)

    @torch.no_grad()
    def _fid(self, makers: nn.ModuleDict) -> dict[str, float]:
        """FID of many held-out crops, rebuilt, when there are Inception weights."""
        if self.options.inception is None:
            return {}
        device = next(makers.parameters()).device
        maps, there = (torch.from_numpy(array) for array in self.many)
        if self.fid is None:
            self.fid = Fid(self.options.inception, maps[:, :3], device)
        rebuilt = [
            makers["generator"](makers["encoder"](maps[i : i + 1].to(device), there[i : i + 1].to(device)))
            for i in range(len(maps))
        ]
        return {"fid": self.fid.of(torch.cat(rebuilt)[:, :3].clamp(0, 1).cpu())}

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Eight held-out crops; rows: colour, rebuilt, normal where it is there, rebuilt, rebuilt roughness
        and height."""
        maps, there, made = self._rebuilt(makers)
        rows = [maps[:8, :3], made[:8, :3]]
        for source in (maps, made)[not bool(there[:8, 0].any()) :]:
            rows.append(torch.cat([source[:8, 3:5], torch.ones_like(source[:8, :1])], dim=1))
        rows += [made[:8, 5:6].expand(-1, 3, -1, -1), made[:8, 7:8].expand(-1, 3, -1, -1)]
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1)
        return (grid.permute(1, 2, 0).cpu().numpy() * 255 + 0.5).astype(np.uint8)


def gan(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train material_gan on the PBR sets and textures below options.data; weights end in the run folder."""
    plan, folder = begin(options, HABITS)
    sources, problems = read_material_sets(plan.data)
    for problem in problems:
        progress.note(problem)
    learned, held = held_back(sources, plan)
    progress.note(f"{len(learned)} materials to learn from, {len(held)} held out")
    if plan.dry_run:
        progress.note(_told(learned, held))
    start = starting_weights(plan.from_, "material_gan") if plan.from_ else None
    train(MaterialFamily(learned, held, plan, start=start), plan, folder, progress=progress)
    return folder


def _told(learned: list[MaterialSource], held: list[MaterialSource]) -> str:
    """What would be learned, for a dry run: names, maps, what is held out."""
    maps = [f"{name} {int(sum(s.there[i] for s in learned))}" for i, name in enumerate(HIDEABLE)]
    crops = ", ".join(s.name for s in learned)
    kept = f"; held out: {', '.join(s.name for s in held)}" if held else ""
    return f"maps: base_colour {len(learned)}, {', '.join(maps)}; learned from: {crops}{kept}"
