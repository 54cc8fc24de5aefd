"""Start: weights that a run goes out from, and what it keeps back to measure itself by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from torch import Tensor, nn

from vrgen.core.files import resource
from vrgen.errors import UsageProblem, nearest
from vrgen.models.weights import found, load_weights, part, shipped
from vrgen.train.options import Plan

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

HELD_OUT_OF = 8
"""Of so many sources one is held out when a run that starts from weights names none."""


Start = tuple[Mapping[str, Tensor], Mapping[str, Any]]
"""Tensors and card of weights that a run goes out from."""


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
    if not path.is_dir() and path.suffix != ".safetensors":
        known = sorted(p.stem for p in resource("assets/weights").glob("*.safetensors"))
        if start not in known:
            raise UsageProblem(
                f"--from {start}: no such weights.{nearest(start, known)} Expected a .safetensors file, "
                f"a run folder or one of: {', '.join(known)}."
            )
        path = shipped(start)
    tensors, card, digest = load_weights(found(path, model))
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


def go_out_from(makers: nn.ModuleDict, start: Start) -> dict[str, Any]:
    """Load trained weights into all makers; returns what the run's own card says of them."""
    tensors, card = start
    for name, network in makers.items():
        network.load_state_dict(part(tensors, name))
    return {"started_from": {"digest": card["digest"], "learned_from": card.get("learned_from", [])}}


def card_of(
    model: str,
    shape: DataclassInstance,
    plan: Plan,
    *,
    learned: Sequence[Named],
    held: Sequence[Named],
) -> dict[str, Any]:
    """What the card of a run says of its shape, options and data."""
    return {
        "model": model,
        "shape": asdict(shape),
        "options": {"batch": plan.batch, "crop": plan.crop, "sharpen": plan.sharpen},
        "learned_from": sorted(source.name for source in learned),
        "held_out": sorted(source.name for source in held),
    }
