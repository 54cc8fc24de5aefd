"""Train photo_maps: from the base colour of real sets, photographed in many ways, to their other maps."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import InputProblem
from vrgen.models.material_gan import CHANNELS, HIDEABLE
from vrgen.models.photo_maps import (
    FLATTEST_Z,
    OUTPUTS,
    TOTAL,
    Critic,
    Estimator,
    PhotoMapsShape,
    normal_of,
    shape_of,
    unit_normal,
)
from vrgen.train.data import MaterialSource, material_batch, read_material_sets
from vrgen.train.loop import train
from vrgen.train.losses import critic_loss, generator_loss, masked_l1, r1_penalty
from vrgen.train.noise import Noise
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin
from vrgen.train.start import Start, card_of, go_out_from, held_back, starting_weights

HABITS = Habits(steps=6000, batch=8, crop=96, sharpen_from=0.7, sharpen=0.0)
MARGIN = 8
"""Pixels at a crop's border that the loss leaves out: the network sees them wrapped, the set was not."""
WEIGHTS = {"normal": 2.0, "roughness": 1.0, "occlusion": 0.5, "rise": 0.5, "height": 0.1}
"""Of the loss: rise is what the height gains over a few pixels, height its correlation with a true one."""
TAUGHT = [HIDEABLE.index(name) for name in ("normal", "roughness", "height", "occlusion")]
"""Maps that are learned; metal cannot be told from a photo."""
RISES = (4, 16)
"""Pixels over which the rise is compared; the normal is the rise over one."""
NORMAL = slice(TOTAL, TOTAL + 3)
"""Where the normals lie behind the outputs."""
GAMMA = 2.2
"""Of a photo, near enough for made-up light."""


class MapsFamily:
    """photo_maps as the loop sees it."""

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
        self.shape = shape = shape_of(start[1]["shape"]) if start else PhotoMapsShape()
        self.makers = nn.ModuleDict({"estimator": Estimator(shape)})
        self.start = go_out_from(self.makers, start) if start else {}
        self.critic: nn.Module = Critic(shape)
        self.habits = HABITS
        self.sources, self.held_sources, self.options = sources, held, options
        fixed = np.random.default_rng([options.seed, 2**31])
        crops = material_batch(held or sources, fixed, count=24, size=options.crop, recolour=False)
        self.held = [torch.from_numpy(a) for a in crops]

    def card(self) -> dict[str, Any]:
        """Shape, options and data of this run."""
        facts = card_of("photo_maps", self.shape, self.options, learned=self.sources, held=self.held_sources)
        return facts | self.start

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Photos (N, 3, H, W), maps (N, 9, H, W) and there (N, 5)."""
        options = self.options
        maps, there = material_batch(
            self.sources, rng, count=options.batch, size=options.crop, recolour=False
        )
        photos = np.stack([photographed(m, t, rng) for m, t in zip(maps, there, strict=True)])
        return torch.from_numpy(photos), torch.from_numpy(maps), torch.from_numpy(there)

    def make(
        self, batch: tuple[Tensor, ...], noise: Noise, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """Estimate and compare; `noise` is not needed."""
        photo, maps, there = batch
        with torch.autocast(photo.device.type, torch.bfloat16):
            made = self.makers["estimator"](photo).float()
        photo, maps, made = (_inside(t) for t in (photo, maps, _with_normal(made)))
        errors = _errors(made, maps, there)
        loss = torch.stack([WEIGHTS[name] * error for name, error in errors.items()]).sum()
        figures = {name: error.item() for name, error in errors.items()}
        real, fake = _shown(photo, maps, made, there)
        if sharpen > 0:
            with torch.autocast(photo.device.type, torch.bfloat16):
                fooled = generator_loss(self.critic(*fake).float())
            loss = loss + sharpen * fooled
            figures["fooled"] = fooled.item()
        return loss, figures, (*real, *(t.detach() for t in fake[1:]))

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """True maps against estimated ones, beside the same photo."""
        photo, normal, roughness, made_normal, made_roughness = pairs
        normal = normal.clone().requires_grad_(penalty > 0)
        with torch.autocast(photo.device.type, torch.bfloat16, enabled=penalty == 0):
            on_real = self.critic(photo, normal, roughness).float()
            on_made = self.critic(photo, made_normal, made_roughness).float()
        loss = critic_loss(on_real, on_made)
        return loss + penalty * r1_penalty(on_real, normal) if penalty > 0 else loss

    @torch.no_grad()
    def _estimated(self, makers: nn.ModuleDict) -> tuple[Tensor, Tensor, Tensor]:
        device = next(makers.parameters()).device
        maps, there = (t.to(device) for t in self.held)
        made = makers["estimator"](maps[:, CHANNELS["base_colour"]])
        return _inside(maps), there, _inside(_with_normal(made))

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """Degrees between normals, PSNR of normal in dB, mean error of roughness, correlation of height:
        on held-out crops, their base colour taken as the photo."""
        maps, there, made = self._estimated(makers)
        result = {}
        known = there[:, HIDEABLE.index("normal")] > 0
        if known.any():
            true = unit_normal(_normal_xy(maps[known]))
            found = made[known][:, NORMAL]
            cosine = (true * found).sum(dim=1).clamp(-1.0, 1.0)
            result["degrees_normal"] = float(torch.rad2deg(torch.arccos(cosine)).mean())
            error = (0.5 * (true - found)[:, :2]).square().mean()
            result["psnr_normal"] = float(-10 * torch.log10(error))
        known = there[:, HIDEABLE.index("roughness")] > 0
        if known.any():
            error = (maps[:, CHANNELS["roughness"]] - made[:, OUTPUTS["roughness"]].clamp(0, 1))[known]
            result["error_roughness"] = float(error.abs().mean())
        known = there[:, HIDEABLE.index("height")] > 0
        if known.any():
            likeness = _correlation(made[:, OUTPUTS["height"]], maps[:, CHANNELS["height"]])
            result["correlation_height"] = float(likeness[known].mean())
        return result

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Twelve held-out crops; rows: colour, then normal, roughness and height, each true and found."""
        maps, _, made = self._estimated(makers)
        maps, made = maps[:12], made[:12]
        height = made[:, OUTPUTS["height"]]
        normal, truth = (0.5 + 0.5 * t for t in (made[:, NORMAL], unit_normal(_normal_xy(maps))))
        spread, mean = torch.std_mean(height, dim=(2, 3), keepdim=True)
        height = 0.5 + 0.2 * (height - mean) / spread.clamp_min(0.1)
        grey = [maps[:, CHANNELS["roughness"]], made[:, OUTPUTS["roughness"]], maps[:, CHANNELS["height"]]]
        rows = [maps[:, :3], truth, normal, *(t.expand(-1, 3, -1, -1) for t in (*grey, height))]
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1).clamp(0, 1)
        return (grid.permute(1, 2, 0).cpu().numpy() * 255 + 0.5).astype(np.uint8)


def photographed(
    maps: NDArray[np.float32], there: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Base colour of a crop (9, H, W) as somebody's photo of it, sRGB (3, H, W) in [0, 1].

    Two in five crops that have normals are lit from a side; all get another exposure, white balance, fall-off
    of light, saturation and contrast, some another hue, a soft lens and noise.
    """
    colour = maps[CHANNELS["base_colour"]]
    if rng.random() < 0.2:
        colour = colour[rng.permutation(3)]
    linear = colour**GAMMA
    if there[HIDEABLE.index("normal")] and rng.random() < 0.4:
        linear = linear * _shading(maps, there, rng)
    height, width = colour.shape[1:]
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    fall = 1.0 + 0.2 * (rng.uniform(-1, 1) * across + rng.uniform(-1, 1) * down)
    tint = np.exp(rng.normal(0.0, 0.06, (3, 1, 1)) + rng.normal(0.0, 0.2))
    photo = (linear * fall * tint).clip(0.0, 1.0) ** (1.0 / GAMMA)
    grey = photo.mean(axis=0, keepdims=True)
    photo = grey + (photo - grey) * rng.uniform(0.5, 1.3)
    mean = photo.mean(axis=(1, 2), keepdims=True)
    photo = (mean + (photo - mean) * rng.uniform(0.75, 1.25)).astype(np.float32)
    if rng.random() < 0.3:
        photo = np.stack([cv2.GaussianBlur(plane, (0, 0), rng.uniform(0.4, 1.0)) for plane in photo])
    photo = photo + rng.normal(0.0, rng.uniform(0.0, 0.015), photo.shape)
    return np.asarray(photo.clip(0.0, 1.0), np.float32)


def _shading(
    maps: NDArray[np.float32], there: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Light (H, W) from one side and from all around, 1 on what lies flat and open."""
    slope = maps[CHANNELS["normal"]] * 2.0 - 1.0
    normal = np.concatenate([slope, np.sqrt(np.maximum(1.0 - (slope**2).sum(axis=0), FLATTEST_Z**2))[None]])
    azimuth, elevation = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(30, 80))
    way = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), 0.0])
    way[2] = np.sin(elevation)
    lit = np.tensordot(way, normal, axes=1).clip(0.0, None) / way[2]
    ambient = rng.uniform(0.3, 0.9)
    shading = ambient + (1.0 - ambient) * lit
    if there[HIDEABLE.index("occlusion")]:
        shading = shading * maps[CHANNELS["occlusion"]][0] ** rng.uniform(0.0, 1.0)
    return np.asarray(shading, np.float32)


def maps(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train photo_maps on the PBR sets below options.data; weights end in the run folder.

    Textures without any other map teach nothing here and are left out. Raises InputProblem when no set is
    left.
    """
    plan, folder = begin(options, HABITS)
    sources, problems = read_material_sets(plan.data)
    for problem in problems:
        progress.note(problem)
    sets = [source for source in sources if source.there[TAUGHT].any()]
    if not sets:
        raise InputProblem(
            f"{plan.data}: {len(sources)} textures, none with a normal, roughness, height or occlusion map; "
            "put PBR sets there"
        )
    learned, held = held_back(sets, plan)
    progress.note(f"{len(learned)} sets to learn from, {len(held)} held out")
    start = starting_weights(plan.from_, "photo_maps") if plan.from_ else None
    train(MapsFamily(learned, held, plan, start=start), plan, folder, progress=progress)
    return folder


def _inside(x: Tensor) -> Tensor:
    return x[..., MARGIN:-MARGIN, MARGIN:-MARGIN]


def _with_normal(made: Tensor) -> Tensor:
    """The outputs (N, 3, H, W) and, as NORMAL, the normals that belong to the height."""
    return torch.cat([made, normal_of(made[:, OUTPUTS["height"]])], dim=1)


def _normal_xy(maps: Tensor) -> Tensor:
    return maps[:, CHANNELS["normal"]] * 2.0 - 1.0


def _errors(made: Tensor, maps: Tensor, there: Tensor) -> dict[str, Tensor]:
    """The parts of the loss by the names of WEIGHTS; maps that are not there don't count."""

    def flag(name: str) -> Tensor:
        return there[:, HIDEABLE.index(name)][:, None, None, None]

    height = made[:, OUTPUTS["height"]]
    true = unit_normal(_normal_xy(maps))
    errors = {"normal": _map_error(made[:, NORMAL][:, :2], true[:, :2], flag("normal"))}
    for name in ("roughness", "occlusion"):
        errors[name] = _map_error(made[:, OUTPUTS[name]], maps[:, CHANNELS[name]], flag(name))
    height = made[:, OUTPUTS["height"]]
    slope = -true[:, :2] / true[:, 2:]
    rises = [_rise_error(height, slope, flag("normal"), over) for over in RISES]
    errors["rise"] = torch.stack(rises).sum()
    unlike = 1.0 - _correlation(height, maps[:, CHANNELS["height"]])
    known = there[:, HIDEABLE.index("height")]
    errors["height"] = (unlike * known).sum() / known.sum().clamp_min(1.0)
    return errors


def _map_error(made: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """L1 + L1 of 4x4 averages + 2 L2: L1 alone stays flat where it is not sure."""
    mean = [functional.avg_pool2d(x, 4) for x in (made, true)]
    squared = ((made - true).square() * weight).sum() / weight.expand_as(made).sum().clamp_min(1.0)
    return masked_l1(made, true, weight) + masked_l1(mean[0], mean[1], weight) + 2.0 * squared


def _rise_error(height: Tensor, slope: Tensor, weight: Tensor, over: int) -> Tensor:
    """L1 between the height's rise over `over` pixels and the mean slope there."""
    coarse, mean = functional.avg_pool2d(height, over), functional.avg_pool2d(slope, over)
    right = coarse.diff(dim=3) / over
    up = -coarse.diff(dim=2) / over
    on_right = 0.5 * (mean[:, :1, :, 1:] + mean[:, :1, :, :-1])
    on_up = 0.5 * (mean[:, 1:, 1:] + mean[:, 1:, :-1])
    return masked_l1(right, on_right, weight) + masked_l1(up, on_up, weight)


def _correlation(a: Tensor, b: Tensor) -> Tensor:
    """Pearson's correlation (N,) of (N, 1, H, W) crop by crop; near 0 where one is flat."""
    a, b = (x.flatten(1) - x.flatten(1).mean(dim=1, keepdim=True) for x in (a, b))
    return (a * b).mean(dim=1) / (a.square().mean(dim=1).sqrt() * b.square().mean(dim=1).sqrt() + 1e-3)


def _shown(
    photo: Tensor, maps: Tensor, made: Tensor, there: Tensor
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """What the critic sees, true and made: photo, x and y of the normal, roughness; grey where not known."""
    has_normal, has_roughness = (
        there[:, HIDEABLE.index(n)][:, None, None, None] for n in ("normal", "roughness")
    )
    true = unit_normal(_normal_xy(maps))[:, :2] * has_normal
    found = made[:, NORMAL][:, :2] * has_normal
    rough, guess = maps[:, CHANNELS["roughness"]], made[:, OUTPUTS["roughness"]]
    return (
        (photo, true, (rough - 0.5) * has_roughness),
        (photo, found, (guess - 0.5) * has_roughness),
    )
