"""State dicts of the reference implementation, against that architecture written here on its own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from vrgen.errors import InputProblem, UsageProblem
from vrgen.models.cyclegan import CycleGanShape, make_generator
from vrgen.models.cyclegan_states import load_cyclegan
from vrgen.models.weights import save_weights

NORMS: dict[str, Callable[[int], nn.Module]] = {
    "instance": functools.partial(nn.InstanceNorm2d, affine=False, track_running_stats=False),
    "affine": functools.partial(nn.InstanceNorm2d, affine=True),
    "tracked": functools.partial(nn.InstanceNorm2d, affine=False, track_running_stats=True),
    "affine-tracked": functools.partial(nn.InstanceNorm2d, affine=True, track_running_stats=True),
    "batch": nn.BatchNorm2d,
    "none": lambda _: nn.Identity(),
}


class PeerBlock(nn.Module):
    def __init__(
        self, dim: int, norm: Callable[[int], nn.Module], bias: bool, pad: str, dropout: bool
    ) -> None:
        super().__init__()

        def half() -> list[nn.Module]:
            if pad == "zero":
                return [nn.Conv2d(dim, dim, 3, padding=1, bias=bias), norm(dim)]
            return [nn.ReflectionPad2d(1), nn.Conv2d(dim, dim, 3, bias=bias), norm(dim)]

        middle: list[nn.Module] = [nn.ReLU(True), nn.Dropout(0.5)] if dropout else [nn.ReLU(True)]
        self.conv_block = nn.Sequential(*half(), *middle, *half())

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)


class PeerResnet(nn.Module):
    def __init__(
        self, norm_name: str, *, blocks: int = 6, pad: str = "reflect", dropout: bool = False
    ) -> None:
        super().__init__()
        norm, bias, w = NORMS[norm_name], norm_name not in ("batch", "none"), 4
        layers: list[nn.Module] = [
            nn.ReflectionPad2d(3),
            nn.Conv2d(3, w, 7, bias=bias),
            norm(w),
            nn.ReLU(True),
        ]
        for c in (w, 2 * w):
            layers += [nn.Conv2d(c, 2 * c, 3, stride=2, padding=1, bias=bias), norm(2 * c), nn.ReLU(True)]
        layers += [PeerBlock(4 * w, norm, bias, pad, dropout) for _ in range(blocks)]
        for c in (4 * w, 2 * w):
            up = nn.ConvTranspose2d(c, c // 2, 3, stride=2, padding=1, output_padding=1, bias=bias)
            layers += [up, norm(c // 2), nn.ReLU(True)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)  # type: ignore[no-any-return]


class PeerSkip(nn.Module):
    def __init__(
        self,
        outer: int,
        inner: int,
        norm_name: str,
        *,
        below: PeerSkip | None = None,
        outermost: bool = False,
    ) -> None:
        super().__init__()
        self.outermost = outermost
        norm, bias = NORMS[norm_name], norm_name not in ("batch", "none")
        down = nn.Conv2d(3 if outermost else outer, inner, 4, 2, 1, bias=bias)
        relu, leaky = nn.ReLU(True), nn.LeakyReLU(0.2, True)
        layers: list[nn.Module]
        if outermost:
            assert below is not None
            layers = [down, below, relu, nn.ConvTranspose2d(2 * inner, outer, 4, 2, 1), nn.Tanh()]
        elif below is None:
            layers = [leaky, down, relu, nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=bias), norm(outer)]
        else:
            up = nn.ConvTranspose2d(2 * inner, outer, 4, 2, 1, bias=bias)
            layers = [leaky, down, norm(inner), below, relu, up, norm(outer), nn.Dropout(0.5)]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


class PeerUnet(nn.Module):
    def __init__(self, norm_name: str, *, downs: int = 7) -> None:
        super().__init__()
        w = 2
        block = PeerSkip(8 * w, 8 * w, norm_name)
        for _ in range(downs - 5):
            block = PeerSkip(8 * w, 8 * w, norm_name, below=block)
        for c in (4 * w, 2 * w, w):
            block = PeerSkip(c, 2 * c, norm_name, below=block)
        self.model = PeerSkip(3, w, norm_name, below=block, outermost=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)  # type: ignore[no-any-return]


def trained(network: nn.Module) -> nn.Module:
    """Random weights, and statistics that are not the ones of a fresh network."""
    torch.manual_seed(3)
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        if tensor.is_floating_point():
            spread = torch.rand_like(tensor) + 0.5 if name.endswith("var") else 0.4 * torch.randn_like(tensor)
            tensor.data.copy_(spread)
    return network.eval()


def assert_same(peer: nn.Module, path: Path, *, size: int = 128) -> None:
    picture = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(5)) * 2 - 1
    generator, card, digest = load_cyclegan(str(path), "ab")
    with torch.inference_mode():
        assert torch.allclose(generator(picture), peer(picture), atol=1e-5)
    assert card["scale"] == "srgb" and len(digest) == 64


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("blocks", [6, 9])
def test_resnets_give_what_the_reference_gives(tmp_path: Path, norm: str, blocks: int) -> None:
    peer = trained(PeerResnet(norm, blocks=blocks))
    torch.save(peer.state_dict(), tmp_path / "latest_net_G.pth")
    assert_same(peer, tmp_path / "latest_net_G.pth", size=48)


@pytest.mark.parametrize("pad", ["reflect", "zero"])
@pytest.mark.parametrize("dropout", [False, True])
def test_dropout_and_zero_padding_shift_the_names(tmp_path: Path, pad: str, dropout: bool) -> None:
    peer = trained(PeerResnet("instance", pad=pad, dropout=dropout))
    torch.save(peer.state_dict(), tmp_path / "g.pth")
    assert_same(peer, tmp_path / "g.pth", size=48)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("downs", [7, 8])
def test_unets_give_what_the_reference_gives(tmp_path: Path, norm: str, downs: int) -> None:
    peer = trained(PeerUnet(norm, downs=downs))
    torch.save(peer.state_dict(), tmp_path / "g.pth")
    assert_same(peer, tmp_path / "g.pth", size=2 ** (downs + 1))


def test_a_legacy_file_of_several_gpus_loads(tmp_path: Path) -> None:
    peer = trained(PeerResnet("instance"))
    state = {"module." + name: value for name, value in peer.state_dict().items()}
    torch.save(state, tmp_path / "g.pth", _use_new_zipfile_serialization=False)
    assert_same(peer, tmp_path / "g.pth", size=48)


def test_statistics_that_nobody_counted_are_dropped_as_the_reference_drops_them(tmp_path: Path) -> None:
    peer = trained(PeerResnet("instance"))
    old = trained(PeerResnet("tracked")).state_dict()
    state = {name: t for name, t in old.items() if not name.endswith("num_batches_tracked")}
    state |= peer.state_dict()
    assert any(name.endswith("running_mean") for name in state)
    torch.save(state, tmp_path / "g.pth", _use_new_zipfile_serialization=False)
    assert_same(peer, tmp_path / "g.pth", size=48)


class Trap:
    """Runs code when it is unpickled the unsafe way."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a pickle was run",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Trap(), "read safely"),
        ([1, 2], "holds a list"),
        ({}, "holds a dict"),
        ({"epoch": 3}, "'epoch': int"),
        ({"model.0.weight": torch.zeros(8, 3, 4, 4)}, "expected a generator"),
        ({"model.model.0.weight": torch.zeros(8, 3, 4, 4)}, "part of a U-Net"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_what_is_no_generator_is_refused_in_a_sentence(
    tmp_path: Path, content: object, words: str, zipped: bool
) -> None:
    torch.save(content, tmp_path / "g.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(InputProblem, match=words):
        load_cyclegan(str(tmp_path / "g.pth"), "ab")


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "missing"])
def test_damaged_files_are_refused_in_a_sentence(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "g.pth"
    torch.save(PeerResnet("instance").state_dict(), path)
    whole = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut": whole[: len(whole) // 2], "noise": whole[::-1], "empty": b""}[damage])
    with pytest.raises(InputProblem, match=r"g\.pth"):
        load_cyclegan(str(path), "ab")


@pytest.mark.parametrize("change", ["lost", "shape"])
def test_a_generator_that_does_not_fit_is_refused_with_the_first_reason(tmp_path: Path, change: str) -> None:
    state = PeerResnet("instance").state_dict()
    name = "model.11.conv_block.1.weight"
    if change == "lost":
        del state[name]
    else:
        state[name] = torch.zeros(5, 5, 3, 3)
    torch.save(state, tmp_path / "g.pth")
    with pytest.raises(InputProblem, match="does not fit a resnet"):
        load_cyclegan(str(tmp_path / "g.pth"), "ab")


def test_a_file_of_one_direction_has_no_way_back(tmp_path: Path) -> None:
    torch.save(PeerResnet("instance").state_dict(), tmp_path / "g.pth")
    with pytest.raises(UsageProblem, match="one direction"):
        load_cyclegan(str(tmp_path / "g.pth"), "ba")


def test_our_own_weights_come_back_with_their_shape(tmp_path: Path) -> None:
    shape = CycleGanShape(width=4, skip=True, affine=True)
    card = {"model": "x", "family": "cyclegan", "scale": "srgb"}
    networks = {key: trained(make_generator(shape)) for key in ("ab", "ba")}
    tensors = {f"{key}.{name}": t for key, net in networks.items() for name, t in net.state_dict().items()}
    fields = {name: getattr(shape, name) for name in shape.__slots__}
    save_weights(tmp_path / "x.safetensors", tensors, card | {"shape": fields})
    generator, found, _ = load_cyclegan(str(tmp_path / "x.safetensors"), "ba")
    assert generator.shape == shape and found["family"] == "cyclegan"
    picture = torch.rand(1, 3, 32, 32) * 2 - 1
    with torch.inference_mode():
        assert torch.allclose(generator(picture), networks["ba"](picture), atol=0.05)  # fp16 weights


def test_weights_of_another_family_are_refused(tmp_path: Path) -> None:
    save_weights(tmp_path / "x.safetensors", {"a": torch.zeros(1)}, {"model": "sky_vae"})
    with pytest.raises(InputProblem, match="holds sky_vae"):
        load_cyclegan(str(tmp_path / "x.safetensors"), "ab")
