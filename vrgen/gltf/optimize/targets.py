"""What a scene is made small for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from vrgen.errors import ValueProblem

TargetName = Literal["quest2", "quest3", "webxr", "desktop"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a device shows, and what it takes."""

    name: TargetName
    """What users write."""
    pixels_per_degree: float
    """Of the display, at the middle of the view."""
    largest_side: int
    """Pixels of a texture."""
    compressed: bool
    """Whether it reads KHR_texture_basisu and EXT_meshopt_compression."""


TARGETS: dict[str, Target] = {
    "quest2": Target("quest2", 20.0, 2048, True),
    "quest3": Target("quest3", 25.0, 2048, True),
    "webxr": Target("webxr", 25.0, 2048, True),
    "desktop": Target("desktop", 40.0, 4096, False),
}
"""By name. Pixels a degree: Quest 2 and 3 as Meta states them; webxr is whatever headset comes; a desk's
2560 pixels across 60 degrees."""


def target_of(name: str) -> Target:
    """The target of that name. Raises ValueProblem."""
    if name not in TARGETS:
        raise ValueProblem(f"target: got {name!r}, expected one of: {', '.join(get_args(TargetName))}")
    return TARGETS[name]
