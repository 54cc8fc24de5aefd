"""CycleGAN at 256x256 on two cores: ours against the reference architecture run the usual way, in one run.

    OMP_NUM_THREADS=2 python tools/bench/cyclegan.py

The reference (ResNet-9, 64 channels, instance norm) is written here from torch's own layers and runs
eagerly in float32, NCHW, as its test script does. Ours is the same network with the same weights, loaded from
its state dict, as `vrgen restyle` runs it: channels last, without gradients, in float32 and with
--fast in bfloat16. Also the network that ships. Prints a table and appends a row a measure to results.csv.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from table import report, row
from torch import Tensor, nn

from vrgen.synth.restyle import Restyler
from vrgen.synth.restyle_request import RestyleOptions

SIZE = 256
ROUNDS = 4


class Block(nn.Module):
    """The reference's residual block."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = [
            layer
            for _ in range(2)
            for layer in (
                nn.ReflectionPad2d(1),
                nn.Conv2d(channels, channels, 3),
                nn.InstanceNorm2d(channels),
                nn.ReLU(True),
            )
        ]
        self.conv_block = nn.Sequential(*half[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """x + the block of x."""
        changed: Tensor = self.conv_block(x)
        return x + changed


def reference(blocks: int = 9, width: int = 64) -> nn.Module:
    """The reference's ResNet generator, weights drawn as it draws them."""
    layers: list[nn.Module] = [
        nn.ReflectionPad2d(3),
        nn.Conv2d(3, width, 7),
        nn.InstanceNorm2d(width),
        nn.ReLU(True),
    ]
    for c in (width, 2 * width):
        layers += [nn.Conv2d(c, 2 * c, 3, 2, 1), nn.InstanceNorm2d(2 * c), nn.ReLU(True)]
    layers += [Block(4 * width) for _ in range(blocks)]
    for c in (4 * width, 2 * width):
        layers += [nn.ConvTranspose2d(c, c // 2, 3, 2, 1, 1), nn.InstanceNorm2d(c // 2), nn.ReLU(True)]
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
    network = nn.Sequential()
    network.add_module("model", nn.Sequential(*layers))
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
    return network.eval()


def least(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Least processor seconds of each (both threads), in turns: a wall clock shows who else is at work."""
    seconds = {name: float("inf") for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            began = time.process_time()
            run()
            seconds[name] = min(seconds[name], time.process_time() - began)
    return seconds


def main() -> None:
    """Time all and compare what they make."""
    torch.manual_seed(0)
    network = reference()
    picture = np.random.default_rng(0).random((SIZE, SIZE, 3), np.float32)
    tensor = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()) * 2 - 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "latest_net_G.pth"
        torch.save(network.state_dict(), path)
        plain, fast = (Restyler(RestyleOptions(model=str(path), fast=f, device="cpu")) for f in (False, True))
    ships = Restyler(RestyleOptions(fast=True, device="cpu"))
    with torch.inference_mode():
        expected = network(tensor)[0].permute(1, 2, 0).numpy() * 0.5 + 0.5
        seconds = least(
            {
                "reference": lambda: network(tensor),
                "float32": lambda: plain.restyled(picture, edges="plain"),
                "fast": lambda: fast.restyled(picture, edges="plain"),
                "ships": lambda: ships.restyled(picture, edges="plain"),
            }
        )
    note = f"{torch.get_num_threads()} threads, ResNet-9 x 64, {SIZE}x{SIZE}"
    peer = round(seconds["reference"], 4)
    rows = []
    for name, restyler in (("float32", plain), ("fast", fast)):
        apart = float(np.abs(restyler.restyled(picture, edges="plain") - expected).max())
        said = f"{note}; largest difference {apart:.1e}"
        rows.append(
            row("cyclegan", f"same network, {name}", seconds[name], unit="cpu s", peer=peer, note=said)
        )
    shape = ships.generator.shape
    said = f"ResNet-{shape.blocks} x {shape.width} in bf16 against ResNet-9 x 64"
    rows.append(
        row("cyclegan", "cyclegan_painting, fast", seconds["ships"], unit="cpu s", peer=peer, note=said)
    )
    report(rows)


if __name__ == "__main__":
    sys.exit(main())
