"""Kinds of material, and how each is laid."""

from __future__ import annotations

from dataclasses import dataclass

from vrgen.errors import UsageProblem, nearest
from vrgen.synth.layout import Boards, Layout, Slabs


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind that `vrgen texture --kind` knows."""

    name: str
    """What the user asks for."""
    summary: str
    """A few words."""
    grown_from: str
    """Kind of the latents it is made of."""
    layout: Layout | None = None
    """How pieces are laid after generating: boards, slabs; None for the material as it comes."""


def _plain(name: str, summary: str) -> Kind:
    return Kind(name, summary, name)


KINDS = {
    kind.name: kind
    for kind in (
        _plain("bark", "bark of an old tree"),
        _plain("beams", "weathered wide boards"),
        _plain("board_concrete", "concrete cast in boards"),
        _plain("bricks", "a brick wall"),
        _plain("cobbles", "small paving stones"),
        _plain("concrete", "smooth grey concrete"),
        _plain("concrete_panels", "concrete panels with anchor holes"),
        Kind("dark_planks", "a floor of dark boards", "walnut", Boards()),
        _plain("fabric", "blue woven cloth"),
        _plain("grass", "a lawn"),
        _plain("gravel", "fine grey gravel"),
        _plain("ground", "forest ground"),
        _plain("iron", "dark raw iron"),
        _plain("linen", "light woven cloth"),
        _plain("marble", "white marble"),
        Kind("marble_slabs", "white marble in large slabs", "marble", Slabs(1.2, 0.8)),
        _plain("metal", "brushed light metal"),
        _plain("oak", "pale oak veneer"),
        _plain("old_bricks", "brick with wide light joints"),
        _plain("onyx", "golden onyx with bands"),
        Kind("planks", "a floor of pale oak boards", "oak", Boards()),
        _plain("plaster", "white plaster"),
        _plain("rock", "grey layered rock"),
        _plain("sand", "fine sand"),
        _plain("stone", "slabs of warm limestone"),
        _plain("stone_wall", "a wall of field stones"),
        _plain("terracotta", "terracotta tiles"),
        _plain("tiles", "large grey stone tiles"),
        _plain("walnut", "dark walnut veneer"),
        _plain("wall_tiles", "narrow white tiles"),
        _plain("white_bricks", "a brick wall painted white"),
    )
}


def find_kind(name: str) -> Kind:
    """The kind called `name`; raises UsageProblem naming the nearest one."""
    if name not in KINDS:
        known = sorted(KINDS)
        raise UsageProblem(
            f"no kind of material is called {name!r}.{nearest(name, known)} Known: {', '.join(known)}"
        )
    return KINDS[name]
