"""Budget: what a headset draws in time. One place for the replay, the check and the optimiser.

Meta's own texts disagree, so there are two lines: who stays below the starter budget of a headset passes, who
is beyond the guidance fails, and between them it depends on what else the application does.

Guidance: Meta's "Testing and performance analysis" and the table of its review list for Unity (meta-
quest/agentic-tools, hz-unity-code-review; read in 2026-11): draw calls 80-200 for a busy, 200-300 for a
medium, 400-600 for a light simulation on Quest 2; 200-300, 400-600 and 700-1000 on Quest 3; 750,000 to 1
million triangles a frame on Quest 2, 1 to 2 million on Quest 3. A gallery counts as medium. Starter: the
least of Meta's texts (fewer than 100 and 150 draw calls, 100,000 and 200,000 triangles, 300 and 500 MB of
textures). The browser: Spoke's check for mobile rooms (50,000 triangles, 256 MB, 16 MB of file) and Quest 2
behind it. The desktop is by judgement: Oculus' old guidelines for PCs (500 to 1,000 draw calls, 1 to 2
million triangles a frame), and cards of 8 GB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Target = Literal["quest2", "quest3", "webxr", "desktop"]


@dataclass(frozen=True, slots=True)
class Budget:
    """One line of a headset: stay below all of it."""

    name: str
    """The headset."""
    draw_calls: int
    """A frame, both eyes together."""
    triangles: int
    """A frame."""
    texture_bytes: int
    """In memory."""
    frame_seconds: float
    """At the slowest rate that a store takes: 72 Hz, 90 Hz on the desktop."""
    file_bytes: int
    """Of the file: what a browser loads in seconds, what a store takes."""


STARTER: dict[Target, Budget] = {
    "quest2": Budget("Quest 2", 100, 100_000, 300_000_000, 1 / 72, 200_000_000),
    "quest3": Budget("Quest 3", 150, 200_000, 500_000_000, 1 / 72, 200_000_000),
    "webxr": Budget("a headset's browser", 100, 50_000, 256_000_000, 1 / 72, 16_000_000),
    "desktop": Budget("a headset at the PC", 500, 1_000_000, 2_000_000_000, 1 / 90, 500_000_000),
}
"""Below: passes."""
GUIDANCE: dict[Target, Budget] = {
    "quest2": Budget("Quest 2", 300, 1_000_000, 600_000_000, 1 / 72, 1_000_000_000),
    "quest3": Budget("Quest 3", 600, 2_000_000, 1_000_000_000, 1 / 72, 1_000_000_000),
    "webxr": Budget("a headset's browser", 300, 750_000, 512_000_000, 1 / 72, 64_000_000),
    "desktop": Budget("a headset at the PC", 1_000, 2_000_000, 6_000_000_000, 1 / 90, 4_000_000_000),
}
"""From here on: fails. Textures: twice the starter budget, thrice on the desktop (nobody publishes a second
figure); files: an APK holds 1 GB, a GLB 4 GB."""
LARGEST_SIDE: dict[Target, int] = {"quest2": 2048, "quest3": 2048, "webxr": 2048, "desktop": 4096}
"""Pixels of the side of the largest square texture; an oblong one may have as many pixels in all."""
PIXELS_A_DEGREE: dict[Target, float] = {"quest2": 20.0, "quest3": 25.0, "webxr": 20.0, "desktop": 20.0}
"""What the displays resolve in the middle of the view, as their makers say."""
