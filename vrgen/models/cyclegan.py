"""cyclegan: pictures in another style and back, learned from two heaps of pictures that are no pairs.

    G_ab: A -> B, G_ba: B -> A, critics D_a, D_b of 70x70 patches
    loss of G: (D_b(G_ab(a)) - 1)^2 + (D_a(G_ba(b)) - 1)^2
               + lambda (|G_ba(G_ab(a)) - a| + |G_ab(G_ba(b)) - b| + 1/2 |G_ab(b) - b| + 1/2 |G_ba(a) - a|)
    loss of D: half of (D(x) - 1)^2 + D(G(.))^2, made pictures drawn from a pool of the last 50

Pictures are (N, 3, H, W) in [-1, 1]: sRGB for pictures and base colours, sky_vae's compressed scale for
skies. Parameters bear the names of the reference PyTorch implementation, so its state dicts load as they
are (models.cyclegan_states). What is ours: `edges` says how convolutions see beyond the border ("tile"
wraps in both axes, "sky" in azimuth), and `skip` adds the input to the output, so that an untrained
network is the identity and training teaches the difference alone. Dropout never acts: networks are loaded
to be used.

A generator is written once, as a walk over operations (`Ops`): run at once on tensors, or layer by layer
in bands over pictures that don't fit (synth.bands).

Sources: CycleGAN (Zhu et al. 2017); residual generators (Johnson et al. 2016); U-Net (Ronneberger et al.
2015, Isola et al. 2017); least squares (Mao et al. 2017); image pool (Shrivastava et al. 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from vrgen.models.blocks import keep_variance

Edges = Literal["plain", "tile", "sky"]
"""plain: as the reference pads; tile: wraps in x and y; sky: wraps in x, repeats the outermost rows."""
NormKind = Literal["instance", "batch", "none"]
EPSILON = 1e-5
"""Under the root of a variance, as in torch's norms."""
X = TypeVar("X")


@dataclass(frozen=True, slots=True)
class CycleGanShape:
    """Sizes and habits of a generator."""

    kind: Literal["resnet", "unet"] = "resnet"
    """Residual blocks at a quarter of the size, or a U-Net."""
    blocks: int = 6
    """Residual blocks (6 or 9), or how often the U-Net halves (7 for 128 pixels, 8 for 256)."""
    width: int = 24
    """Channels of the first layer; the reference has 64."""
    channels: tuple[int, int] = (3, 3)
    """Channels in and out."""
    norm: NormKind = "instance"
    """What stands behind the convolutions. Batch norm uses its running statistics."""
    affine: bool = False
    """Instance norm with learned scale and offset (batch norm always has them)."""
    tracked: bool = False
    """Instance norm by running statistics instead of the picture's own; the reference never uses them."""
    padding: Literal["reflect", "repeat", "zero"] = "reflect"
    """How the residual blocks pad when edges are plain."""
    strided: Literal["zero", "reflect", "repeat"] = "zero"
    """How the ResNet's halving and doubling layers pad then. The reference's zeros tell a network trained on
    crops where their border is: it draws a rim into larger pictures."""
    dropout: bool = False
    """The residual blocks were trained with dropout, which shifts the names of their second layers."""
    up: Literal[3, 4] = 3
    """Kernel of the ResNet's doubling layers. The reference's 3 overlaps itself unevenly, which shows as a
    checkerboard (Odena et al. 2016); 4 does not, and starts out smooth."""
    skip: bool = False
    """The output is the input plus what the network says, instead of its tanh."""


def shape_of(card: Mapping[str, Any]) -> CycleGanShape:
    """The sizes that a model card tells."""
    values = dict(card)
    channels_in, channels_out = values.pop("channels", (3, 3))
    return CycleGanShape(channels=(channels_in, channels_out), **values)


class Conv(nn.Conv2d):
    """A convolution that pads by itself: as `plain` says, or as the picture's edges ask."""

    def __init__(
        self, channels: tuple[int, int], kernel: int, *, stride: int = 1, plain: str, bias: bool = True
    ) -> None:
        super().__init__(*channels, kernel, stride, bias=bias)
        self.plain = plain
        self.amount = (kernel - 1) // 2


class Up(nn.ConvTranspose2d):
    """A transposed convolution that doubles the size (kernel 3 or 4, stride 2)."""

    def __init__(
        self, channels: tuple[int, int], kernel: int, *, plain: str = "zero", bias: bool = True
    ) -> None:
        super().__init__(*channels, kernel, 2, padding=1, output_padding=4 - kernel, bias=bias)
        self.plain = plain


class Norm(nn.Module):
    """Instance or batch norm; statistics of the picture itself unless they are tracked."""

    def __init__(self, channels: int, shape: CycleGanShape) -> None:
        super().__init__()
        batch = shape.norm == "batch"
        self.stored = batch or shape.tracked
        """Normalise by the running statistics."""
        self.weight = nn.Parameter(torch.ones(channels)) if batch or shape.affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if batch or shape.affine else None
        if self.stored:
            self.register_buffer("running_mean", torch.zeros(channels))
            self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        if not self.stored and x.dtype == torch.bfloat16 and not torch.is_grad_enabled():
            return self._in_place(x)
        if not self.stored:
            return functional.instance_norm(x, weight=self.weight, bias=self.bias)
        return functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)  # type: ignore[arg-type]

    def _in_place(self, x: Tensor) -> Tensor:
        """Instance norm for speed, inside in float32: torch's own turns channels_last around and back."""
        n, c, h, w = x.shape
        pixels = x.permute(0, 2, 3, 1).reshape(n, h * w, c)
        exact = pixels.float()
        mean = exact.mean(dim=1, keepdim=True)
        variance = (exact.square_().mean(dim=1, keepdim=True) - mean.square()).clamp_min(0.0)
        scale = torch.rsqrt(variance + EPSILON)
        scale = scale if self.weight is None else scale * self.weight
        offset = -mean * scale if self.bias is None else self.bias - mean * scale
        normed = torch.addcmul(offset.to(x.dtype), pixels, scale.to(x.dtype))
        return normed.reshape(n, h, w, c).permute(0, 3, 1, 2)


class Ops(Protocol[X]):
    """What a generator asks of whoever runs it; X is a picture between layers."""

    def conv(self, layer: Conv | Up, x: X) -> X:
        """Pad and convolve."""

    def norm(self, layer: nn.Module, x: X) -> X:
        """Normalise (Norm), or nothing (Identity)."""

    def rectify(self, x: X, slope: float) -> X:
        """x where it is positive, slope * x elsewhere."""

    def add(self, a: X, b: X) -> X:
        """The sum."""

    def join(self, a: X, b: X) -> X:
        """The channels of both."""

    def finish(self, x: X, given: X, *, skip: bool) -> X:
        """tanh(x), or given + x."""


def pad(x: Tensor, amount: int, *, plain: str, edges: Edges) -> Tensor:
    """(N, C, H, W) with `amount` pixels on each side."""
    around = (amount,) * 4
    if edges == "plain":
        mode = {"reflect": "reflect", "repeat": "replicate", "zero": "constant"}[plain]
        return functional.pad(x, around, mode=mode)
    sides = functional.pad(x, (amount, amount, 0, 0), mode="circular")
    rows = (0, 0, amount, amount)
    return functional.pad(sides, rows, mode="circular" if edges == "tile" else "replicate")


class WholeOps:
    """A generator on tensors (N, C, H, W), all at once."""

    def __init__(self, edges: Edges = "plain") -> None:
        self.edges = edges

    def conv(self, layer: Conv | Up, x: Tensor) -> Tensor:
        """Pad and convolve."""
        if layer.weight.dtype == torch.bfloat16:
            x = x.to(torch.bfloat16)
        if isinstance(layer, Conv):
            return layer(pad(x, layer.amount, plain=layer.plain, edges=self.edges))  # type: ignore[no-any-return]
        if self.edges == "plain" and layer.plain == "zero":
            return layer(x)  # type: ignore[no-any-return]
        return layer(pad(x, 1, plain=layer.plain, edges=self.edges))[..., 2:-2, 2:-2]  # type: ignore[no-any-return]

    def norm(self, layer: nn.Module, x: Tensor) -> Tensor:
        """Normalise."""
        return layer(x)  # type: ignore[no-any-return]

    def rectify(self, x: Tensor, slope: float) -> Tensor:
        """x where it is positive, slope * x elsewhere."""
        return functional.leaky_relu(x, slope) if slope else functional.relu(x)

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        """The sum."""
        return a + b

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        """The channels of both."""
        return torch.cat([a, b], dim=1)

    def finish(self, x: Tensor, given: Tensor, *, skip: bool) -> Tensor:
        """tanh(x), or given + x, in float32."""
        return given + x.float() if skip else torch.tanh(x.float())


class Generator(nn.Module):
    """What both generators share: run on tensors, or walked over any operations."""

    shape: CycleGanShape
    edges: Edges = "plain"
    """How `forward` sees beyond the border."""

    def walk(self, x: X, ops: Ops[X]) -> X:
        """The network, in whatever way `ops` runs it."""
        raise NotImplementedError

    def forward(self, picture: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] to (N, C', H, W); H and W divide by `multiple`."""
        return self.walk(picture, WholeOps(self.edges))

    @property
    def multiple(self) -> int:
        """What height and width must divide by."""
        return 4 if self.shape.kind == "resnet" else 2**self.shape.blocks


class _Block(nn.Module):
    """conv - norm - relu - conv - norm, to be added to its input."""

    def __init__(self, channels: int, shape: CycleGanShape) -> None:
        super().__init__()
        bias = shape.norm == "instance"

        def half() -> list[nn.Module]:
            conv = Conv((channels, channels), 3, plain=shape.padding, bias=bias)
            before = [] if shape.padding == "zero" else [nn.Identity()]  # the reference's padding layer
            return [*before, conv, _norm(channels, shape)]

        between: list[nn.Module] = [nn.ReLU(), nn.Dropout()] if shape.dropout else [nn.ReLU()]
        self.conv_block = nn.Sequential(*half(), *between, *half())

    def walk(self, x: X, ops: Ops[X]) -> X:
        """x + the block of x."""
        first, second = (layer for layer in self.conv_block if isinstance(layer, Conv))
        norms = [layer for layer, before in _followed(self.conv_block) if isinstance(before, Conv)]
        y = ops.rectify(ops.norm(norms[0], ops.conv(first, x)), 0.0)
        return ops.add(x, ops.norm(norms[1], ops.conv(second, y)))


def _followed(layers: nn.Sequential) -> list[tuple[nn.Module, nn.Module]]:
    """(layer, the one before it)."""
    every = list(layers)
    return list(zip(every[1:], every[:-1], strict=True))


def _norm(channels: int, shape: CycleGanShape) -> nn.Module:
    return nn.Identity() if shape.norm == "none" else Norm(channels, shape)


class ResnetGenerator(Generator):
    """7x7, two halvings, residual blocks, two doublings, 7x7."""

    def __init__(self, shape: CycleGanShape) -> None:
        super().__init__()
        self.shape, w = shape, shape.width
        bias = shape.norm == "instance"
        edge = "reflect"
        layers: list[nn.Module] = [
            nn.Identity(),  # the reference's padding layer
            Conv((shape.channels[0], w), 7, plain=edge, bias=bias),
            _norm(w, shape),
            nn.ReLU(),
        ]
        for c in (w, 2 * w):
            halving = Conv((c, 2 * c), 3, stride=2, plain=shape.strided, bias=bias)
            layers += [halving, _norm(2 * c, shape), nn.ReLU()]
        layers += [_Block(4 * w, shape) for _ in range(shape.blocks)]
        for c in (4 * w, 2 * w):
            doubling = Up((c, c // 2), shape.up, plain=shape.strided, bias=bias)
            layers += [doubling, _norm(c // 2, shape), nn.ReLU()]
        layers += [nn.Identity(), Conv((w, shape.channels[1]), 7, plain=edge), nn.Tanh()]
        self.model = nn.Sequential(*layers)
        if shape.skip:  # the identity, until it learns
            nn.init.zeros_(layers[-2].weight)  # type: ignore[arg-type]
            nn.init.zeros_(layers[-2].bias)  # type: ignore[arg-type]

    def walk(self, x: X, ops: Ops[X]) -> X:
        """The network, in whatever way `ops` runs it."""
        given, last = x, self.model[-2]
        for layer, following in zip(list(self.model)[:-1], list(self.model)[1:], strict=True):
            if isinstance(layer, _Block):
                x = layer.walk(x, ops)
            elif isinstance(layer, Conv | Up):
                x = ops.conv(layer, x)
                if layer is not last:
                    x = ops.rectify(ops.norm(following, x), 0.0)
        return ops.finish(x, given, skip=self.shape.skip)


class _Level(nn.Module):
    """One level of the U-Net with all levels below it, as the reference nests them."""

    def __init__(
        self, outer: int, inner: int, below: _Level | None, shape: CycleGanShape, *, top: int
    ) -> None:
        super().__init__()
        bias = shape.norm == "instance"
        down = Conv((top or outer, inner), 4, stride=2, plain="zero", bias=bias)
        up = Up((inner if below is None else 2 * inner, outer), 4, bias=bias or bool(top))
        norms = nn.ModuleList([_norm(inner, shape), _norm(outer, shape)])
        layers: list[nn.Module]
        if top:
            layers = [down, below or nn.Identity(), nn.ReLU(), up, nn.Tanh()]
        elif below is None:
            layers = [nn.LeakyReLU(0.2), down, nn.ReLU(), up, norms[1]]
        else:
            layers = [nn.LeakyReLU(0.2), down, norms[0], below, nn.ReLU(), up, norms[1]]
        self.model = nn.Sequential(*layers)
        self.top = bool(top)

    def walk(self, x: X, ops: Ops[X]) -> X:
        """The level's own channels, those that came in before them (but at the top)."""
        down, up = (layer for layer in self.model if isinstance(layer, Conv | Up))
        below = next((layer for layer in self.model if isinstance(layer, _Level)), None)
        y = ops.conv(down, x if self.top else ops.rectify(x, 0.2))
        if below is not None:
            y = below.walk(y if self.top else ops.norm(self.model[2], y), ops)
        y = ops.conv(up, ops.rectify(y, 0.0))
        return y if self.top else ops.join(x, ops.norm(self.model[-1], y))


class UnetGenerator(Generator):
    """Halved `blocks` times and doubled as often, each level handed across."""

    def __init__(self, shape: CycleGanShape) -> None:
        super().__init__()
        self.shape, w = shape, shape.width
        level = _Level(8 * w, 8 * w, None, shape, top=0)
        for _ in range(shape.blocks - 5):
            level = _Level(8 * w, 8 * w, level, shape, top=0)
        for c in (4 * w, 2 * w, w):
            level = _Level(c, 2 * c, level, shape, top=0)
        self.model = _Level(shape.channels[1], w, level, shape, top=shape.channels[0])

    def walk(self, x: X, ops: Ops[X]) -> X:
        """The network, in whatever way `ops` runs it."""
        return ops.finish(self.model.walk(x, ops), x, skip=self.shape.skip)


def make_generator(shape: CycleGanShape) -> Generator:
    """A generator of that shape, its weights drawn as the reference draws them: N(0, 0.02)."""
    network = ResnetGenerator(shape) if shape.kind == "resnet" else UnetGenerator(shape)
    _draw(network)
    if shape.up == 4:
        smooth = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4.0
        for layer in network.modules():
            if isinstance(layer, Up):
                across = 2.0 * layer.weight.detach()[:, :, :1, :1]  # one draw for the whole kernel
                layer.weight.data.copy_(across * smooth[:, None] * smooth)
    return network


class PatchGan(nn.Module):
    """The discriminator: is each patch of 70 pixels (34 with `halvings` 2) real? (Isola et al. 2017).

    Without `normed` it has no instance norm, which takes the mean colour away: so it judges the palette too.
    """

    def __init__(self, width: int, *, halvings: int = 3, channels: int = 3, normed: bool = True) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for i in range(1, halvings + 1):
            a, b = (width * min(2**k, 8) for k in (i - 1, i))
            stride = 2 if i < halvings else 1
            norm = nn.InstanceNorm2d(b) if normed else nn.Identity()
            layers += [nn.Conv2d(a, b, 4, stride, 1), norm, nn.LeakyReLU(0.2)]
        layers.append(nn.Conv2d(width * min(2**halvings, 8), 1, 4, 1, 1))
        self.model = nn.Sequential(*layers)
        if normed:
            _draw(self)
        else:
            keep_variance(self)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] to (N, 1, about H / 8, W / 8): 1 is real, 0 made."""
        judged: Tensor = self.model(picture)
        return judged


def _draw(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and bool(module.weight.any()):
            nn.init.normal_(module.weight, 0.0, 0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
