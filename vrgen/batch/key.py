"""Key: the name of a step's result, from everything that shapes it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

import vrgen


@dataclass(frozen=True, slots=True)
class Parts:
    """What a key is made of. Two keys that differ, differ in one of these."""

    make: str
    """The maker's name."""
    options: Mapping[str, Any]
    """Options by name: plain JSON, inputs' places marked by their order."""
    inputs: tuple[tuple[str, str], ...]
    """(name, SHA-256 hex of the content) of every input, in order."""
    models: Mapping[str, str]
    """SHA-256 hex of every weight file that shapes the result."""
    version: str = vrgen.__version__
    """vrgen's version: code shapes results as well."""

    def key(self) -> str:
        """SHA-256 hex of the canonical JSON of the parts. The device is none of them."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def against(self, old: Parts) -> str:
        """Why this key is another than the old one's, in words: `seed 7 -> 8`."""
        if self.make != old.make:
            return f"made by {self.make}, was by {old.make}"
        told = [
            f"{name} {_short(old.options.get(name))} -> {_short(self.options.get(name))}"
            for name in sorted({*self.options, *old.options})
            if self.options.get(name) != old.options.get(name)
        ]
        before = dict(old.inputs)
        told += [
            f"input {name} {'changed' if name in before else 'is new'}"
            for name, digest in self.inputs
            if before.get(name) != digest
        ]
        told += [f"input {name} is gone" for name in before if name not in dict(self.inputs)]
        told += [
            f"model {name} changed"
            for name in sorted({*self.models, *old.models})
            if self.models.get(name) != old.models.get(name)
        ]
        if self.version != old.version:
            told.append(f"vrgen {old.version} -> {self.version}")
        return ", ".join(told) or "what made it"


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
