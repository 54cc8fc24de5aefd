"""Antialias: which way edges are smoothed, chosen from the options and from what draws."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from vrgen.errors import ValueProblem

Antialias = Literal["auto", "none", "fxaa", "msaa"]
SAMPLES = (4, 8)
"""Samples a pixel that msaa may take."""


class Smoothing(NamedTuple):
    """What a Target does about edges: at most one of both."""

    samples: int = 0
    """Samples a pixel while drawing; 0 for one and no multisampling."""
    fxaa: bool = False
    """Whether edges are smoothed when the picture is drawn."""


ONE_SAMPLE = Smoothing()
"""Nothing done: pixels as they are drawn."""


def check_antialias(antialias: str, msaa: int) -> None:
    """Raises ValueProblem for a way or a number of samples that we do not have."""
    if antialias not in get_args(Antialias):
        raise ValueProblem(f"antialias: got {antialias!r}, expected auto, none, fxaa or msaa")
    if msaa not in SAMPLES:
        raise ValueProblem(f"msaa: got {msaa}, expected 4 or 8 samples a pixel; antialias none takes one")


def smoothing(antialias: Antialias, msaa: int, *, software: bool, linear: bool = False) -> Smoothing:
    """The way to smooth. auto is msaa on a card and fxaa where the processor draws, whose frames take three
    times as long with four samples; fxaa works on colours as shown, so linear pictures are left to msaa."""
    if antialias == "auto":
        antialias = "fxaa" if software and not linear else "msaa"
    return Smoothing(samples=msaa if antialias == "msaa" else 0, fxaa=antialias == "fxaa")
