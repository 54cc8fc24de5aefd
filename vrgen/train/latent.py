"""Train latent_gan on the latents of a material_gan: means of 4x4 cells from noise, every cell from those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
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
from vrgen.models.latent_facts import COARSE, SPOTS, WAVES, Facts
from vrgen.models.latent_gan import (
    Critic,
    Detail,
    LatentGanShape,
    Layout,
    Normal,
    draw,
    encoder_digest,
    random_of,
)
from vrgen.models.material_gan import DOWN
from vrgen.models.weights import part
from vrgen.train.latent_data import LatentSource, encoded, facts_of, latent_batch, read_rows
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, r1_penalty
from vrgen.train.metrics import diversity, swd
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin
from vrgen.train.sets import read_material_sets
from vrgen.train.start import starting_weights

HABITS = Habits(
    steps=4000,
    batch=6,
    crop=384,
    rate=7e-4,
    tune_steps=1500,
    tune_rate=5e-4,
    sharpen_from=0.02,
    sharpen=0.5,
    fall="linear",
    maker_betas=(0.0, 0.99),
    critic_rate=1e-3,
    weight_decay=0.0,
    r1_gamma=1e-3,
    alone=50,
    ramp=200,
)
MARGIN = 2
"""Layout cells that are drawn around a crop and cut off: the edges wrap in a drawing, not in a crop."""
WINDOW, INNER = 32, 24
"""Cells of the part of a crop that the detail is trained on, and of its inside that the losses see."""
DISTURBANCE = 0.2
"""Spread of the noise on the means that the detail starts from, so that it forgives the layout's errors."""
SLICES = 32
SHOWN, SHOWN_CELLS = 8, 48


class LatentFamily:
    """latent_gan as the loop sees it."""

    def __init__(self, sources: list[LatentSource], decoder: nn.Module, options: Plan, origin: str) -> None:
        torch.manual_seed(options.seed)
        if options.crop % (DOWN * 2 * COARSE) or options.crop < 384:
            raise InputProblem(f"got crops of {options.crop} pixels, expected a multiple of 64 from 384 up")
        self.shape = shape = LatentGanShape(latent=sources[0].latents.shape[0], sources=len(sources))
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
        self.shown = spread_over(len(sources), SHOWN)

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
        """Latents (N, C, H, W), sources (N,) and where they lie (N, 2)."""
        options = self.options
        arrays = latent_batch(self.sources, rng, count=options.batch, size=options.crop // DOWN)
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
        detail, detail_real = self._detail(y, source, where, noise)
        off, means_off = (functional.avg_pool2d(detail - detail_real, k).abs().mean() for k in (2, COARSE))
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
        layout, layout_real, detail, detail_real, source = pairs
        total = torch.zeros((), device=source.device)
        for name, made, real in (("layout", layout, layout_real), ("detail", detail, detail_real)):
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
        start = where - MARGIN * COARSE
        style, maps = random_of(self.shape, len(y), (height, width), normal_on(noise, y.device))
        waves = tuple(facts.wave_maps(source, start, (height // k, width // k), COARSE * k) for k in (2, 1))
        fine = facts.wave_maps(source, start, (height * COARSE, width * COARSE), 1)
        prior = facts.prior(source, maps[1][:, 0], facts.lattice(source, fine))
        with torch.autocast(y.device.type, torch.bfloat16):
            made = self.makers["layout"](prior, source, style, maps, waves).float()
        return made[:, :, MARGIN:-MARGIN, MARGIN:-MARGIN], real

    def _detail(
        self, y: Tensor, source: Tensor, where: Tensor, noise: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Made and real cells (N, C, INNER, INNER)."""
        facts: Facts = self.makers["facts"]  # type: ignore[assignment]
        window = y[:, :, :WINDOW, :WINDOW]
        real = facts.coarse(window, source)
        disturbed = real + DISTURBANCE * torch.randn(real.shape, generator=noise).to(real)
        size = (2 * real.shape[2], 2 * real.shape[3])
        style, maps = random_of(self.shape, len(y), size, normal_on(noise, y.device))
        waves = facts.wave_maps(source, where, (WINDOW, WINDOW), 1)
        white = torch.randn((len(y), SPOTS, WINDOW, WINDOW), generator=noise).to(y)
        prior = facts.cells(disturbed, source, white, facts.lattice(source, waves))
        with torch.autocast(y.device.type, torch.bfloat16):
            made = self.makers["detail"](prior, source, style, maps, waves).float()
        inside = slice((WINDOW - INNER) // 2, (WINDOW + INNER) // 2)
        return made[:, :, inside, inside], window[:, :, inside, inside]

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
        coarse = facts.wave_maps(source, where, (layout.shape[2], layout.shape[3]), COARSE)[:, : 2 * WAVES]
        inset = (WINDOW - INNER) // 2
        fine = facts.wave_maps(source, where + inset, (INNER, INNER), 1)[:, : 2 * WAVES]
        return (
            torch.cat([layout, coarse], dim=1),
            torch.cat([layout_real, coarse], dim=1),
            functional.pixel_unshuffle(torch.cat([detail, fine], dim=1), 2),
            functional.pixel_unshuffle(torch.cat([detail_real, fine], dim=1), 2),
        )

    @torch.no_grad()
    def _real(self) -> Tensor:
        """Decoded: a crop (N, 9, 384, 384) of each of the sources that are shown, on the CPU."""
        crops = []
        for number in self.shown:
            latent = self.sources[number].latents.astype(np.float32)
            rows, columns = (np.arange(SHOWN_CELLS) % n for n in latent.shape[1:])
            crops.append(latent[:, rows[:, None], columns])
        device = next(self.decoder.parameters()).device
        made: Tensor = self.decoder(torch.from_numpy(np.stack(crops)).to(device))
        return made.clamp(0, 1).cpu()

    @torch.no_grad()
    def _drawn(self, makers: nn.ModuleDict) -> Tensor:
        """Decoded: a drawn map (N, 9, 384, 384) of each of the sources that are shown, on the CPU."""
        device = next(makers.parameters()).device
        noise = torch.Generator().manual_seed(self.options.seed)
        source = torch.tensor(self.shown, device=device)
        where = torch.zeros(len(self.shown), 2, device=device)
        normal = normal_on(noise, device)
        latent = draw(makers, self.shape, source, where, SHOWN_CELLS, normal, closed=False)
        made: Tensor = self.decoder(latent)
        return made.clamp(0, 1).cpu()

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """SWD of decoded base colour, drawn against real, and the spread among drawn over that among real."""
        real, made = (t[:, :3].permute(0, 2, 3, 1).numpy() for t in (self._real(), self._drawn(makers)))
        return {"swd": swd(real, made), "diversity": diversity(made, real)}

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Real above drawn, base colour and normal, at half the size."""
        rows = []
        for maps in (self._real(), self._drawn(makers)):
            normals = torch.cat([maps[:, 3:5], torch.ones_like(maps[:, :1])], dim=1)
            rows += [torch.cat(list(part), dim=2) for part in (maps[:, :3], normals)]
        grid = functional.avg_pool2d(torch.cat([rows[0], rows[2], rows[1], rows[3]], dim=1), 2)
        return (grid.permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)


def patch_distance(made: Tensor, real: Tensor, directions: torch.Generator) -> Tensor:
    """Sliced Wasserstein distance of 3x3 patches at two scales, crop by crop."""
    total = torch.zeros((), device=made.device)
    for scale in (1, 2):
        filters = torch.randn(SLICES, made.shape[1], 3, 3, generator=directions).to(made)
        filters = filters / filters.flatten(1).norm(dim=1)[:, None, None, None]
        ordered = []
        for y in (made, real):
            seen = functional.conv2d(functional.avg_pool2d(y, scale), filters)  # (N, SLICES, h, w)
            ordered.append(seen.flatten(2).sort(dim=2).values)
        total = total + scale * functional.l1_loss(ordered[0], ordered[1])
    return total


def normal_on(noise: torch.Generator, device: torch.device) -> Normal:
    """Normal numbers from a CPU generator, so that every device draws the same."""
    return lambda shape: torch.randn(shape, generator=noise).to(device)


def spread_over(count: int, at_most: int) -> list[int]:
    """Evenly spread numbers below `count`."""
    return sorted({i * count // at_most for i in range(at_most)} if count > at_most else range(count))


def latent(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train latent_gan on the sets below options.data, encoded by the material_gan that options.from_ names.

    Where options.from_ names a latent_gan, it is trained further, on the latents of the shipped material_gan.
    """
    plan, folder = begin(options, HABITS)
    start = Path(plan.from_ or "material_gan")
    further = start.stem == "latent_gan" or (start / "latent_gan.safetensors").exists()
    tensors, card = starting_weights("material_gan" if further else str(start), "material_gan")
    shape = material_gan.shape_of(card["shape"])
    device = pick_device(plan.device)
    encoder, decoder = material_gan.Encoder(shape), material_gan.Generator(shape)
    for name, network in (("encoder", encoder), ("generator", decoder)):
        network.load_state_dict(part(tensors, name))
        network.eval().requires_grad_(False).to(device)
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
    family = LatentFamily(sources, decoder, plan, encoder_digest(tensors))
    if further:
        go_on_from(family, *starting_weights(str(start), "latent_gan"))
    train(family, plan, folder, progress=progress)
    return folder


@torch.no_grad()
def go_on_from(family: LatentFamily, tensors: Mapping[str, Tensor], card: Mapping[str, Any]) -> None:
    """Load what fits of earlier weights, and the embeddings of the sources that both know.

    What is known of the sources stays that of the new latents.
    """
    keys = [(entry["kind"], entry["name"]) for entry in card["entries"]]
    rows = [(i, keys.index(k)) for i, k in enumerate(map(_key, family.sources)) if k in keys]
    for name, old in family.makers.state_dict().items():
        new = tensors.get(name)
        if new is None or name.startswith("facts."):
            continue
        if name.endswith("embedding.weight") and new.shape[1] == old.shape[1]:
            for here, there in rows:
                old[here] = new[there]
        elif new.shape == old.shape:
            old.copy_(new)


def _key(source: LatentSource) -> tuple[str, str]:
    return source.facts["kind"], source.facts["name"]
