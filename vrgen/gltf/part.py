"""Part: a piece of a file's JSON that knows where it lies and checks what it gives.

Files are hostile: every value that is read from one passes here, and what does not fit becomes one
InputProblem that names the file and the place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from vrgen.errors import InputProblem

REMEDY = "export it again or run Khronos' validator on it"


@dataclass(frozen=True, slots=True)
class Part:
    """A JSON object at a place of a file."""

    file: Path
    """The file it comes from."""
    place: str
    """Where in it: `meshes[3].primitives[0]`."""
    value: Mapping[str, Any]
    """The object."""

    def fail(self, problem: str, key: str = "", *, do: str = REMEDY) -> NoReturn:
        """Raise InputProblem: '<file>: <place> <problem>; <do>'."""
        place = ".".join(text for text in (self.place, key) if text) or "the document"
        raise InputProblem(f"{self.file}: {place} {problem}; {do}")

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
        return self._number(value, key, low=low, high=high)

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
        return tuple(self._number(item, key, low=low, high=high) for item in value)

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
        place = f"{self.place}.{key}" if self.place else key
        return Part(self.file, place, self._object(value, key))

    def parts(self, key: str) -> list[Part]:
        """The list of objects under a key, empty when it is not there."""
        place = f"{self.place}.{key}" if self.place else key
        return [
            Part(self.file, f"{place}[{i}]", self._object(item, f"{key}[{i}]"))
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
        for item in found:
            if not isinstance(item, int) or isinstance(item, bool) or not 0 <= item < count:
                self.fail(f"holds {_short(item)}, expected indices below {count}", key)
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

    def _number(self, value: Any, key: str, *, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e300:
            self.fail(f"is {_short(value)}, expected a finite number", key)
        if not low <= value <= high:
            self.fail(f"is {value:g}, expected {low:g} to {high:g}", key)
        return float(value)

    def _object(self, value: Any, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail(f"is {_short(value)}, expected an object", key)
        return value


def _short(value: Any) -> str:
    """At most 60 characters of a value, or that it is missing."""
    if value is None:
        return "missing"
    text = repr(value) if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."
