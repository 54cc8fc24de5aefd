"""Options of a training run, the habits of a family, and the plan that both make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Train a model on your own pictures. A run can be stopped at any time and goes on with --resume."""

    data: Path
    """Folder to learn from: PBR sets and textures (gan, maps, latent), .hdr and .exr skies (vae), or
    pictures (cyclegan)."""
    out: Path
    """Run folder: options, log, sample grids, state and weights."""
    data_b: Path | None = None
    """Second folder of pictures, for what translates between two (cyclegan)."""
    from_: str | None = None
    """Weights to start from: a name that ships (material_gan), a .safetensors file or a run folder. Then
    fewer steps at a lower rate are the default, and some of the data is held out."""
    steps: int | None = None
    """Steps in all. What is not given, here and below, is what suits the family; a run that goes on with
    --resume keeps what it had."""
    batch: int | None = None
    """Crops a step, over all processes."""
    crop: int | None = None
    """Pixels along a crop's side, a multiple of 16."""
    rate: float | None = None
    """Peak of the learning rate."""
    sharpen_from: float | None = None
    """Share of the steps after which the discriminator joins."""
    sharpen: float | None = None
    """Weight of the adversarial loss; 0 leaves it out."""
    holdout: tuple[str, ...] | None = None
    """Names of sources that are kept for measuring and never learned from."""
    snapshot: int | None = None
    """Steps between snapshots: state, samples and measures."""
    seed: int | None = None
    """Seed of weights, crops and noise."""
    accumulate: int | None = None
    """Parts in which a step's batch is worked through: less memory, the same result."""
    adapt: Literal["auto", "on", "off"] | None = None
    """Change what the discriminator sees, the more the surer it is (ADA); auto, which is the default, does
    so for small sets."""
    inception: Path | None = None
    """Inception weights of your own (pt_inception-2015-12-05, a state dict), with which snapshots of gan tell
    the FID too. They are loaded with weights_only=True into a network of ours: nothing in them can run."""
    recipe: Literal["reference", "quick"] | None = None
    """What counts how much in cyclegan: as Zhu et al. have it, which wants days of a GPU and is the default,
    or what shows a style after an hour on a processor, with a texture distance beside the critics."""
    compile: bool = False
    """Compile the networks with torch.compile: a minute at the start, quicker steps on a GPU."""
    dry_run: bool = False
    """Say what would be learned, what is wrong with the data and how long it would take; write nothing."""
    resume: bool = False
    """Go on from the run folder's last snapshot."""
    device: str = "auto"
    """auto, cpu or cuda."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a family is trained when the options do not say: the defaults, and what no option changes."""

    steps: int = 5000
    batch: int = 12
    crop: int = 128
    rate: float = 7e-4
    """Peak of the makers' rate."""
    sharpen_from: float = 0.65
    sharpen: float = 0.02
    snapshot: int = 250
    accumulate: int = 1
    tune_steps: int = 400
    """Steps when a run starts from weights (--from)."""
    tune_rate: float = 2e-4
    """Rate when a run starts from weights: the schedule's end, not its peak."""
    warm_up: int = 100
    """Steps over which the rate rises from 0, at most a tenth of all."""
    fall: Literal["cosine", "linear"] = "cosine"
    """How the rate falls: a cosine to a fiftieth, or constant for half of the steps and then down to 0."""
    maker_betas: tuple[float, float] = (0.9, 0.99)
    critic_betas: tuple[float, float] = (0.0, 0.99)
    critic_rate: float = 4e-4
    weight_decay: float = 1e-4
    """AdamW's, for the makers; the critic has none."""
    r1_gamma: float = 1e-5
    """Weight of R1; 0 leaves it out. A patch critic sums its gradient over hundreds of logits of amplified
    detail: at 0.02 it is held at zero and never learns."""
    alone: int = 100
    """Steps for which the critic learns before the makers listen to it."""
    ramp: int = 300
    """Steps over which the adversarial loss then comes in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(TrainOptions):
    """Options with nothing left open. What stands here is kept by a run that goes on."""

    from_: str | None
    steps: int
    batch: int
    crop: int
    rate: float
    sharpen_from: float
    sharpen: float
    holdout: tuple[str, ...]
    snapshot: int
    seed: int
    accumulate: int
    adapt: Literal["auto", "on", "off"]
    recipe: Literal["reference", "quick"]


def settle(options: TrainOptions, habits: Habits, *, earlier: Mapping[str, Any] | None = None) -> Plan:
    """The options, then what the run had `earlier` (its options.json), then the family's habits."""
    defaults: dict[str, Any] = {name.name: getattr(habits, name.name) for name in fields(habits)}
    defaults |= {"seed": 0, "holdout": (), "adapt": "auto", "recipe": "reference"}
    if options.from_ is not None:
        defaults |= {"steps": habits.tune_steps, "rate": habits.tune_rate}
    defaults |= {name: value for name, value in (earlier or {}).items() if name in Plan.__annotations__}
    values = {spec.name: getattr(options, spec.name) for spec in fields(TrainOptions)}
    for name, value in values.items():
        if value is None:
            values[name] = defaults.get(name)
    values["holdout"] = tuple(values["holdout"])
    return Plan(**values)
