"""Unpack: what compressed parts of a file share: their libraries, and one error for all of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from vrgen.errors import MissingPart, VrgenError
from vrgen.gltf.part import Part


def library(module: str, distribution: str, what: str) -> Any:
    """The library that unpacks `what`. Raises MissingPart, with the install line, where it is not there."""
    try:
        return import_module(module)
    except ImportError as problem:
        raise MissingPart(
            f"reading {what} needs {distribution} ({problem}); install it: pip install {distribution}"
        ) from problem


@contextmanager
def unpacking(part: Part) -> Iterator[None]:
    """Whatever a decoder raises for damaged data becomes one InputProblem that names the part."""
    try:
        yield
    except VrgenError:
        raise
    except Exception as problem:  # ValueError, RuntimeError, FileTypeException, ...
        try:
            part.fail(f"cannot be unpacked ({str(problem)[:120]})")
        except VrgenError as ours:
            raise ours from problem
