"""A network as an ONNX file that any runtime reads, sizes left open."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from vrgen.core.files import writing
from vrgen.errors import MissingPart

OPSET = 18


def write_onnx(network: nn.Module, inputs: dict[str, Tensor], spatial: tuple[str, ...], path: Path) -> None:
    """Write `network` (on the CPU, in eval) as one file; inputs named in `spatial` keep both sizes open.

    float32, batch 1. By tracing (torch's first exporter): it takes a second, where the newer one reasons
    about sizes for minutes at photo_maps. Raises MissingPart without the library onnx, and OutputProblem.
    """
    if find_spec("onnx") is None:
        raise MissingPart("writing ONNX needs the library onnx; install it: pip install onnx")
    with writing(path) as temporary, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # that it is the older one, and of sizes taken from tensors
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            str(temporary),
            input_names=list(inputs),
            dynamic_axes={name: {2: f"{name}_height", 3: f"{name}_width"} for name in spatial},
            opset_version=OPSET,
            dynamo=False,
        )
