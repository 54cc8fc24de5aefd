"""Models: which are installed, and what their cards say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vrgen.core.progress import Progress
from vrgen.errors import UsageProblem
from vrgen.verbs.verb import verb

if TYPE_CHECKING:
    from vrgen.models.catalogue import Installed


@dataclass(frozen=True)
class ModelsOptions:
    """All of them, or one."""

    action: Literal["list", "show"] = "list"
    """list names them all, show NAME prints one card."""
    name: str | None = None
    """Which one to show: a name, or the path of weights with their card."""


@verb(ModelsOptions)
def models(options: ModelsOptions, progress: Progress) -> tuple[Installed, ...]:
    """The models that are installed, or the one that is asked for. Raises UsageProblem, InputProblem."""
    from vrgen.models.catalogue import find_model, installed

    if options.action == "show" and options.name is None:
        raise UsageProblem("got no model to show, expected its name; `vrgen models` lists them")
    return installed() if options.name is None else (find_model(options.name),)
