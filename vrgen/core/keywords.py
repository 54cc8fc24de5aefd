"""Keywords: an options dataclass filled from what a caller wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from vrgen.errors import UsageProblem, nearest

Options = TypeVar("Options")


def filled(
    options: Callable[..., Options], name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Options:
    """The options of a call of `name`. Raises UsageProblem for a keyword that is none, with the nearest."""
    known = tuple(field.name for field in fields(options))  # type: ignore[arg-type]
    for given in kwargs:
        if given not in known:
            close = nearest(given, known)
            raise UsageProblem(f"{name}: unknown option {given!r}.{close} There are: {', '.join(known)}.")
    try:
        return options(*args, **kwargs)
    except TypeError as problem:
        wrong = str(problem).partition("__init__() ")[2] or str(problem)
        raise UsageProblem(f"{name}: {wrong}; its options are: {', '.join(known)}.") from problem
