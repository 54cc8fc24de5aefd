"""Part: a piece of a file's JSON that knows where it lies and checks what it gives.

Files are hostile: every value that is read from one passes here, and what does not fit becomes one
InputProblem that names the file and the place, as a JSON pointer (RFC 6901).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from vrgen.errors import InputProblem

REMEDY = "export it again or run Khronos' validator on it"


WHOLE = '"" (the whole document)'
"""How an error writes the pointer of the whole document, which is empty."""
MOST_POINTER = 400
"""Characters of a pointer that an error shows: keys may be as long as a file."""


def pointer(place: str, *steps: str | int) -> str:
    """The JSON pointer of what lies `steps` below `place` (RFC 6901, section 3)."""
    return place + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


@dataclass(frozen=True, slots=True)
class Part:
    """A JSON object at a place of a file."""

    file: Path
    """The file it comes from."""
    place: str
    """Where in it, as a JSON pointer: `/meshes/3/primitives/0`; '' is the whole document."""
    value: Mapping[str, Any]
    """The object."""

    def fail(self, problem: str, *steps: str | int, do: str = REMEDY) -> NoReturn:
        """Raise InputProblem: '<file>: <pointer> <problem>; <do>', of what lies `steps` below."""
        place = pointer(self.place, *steps)
        while len(place) > MOST_POINTER:  # then it names what holds it
            place = place.rpartition("/")[0]
        raise InputProblem(f"{self.file}: {place or WHOLE} {problem}; {do}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.value

    def integer(self, key: str, default: int | None = None, *, low: int = 0, high: int = 2**53) -> int:
        """An integer in [low, high]; required when there is no default."""
        value = self.value.get(key, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.fail(f"is {_short(value)}, expected a whole number from {low} to {high}", key)
        return value

    def number(
        self, key: str, default: float | None = None, *, low: float = -math.inf, high: float = math.inf
    ) -> float:
        """A finite number in [low, high]; required when there is no default."""
        value = self.value.get(key, default)
        return self._number(value, (key,), low=low, high=high)

    def numbers(
        self,
        key: str,
        default: Sequence[float],
        *,
        low: float = -math.inf,
        high: float = math.inf,
    ) -> tuple[float, ...]:
        """As many finite numbers as the default has."""
        value = self.value.get(key, default)
        if not isinstance(value, (list, tuple)) or len(value) != len(default):
            self.fail(f"is {_short(value)}, expected {len(default)} numbers", key)
        return tuple(self._number(item, (key, i), low=low, high=high) for i, item in enumerate(value))

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required when there is no default."""
        value = self.value.get(key, default)
        if not isinstance(value, str):
            self.fail(f"is {_short(value)}, expected a text", key)
        return value

    def truth(self, key: str) -> bool:
        """A boolean, False when it is not there."""
        value = self.value.get(key, False)
        if not isinstance(value, bool):
            self.fail(f"is {_short(value)}, expected true or false", key)
        return value

    def choice(self, key: str, choices: Mapping[Any, Any], default: Any = None) -> Any:
        """What `choices` says for the value; required when there is no default."""
        value = self.value.get(key, default)
        if isinstance(value, (list, dict)) or value not in choices:
            self.fail(f"is {_short(value)}, expected one of {', '.join(map(str, choices))}", key)
        return choices[value]

    def part(self, key: str) -> Part:
        """The object under a key, empty when it is not there."""
        value = self.value.get(key, {})
        return Part(self.file, pointer(self.place, key), self._object(value, key))

    def parts(self, key: str) -> list[Part]:
        """The list of objects under a key, empty when it is not there."""
        place = pointer(self.place, key)
        return [
            Part(self.file, f"{place}/{i}", self._object(item, key, i))
            for i, item in enumerate(self.items(key))
        ]

    def items(self, key: str) -> list[Any]:
        """The list under a key, empty when it is not there."""
        value = self.value.get(key, [])
        if not isinstance(value, list):
            self.fail(f"is {_short(value)}, expected a list", key)
        return value

    def reference(self, key: str, count: int) -> int:
        """An index below `count`."""
        value = self.value.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
            self.fail(f"is {_short(value)}, expected an index below {count}", key)
        return value

    def references(self, key: str, count: int) -> list[int]:
        """The list of indices below `count` under a key, empty when it is not there."""
        found = self.items(key)
        for i, item in enumerate(found):
            if not isinstance(item, int) or isinstance(item, bool) or not 0 <= item < count:
                self.fail(f"is {_short(item)}, expected an index below {count}", key, i)
        return found

    def extension(self, name: str) -> Part | None:
        """An extension's object, None when it is not there."""
        extensions = self.part("extensions")
        return extensions.part(name) if extensions.has(name) else None

    def extras(self) -> dict[str, Any]:
        """`extras` when they are an object, else nothing: glTF lets them be anything."""
        value = self.value.get("extras")
        return value if isinstance(value, dict) else {}

    def __iter__(self) -> Iterator[str]:
        return iter(self.value)

    def _number(self, value: Any, steps: tuple[str | int, ...], *, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e300:
            self.fail(f"is {_short(value)}, expected a finite number", *steps)
        if not low <= value <= high:
            self.fail(f"is {value:g}, expected {low:g} to {high:g}", *steps)
        return float(value)

    def _object(self, value: Any, *steps: str | int) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail(f"is {_short(value)}, expected an object", *steps)
        return value


def _short(value: Any) -> str:
    """At most 60 characters of a value, or that it is missing."""
    if value is None:
        return "missing"
    text = repr(value) if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."
