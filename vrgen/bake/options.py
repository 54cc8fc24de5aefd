"""Options: how light is baked, and which of its deliveries there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from vrgen.errors import UsageProblem

Delivery = Literal["none", "ao", "vertex", "atlas", "lightmap"]
Lights = Literal["auto", "keep", "drop"]
DELIVERIES: tuple[str, ...] = get_args(Delivery)


@dataclass(frozen=True, slots=True)
class LightOptions:
    """How light is baked."""

    light: Delivery = "vertex"
    """How it is delivered: none; ao as occlusion texture on the second UV set; vertex as vertex colours of
    unlit surfaces, which every viewer shows; atlas as one unlit picture of light x base colour; lightmap as
    MOZ_lightmap and occlusion on the second UV set, materials kept."""
    samples: int = 128
    """Rays from each texel over its hemisphere, 4 to 65536."""
    bounces: int = 4
    """How often light goes on from one matt surface to the next, 0 to 64."""
    texel_m: float = 0.08
    """Side of a texel in metres; grows by itself in very large scenes."""
    max_texels: int = 500_000
    """Most texels in a scene."""
    max_triangles: int = 120_000
    """Most triangles of the lit meshes; light is drawn more coarsely rather than going beyond."""
    tolerance: float = 0.006
    """Largest error of the drawn light, in sRGB between 0 and 1, while the triangles suffice."""
    exposure: float | None = None
    """Factor from cd/m2 to screen values, the same everywhere; None takes it from what people see where they
    stand, a room and the day outside each for itself."""
    lights: Lights = "auto"
    """Light nodes once their light is baked: keep them on, or drop them; auto drops them for a lightmap
    alone, whose surfaces stay lit, so that no viewer adds their light again. Unlit surfaces take none."""
    seed: int = 0
    """Seed of the noise: the same seed gives the same bytes."""
    denoise: bool = True
    """Take the noise out with Open Image Denoise."""

    def __post_init__(self) -> None:
        limits: Mapping[str, tuple[float, float]] = {
            "samples": (4, 65536),
            "bounces": (0, 64),
            "texel_m": (0.005, 10),
            "max_texels": (100, 50_000_000),
            "max_triangles": (2, 100_000_000),
            "tolerance": (1e-4, 1),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageProblem(f"{name}: got {value}, expected {low} to {high}")
        if self.light not in DELIVERIES:
            raise UsageProblem(f"light: got {self.light!r}, expected one of {', '.join(DELIVERIES)}")
        if self.lights not in get_args(Lights):
            raise UsageProblem(f"lights: got {self.lights!r}, expected one of {', '.join(get_args(Lights))}")
        if self.exposure is not None and not 0 < self.exposure < np.inf:
            raise UsageProblem(f"exposure: got {self.exposure}, expected a number above 0")
