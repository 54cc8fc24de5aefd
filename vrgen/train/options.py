"""Options of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Train a model on your own pictures. A run can be stopped at any time and goes on with --resume."""

    data: Path
    """Folder to learn from: PBR sets and textures (gan), or .hdr and .exr skies (vae)."""
    out: Path
    """Run folder: options, log, sample grids, state and weights."""
    steps: int = 5000
    """Steps in all."""
    batch: int = 12
    """Crops a step."""
    crop: int = 128
    """Pixels along a crop's side, a multiple of 16."""
    rate: float = 7e-4
    """Peak of the learning rate; warms up over 100 steps, falls along a cosine. At 2e-3 the latents die."""
    sharpen_from: float = 0.65
    """Share of the steps after which the discriminator joins."""
    sharpen: float = 0.02
    """Weight of the adversarial loss."""
    holdout: tuple[str, ...] = ()
    """Names of sources that are kept for measuring and never learned from."""
    snapshot: int = 250
    """Steps between snapshots: state, samples and measures."""
    seed: int = 0
    """Seed of weights, crops and noise."""
    resume: bool = False
    """Go on from the run folder's last snapshot."""
    device: str = "auto"
    """auto, cpu or cuda."""
