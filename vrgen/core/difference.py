"""Difference: what sets two scenes apart, in the order in which it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vrgen.core.leaves import ABSENT

PartName = Literal["record", "scene", "node", "mesh", "surface", "texture", "file"]
WORDS: Mapping[str, tuple[str, str]] = {
    "record": ("record", "records"),
    "scene": ("value of the scene", "values of the scene"),
    "node": ("node", "nodes"),
    "mesh": ("mesh", "meshes"),
    "surface": ("surface", "surfaces"),
    "texture": ("texture", "textures"),
    "file": ("value of the file", "values of the file"),
}
"""One and several of each part."""
ALONE = {"moved_m", "turned_deg"}
"""Figures that say enough for people."""
LONGEST = 60
"""Letters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One thing that differs."""

    part: PartName
    """Records come first: all else follows from them."""
    place: str
    """`texture oak`, `room_01/room_01_wall`, `wall_plaster base_colour`."""
    what: str = ""
    """The value that differs: `seed`, `options/size`, `translation`; '' when one of them lacks the place."""
    before: Any = ABSENT
    """What the first has, as JSON; ABSENT where it has nothing."""
    after: Any = ABSENT
    """What the second has."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """How far: `psnr_db`, `moved_m`, `turned_deg`, `most` (arrays)."""

    @property
    def sign(self) -> str:
        """`+` only the second has it, `-` only the first, `~` both do, and differ."""
        if not self.what:
            return "+" if self.before is ABSENT else "-"
        return "~"

    @property
    def sentence(self) -> str:
        """What differs, without the place: `seed 7 -> 8`."""
        if not self.what:
            value = self.after if self.before is ABSENT else self.before
            return "" if value is ABSENT or value in (None, True) else shown(value)
        figures = ", ".join(_figure(name, value) for name, value in self.figures.items())
        if self.figures.keys() & ALONE:
            return figures
        if self.before == self.after and figures:
            return f"{self.what} {figures}"
        sides = f"{self.what} {shown(self.before)} -> {shown(self.after)}"
        return f"{sides}, {figures}" if figures else sides

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, without the sides that have nothing."""
        sides = {"before": self.before, "after": self.after}
        told = {name: value for name, value in sides.items() if value is not ABSENT}
        figures = {"figures": dict(self.figures)} if self.figures else {}
        return {
            "part": self.part,
            "place": self.place,
            "what": self.what,
            "sign": self.sign,
            **told,
            **figures,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two scenes; the first of it is where they went apart."""

    deltas: tuple[Delta, ...] = ()
    """Records in order, then the scene, its nodes, meshes, surfaces and textures, and at last the file."""

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.deltas

    @property
    def first(self) -> Delta | None:
        """The first stage and value that differs; None when they are equal."""
        return self.deltas[0] if self.deltas else None

    @property
    def counts(self) -> dict[str, int]:
        """How many things of each part differ, each counted once however much of it does."""
        places = dict.fromkeys((delta.part, delta.place) for delta in self.deltas)
        return {part: count for part in WORDS if (count := sum(1 for found, _ in places if found == part))}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "equal": self.equal,
            "first": None if self.first is None else self.first.to_json(),
            "counts": self.counts,
            "deltas": [delta.to_json() for delta in self.deltas],
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {WORDS[part][count > 1]}" for part, count in self.counts.items())
        return counts or "nothing"


def shown(value: Any) -> str:
    """A value in few letters."""
    if value is ABSENT:
        return "nothing"
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        value = ", ".join(str(item) for item in value) or "none"
    text = value if isinstance(value, str) else str(value)
    text = " ".join(text.split()) or "''"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _figure(name: str, value: float) -> str:
    words = {
        "psnr_db": f"{value:.1f} dB PSNR",
        "moved_m": f"moved {value:.4g} m",
        "turned_deg": f"turned {value:.3g}°",
        "most": f"up to {value:.3g} apart",
    }
    return words.get(name, f"{name} {value:.4g}")
