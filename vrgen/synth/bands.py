"""A generator run layer by layer in bands of rows, for pictures that don't fit into memory at once.

Instance norm looks at the whole picture, so windows that are run one after the other through the whole
network cannot equal the untiled result. Here every layer is finished before the next one begins: a
convolution reads bands of rows with exactly the rows above and below that it needs, writes what it makes,
and measures mean and variance of it band by band, merged exactly (Chan et al. 1979). The norm then acts on
what is read. Nothing is approximated, overlapped or computed twice. Planes above 256 MiB lie in a
temporary file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vrgen.errors import OutputProblem
from vrgen.models.cyclegan import EPSILON, Conv, Edges, Norm, Up

IN_MEMORY = 256 << 20
"""Bytes of a plane that is kept in memory."""
BAND = 64 << 20
"""Bytes that a band may take, before and after a layer."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A picture between two layers."""

    channels: int
    height: int
    width: int
    read: Callable[[Tensor], Tensor]
    """Rows by number (h,) to (1, channels, h, width) float32."""
    mean: Tensor | None = None
    """(channels,) float64, where a norm follows."""
    variance: Tensor | None = None
    """(channels,) float64, biased."""


def plane_of(picture: Tensor) -> Plane:
    """A picture (1, C, H, W) as a plane."""
    _, channels, height, width = picture.shape
    return Plane(channels, height, width, lambda rows: picture[:, :, rows])


class BandOps:
    """What a generator asks for, done in bands (models.cyclegan.Ops)."""

    def __init__(
        self, edges: Edges, device: str, advance: Callable[[int], None], *, band: int = BAND
    ) -> None:
        self.edges, self.device, self.advance, self.band = edges, device, advance, band

    def conv(self, layer: Conv | Up, x: Plane) -> Plane:
        """Pad and convolve, band by band, and measure."""
        double = isinstance(layer, Up)
        step = layer.stride[0]
        height = 2 * x.height if double else (x.height - 1) // step + 1
        width = 2 * x.width if double else (x.width - 1) // step + 1
        store = _store(height, width, layer.out_channels)
        widest = max(layer.out_channels * width, x.channels * x.width * (1 if double else step))
        tall = max(2, self.band // (4 * widest) // 2 * 2)
        measured = _Moments(layer.out_channels)
        for top in range(0, height, tall):
            rows = min(tall, height - top)
            made = (
                self._doubled(layer, x, top, rows)
                if isinstance(layer, Up)
                else self._conv(layer, x, top, rows)
            )
            made = made.float()
            measured.add(made)
            store[top : top + rows] = made[0].permute(1, 2, 0).cpu()
        self.advance(1)
        return Plane(layer.out_channels, height, width, self._reader(store), measured.mean, measured.variance)

    def _conv(self, layer: Conv, x: Plane, top: int, rows: int) -> Tensor:
        step, amount, kernel = layer.stride[0], layer.amount, layer.kernel_size[0]
        first = top * step - amount
        band = self._seen(x, first, first + (rows - 1) * step + kernel, amount, layer.plain)
        return functional.conv2d(band.to(layer.weight.dtype), layer.weight, layer.bias, step)

    def _doubled(self, layer: Up, x: Plane, top: int, rows: int) -> Tensor:
        first, last = top // 2 - 1, (top + rows + 1) // 2 + 1
        band = self._seen(x, first, last, 1, layer.plain)
        made = functional.conv_transpose2d(
            band.to(layer.weight.dtype),
            layer.weight,
            layer.bias,
            2,
            padding=1,
            output_padding=layer.output_padding,
        )
        return made[:, :, 2 : 2 + rows, 2:-2]

    def _seen(self, x: Plane, first: int, last: int, amount: int, plain: str) -> Tensor:
        """Rows `first` up to `last`, `amount` columns more on each side; the edges say what lies beyond."""
        across, down = {"plain": (plain, plain), "tile": ("wrap", "wrap"), "sky": ("wrap", "repeat")}[
            self.edges
        ]
        rows, outside = _beyond(first, last, x.height, down)
        band = x.read(rows)
        if outside.any():
            band = band.clone()
            band[:, :, outside] = 0.0
        sides = []
        for start in (-amount, x.width):
            columns, outside = _beyond(start, start + amount, x.width, across)
            side = band[:, :, :, columns]
            sides.append(torch.where(outside.to(self.device), 0.0, side))
        band = torch.cat([sides[0], band, sides[1]], dim=3)
        return band.contiguous(memory_format=torch.channels_last)

    def norm(self, layer: nn.Module, x: Plane) -> Plane:
        """Normalise what is read from now on."""
        if not isinstance(layer, Norm):
            return x
        if layer.stored:
            mean, variance = layer.get_buffer("running_mean"), layer.get_buffer("running_var")
        else:
            assert x.mean is not None and x.variance is not None, "a norm stands behind a convolution"
            mean, variance = x.mean, x.variance
        mean, variance = mean.double().cpu(), variance.double().cpu()
        scale = torch.rsqrt(variance + EPSILON)
        if layer.weight is not None:
            scale = scale * layer.weight.double().cpu()
        offset = -mean * scale if layer.bias is None else layer.bias.double().cpu() - mean * scale
        a, b = (t.float().to(self.device)[None, :, None, None] for t in (scale, offset))
        return self._then(x, lambda values: values * a + b)

    def rectify(self, x: Plane, slope: float) -> Plane:
        """x where it is positive, slope * x elsewhere."""
        return self._then(x, lambda values: functional.leaky_relu(values, slope))

    @staticmethod
    def _then(x: Plane, act: Callable[[Tensor], Tensor]) -> Plane:
        return replace(x, read=lambda rows: act(x.read(rows)))

    def add(self, a: Plane, b: Plane) -> Plane:
        """The sum, written down: a chain of residual blocks would else read all that came before."""
        store = _store(a.height, a.width, a.channels)
        tall = max(1, self.band // (4 * a.channels * a.width))
        for top in range(0, a.height, tall):
            rows = torch.arange(top, min(top + tall, a.height))
            store[top : top + len(rows)] = (a.read(rows) + b.read(rows))[0].permute(1, 2, 0).cpu()
        return replace(a, read=self._reader(store), mean=None, variance=None)

    def join(self, a: Plane, b: Plane) -> Plane:
        """The channels of both."""
        return Plane(
            a.channels + b.channels,
            a.height,
            a.width,
            lambda rows: torch.cat([a.read(rows), b.read(rows)], dim=1),
        )

    def finish(self, x: Plane, given: Plane, *, skip: bool) -> Plane:
        """tanh(x), or given + x."""
        if skip:
            return replace(x, read=lambda rows: given.read(rows).to(self.device) + x.read(rows))
        return self._then(x, torch.tanh)

    def _reader(self, store: Tensor) -> Callable[[Tensor], Tensor]:
        """Reads rows of (H, W, C) as (1, C, h, W), channels last, on the device."""

        def read(rows: Tensor) -> Tensor:
            return store[rows].to(self.device).permute(2, 0, 1)[None]

        return read


class _Moments:
    """Mean and variance of everything that was added, without keeping it."""

    def __init__(self, channels: int) -> None:
        self.count = 0
        self.mean = torch.zeros(channels, dtype=torch.float64)
        self.squares = torch.zeros(channels, dtype=torch.float64)

    def add(self, band: Tensor) -> None:
        """Merge (1, C, h, W)."""
        count = band.shape[2] * band.shape[3]
        pixels = band.permute(0, 2, 3, 1).reshape(count, -1)  # no copy: channels come last
        middle = pixels.mean(dim=0)
        spread = (pixels - middle).square_().mean(dim=0)
        mean, variance = middle.double().cpu(), spread.double().cpu()
        total = self.count + count
        off = mean - self.mean
        self.squares += variance * count + off.square() * (self.count * count / total)
        self.mean = self.mean + off * (count / total)
        self.count = total

    @property
    def variance(self) -> Tensor:
        """Biased, as norms use it."""
        return self.squares / max(self.count, 1)


def _beyond(first: int, last: int, size: int, how: str) -> tuple[Tensor, Tensor]:
    """Where rows `first` up to `last` come from in a picture of `size`, and which of them are nowhere."""
    places = torch.arange(first, last)
    outside = (places < 0) | (places >= size)
    if how == "wrap":
        return places % size, torch.zeros_like(outside)
    if how == "reflect":
        mirrored = places.abs()
        return torch.where(mirrored >= size, 2 * size - 2 - mirrored, mirrored), torch.zeros_like(outside)
    kept = torch.zeros_like(outside) if how == "repeat" else outside
    return places.clamp(0, size - 1), kept


def _store(height: int, width: int, channels: int) -> Tensor:
    """Room for (height, width, channels) float32, in a file that is gone with it when it is large."""
    size = 4 * height * width * channels
    if size <= IN_MEMORY:
        return torch.empty(height, width, channels)
    try:
        with tempfile.TemporaryFile() as file:
            if hasattr(os, "posix_fallocate"):  # a full disk shows here and not as a crash later
                os.posix_fallocate(file.fileno(), 0, size)
            return torch.from_numpy(np.memmap(file, np.float32, "w+", shape=(height, width, channels)))
    except OSError as problem:
        raise OutputProblem(
            f"cannot keep {size >> 20} MiB in {tempfile.gettempdir()}: {problem.strerror}; free some space "
            "there, set TMPDIR to a larger disk, or restyle a smaller picture"
        ) from problem
