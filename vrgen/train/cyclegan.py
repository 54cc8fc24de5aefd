"""Train cyclegan: the identity first, then both styles against two critics."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import UsageProblem
from vrgen.models.cyclegan import CycleGanShape, PatchGan, make_generator
from vrgen.models.cyclegan_states import Direction, load_cyclegan
from vrgen.train.augment import DRAWS, Augment
from vrgen.train.loop import train
from vrgen.train.losses import r1_penalty
from vrgen.train.metrics import swd
from vrgen.train.noise import Noise
from vrgen.train.options import Habits, Plan, TrainOptions
from vrgen.train.rundir import RunFolder, begin
from vrgen.train.start import held_back
from vrgen.train.texture import grid_strength, nearest_in_tone, texture_distance
from vrgen.train.unpaired import PictureSource, holds_skies, picture_batch, read_pictures

SHAPE = CycleGanShape(width=32, up=4, strided="reflect", skip=True)
"""A run that starts from nothing: half the reference's width, and the identity at first."""
DIRECTIONS: tuple[Direction, ...] = ("ab", "ba")
POOL = 50
FEW = 500
"""Pictures in both heaps below which what the critics see is changed adaptively."""
IDENTITY_EVERY = 4
"""The identity is learned in one step of so many, with so many times the weight: a third less work."""


HABITS = Habits(
    steps=20_000,
    batch=1,
    rate=2e-4,
    sharpen_from=0.05,
    sharpen=1.0,
    tune_steps=2000,
    warm_up=0,
    fall="linear",
    maker_betas=(0.5, 0.999),
    critic_betas=(0.5, 0.999),
    critic_rate=2e-4,
    weight_decay=0.0,
    r1_gamma=0.0,
)


@dataclass(frozen=True, slots=True)
class CycleWeights:
    """What counts how much, against 1 for fooling a critic (`sharpen` scales that)."""

    cycle: float = 10.0
    """There and back again must give the picture itself."""
    cycled: float = 1.0
    """Share of the steps that go there and back, and weigh so much the more; fewer save time."""
    identity: float = 0.5
    """Times `cycle`: a picture that is in the style already stays. Small lets colours move."""
    texture: float = 0.0
    """Colours and textures like those of a real picture of the style (train.texture): a short cut where
    there is no time for the critics to learn."""
    grid: float = 0.0
    """Against patterns that repeat every 4 pixels, another such short cut."""
    critic: int = 64
    """First width of the critics."""
    halvings: int = 3
    """3 judges patches of 70 pixels, 2 of 34: strokes and palette rather than what is shown."""
    normed: bool = True
    """Instance norm in the critics, as the reference has it; without it they judge the palette too."""
    translated: float = 1.0
    """Share of a batch that the generators work on. The critics cost a tenth and see all of it, with as many
    made pictures from the pools: where compute is scarce, they learn faster so."""


RECIPES = {
    "reference": CycleWeights(),
    "quick": CycleWeights(
        cycle=0.7,
        cycled=0.4,
        identity=0.03,
        texture=2.5,
        grid=10.0,
        critic=48,
        halvings=2,
        translated=0.34,
    ),
}
"""By the name that --recipe has: the reference's, and one for some thousand steps on a processor."""


class Critics(nn.Module):
    """The critics of both styles, and the pools of made pictures that they also judge."""

    pool_a: Tensor
    pool_b: Tensor
    filled: Tensor

    def __init__(self, weights: CycleWeights, crop: int) -> None:
        super().__init__()
        self.a, self.b = (
            PatchGan(weights.critic, halvings=weights.halvings, normed=weights.normed) for _ in range(2)
        )
        # buffers: a resumed run goes on with the same pools
        self.register_buffer("pool_a", torch.zeros(POOL, 3, crop, crop, dtype=torch.float16))
        self.register_buffer("pool_b", torch.zeros(POOL, 3, crop, crop, dtype=torch.float16))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def exchange(self, made_a: Tensor, made_b: Tensor, noise: Noise, *, count: int) -> tuple[Tensor, Tensor]:
        """Put made pictures (N, 3, H, W) into the pools; `count` come out, at least half of them older."""
        out_a, out_b = made_a.detach().clone(), made_b.detach().clone()
        for i in range(len(made_a)):
            if int(self.filled) < POOL:
                self.pool_a[self.filled], self.pool_b[self.filled] = made_a[i], made_b[i]
                self.filled += 1
                continue
            older, place = torch.rand(2, generator=noise).tolist()
            if older < 0.5:
                at = int(place * POOL)
                for pool, out, made in ((self.pool_a, out_a, made_a), (self.pool_b, out_b, made_b)):
                    out[i], pool[at] = pool[at].clone().to(out), made[i]
        more = torch.randint(int(self.filled), (count - len(made_a),), generator=noise).to(made_a.device)
        return torch.cat([out_a, self.pool_a[more].to(out_a)]), torch.cat(
            [out_b, self.pool_b[more].to(out_b)]
        )


class CycleFamily:
    """cyclegan as the loop sees it."""

    habits = HABITS

    def __init__(
        self,
        name: str,
        sources: tuple[list[PictureSource], list[PictureSource]],
        held: tuple[list[PictureSource], list[PictureSource]],
        options: Plan,
        *,
        shape: CycleGanShape,
        weights: CycleWeights,
        scale: str,
    ) -> None:
        torch.manual_seed(options.seed)
        self.name, self.sources, self.options = name, sources, options
        self.shape, self.weights, self.scale = shape, weights, scale
        self.makers = nn.ModuleDict({"ab": make_generator(shape), "ba": make_generator(shape)})
        self.critic: nn.Module = Critics(weights, options.crop)
        self.augment: Augment | None = None
        few = len(sources[0]) + len(sources[1]) < FEW
        if options.adapt == "on" or (options.adapt == "auto" and few):
            self.augment = Augment(turns=False)
            self.critic.add_module("augment", self.augment)
        self.held_names = sorted(source.name for heap in held for source in heap)
        fixed = np.random.default_rng([options.seed, 2**31])
        self.held = tuple(
            torch.from_numpy(picture_batch(kept or learned, fixed, count=16, size=options.crop))
            for kept, learned in zip(held, sources, strict=True)
        )
        a, b = (_shown(x) for x in self.held)
        self.untouched = 0.5 * (swd(b, a) + swd(a, b))

    def _critics(self) -> Critics:
        assert isinstance(self.critic, Critics)
        return self.critic

    def card(self) -> dict[str, Any]:
        """Shape, options and data of this run."""
        options = self.options
        return {
            "model": self.name,
            "family": "cyclegan",
            "scale": self.scale,
            "shape": asdict(self.shape),
            "options": {
                "recipe": options.recipe,
                "batch": options.batch,
                "crop": options.crop,
                "sharpen": options.sharpen,
            }
            | asdict(self.weights),
            "learned_from": sorted(source.name for heap in self.sources for source in heap),
            "style_a": sorted(source.name for source in self.sources[0]),
            "style_b": sorted(source.name for source in self.sources[1]),
            "held_out": self.held_names,
        }

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Crops of A and of B, (N, 3, H, W) in [-1, 1] each."""
        options = self.options
        return tuple(
            torch.from_numpy(picture_batch(heap, rng, count=options.batch, size=options.crop))
            for heap in self.sources
        )

    def make(
        self, batch: tuple[Tensor, ...], noise: Noise, *, sharpen: float
    ) -> tuple[Tensor, dict[str, float], tuple[Tensor, ...]]:
        """Without critics learn the identity; with them both styles, there and back again."""
        (all_a, all_b), critics = batch, self._critics()
        count = max(1, round(self.weights.translated * len(all_a)))
        a, b = all_a[:count], all_b[:count]
        if sharpen == 0 and self.shape.skip:  # these are the identity already: only the critics learn
            nothing = torch.stack([p.sum() for p in self.makers.parameters()]).sum() * 0.0
            return nothing, {}, self._pairs(all_a, all_b, all_b, all_a, noise)
        with torch.autocast(a.device.type, torch.bfloat16):
            made_b, made_a = self.makers["ab"](a), self.makers["ba"](b)
            if sharpen == 0:
                loss = functional.l1_loss(made_b, a) + functional.l1_loss(made_a, b)
                pairs = self._pairs(a, b, made_a.detach(), made_b.detach(), noise)
                return loss, {"identity": loss.item()}, pairs
            draws = self._draws(noise, count)
            fooled = _far(critics.a(self._changed(made_a, draws)), 1.0)
            fooled = fooled + _far(critics.b(self._changed(made_b, draws)), 1.0)
        weights, figures = self.weights, {"fooled": fooled.item()}
        loss = sharpen * fooled
        if float(torch.rand((), generator=noise)) < weights.cycled:
            with torch.autocast(a.device.type, torch.bfloat16):
                again_a, again_b = self.makers["ba"](made_b), self.makers["ab"](made_a)
            cycle = functional.l1_loss(again_a, a) + functional.l1_loss(again_b, b)
            loss = loss + weights.cycle / weights.cycled * cycle
            figures["cycle"] = cycle.item()
        if weights.texture > 0:
            like_a, like_b = nearest_in_tone(b, all_a), nearest_in_tone(a, all_b)
            texture = texture_distance(made_a.float(), like_a, noise)
            texture = texture + texture_distance(made_b.float(), like_b, noise)
            loss = loss + weights.texture * texture
            figures["texture"] = texture.item()
        if weights.grid > 0:
            loss = loss + weights.grid * (grid_strength(made_a - b) + grid_strength(made_b - a))
        if weights.identity > 0 and float(torch.rand((), generator=noise)) < 1.0 / IDENTITY_EVERY:
            with torch.autocast(a.device.type, torch.bfloat16):
                same_b, same_a = self.makers["ab"](b), self.makers["ba"](a)
            identity = functional.l1_loss(same_b, b) + functional.l1_loss(same_a, a)
            loss = loss + IDENTITY_EVERY * weights.cycle * weights.identity * identity
        older = critics.exchange(made_a, made_b, noise, count=len(all_a))
        return loss, figures, self._pairs(all_a, all_b, *older, noise)

    def _pairs(
        self, a: Tensor, b: Tensor, made_a: Tensor, made_b: Tensor, noise: Noise
    ) -> tuple[Tensor, ...]:
        """What the critics are to compare, and how it is changed before they see it."""
        draws = [self._draws(noise, len(a)) for _ in range(2)]
        return (a, b, made_a, made_b, *(d for d in draws if d is not None))

    def _draws(self, noise: Noise, count: int) -> Tensor | None:
        return None if self.augment is None else torch.rand(count, DRAWS, generator=noise)

    def _changed(self, pictures: Tensor, draws: Tensor | None) -> Tensor:
        """As the critics see them: as they are, or changed adaptively."""
        if self.augment is None or draws is None:
            return pictures
        return self.augment(pictures * 0.5 + 0.5, draws) * 2.0 - 1.0  # type: ignore[no-any-return]

    def judge(self, pairs: tuple[Tensor, ...], *, penalty: float) -> Tensor:
        """Real towards 1, made towards 0, both styles."""
        a, b, made_a, made_b, *draws = pairs
        on_real, on_made = draws or (None, None)
        a, b = (self._changed(x.detach(), on_real).clone().requires_grad_(penalty > 0) for x in (a, b))
        critics = self._critics()
        with torch.autocast(a.device.type, torch.bfloat16, enabled=penalty == 0):
            on_a, on_b = critics.a(a), critics.b(b)
            loss = 0.5 * (_far(on_a, 1.0) + _far(critics.a(self._changed(made_a, on_made)), 0.0))
            loss = loss + 0.5 * (_far(on_b, 1.0) + _far(critics.b(self._changed(made_b, on_made)), 0.0))
        if self.augment is not None:  # half way between real and made is where these critics are unsure
            self.augment.hear(torch.cat([on_a, on_b]).float() - 0.5)
        if penalty > 0:
            loss = loss + penalty * (r1_penalty(on_a, a) + r1_penalty(on_b, b))
        return loss

    @torch.no_grad()
    def _made(self, makers: nn.ModuleDict) -> tuple[Tensor, ...]:
        device = next(makers.parameters()).device
        a, b = (x.to(device) for x in self.held)
        return tuple(x.clamp(-1, 1) for x in (a, makers["ab"](a), b, makers["ba"](b)))

    def measure(self, makers: nn.ModuleDict) -> dict[str, float]:
        """Sliced Wasserstein distance of made pictures to real ones of that style, before and after."""
        a, made_b, b, made_a = (_shown(x) for x in self._made(makers))
        return {
            "swd": 0.5 * (swd(b, made_b) + swd(a, made_a)),
            "swd_untouched": self.untouched,
            "moved": float(0.5 * (np.abs(made_b - a).mean() + np.abs(made_a - b).mean())),
        }

    def picture(self, makers: nn.ModuleDict) -> NDArray[np.uint8]:
        """Eight held-out crops of A, the same as B, eight of B, the same as A."""
        rows = [part[:8] for part in self._made(makers)]
        grid = torch.cat([torch.cat(list(row), dim=2) for row in rows], dim=1) * 0.5 + 0.5
        return (grid.permute(1, 2, 0).cpu().numpy() * 255 + 0.5).astype(np.uint8)


def _shown(pictures: Tensor) -> NDArray[np.float32]:
    """(N, 3, H, W) in [-1, 1] as (N, H, W, 3) in [0, 1]."""
    return np.asarray((pictures * 0.5 + 0.5).permute(0, 2, 3, 1).cpu().numpy(), np.float32)


def _far(judged: Tensor, wanted: float) -> Tensor:
    """Least squares (Mao et al. 2017)."""
    return (judged.float() - wanted).square().mean()


def cyclegan(options: TrainOptions, *, progress: Progress = SILENT) -> RunFolder:
    """Train cyclegan on the pictures (or HDR skies) below options.data and options.data_b.

    Weights of both directions end in the run folder. Raises UsageProblem when there is no second folder.
    """
    plan, folder = begin(options, HABITS)
    if plan.data_b is None:
        raise UsageProblem("cyclegan learns from two folders of pictures; name the second one with --data-b")
    skies = holds_skies(plan.data) and holds_skies(plan.data_b)
    heaps = []
    for place in (plan.data, plan.data_b):
        sources, problems = read_pictures(place, as_skies=skies)
        for problem in problems:
            progress.note(f"left out: {problem}")
        heaps.append(sources)
    learned, held = held_back([*heaps[0], *heaps[1]], plan)
    if not (_of(heaps[0], learned) and _of(heaps[1], learned)):
        raise UsageProblem("--holdout names all pictures of a folder; leave something to learn from")
    progress.note(f"{len(heaps[0])} and {len(heaps[1])} pictures, {len(held)} of them held out")
    start = _starting(plan) if plan.from_ is not None else None
    family = CycleFamily(
        "cyclegan",
        (_of(heaps[0], learned), _of(heaps[1], learned)),
        (_of(heaps[0], held), _of(heaps[1], held)),
        plan,
        shape=SHAPE if start is None else start[0],
        weights=RECIPES[plan.recipe],
        scale="sky" if skies else "srgb",
    )
    if start is not None:
        for direction, state in start[1].items():
            family.makers[direction].load_state_dict(state)
    train(family, plan, folder, progress=progress)
    return folder


def _starting(plan: Plan) -> tuple[CycleGanShape, dict[str, dict[str, Tensor]]]:
    """Shape and both state dicts of the weights that --from names: shipped, a file or a run folder."""
    path = Path(str(plan.from_))
    model = str(path / "cyclegan.safetensors") if path.is_dir() else str(plan.from_)
    networks = {direction: load_cyclegan(model, direction)[0] for direction in DIRECTIONS}
    return networks["ab"].shape, {name: network.state_dict() for name, network in networks.items()}


def _of(heap: list[PictureSource], some: list[PictureSource]) -> list[PictureSource]:
    """Those of a heap that are among some."""
    return [source for source in heap if source in some]
