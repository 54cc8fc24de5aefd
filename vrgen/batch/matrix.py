"""Matrix: what a recipe writes behind an option becomes the values that the option takes, one an item."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from vrgen.errors import nearest

RANGE = re.compile(r"\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*")
MOST = 1_000_000
"""Items of one recipe: a million is what the cost model of the README has been thought through for."""


class Unfit(Exception):
    """A value that an option cannot take; the text says what was expected."""


def values_of(given: Any, hint: Any) -> list[Any]:
    """The values of one option: several for a list or a range, else the one that was given.

    An option that takes several values anyway (`slider`, a pair of sizes) is several items for a list of
    lists. Raises Unfit.
    """
    takes_many = _takes_many(hint)
    if isinstance(given, list):
        if takes_many and not (given and all(isinstance(one, list) for one in given)):
            return [fitted(given, hint)]
        if not given:
            raise Unfit("got an empty list; name at least one value")
        return [value for one in given for value in _one(one, hint)]
    if takes_many and isinstance(given, str):
        return [fitted([given], hint)]
    return _one(given, hint)


def fitted(value: Any, hint: Any) -> Any:
    """A value as the option's type; raises Unfit."""
    try:
        return msgspec.convert(value, hint, dec_hook=_from_text)
    except (msgspec.ValidationError, TypeError, ValueError) as problem:
        choices = [str(one) for one in _literals(hint)]
        if choices and isinstance(value, str):
            close = nearest(value, tuple(choices))
            raise Unfit(f"got {value!r}.{close} Expected one of: {', '.join(choices)}") from None
        raise Unfit(f"got {value!r}, expected {in_words(hint)}; change it") from problem


def in_words(hint: Any) -> str:
    """A type for people: `a whole number or text in quotes`."""
    words = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
    if hint in words:
        return words[hint]
    if isinstance(hint, type) and issubclass(hint, PurePath):
        return "a path in quotes"
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, get_args(hint)))
    if get_origin(hint) is tuple:
        inner = in_words(get_args(hint)[0])
        return f"a list (each {inner})"
    if get_origin(hint) in (Union, types.UnionType):
        known = (in_words(one) for one in get_args(hint) if one is not type(None))
        return " or ".join(dict.fromkeys(one for one in known if one))
    return ""


def slug(value: Any) -> str:
    """A value as part of a file's name: a-z, 0-9, `.`, `_` and `-`."""
    if isinstance(value, tuple | list):
        return "x".join(map(slug, value)) or "none"
    text = PurePath(value).stem if isinstance(value, PurePath) else str(value)
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-.") or "x"


def crossed(axes: Mapping[str, Sequence[Any]]) -> int:
    """How many items the matrix of these values has."""
    count = 1
    for values in axes.values():
        count *= len(values)
    return count


def _one(given: Any, hint: Any) -> list[Any]:
    match = RANGE.fullmatch(given) if isinstance(given, str) and _takes(hint, int) else None
    if match is None:
        return [fitted(given, hint)]
    first, last = int(match[1]), int(match[2])
    if last < first:
        raise Unfit(f"got {given!r}, a range that ends before it begins; write the smaller number first")
    if last - first >= MOST:
        raise Unfit(f"got {given!r}, a range of {last - first + 1:,}; expected at most {MOST:,} items")
    return list(range(first, last + 1))


def _takes(hint: Any, kind: type) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_takes(one, kind) for one in get_args(hint))
    return hint is kind


def _takes_many(hint: Any) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_takes_many(one) for one in get_args(hint))
    return get_origin(hint) is tuple


def _literals(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(value for one in get_args(hint) for value in _literals(one))
    return get_args(hint) if get_origin(hint) is Literal else ()


def _from_text(kind: type, given: Any) -> Any:
    """What TOML has no type for: text becomes a path, all else stays what it is and does not fit."""
    return kind(given) if isinstance(given, str) and issubclass(kind, PurePath) else given
