"""Export: a network of a model as an ONNX file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vrgen.core.progress import Progress
from vrgen.verbs.boundary import suffix_of, writable
from vrgen.verbs.verb import verb

SIZE = 64
"""Pixels of the example that the network is traced with; the file takes any."""


@dataclass(frozen=True)
class ExportOptions:
    """Which network, and where to."""

    name: str
    """A model that `vrgen models` lists, or the path of weights with their card."""
    out: Path
    """File to write, .onnx."""
    part: str | None = None
    """Which of its networks: `vrgen models show NAME` lists them; None takes the first."""


@verb(ExportOptions)
def export(options: ExportOptions, progress: Progress) -> Path:
    """The file: float32, batch 1, sizes left open. Raises UsageProblem, OutputProblem."""
    from vrgen.models.catalogue import find_model, load_part
    from vrgen.models.onnx_file import write_onnx

    suffix_of("out", options.out, (".onnx",))
    writable(options.out)
    model = find_model(options.name)
    name, part, network = load_part(model, options.part)
    with progress.stage(f"exporting {model.name}'s {name}", 1):
        write_onnx(network, part.inputs(model.card, SIZE), part.spatial, options.out)
    return options.out
