"""Kinds of material that the latent bank knows."""

from __future__ import annotations

from dataclasses import dataclass

from vrgen.errors import UsageProblem, nearest


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind that `vrgen texture --kind` knows."""

    name: str
    """What the user asks for."""
    summary: str
    """A few words."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("bark", "bark of an old tree"),
        Kind("board_concrete", "concrete cast in boards"),
        Kind("bricks", "a brick wall"),
        Kind("cobbles", "small paving stones"),
        Kind("concrete", "smooth grey concrete"),
        Kind("fabric", "blue woven cloth"),
        Kind("grass", "a lawn"),
        Kind("gravel", "fine grey gravel"),
        Kind("ground", "forest ground"),
        Kind("iron", "dark raw iron"),
        Kind("linen", "light woven cloth"),
        Kind("marble", "white marble"),
        Kind("metal", "brushed light metal"),
        Kind("oak", "pale oak veneer"),
        Kind("old_bricks", "brick with wide light joints"),
        Kind("onyx", "golden onyx with bands"),
        Kind("painted_planks", "painted boards, worn"),
        Kind("planks", "weathered wide boards"),
        Kind("plaster", "white plaster"),
        Kind("rock", "grey layered rock"),
        Kind("sand", "fine sand"),
        Kind("stone", "slabs of warm limestone"),
        Kind("stone_wall", "a wall of field stones"),
        Kind("terracotta", "terracotta tiles"),
        Kind("tiles", "large grey stone tiles"),
        Kind("walnut", "dark walnut veneer"),
        Kind("wall_tiles", "narrow white tiles"),
        Kind("white_bricks", "a brick wall painted white"),
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
