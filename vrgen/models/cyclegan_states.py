"""Generators from files: our own weights with their card, and state dicts of the reference implementation.

The reference (the authors' PyTorch code) saves one generator a file, legacy or zip, at times with
`module.` before every name. What it is is read off the names and shapes: the nesting tells a U-Net's
depth, the numbers a ResNet's blocks; convolutions without a bias mean batch norm. Instance norm has no
statistics of its own, with one exception: a file that counts batches (`num_batches_tracked`) comes from a
network told to track them, and such a network uses them. Older files hold running statistics without a
count, from the days when torch always saved them; the reference drops those, and so does this.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

import torch
from torch import Tensor

from vrgen.core.files import resource
from vrgen.errors import InputProblem, UsageProblem, nearest
from vrgen.models.cyclegan import CycleGanShape, Generator, NormKind, make_generator, shape_of
from vrgen.models.weights import load_weights, part, shipped

Direction = Literal["ab", "ba"]
MOST_BYTES = 1 << 30
WANTED = "a generator (resnet or unet) of the reference CycleGAN, or weights that vrgen trained"


def load_cyclegan(model: str, direction: Direction) -> tuple[Generator, dict[str, Any], str]:
    """(generator, card, SHA-256 hex of the file) of shipped weights by name, or of a file.

    A file ends in .safetensors (ours, its card beside it) or .pth, .pt (the reference's: one direction only).
    Raises InputProblem for whatever is wrong with the file, UsageProblem when it has not this direction.
    """
    path = Path(model)
    if path.suffix.lower() in {".pth", ".pt"}:
        if direction == "ba":
            raise UsageProblem(f"{path.name} holds one direction alone; name the file of the other one")
        return load_reference(path)
    path = path if path.suffix.lower() == ".safetensors" else _shipped(model)
    tensors, card, digest = load_weights(path)
    if card.get("family") != "cyclegan":
        raise InputProblem(f"{path} holds {card.get('model', 'something else')}, expected {WANTED}")
    generator = make_generator(shape_of(card["shape"]))
    _fill(generator, part(tensors, direction), path)
    return generator.eval(), card, digest


def _shipped(name: str) -> Path:
    known = sorted(path.stem for path in resource("assets/weights").glob("cyclegan*.safetensors"))
    if name not in known:
        raise UsageProblem(
            f"no weights {name!r} ship.{nearest(name, known)} Expected a .safetensors or .pth file, or one "
            f"of: {', '.join(known)}."
        )
    return shipped(name)


def load_reference(path: Path) -> tuple[Generator, dict[str, Any], str]:
    """The same, of one state dict of the reference implementation; nothing in it is run."""
    data = _bytes_of(path)
    state = _clean(_unpickled(data, path), path)
    shape = reference_shape(state, path)
    if not shape.tracked and shape.norm == "instance":
        state = {name: t for name, t in state.items() if not name.endswith(("running_mean", "running_var"))}
    state = {name: t for name, t in state.items() if not name.endswith("num_batches_tracked")}
    generator = make_generator(shape)
    _fill(generator, state, path)
    card = {"model": path.stem, "family": "cyclegan", "scale": "srgb"}
    return generator.eval(), card, hashlib.sha256(data).hexdigest()


def reference_shape(state: Mapping[str, Tensor], path: Path) -> CycleGanShape:
    """What network a state dict belongs to. Raises InputProblem when it is none of the reference's."""
    if "model.model.0.weight" in state:
        return _unet_shape(state, path)
    first = state.get("model.1.weight")
    blocks = {int(name.split(".")[1]) for name in state if name.split(".")[2:3] == ["conv_block"]}
    if first is None or first.dim() != 4 or not blocks:
        shown = ", ".join(list(state)[:3])
        raise InputProblem(f"{path} holds {shown} ..., expected {WANTED}")
    block = f"model.{min(blocks)}.conv_block."
    convs = [int(name.split(".")[3]) for name, t in state.items() if name.startswith(block) and t.dim() == 4]
    bare = min(convs, default=1) == 0
    last = f"model.{max(blocks) + 8}.weight"
    if last not in state:
        raise InputProblem(f"{path} ends early: it has no {last}; get it again")
    norm, affine, tracked = _norm_of(state, "model.1", "model.2")
    return CycleGanShape(
        kind="resnet",
        blocks=len(blocks),
        width=int(first.shape[0]),
        channels=(int(first.shape[1]), int(state[last].shape[0])),
        norm=norm,
        affine=affine,
        tracked=tracked,
        padding="zero" if bare else "reflect",
        dropout=max(convs, default=0) == (4 if bare else 6),
    )


def _unet_shape(state: Mapping[str, Tensor], path: Path) -> CycleGanShape:
    level, depth = "model.model.1.model", 2
    while f"{level}.3.model.1.weight" in state:
        level, depth = level + ".3.model", depth + 1
    outermost = state.get("model.model.3.weight")
    if outermost is None or f"{level}.3.weight" not in state or depth < 5:
        raise InputProblem(f"{path} holds part of a U-Net, expected {WANTED}")
    first = state["model.model.0.weight"]
    norm, affine, tracked = _norm_of(state, "model.model.1.model.1", "model.model.1.model.2")
    return CycleGanShape(
        kind="unet",
        blocks=depth,
        width=int(first.shape[0]),
        channels=(int(first.shape[1]), int(outermost.shape[1])),
        norm=norm,
        affine=affine,
        tracked=tracked,
    )


def _norm_of(state: Mapping[str, Tensor], conv: str, norm: str) -> tuple[NormKind, bool, bool]:
    """(kind, affine, tracked) of the norm behind a convolution."""
    if f"{conv}.bias" in state:
        tracked = f"{norm}.num_batches_tracked" in state and f"{norm}.running_mean" in state
        return "instance", f"{norm}.weight" in state, tracked
    return ("batch", True, False) if f"{norm}.running_mean" in state else ("none", False, False)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputProblem(f"{path} is over 1 GiB, expected {WANTED}")
        return path.read_bytes()
    except FileNotFoundError as problem:
        raise InputProblem(f"there is no file {path}; check the path") from problem
    except OSError as problem:
        raise InputProblem(f"cannot read {path}: {problem.strerror}; check its permissions") from problem


def _unpickled(data: bytes, path: Path) -> object:
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, zipfile.BadZipFile, ValueError) as problem:
        raise InputProblem(f"{path} is no state dict that can be read safely; expected {WANTED}") from problem
    except (EOFError, KeyError, TypeError, AttributeError, IndexError) as problem:
        raise InputProblem(f"{path} is damaged; get it again") from problem


def _clean(loaded: object, path: Path) -> dict[str, Tensor]:
    """Names without `module.`, everything else refused."""
    if not isinstance(loaded, Mapping) or not loaded:
        raise InputProblem(f"{path} holds a {type(loaded).__name__}, expected {WANTED}")
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise InputProblem(f"{path} holds {name!r}: {type(value).__name__}, expected {WANTED}")
    state = cast("Mapping[str, Tensor]", loaded)
    return {name.removeprefix("module."): value for name, value in state.items()}


def _fill(generator: Generator, state: Mapping[str, Tensor], path: Path) -> None:
    try:
        generator.load_state_dict({name: t.to(torch.float32) for name, t in state.items()})
    except RuntimeError as problem:
        first = str(problem).splitlines()[1:2]
        raise InputProblem(
            f"{path} does not fit a {generator.shape.kind}: {''.join(first).strip()}"
        ) from problem
