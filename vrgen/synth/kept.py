"""Kept: what was generated last in this process, given again where the same is asked for.

Off until `keep` is called: a worker that makes the same scene again and again, while somebody edits it, calls
it. Values are read-only, so that they can be given twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args, get_type_hints

Options = TypeVar("Options")
P = ParamSpec("P")
Result = TypeVar("Result")

_room = 0
_results: OrderedDict[Any, Any] = OrderedDict()


def keep(most: int) -> None:
    """Keep the last `most` results of this process from now on; 0 keeps none, and lets go of all."""
    global _room
    _room = most
    _trim()


def kept(
    make: Callable[Concatenate[Options, P], Result],
) -> Callable[Concatenate[Options, P], Result]:
    """Decorate a pure function of a dataclass of options. Where options name files, or more than options is
    given, it is made anew each time: what a path leads to may have changed."""

    @wraps(make)
    def made(options: Options, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        if not _room or args or kwargs or _names_files(options):
            return make(options, *args, **kwargs)
        key = (make.__qualname__, options)
        result: Result = _results[key] if key in _results else make(options, *args, **kwargs)
        _results[key] = result
        _results.move_to_end(key)
        _trim()
        return result

    return made


def _names_files(options: Any) -> bool:
    kind: Any = type(options)
    named = (name for name, hint in _hints(kind).items() if Path in get_args(hint))
    return any(getattr(options, name) is not None for name in named)


@cache
def _hints(options: Any) -> dict[str, Any]:
    return get_type_hints(options)


def _trim() -> None:
    while len(_results) > _room:
        _results.popitem(last=False)
