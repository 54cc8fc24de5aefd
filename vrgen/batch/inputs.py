"""Inputs: what an option names: a file, a glob, a product of the recipe, or nothing of the sort."""

from __future__ import annotations

import itertools
import types
from collections.abc import Mapping
from glob import glob
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from vrgen.batch.company import company_of
from vrgen.batch.item import Input, Item
from vrgen.batch.matrix import Unfit, in_words, values_of
from vrgen.errors import nearest

Known = Mapping[str, list[Item]]
"""Items of the products above, by the products' names."""


class Unnamed(Exception):
    """A file or product that is not there; the text says what to do."""


def inputs_of(given: Any, hint: Any, folder: Path, known: Known) -> list[tuple[Any, ...]]:
    """The values of an option that may name inputs, each as a tuple of its parts.

    `@wall` is each item of product wall in turn, `@wall/*_diff.png` that file of each, `@wall/` all of them
    in one folder; a glob is each file that it finds. A list is one value where the option takes several, as
    with bake's material. Paths are taken from `folder`. Raises Unnamed and Unfit.
    """
    if get_origin(hint) is tuple:
        whole = given if isinstance(given, list) else [given]
        rows = whole if whole and all(isinstance(row, list) for row in whole) else [whole]
        return [
            tuple(part for (part,) in chosen)
            for row in rows
            for chosen in itertools.product(*(_one(one, str, folder, known) for one in row))
        ]
    values = given if isinstance(given, list) else [given]
    if not values:
        raise Unfit("got an empty list; name at least one value")
    return [parts for value in values for parts in _one(value, hint, folder, known)]


def _one(value: Any, hint: Any, folder: Path, known: Known) -> list[tuple[Any, ...]]:
    if not isinstance(value, str):
        return [(one,) for one in values_of(value, _without_paths(hint))]
    if value.startswith("@"):
        return [(one,) for one in _products(value, known)]
    if any(mark in value for mark in "*?["):
        found = sorted(folder / name for name in glob(value, root_dir=folder, recursive=True))
        if not found:
            raise Unnamed(f"{value!r} finds no file in {folder}; check the pattern")
        return [(Input(path, name=path.name, company=company_of(path)),) for path in found]
    head, colon, tail = value.rpartition(":")
    for text, rest in ((value, ""), (head, colon + tail)):
        if text and (folder / text).exists():
            path = folder / text
            return [(Input(path, tail=rest, name=path.resolve().name, company=company_of(path)),)]
    if _takes_text(hint):
        return [(one,) for one in values_of(value, _without_paths(hint))]
    raise Unnamed(f"there is no {value!r} in {folder}; check the path, or name a product as in '@name'")


def _products(value: str, known: Known) -> list[Input]:
    """What `@name`, `@name/pattern`, `@name/` and `@name:tail` stand for."""
    head, colon, tail = value[1:].partition(":")
    name, slash, pattern = head.partition("/")
    if name not in known:
        close = nearest(name, tuple(known))
        there = f" There are: {', '.join(known)}." if known else ""
        raise Unnamed(f"got {value!r}, no product above it has that name.{close}{there}")
    items = tuple(item.name for item in known[name])
    rest = colon + tail
    if slash and not pattern:
        return [Input(items=items, gathered=True, tail=rest, name=name)]
    if pattern.startswith("/") or ".." in Path(pattern).parts:
        raise Unnamed(
            f"got {value!r}, expected a name or pattern within the product, as in '@{name}/*_diff.png'"
        )
    return [Input(items=(item,), pattern=pattern, tail=rest, name=item.replace("/", "-")) for item in items]


def _without_paths(hint: Any) -> Any:
    """The plain types of a union: what an option takes that names no file."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    plain = [one for one in get_args(hint) if one in (str, int, float, bool)]
    if not plain:
        raise Unfit(f"expected {in_words(hint)}; change it")
    return Union[tuple(plain)]  # noqa: UP007 - made of a list


def _takes_text(hint: Any) -> bool:
    """Whether a text may be something else than a path: a name, a kind, a seed."""
    if hint is str:
        return True
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else ()
    return int in options and str in options
