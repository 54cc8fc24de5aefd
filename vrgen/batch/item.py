"""Item: one product of a recipe, with the options of its matrix place; Input: what it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Input:
    """A file or folder that an option names, or what other items make."""

    path: Path | None = None
    """A file or folder that is there already."""
    items: tuple[str, ...] = ()
    """Names of the items that make it."""
    gathered: bool = False
    """Whether all that the items make is to lie in one folder."""
    pattern: str = ""
    """Which of an item's files is meant, as in `*_diff.png`; empty: the item itself."""
    tail: str = ""
    """What stands behind it in the option, as in `:floor`."""
    name: str = ""
    """What the file or folder is called where the work is done."""
    company: tuple[Path, ...] = ()
    """Files and folders that it names, which count with it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One step to run: pure in its options, its inputs' contents and its models."""

    product: str
    """The product's name in the recipe."""
    name: str
    """`wall/bricks-7`, or `wall` alone; unique in the recipe."""
    maker: str
    """The name behind `make`."""
    options: Mapping[str, Any]
    """Options that name no input: plain JSON values, defaults filled in."""
    given: Mapping[str, tuple[Input | Any, ...]]
    """Options that may name inputs: the parts of each; a part that names none is a plain value."""
    retries: int = 1
    """How often it is tried again after a failure."""

    def inputs(self) -> list[Input]:
        """All inputs, in the order of their options."""
        return [part for parts in self.given.values() for part in parts if isinstance(part, Input)]

    def needs(self) -> frozenset[str]:
        """Names of the items that must be made before."""
        return frozenset(name for one in self.inputs() for name in one.items)
