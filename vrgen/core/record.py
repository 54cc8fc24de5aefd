"""Record: how a result was made. It travels into the file it describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPES: Mapping[str, type] = {
    "options": Mapping,
    "seed": int,
    "model": str,
    "model_digest": str,
    "versions": Mapping,
    "licences": list,
}
"""What a record's fields are in a file."""


@dataclass(frozen=True, slots=True)
class Record:
    """One step: enough to make its result again."""

    step: str
    """Verb that ran: `texture`, `sky`, `gallery`, `bake`, ..."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The step's options as plain JSON values."""
    seed: int | None = None
    """Seed of the step's noise, when it draws any."""
    model: str | None = None
    """Name of the model used."""
    model_digest: str | None = None
    """SHA-256 hex of the model's weight file."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of vrgen and of the libraries that shape the result."""
    licences: tuple[str, ...] = ()
    """SPDX names of the licences of what went in."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, without the fields that are empty."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["options"] = dict(self.options)
        values["versions"] = dict(self.versions)
        values["licences"] = list(self.licences)
        return {name: value for name, value in values.items() if value not in (None, {}, [])}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Record:
        """The inverse of `to_json`; unknown keys are ignored."""
        known = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        known["licences"] = tuple(known.get("licences", ()))
        return cls(**known)

    @classmethod
    def told(cls, data: Any) -> Record | None:
        """The record in what a file says, or None when it is none or a field has a type that none has."""
        if not isinstance(data, Mapping) or not isinstance(data.get("step"), str):
            return None
        typed = all(
            isinstance(data[name], kind) and not isinstance(data[name], bool)
            for name, kind in TYPES.items()
            if name in data
        )
        whole = typed and all(isinstance(licence, str) for licence in data.get("licences", ()))
        return cls.from_json(data) if whole else None
