"""like: a photo of a surface as a source of endless tiling variations.

The photo's maps are estimated (synth.photo), encoded as they are, mirrored at their edges, and quilted
without wrapping, for a photo does not tile. Gradient descent on the latents brings what the generator makes
of them nearer to the photo, as projecting into a generator's latent space does.

Source: projection (Zhu et al. 2016; Abdal et al. 2019, Image2StyleGAN), here with spatial latents.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vrgen.core import Image
from vrgen.models.material_gan import DOWN, spread
from vrgen.synth.decode import decode, load_generator
from vrgen.synth.encode import MARGIN, encode, load_encoder
from vrgen.synth.pbr import Channels, channels_of
from vrgen.synth.photo import maps_of
from vrgen.synth.photo_request import MapsOptions
from vrgen.synth.source import Source

LARGEST, SMALLEST, STEP = 1024, 128, 16
"""Pixels of the photo's square that are encoded: the networks learned from pictures of that scale."""
RATE = 0.03
WINDOW = 32
"""Cells along a side of the windows that descent works on."""
COLOUR = 2.0
"""Weight of base colour beside the other maps, which are estimates."""


def source_like(
    photo: Image, metres: float, *, factor: float, refine: int, device: str, weights: Path | None = None
) -> Source:
    """The square in the middle of a photo as a Source, `metres` along its side.

    `factor` times the usual pixels are taken of it; `weights` are those of a material_gan other than the one
    that ships. Raises InputProblem when the photo is too small.
    """
    side = STEP * round(factor * min(LARGEST, photo.width, photo.height) / STEP)
    side = min(max(side, SMALLEST), 2 * LARGEST)
    where: Literal["cpu", "cuda"] = "cuda" if device == "cuda" else "cpu"
    maps = maps_of(photo, MapsOptions(size=side, metres=metres, seamless=False, device=where))
    channels, seen = channels_of(maps)
    latent = encode(load_encoder(device, weights), channels, device=device, seen=seen, tiles=False)
    if refine:
        generator, _ = load_generator("material_gan", device, weights)
        latent = refined(generator, latent, channels, seen, passes=refine)
    return Source("photo", latent, metres / latent.shape[2], "of the photo", wraps=False)


def misfit(
    generator: torch.nn.Module, latent: NDArray[np.float32], channels: Channels, seen: tuple[bool, ...]
) -> float:
    """Mean absolute difference of what is decoded to the maps that are there, borders left out."""
    device = next(generator.parameters()).device.type
    made = decode(generator, latent, device=device, wrap_y=True)
    weight = _weights(seen).numpy()[0, :, 0, 0]
    inside = (slice(DOWN * 2, -DOWN * 2),) * 2
    return float((np.abs(made - channels)[inside] * weight).mean() / weight.mean())


def refined(
    generator: torch.nn.Module,
    latent: NDArray[np.float32],
    channels: Channels,
    seen: tuple[bool, ...],
    *,
    passes: int,
) -> NDArray[np.float32]:
    """Latents (C, H, W) after `passes` of Adam over all windows, by the misfit of the maps that are there."""
    device = next(generator.parameters()).device
    around = ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN))
    z = torch.from_numpy(np.pad(latent, around, mode="symmetric")[None]).to(device).requires_grad_()
    border = DOWN * MARGIN
    maps = np.pad(channels, ((border, border), (border, border), (0, 0)), mode="symmetric")
    wanted = torch.from_numpy(np.ascontiguousarray(maps.transpose(2, 0, 1)[None])).to(device)
    weight = _weights(seen).to(device)
    climber = torch.optim.Adam([z], lr=RATE)
    for turn in range(passes):
        for group in climber.param_groups:  # half a cosine: large steps first, none at the end
            group["lr"] = RATE * 0.5 * (1 + float(np.cos(np.pi * turn / passes)))
        climber.zero_grad()
        for top in range(0, z.shape[2] - 2 * MARGIN, WINDOW):
            for left in range(0, z.shape[3] - 2 * MARGIN, WINDOW):
                _window_loss(generator, z, wanted, weight, top, left).backward()  # type: ignore[no-untyped-call]
        climber.step()
    return np.ascontiguousarray(z.detach()[0, :, MARGIN:-MARGIN, MARGIN:-MARGIN].cpu().numpy())


def _window_loss(
    generator: torch.nn.Module, z: Tensor, wanted: Tensor, weight: Tensor, top: int, left: int
) -> Tensor:
    """Sum over a window of weighted differences; around it lie cells that are decoded and not compared."""
    tall, wide = (
        min(WINDOW, length - 2 * MARGIN - at) for length, at in zip(z.shape[2:], (top, left), strict=True)
    )
    piece = z[:, :, top : top + tall + 2 * MARGIN, left : left + wide + 2 * MARGIN]
    made = generator(piece)[:, :, DOWN * MARGIN : -DOWN * MARGIN, DOWN * MARGIN : -DOWN * MARGIN]
    rows = slice(DOWN * (top + MARGIN), DOWN * (top + MARGIN + tall))
    columns = slice(DOWN * (left + MARGIN), DOWN * (left + MARGIN + wide))
    loss: Tensor = ((made - wanted[:, :, rows, columns]).abs() * weight).sum()
    return loss


def _weights(seen: tuple[bool, ...]) -> Tensor:
    """(1, 9, 1, 1): colour counts double, maps that are not there nothing."""
    weight = spread(torch.tensor([seen], dtype=torch.float32))
    weight[:, :3] *= COLOUR
    return weight[:, :, None, None]
