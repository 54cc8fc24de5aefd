"""What `vrgen sky` is asked for, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vrgen.errors import UsageProblem
from vrgen.synth.seeds import check_seed

SkyKind = Literal["day", "clear", "cloudy", "overcast", "dusk", "night"]
FIXED_LUX = {"dusk": 600.0, "night": 3.0}
"""Light of the dome on the ground where the sun's height says nothing."""


@dataclass(frozen=True, slots=True)
class SkyOptions:
    """An HDR sky with a measurable sun."""

    seed: int = 0
    """Another seed, another sky."""
    size: int = 2048
    """Width in pixels, a multiple of 64 from 256 to 8192; the height is half of it."""
    kind: SkyKind = "day"
    """day takes a clear or a cloudy one."""
    sun_elevation: float | None = None
    """Degrees above the horizon, 1 to 89; None leaves it where the sky has it."""
    sun_azimuth: float | None = None
    """Degrees from +X towards +Z; None lets the seed choose."""
    cover: float | None = None
    """Share of the dome under clouds, 0 to 1; None takes what is usual for the kind."""
    warmth: float = 0.0
    """Colour of all light, -1 (cold) to 1 (warm)."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the generator runs."""


def check_sky(options: SkyOptions) -> SkyOptions:
    """The options themselves; raises UsageProblem when one is out of range."""
    check_seed(options.seed)
    if options.size % 64 or not 256 <= options.size <= 8192:
        raise UsageProblem(f"got sky size {options.size}, expected a multiple of 64 from 256 to 8192")
    if options.sun_elevation is not None and not 1 <= options.sun_elevation <= 89:
        raise UsageProblem(f"got sun elevation {options.sun_elevation}, expected degrees from 1 to 89")
    if options.sun_elevation is not None and options.kind in FIXED_LUX:
        raise UsageProblem(
            f"got a sun elevation for a {options.kind} sky, whose sun is down; leave it out or choose clear"
        )
    if options.cover is not None and not 0 <= options.cover <= 1:
        raise UsageProblem(f"got cover {options.cover}, expected a share from 0 to 1")
    if not -1 <= options.warmth <= 1:
        raise UsageProblem(f"got warmth {options.warmth}, expected a number from -1 (cold) to 1 (warm)")
    return options
