"""Keys: the documentation of a SCENE.toml, generated from the docstrings of its tables."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
import types
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from vrgen.scene.words.read import nested
from vrgen.scene.words.tables import Described

WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def keys() -> str:
    """Every table with its keys, what each may be, and what it is when it is left out."""
    parts = []
    for kind in _kinds(Described):
        parts.append(" ".join(inspect.cleandoc(kind.__doc__ or "").split()))
        docs, hints = _docs(kind), get_type_hints(kind, include_extras=True)
        for spec in fields(kind):
            if nested(get_type_hints(kind)[spec.name]) is None:
                said = " ".join(docs[spec.name].split())
                head = f"  {spec.name} = {_in_words(hints[spec.name])}{_usual(spec)}"
                parts += [head, textwrap.fill(said, 100, initial_indent="      ", subsequent_indent="      ")]
        parts.append("")
    return "\n".join(parts).rstrip()


def _kinds(kind: type[Any]) -> Iterator[type[Any]]:
    """The tables in the order of the file, those within a table behind it."""
    hints = get_type_hints(kind)
    for spec in fields(kind):
        inner = nested(hints[spec.name])
        if inner is not None:
            yield inner
            yield from _kinds(inner)


def _docs(kind: type[Any]) -> dict[str, str]:
    """The docstring under each field."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body  # type: ignore[attr-defined]
    return {
        line.target.id: str(below.value.value)
        for line, below in itertools.pairwise(body)
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }


def _usual(spec: Field[Any]) -> str:
    if spec.default is MISSING:
        return ", needed"
    if spec.default is None or spec.default in ("", ()):
        return ""
    value = list(spec.default) if isinstance(spec.default, tuple) else spec.default
    shown = str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
    return f" [{shown}]"


def _in_words(hint: Any) -> str:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, meta = get_args(hint)[:2]
        return _in_words(inner) + _limits(meta, inner)
    if origin is Literal:
        return " | ".join(f'"{choice}"' for choice in get_args(hint))
    if origin in (Union, types.UnionType):
        return " or ".join(_in_words(inner) for inner in get_args(hint) if inner is not type(None))
    if origin is tuple:
        inner = get_args(hint)
        if inner[-1] is Ellipsis:
            return f"list of {_in_words(inner[0])}"
        return "[" + ", ".join(_in_words(one) for one in inner) + "]"
    return WORDS[hint]


def _limits(meta: Any, kind: type[Any]) -> str:
    if kind is str:
        return ' "#rrggbb"' if meta.pattern.startswith("^#") else ""
    low = meta.ge if meta.ge is not None else meta.gt
    if low in (None, -10_000) or meta.le is None:
        return ""
    above = "above " if meta.ge is None else ""
    if meta.le >= 10_000:
        return f" {above}{low}" if above else f" from {low}"
    return f" {above}{low} to {meta.le}"
