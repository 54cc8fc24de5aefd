"""Start: weights that a run goes out from, and what it keeps back to measure itself by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from torch import Tensor

from vrgen.core.files import resource
from vrgen.errors import InputProblem, UsageProblem, nearest
from vrgen.models.weights import load_weights, shipped
from vrgen.train.options import Plan

HELD_OUT_OF = 8
"""Of so many sources one is held out when a run that starts from weights names none."""


class Named(Protocol):
    """Something to learn from."""

    @property
    def name(self) -> str:
        """What --holdout calls it."""


Source = TypeVar("Source", bound=Named)


def starting_weights(start: str, model: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """(tensors, card with `digest`) of `start`: shipped weights, a .safetensors file or a run folder.

    Raises UsageProblem for a name that does not ship and InputProblem for weights of another model.
    """
    path = Path(start)
    if path.is_dir():
        path = path / f"{model}.safetensors"
    elif path.suffix != ".safetensors":
        known = sorted(p.stem for p in resource("assets/weights").glob("*.safetensors"))
        if start not in known:
            raise UsageProblem(
                f"--from {start}: no such weights.{nearest(start, known)} Expected a .safetensors file, "
                f"a run folder or one of: {', '.join(known)}."
            )
        path = shipped(start)
    tensors, card, digest = load_weights(path)
    if card.get("model") != model:
        raise InputProblem(f"{path}: weights of {card.get('model')!r}, expected {model!r}; choose others")
    return tensors, card | {"digest": digest}


def held_back(sources: Sequence[Source], plan: Plan) -> tuple[list[Source], list[Source]]:
    """(what is learned from, what is held out): the names of --holdout; from weights, else every eighth.

    Raises UsageProblem for a name that no source has, and when nothing is left to learn from.
    """
    names = sorted(source.name for source in sources)
    for name in plan.holdout:
        if name not in names:
            raise UsageProblem(f"--holdout {name}: no such source in {plan.data}.{nearest(name, names)}")
    held = set(plan.holdout)
    if not held and plan.from_ is not None:
        held = set(names[HELD_OUT_OF // 2 :: HELD_OUT_OF] or names[1:2])
    learned = [source for source in sources if source.name not in held]
    if not learned:
        raise UsageProblem(f"--holdout names all of {plan.data}; leave something to learn from")
    return learned, [source for source in sources if source.name in held]
