"""Train latent_gan on the latents of a material_gan: means of 4x4 cells from noise, every cell from those."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import InputProblem
from vrgen.models import material_gan
from vrgen.models.device import pick_device
from vrgen.models.latent_gan import (
    COARSE,
    WAVES,
    Critic,
    Detail,
    Facts,
    LatentGanShape,
    Layout,
    Normal,
    draw,
    encoder_digest,
    random_of,
)
from vrgen.models.material_gan import DOWN
from vrgen.models.weights import part
from vrgen.train.latent_data import LatentSource, encoded, latent_batch, read_rows, waves_of
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, r1_penalty
from vrgen.train.metrics import swd
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin
from vrgen.train.sets import read_material_sets
from vrgen.train.start import starting_weights

HABITS = Habits(
    steps=4000,
    batch=8,
    crop=384,
    rate=1e-3,
    tune_steps=4000,
    tune_rate=1e-3,
    sharpen_from=0.08,
    sharpen=1.0,
    fall="linear",
    maker_betas=(0.0, 0.99),
    critic_rate=1e-3,
    weight_decay=0.0,
    r1_gamma=1e-3,
    alone=50,
    ramp=200,
)
EACH = 2
"""Crops of a source a batch: their patches are compared together."""
MARGIN = 2
"""Layout cells that are drawn around a crop and cut off: the edges wrap in a drawing, not in a crop."""
WINDOW, INNER = 32, 24
"""Cells of the part of a crop that the detail is trained on, and of its inside that the losses see."""
DISTURBANCE = 0.2
"""Spread of the noise on the means that the detail starts from, so that it forgives the layout's errors."""
SLICES = 64
SHOWN_CELLS = 48
SPREAD_FLOOR = 0.1
"""Least spread of a channel within a source, as a share of its spread over all."""


class LatentFamily:
    """latent_gan as the loop sees it."""

    def __init__(self, sources: list[LatentSource], decoder: nn.Module, options: Plan, origin: str) -> None:
        torch.manual_seed(options.seed)
        if options.crop % (DOWN * 2 * COARSE) or options.crop < 384:
            raise InputProblem(f"got crops of {options.crop} pixels, expected a multiple of 64 from 384 up")
        self.shape = shape = LatentGanShape(latent=sources[0].latents.shape[1], sources=len(sources))
        self.makers = nn.ModuleDict(
            {"layout": Layout(shape), "detail": Detail(shape), "facts": facts_of(sources, shape)}
        )
        self.critic: nn.Module = nn.ModuleDict(
            {
                "layout": Critic(shape.latent + 2 * WAVES, shape),
                "detail": Critic(4 * (shape.latent + 2 * WAVES), shape),
            }
        )
        self.habits = HABITS
        self.sources, self.decoder, self.options, self.origin = sources, decoder, options, origin

    def card(self) -> dict[str, Any]:
        """Shape, options and data of this run; each entry's place in the list is its number."""
        options = self.options
        return {
            "model": "latent_gan",
            "shape": asdict(self.shape),
            "options": {"batch": options.batch, "crop": options.crop, "sharpen": options.sharpen},
            "material_gan": self.origin,
            "entries": [dict(source.facts) for source in self.sources],
            "learned_from": sorted({source.facts["name"] for source in self.sources}),
        }

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Latents (N, C, H, W), sources (N,) and where they lie (N, 4)."""
        options = self.options
        arrays = latent_batch(
            self.sources, rng, count=max(1, options.batch // EACH), each=EACH, size=options.crop // DOWN
        )
        latents, sources, where = (torch.from_numpy(array) for array in arrays)
        return latents, sources, where

    def make(
        self, batch: tuple[Tensor, ...], noise: torch.Generator, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """Draw a layout where each crop lies, and the detail of a part of the crop from its own means."""
        latents, source, where = batch
        facts: Facts = self.makers["facts"]  # type: ignore[assignment]
        y = facts.normalised(latents, source)
        layout, layout_real = self._layout(y, source, where, noise)
        detail, detail_real, means_off = self._detail(y, source, where, noise)
        off = functional.l1_loss(detail, detail_real)
        directions = torch.Generator().manual_seed(int(torch.randint(2**31, (1,), generator=noise)))
        apart = [
            patch_distance(made, real, directions)
            for made, real in ((layout, layout_real), (detail, detail_real))
        ]
        loss = off / (1.0 + 4.0 * sharpen) + means_off + apart[0] + apart[1]
        figures = {"layout": apart[0].item(), "detail": apart[1].item(), "off": off.item()}
        seen = self._seen(layout, layout_real, detail, detail_real, source, where)
        if sharpen > 0:
            for name, made in (("layout", seen[0]), ("detail", seen[2])):
                with torch.autocast(y.device.type, torch.bfloat16):
                    fooled = generator_loss(self.critic[name](made, source).float())  # type: ignore[index]
                loss = loss + sharpen * fooled
                figures[f"{name}_fooled"] = fooled.item()
        return loss, figures, (*(t.detach() for t in seen), source)

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """Real against made, layouts and details."""
        *seen, source = pairs
        total = torch.zeros((), device=source.device)
        for name, made, real in (("layout", *seen[:2]), ("detail", *seen[2:])):
            real = real.clone().requires_grad_(penalty > 0)
            critic = self.critic[name]  # type: ignore[index]
            with torch.autocast(real.device.type, torch.bfloat16, enabled=penalty == 0):
                on_real, on_made = critic(real, source).float(), critic(made, source).float()
            total = total + critic_loss(on_real, on_made)
            if penalty > 0:
                total = total + penalty * r1_penalty(on_real, real)
        return total

    def _layout(
        self, y: Tensor, source: Tensor, where: Tensor, noise: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Drawn and real means (N, C, h, w) of the crops."""
        facts: Facts = self.makers["facts"]  # type: ignore[assignment]
        real = facts.coarse(y, source)
        height, width = (n + 2 * MARGIN for n in real.shape[2:])
        start = where - where.new_tensor([MARGIN * COARSE, MARGIN * COARSE, 0, 0])
        style, maps = random_of(self.shape, len(y), (height, width), normal_on(noise, y.device))
        waves = tuple(facts.wave_maps(source, start, (height // k, width // k), COARSE * k) for k in (2, 1))
        with torch.autocast(y.device.type, torch.bfloat16):
            made = self.makers["layout"](source, style, maps, waves).float()
        return made[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN], real

    def _detail(
        self, y: Tensor, source: Tensor, where: Tensor, noise: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Made and real cells (N, C, INNER, INNER), and how far the made means are off."""
        facts: Facts = self.makers["facts"]  # type: ignore[assignment]
        window = y[:, :, :WINDOW, :WINDOW]
        real = facts.coarse(window, source)
        disturbed = real + DISTURBANCE * torch.randn(real.shape, generator=noise).to(real)
        size = (2 * real.shape[2], 2 * real.shape[3])
        style, maps = random_of(self.shape, len(y), size, normal_on(noise, y.device))
        waves = facts.wave_maps(source, where, (WINDOW, WINDOW), 1)
        with torch.autocast(y.device.type, torch.bfloat16):
            added = self.makers["detail"](disturbed, source, style, maps, waves).float()
        made = facts.enlarged(disturbed, source) + added
        inside = slice((WINDOW - INNER) // 2, (WINDOW + INNER) // 2)
        made, window = made[:, :, inside, inside], window[:, :, inside, inside]
        return made, window, functional.l1_loss(facts.coarse(made, source), facts.coarse(window, source))

    def _seen(
        self,
        layout: Tensor,
        layout_real: Tensor,
        detail: Tensor,
        detail_real: Tensor,
        source: Tensor,
        where: Tensor,
    ) -> tuple[Tensor, ...]:
        """What the critics see: means with their waves, and 2x2 cells with theirs, as channels."""
        facts: Facts = self.makers["facts"]  # type: ignore[assignment]
        coarse = facts.wave_maps(source, where, (layout.shape[2], layout.shape[3]), COARSE)
        inset = (WINDOW - INNER) // 2
        start = where + where.new_tensor([inset, inset, 0, 0])
        fine = facts.wave_maps(source, start, (INNER, INNER), 1)
        return (
            torch.cat([layout, coarse], dim=1),
            torch.cat([layout_real, coarse], dim=1),
            functional.pixel_unshuffle(torch.cat([detail, fine], dim=1), 2),
            functional.pixel_unshuffle(torch.cat([detail_real, fine], dim=1), 2),
        )

    @torch.no_grad()
    def _drawn(self, makers: nn.ModuleDict, numbers: list[int], cells: int) -> tuple[Tensor, Tensor]:
        """Decoded: a real crop and a drawn map (N, 9, 8 cells, 8 cells) of each of these sources."""
        device = next(makers.parameters()).device
        noise = torch.Generator().manual_seed(self.options.seed)
        source = torch.tensor(numbers, device=device)
        crops = [self.sources[n].latents[0].astype(np.float32) for n in numbers]
        around = [np.tile(c, (1, -(-cells // c.shape[1]), -(-cells // c.shape[2]))) for c in crops]
        real = torch.from_numpy(np.stack([c[:, :cells, :cells] for c in around])).to(device)
        where = torch.ones(len(numbers), 4, device=device)
        made = draw(makers, self.shape, source, where, cells, normal_on(noise, device))
        return self.decoder(real).clamp(0, 1), self.decoder(made).clamp(0, 1)

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """SWD of decoded base colour, drawn against real, twelve sources."""
        numbers = spread_over(len(self.sources), 12)
        real, made = (
            t[:, :3].permute(0, 2, 3, 1).cpu().numpy() for t in self._drawn(makers, numbers, SHOWN_CELLS)
        )
        return {"swd": swd(real, made)}

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Real above drawn, base colour and normal, twelve sources, at half the size."""
        real, made = self._drawn(makers, spread_over(len(self.sources), 12), SHOWN_CELLS)
        rows = []
        for maps in (real, made):
            rows.append(maps[:, :3])
            rows.append(torch.cat([maps[:, 3:5], torch.ones_like(maps[:, :1])], dim=1))
        grid = torch.cat([torch.cat(list(row), dim=2) for row in (rows[0], rows[2], rows[1], rows[3])], dim=1)
        half = functional.avg_pool2d(grid, 2)
        return (half.permute(1, 2, 0).cpu().numpy() * 255 + 0.5).astype(np.uint8)


def facts_of(sources: list[LatentSource], shape: LatentGanShape) -> Facts:
    """Means, spreads and waves of all sources."""
    facts = Facts(shape)
    maps = [torch.from_numpy(source.latents[0].astype(np.float32)) for source in sources]
    overall = torch.cat([m.flatten(1) for m in maps], dim=1).std(dim=1)
    for i, m in enumerate(maps):
        coarse = functional.avg_pool2d(m, COARSE)
        facts.mean[i] = m.mean(dim=(1, 2))
        facts.spread[i] = _evened(torch.maximum(m.std(dim=(1, 2)), SPREAD_FLOOR * overall))
        facts.coarse_spread[i] = _evened(torch.maximum(coarse.std(dim=(1, 2)), 0.5 * SPREAD_FLOOR * overall))
        facts.waves[i] = torch.from_numpy(waves_of(m.numpy()))
    return facts


def _evened(spread: Tensor) -> Tensor:
    """Half way from one spread for all channels to each its own: what varies most still counts most."""
    return (spread * spread.square().mean().sqrt()).sqrt()


def patch_distance(made: Tensor, real: Tensor, directions: torch.Generator) -> Tensor:
    """Sliced Wasserstein distance of 3x3 patches at two scales, the EACH crops of a source taken together."""
    total = torch.zeros((), device=made.device)
    for scale in (1, 2):
        filters = torch.randn(SLICES, made.shape[1], 3, 3, generator=directions).to(made)
        filters = filters / filters.flatten(1).norm(dim=1)[:, None, None, None]
        ordered = []
        for y in (made, real):
            seen = functional.conv2d(functional.avg_pool2d(y, scale), filters)  # (N, SLICES, h, w)
            groups = seen.unflatten(0, (-1, EACH)).transpose(1, 2).flatten(2)
            ordered.append(groups.sort(dim=2).values)
        total = total + scale * functional.l1_loss(ordered[0], ordered[1])
    return total


def normal_on(noise: torch.Generator, device: torch.device) -> Normal:
    """Normal numbers from a CPU generator, so that every device draws the same."""
    return lambda shape: torch.randn(shape, generator=noise).to(device)


def spread_over(count: int, at_most: int) -> list[int]:
    """Evenly spread numbers below `count`."""
    return sorted({i * count // at_most for i in range(at_most)} if count > at_most else range(count))


def latent(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train latent_gan on the sets below options.data, encoded by the material_gan that options.from_ names
    (the shipped one when it is left out)."""
    plan, folder = begin(options, HABITS)
    tensors, card = starting_weights(plan.from_ or "material_gan", "material_gan")
    shape = material_gan.shape_of(card["shape"])
    device = pick_device(plan.device)
    encoder, decoder = material_gan.Encoder(shape), material_gan.Generator(shape)
    for name, network in (("encoder", encoder), ("generator", decoder)):
        network.load_state_dict(part(tensors, name))
        network.eval().requires_grad_(False).to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    materials, problems = read_material_sets(plan.data)
    for problem in problems:
        progress.note(f"left out: {problem}")
    known = {source.name: source for source in materials}
    rows = [row for row in read_rows(plan.data, materials) if row["name"] not in plan.holdout]
    for row in rows:
        if row["name"] not in known:
            raise InputProblem(f"{plan.data}: kinds.toml names {row['name']!r}, which is not below it")
    sources = [encoded(encoder, known[row["name"]], row, device=device) for row in rows]
    progress.note(f"{len(sources)} sources of {len({s.kind for s in sources})} kinds encoded")
    train(LatentFamily(sources, decoder, plan, encoder_digest(tensors)), plan, folder, progress=progress)
    return folder
