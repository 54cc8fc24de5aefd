"""What makes a function a verb: its options are its keywords, checked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from vrgen.core.progress import SILENT, Progress
from vrgen.errors import UsageProblem, nearest

P = ParamSpec("P")
O = TypeVar("O")  # noqa: E741 - stands for Options
R = TypeVar("R")


class Verb(Generic[P, O, R]):
    """A function of (options, progress) that is called with the options' fields.

    `vrgen.sky(seed=3)` is `sky.run(SkyOptions(seed=3), SILENT)`; the command line calls `run` itself.
    """

    def __init__(self, options: Callable[P, O], step: Callable[[O, Progress], R]) -> None:
        self.options = options
        self.run = step
        update_wrapper(self, step)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do it. Raises UsageProblem for a keyword that is none, and what the verb raises."""
        try:
            options = self.options(*args, **kwargs)
        except TypeError as problem:
            raise UsageProblem(self._complaint(kwargs, problem)) from problem
        return self.run(options, SILENT)

    def _complaint(self, given: dict[str, Any], problem: TypeError) -> str:
        known = tuple(field.name for field in fields(self.options))  # type: ignore[arg-type]
        for name in given:
            if name not in known:
                close = nearest(name, known)
                return f"{self.run.__name__}: unknown option {name!r};{close} There are: {', '.join(known)}."
        wrong = str(problem).replace(f"{self.options.__name__}.__init__() ", "")
        return f"{self.run.__name__}: {wrong}; its options are: {', '.join(known)}."


def verb(options: Callable[P, O]) -> Callable[[Callable[[O, Progress], R]], Verb[P, O, R]]:
    """Decorate `def name(options: NameOptions, progress: Progress) -> Result`."""
    return lambda step: Verb(options, step)
