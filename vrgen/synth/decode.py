"""Latents to pixels: the shipped networks, loaded once, run in windows when the picture is large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vrgen.models import material_gan, sky_vae
from vrgen.models.blocks import in_windows, same_on_all_threads
from vrgen.models.material_gan import DOWN
from vrgen.models.once import once
from vrgen.models.weights import load_weights, part, shipped

HALO = 8
"""Latent cells around a window: more than the generators' receptive field, so windows leave no trace."""
WINDOW = 64
"""Latent cells along a window's side: 512 pixels."""
MOST_WINDOWS = 64
"""That a GPU is given at once: more do not make it quicker."""
SHARE, BYTES_A_CELL = 0.5, 32 << 10
"""The part of a GPU's free memory that windows may take, and what a cell takes, all layers that are alive at
once counted twice."""


@once(8)
def load_generator(name: str, device: str, path: Path | None = None) -> tuple[torch.nn.Module, str]:
    """(generator of material_gan or sky_vae on `device`, SHA-256 hex of its weights)."""
    tensors, card, digest = load_weights(path or shipped(name))
    family = {"material_gan": material_gan, "sky_vae": sky_vae}[name]
    network: torch.nn.Module = family.Generator(family.shape_of(card["shape"]))
    network.load_state_dict(part(tensors, "generator"))
    same_on_all_threads(network)
    network.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network, digest


@once(8)
def _windowed(generator: torch.nn.Module) -> torch.nn.Module:
    windowed = in_windows(generator)
    quick = next(generator.parameters()).is_cuda or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if quick and isinstance(windowed, material_gan.Generator):
        windowed.refine_in(torch.bfloat16)
    return windowed


@torch.inference_mode()
def decode(
    generator: torch.nn.Module, latent: NDArray[np.float32], *, device: str, wrap_y: bool
) -> NDArray[np.float32]:
    """Latents (C, H, W) to pixels (8 H, 8 W, channels) float32, not clipped; wraps in x, and in y when told.

    A window comes with its surroundings and no layer pads: half of the work that padding every layer costs.
    Where the device is quick at it, what material_gan adds to its linear map is found in bf16 (less than
    half of an 8-bit step off), the same in every window; skies are float32 throughout. Channels lie one after
    the other in memory: what comes next works on one at a time.
    """
    return decode_all(generator, [latent], device=device, wrap_y=wrap_y)[0]


@torch.inference_mode()
def decode_all(
    generator: torch.nn.Module, latents: Sequence[NDArray[np.float32]], *, device: str, wrap_y: bool
) -> list[NDArray[np.float32]]:
    """What `decode` makes of each; on a GPU as many windows go at once as its free memory takes.

    On the CPU the bytes do not depend on the company, the windows or the number of threads. A GPU's library
    chooses another sum for another number of windows: values may differ by a few parts in a million.
    """
    generator = _windowed(generator)
    made: list[NDArray[np.float32] | None] = [None] * len(latents)  # filled in place: pixels are held once
    around = [_surrounded(latent, wrap_y) for latent in latents]
    for alike in _windows([latent.shape[1:] for latent in latents]):
        for group in _fitting(alike, device):
            pieces = np.stack([around[w.picture][:, w.seen[0], w.seen[1]] for w in group])
            for window, pixels in zip(group, _run(generator, pieces, device), strict=True):
                height, width = (DOWN * side for side in latents[window.picture].shape[1:])
                whole = made[window.picture]
                if whole is None:
                    whole = made[window.picture] = np.empty((len(pixels), height, width), np.float32)
                whole[:, window.place[0], window.place[1]] = pixels.numpy()
    return [whole.transpose(1, 2, 0) for whole in made if whole is not None]


def _run(generator: torch.nn.Module, pieces: NDArray[np.float32], device: str) -> Iterator[torch.Tensor]:
    """Pixels (channels, 8 h, 8 w) on the CPU of each piece (C, h + 2 HALO, w + 2 HALO); in halves when the
    device has no room for all at once."""
    try:
        tensor = torch.from_numpy(pieces).to(device)
        made = generator(tensor.contiguous(memory_format=torch.channels_last)).float().cpu()
    except torch.OutOfMemoryError:
        if len(pieces) == 1:
            raise
        torch.cuda.empty_cache()
        half = len(pieces) // 2
        yield from _run(generator, pieces[:half], device)
        yield from _run(generator, pieces[half:], device)
        return
    tall, wide = (DOWN * (side - 2 * HALO) for side in pieces.shape[2:])
    rim = (made.shape[2] - tall) // 2  # what the layers have left of the halo
    yield from made[:, :, rim : rim + tall, rim : rim + wide]


@dataclass(frozen=True, slots=True)
class _Window:
    """A part of one of several pictures, in latent cells."""

    picture: int
    top: int
    left: int
    tall: int
    wide: int

    @property
    def seen(self) -> tuple[slice, slice]:
        """What the network sees of the surrounded latents."""
        return slice(self.top, self.top + self.tall + 2 * HALO), slice(
            self.left, self.left + self.wide + 2 * HALO
        )

    @property
    def place(self) -> tuple[slice, slice]:
        """Where its pixels belong."""
        return (
            slice(DOWN * self.top, DOWN * (self.top + self.tall)),
            slice(DOWN * self.left, DOWN * (self.left + self.wide)),
        )


def _surrounded(latent: NDArray[np.float32], wrap_y: bool) -> NDArray[np.float32]:
    around = np.pad(latent, ((0, 0), (0, 0), (HALO, HALO)), mode="wrap")
    return np.pad(around, ((0, 0), (HALO, HALO), (0, 0)), mode="wrap" if wrap_y else "edge")


def _windows(sizes: Sequence[tuple[int, ...]]) -> Iterator[list[_Window]]:
    """All windows of pictures of these sizes in cells, those of one size together."""
    alike: dict[tuple[int, int], list[_Window]] = {}
    for picture, (height, width) in enumerate(sizes):
        for top in range(0, height, WINDOW):
            for left in range(0, width, WINDOW):
                tall, wide = min(WINDOW, height - top), min(WINDOW, width - left)
                alike.setdefault((tall, wide), []).append(_Window(picture, top, left, tall, wide))
    yield from alike.values()


def _fitting(windows: list[_Window], device: str) -> Iterator[list[_Window]]:
    """The windows in groups that fit into the device's free memory; one by one on the CPU, whose caches are
    full of one."""
    most = 1
    if device == "cuda":
        cells = (windows[0].tall + 2 * HALO) * (windows[0].wide + 2 * HALO)
        free = torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        most = max(1, min(MOST_WINDOWS, int(SHARE * free) // (BYTES_A_CELL * cells)))
    for first in range(0, len(windows), most):
        yield windows[first : first + most]
