"""Parse: the JSON of a file, or where it stops being any.

What is no JSON is named by the byte of the file, what is JSON beyond our limits by its pointer.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from vrgen.errors import InputProblem
from vrgen.gltf.part import REMEDY, Part

LARGEST_JSON = 2**28
"""Bytes of JSON that are parsed at most: a quarter of a gigabyte."""
MOST_ITEMS = 2**23
"""Values in it, each of which takes up to a hundred bytes in memory."""
DEEPEST_JSON = 128
"""Levels of objects and lists in each other; what is kept of a file is walked by recursion."""
MOST_DIGITS = 4300
"""Of a whole number: Python's own limit."""
TOKENS = re.compile(
    rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]|-?Infinity|NaN|[0-9]{%d,}' % (MOST_DIGITS + 1), re.DOTALL
)
"""Texts, which may hold anything, and what JSON or we do not take."""


def parse(path: Path, text: bytes, start: int) -> dict[str, Any]:
    """The JSON object that `text` holds, which begins at byte `start` of the file.

    Raises InputProblem for everything else, for more than we read, and for numbers or characters that are
    none.
    """

    def fail(byte: int, problem: str, do: str = REMEDY) -> NoReturn:
        raise InputProblem(f"{path}: byte {start + byte}: {problem}; {do}")

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON number")

    if len(text) > LARGEST_JSON:
        fail(
            LARGEST_JSON, f"the JSON has {len(text)} bytes, at most {LARGEST_JSON} are read", "split the file"
        )
    items = text.count(b",") + text.count(b"{") + text.count(b"[")
    if items > MOST_ITEMS:
        fail(0, f"the JSON has {items} values, at most {MOST_ITEMS} are read", "split the file")
    try:
        value = json.loads(text.decode("utf-8-sig"), parse_constant=refuse)
    except RecursionError:
        fail(_first(text, deeper=True), f"the JSON is nested deeper than {DEEPEST_JSON} levels")
    except json.JSONDecodeError as problem:
        byte = len(problem.doc[: problem.pos].encode())
        fail(byte, f"this is neither GLB nor glTF JSON ({problem.msg[:120]})")
    except UnicodeDecodeError as problem:
        fail(problem.start, f"this is neither GLB nor glTF JSON ({problem.reason[:120]})")
    except ValueError as problem:  # a number that is none, or one of thousands of digits
        fail(_first(text), f"this is neither GLB nor glTF JSON ({str(problem)[:120]})")
    root = Part(path, "", {})
    if not isinstance(value, dict):
        root.fail(f"is no object but a {type(value).__name__}")
    _measure(root, value)
    if b"\\u" in text:
        _whole_characters(root, value)
    return value


def _first(text: bytes, *, deeper: bool = False) -> int:
    """The byte of the first number that JSON has none for, or of the first object or list too deep."""
    depth = 0
    for token in TOKENS.finditer(text):
        kind = token.group()[:1]
        depth += (kind in b"[{") - (kind in b"]}")
        if depth > DEEPEST_JSON if deeper else kind not in b'"[{]}':
            return token.start()
    return 0


def _measure(root: Part, value: Any) -> None:
    """Raise InputProblem for JSON too deep to be walked, or with numbers beyond those of a computer."""
    level: list[Any] = [value]
    for _ in range(DEEPEST_JSON):
        items = [item for holder in level for _, item in _inside(holder)]
        if any(map(_is_endless, items)):
            root.fail("is a number beyond 1.8e308", *_way_to(value, _is_endless))
        level = [item for item in items if isinstance(item, (dict, list))]
        if not level:
            return
    deepest = _way_to(value, lambda item: item is level[0])
    root.fail(f"lies deeper than {DEEPEST_JSON} levels", *deepest)


def _whole_characters(root: Part, value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        root.fail("holds half a character", *_way_to(value, _is_half))


def _is_endless(item: Any) -> bool:
    return type(item) is float and math.isinf(item)


def _is_half(item: Any) -> bool:
    texts = [item] if isinstance(item, str) else list(item) if isinstance(item, dict) else []
    return any("\ud800" <= letter <= "\udfff" for text in texts for letter in text)


def _way_to(value: Any, wanted: Callable[[Any], bool]) -> list[str | int]:
    """Keys and indices that lead to the first value that is wanted."""
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while waiting:
        item, way = waiting.pop()
        if wanted(item):
            return [step.encode(errors="replace").decode() if isinstance(step, str) else step for step in way]
        waiting.extend((inner, (*way, step)) for step, inner in reversed(list(_inside(item))))
    return []


def _inside(holder: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(holder, dict):
        yield from holder.items()
    elif isinstance(holder, list):
        yield from enumerate(holder)
