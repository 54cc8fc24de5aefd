"""Read: a SCENE.toml checked key by key before anything runs."""

from __future__ import annotations

import math
import re
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from vrgen.core.toml_file import read_toml
from vrgen.core.toml_source import Source, lines_of
from vrgen.errors import nearest
from vrgen.scene.words.tables import Described

IN_WORDS = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a table",
    "bool": "true or false",
}
PATTERNS = {
    "^#": 'a colour such as "#d8c8b0"',
    "^[a-z]": "a name of a-z, 0-9, _ and -, which begins with a letter",
}


def read_words(path: Path) -> tuple[Described, Source]:
    """What a SCENE.toml says, and where it says it.

    InputProblem when it cannot be read as TOML; UsageProblem, with the line and the nearest right name, for
    a wrong key, type or value.
    """
    text, tables = read_toml(path)
    source = Source(path.name, lines_of(text), tables)
    _check_keys(source, source.tables, Described, ())
    _check_numbers(source, source.tables, ())
    try:
        return msgspec.convert(source.tables, Described), source
    except msgspec.ValidationError as problem:
        raise _translated(str(problem), source) from problem


def nested(hint: Any) -> type[Any] | None:
    """The dataclass in a type: of `Grid | None` and `tuple[MeshTable, ...]` too."""
    if is_dataclass(hint) and isinstance(hint, type):
        return hint
    if get_origin(hint) in (Union, types.UnionType, tuple):
        found = (nested(inner) for inner in get_args(hint))
        return next((inner for inner in found if inner is not None), None)
    return None


def _check_keys(source: Source, values: Any, kind: type[Any], path: tuple[str | int, ...]) -> None:
    """Unknown keys first: their message is the most useful one."""
    if isinstance(values, list):
        for number, value in enumerate(values):
            _check_keys(source, value, kind, (*path, number))
        return
    if not isinstance(values, dict):
        return
    hints = get_type_hints(kind)
    known = tuple(spec.name for spec in fields(kind))
    for key, value in values.items():
        if key not in known:
            what = "key" if path else "table"
            raise source.wrong(
                (*path, key) if path or not isinstance(value, list) else (key, 0),
                f"unknown {what} {key!r}.{nearest(key, known)} There are: {', '.join(known)}",
            )
        inner = nested(hints[key])
        if inner is not None:
            _check_keys(source, value, inner, (*path, key))


def _check_numbers(source: Source, value: Any, path: tuple[str | int, ...]) -> None:
    """TOML knows inf and nan; no length is one."""
    for key, inner in _entries(value):
        if isinstance(inner, float) and not math.isfinite(inner):
            raise source.wrong((*path, key), f"got {inner}, expected a finite number; change it")
        _check_numbers(source, inner, (*path, key))


def _entries(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _translated(message: str, source: Source) -> Exception:
    """msgspec's 'Expected `int`, got `str` - at `$.mesh[2].scatter.count`' as our sentence."""
    what, _, place = message.partition(" - at ")
    path = tuple(
        int(index) if index else key for key, index in re.findall(r"\.?([A-Za-z_]\w*)|\[(\d+)\]", place)
    )
    missing = re.match(r"Object missing required field `(\w+)`", what)
    if missing:
        return source.wrong(path or (missing[1],), f"has no {missing[1]!r}; add {missing[1]} = ...")
    got = _value(source.tables, path)
    pattern = re.search(r"matching regex '(.*)'", what)
    if pattern:
        wanted = next(words for start, words in PATTERNS.items() if pattern[1].startswith(start))
        return source.wrong(path, f"got {got!r}, expected {wanted}; change it")
    choice = re.match(r"Invalid enum value '(.*)'", what)
    if choice:
        known = _choices(path)
        close = nearest(choice[1], known)
        return source.wrong(path, f"got {choice[1]!r}.{close} Expected one of: {', '.join(known)}")
    wanted = what.removeprefix("Expected ").partition(", got ")[0]
    wanted = re.sub(r"`([^`]*)`", lambda m: _in_words(m[1]), wanted)
    return source.wrong(path, f"got {got!r}, expected {wanted}; change it")


def _in_words(types_: str) -> str:
    names = [IN_WORDS.get(name.strip(), name.strip()) for name in types_.split("|")]
    return " or ".join(name for name in names if name != "null")


def _value(tables: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        tables = tables[part]
    return tables


def _choices(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The texts that a key may be."""
    hint: Any = Described
    for part in path:
        kind = nested(hint)
        if isinstance(part, str) and kind is not None:
            hint = get_type_hints(kind)[part]
    return tuple(str(choice) for choice in get_args(hint))
