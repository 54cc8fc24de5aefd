"""Leaves: where two values differ, however they are nested: dataclasses, JSON, arrays and images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image

DEEPEST = 64
"""Levels of nesting that are taken apart; what lies deeper is compared as a whole."""
CLOSEST = 99.0
"""Decibels: pictures that differ by less than any number of them says."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for what one of the two does not have."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that differs."""

    path: tuple[str, ...]
    """Fields, keys and indices from the top."""
    before: Any
    """Of the first; `ABSENT` where it has none. Arrays and images are told in words."""
    after: Any
    """Of the second."""
    apart: float | None = None
    """Arrays of one shape: the largest difference. Images of one size: PSNR in decibels."""


def leaves(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Every place where two values differ, in the order of fields and keys; nothing for equal ones."""
    if before is after:
        return
    if isinstance(before, Image) and isinstance(after, Image):
        yield from _images(before, after, path)
    elif isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        yield from _arrays(before, after, path)
    elif len(path) >= DEEPEST:
        if repr(before) != repr(after):
            yield Leaf(path, "something", "something else")
    elif type(before) is type(after) and is_dataclass(before):
        for spec in fields(before):
            yield from leaves(getattr(before, spec.name), getattr(after, spec.name), (*path, spec.name))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from leaves(before.get(key, ABSENT), after.get(key, ABSENT), (*path, str(key)))
    elif _is_list(before) and _is_list(after):
        for index in range(max(len(before), len(after))):
            one, other = (side[index] if index < len(side) else ABSENT for side in (before, after))
            yield from leaves(one, other, (*path, str(index)))
    elif not _same(before, after):
        yield Leaf(path, in_words(before), in_words(after))


def in_words(value: Any) -> Any:
    """A value as plain JSON: arrays, images and dataclasses by what they are, ABSENT as it is."""
    if isinstance(value, Image):
        return f"{value.width}x{value.height} {value.colour_space}"
    if isinstance(value, np.ndarray):
        return f"{'x'.join(map(str, value.shape))} {value.dtype}"
    if isinstance(value, Absent) or value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): in_words(item) for key, item in value.items()}
    if _is_list(value):
        return [in_words(item) for item in value]
    name = getattr(value, "name", "")
    return f"{type(value).__name__.lower()} {name}".strip()


def psnr(before: Image, after: Image) -> float | None:
    """Peak signal-to-noise ratio in decibels of two pictures of one shape, full range as peak.

    At most 99; None where their sizes or channels differ.
    """
    if before.pixels.shape != after.pixels.shape:
        return None
    error = np.square(before.to_float() - after.to_float(), dtype=np.float64).mean()
    return CLOSEST if error <= 0 else min(CLOSEST, round(float(-10 * np.log10(error)), 2))


def _images(before: Image, after: Image, path: tuple[str, ...]) -> Iterator[Leaf]:
    one, other = before.pixels, after.pixels
    if before.colour_space != after.colour_space:
        yield Leaf((*path, "colour_space"), before.colour_space, after.colour_space)
    if one is not other and (one.dtype != other.dtype or not np.array_equal(one, other)):
        yield Leaf(path, in_words(before), in_words(after), psnr(before, after))


def _arrays(before: NDArray[Any], after: NDArray[Any], path: tuple[str, ...]) -> Iterator[Leaf]:
    if before.shape != after.shape or before.dtype != after.dtype:
        yield Leaf(path, in_words(before), in_words(after))
    elif before.tobytes() != after.tobytes():
        apart = np.abs(before.astype(np.float64) - after.astype(np.float64))
        yield Leaf(path, in_words(before), in_words(after), float(np.nanmax(apart, initial=0.0)))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _same(before: Any, after: Any) -> bool:
    """Equal and of one sort: 1 and 1.0 are, 1 and True are not; NaN is itself."""
    if isinstance(before, bool) is not isinstance(after, bool):
        return False
    if isinstance(before, np.ndarray | Image) or isinstance(after, np.ndarray | Image):
        return False  # one of them only: two are taken apart
    return bool(before == after) or (before != before and after != after)
