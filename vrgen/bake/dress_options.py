"""Dress options: how materials are laid on meshes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vrgen.errors import UsageProblem


@dataclass(frozen=True)
class DressOptions:
    """How materials are laid on meshes."""

    projection: Literal["box", "triplanar"] = "box"
    """Meshes whose UVs don't serve: box lays tiles in planes, sharp at any size, with cuts where planes meet;
    triplanar paints them into a picture, blended without seams."""
    wear: float = 0.0
    """0 new to 1 old: edges chipped and worn lighter, dirt in crevices; what wears is painted into a
    picture."""
    texels: int = 4_194_304
    """Pixels of the picture that is painted, 4096 to 16777216, shared by area."""
    part_density: tuple[str, ...] = ()
    """PART=PX_PER_M, as often as you like: pixels a metre of a painted node, mesh or material; the others
    share what is left of the texels."""

    def __post_init__(self) -> None:
        if self.projection not in ("box", "triplanar"):
            raise UsageProblem(f"projection: got {self.projection!r}, expected box or triplanar")
        if not 0 <= self.wear <= 1:
            raise UsageProblem(f"wear: got {self.wear}, expected 0 to 1")
        if not 4096 <= self.texels <= 4096**2:
            raise UsageProblem(f"texels: got {self.texels}, expected 4096 to {4096**2}")
        self.densities()

    def densities(self) -> tuple[tuple[str, float], ...]:
        """(part, pixels a metre) in order. Raises UsageProblem for text that says neither."""
        found = []
        for text in self.part_density:
            part, equals, number = text.rpartition("=")
            try:
                density = float(number)
            except ValueError:
                density = 0.0
            if not (equals and part and 0.1 <= density <= 10_000):
                raise UsageProblem(
                    f"part_density: got {text!r}, expected PART=PX_PER_M with 0.1 to 10000, as in statue=800"
                )
            found.append((part, density))
        return tuple(found)
