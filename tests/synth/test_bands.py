"""Layer by layer in bands is the same as the whole at once."""

from __future__ import annotations

import pytest
import torch

from vrgen.errors import OutputProblem
from vrgen.models.cyclegan import CycleGanShape, Edges, Generator, make_generator
from vrgen.synth import bands
from vrgen.synth.bands import BandOps, plane_of
from vrgen.synth.restyle import run_whole, written


def generator_of(shape: CycleGanShape) -> Generator:
    torch.manual_seed(1)
    network = make_generator(shape)
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        tensor.data.copy_(
            torch.rand_like(tensor) + 0.5 if name.endswith("var") else 0.3 * torch.randn_like(tensor)
        )
    return network.eval()


SHAPES = {
    "resnet": CycleGanShape(width=4),
    "skip": CycleGanShape(width=4, skip=True, affine=True),
    "repeat": CycleGanShape(width=4, padding="repeat"),
    "mirrored": CycleGanShape(width=4, up=4, strided="reflect", skip=True),
    "tracked": CycleGanShape(width=4, tracked=True),
    "batch": CycleGanShape(width=4, norm="batch"),
    "bare": CycleGanShape(width=4, norm="none"),
    "unet": CycleGanShape(kind="unet", blocks=5, width=4),
}


@pytest.mark.parametrize("edges", ["plain", "tile", "sky"])
@pytest.mark.parametrize("name", SHAPES)
@torch.inference_mode()
def test_bands_equal_the_whole(name: str, edges: Edges) -> None:
    network = generator_of(SHAPES[name])
    picture = torch.rand(1, 3, 96, 64) * 2 - 1
    layers = []
    ops = BandOps(edges, "cpu", layers.append, band=40_000)  # a few rows at a time
    made = written(network.walk(plane_of(picture), ops))
    whole = run_whole(network, picture, edges)[0].permute(1, 2, 0).numpy()
    assert abs(made - whole).max() < 1e-4 < whole.std()
    assert len(layers) == (10 if name == "unet" else 18)


@pytest.mark.parametrize(("edges", "axes"), [("tile", (2, 3)), ("sky", (3,))])
@pytest.mark.parametrize("name", ["resnet", "unet"])
@torch.inference_mode()
def test_what_wraps_has_no_border(name: str, edges: Edges, axes: tuple[int, ...]) -> None:
    """A picture rolled along a wrapped axis gives the same, rolled."""
    network = generator_of(SHAPES[name])
    picture = torch.rand(1, 3, 64, 96) * 2 - 1
    for axis in axes:
        rolled = run_whole(network, picture.roll(32, axis), edges)
        assert torch.allclose(rolled, run_whole(network, picture, edges).roll(32, axis), atol=1e-4)


@torch.inference_mode()
def test_mirrored_strides_draw_no_rim() -> None:
    """One colour stays one colour up to the border, where zeros beyond the border change it."""
    picture = torch.full((1, 3, 64, 64), 0.5)
    for strided, even in (("reflect", True), ("zero", False)):
        torch.manual_seed(1)
        network = make_generator(CycleGanShape(width=4, blocks=1, up=4, norm="none", strided=strided))
        for weight in network.parameters():  # as drawn they hardly show
            weight.data *= 10
        made = run_whole(network, picture, "plain")
        assert bool((made.std(dim=(2, 3)) < 1e-5).all()) is even


@torch.inference_mode()
def test_large_planes_lie_in_a_file_and_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    network, picture = generator_of(SHAPES["resnet"]), torch.rand(1, 3, 64, 64) * 2 - 1
    monkeypatch.setattr(bands, "IN_MEMORY", 1000)
    made = written(network.walk(plane_of(picture), BandOps("tile", "cpu", lambda _: None)))
    assert abs(made - run_whole(network, picture, "tile")[0].permute(1, 2, 0).numpy()).max() < 1e-4

    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bands.os, "posix_fallocate", full)
    with pytest.raises(OutputProblem, match="No space left on device; free some space there"):
        network.walk(plane_of(picture), BandOps("tile", "cpu", lambda _: None))
