"""Sky and Sun: what lies outside, as light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.core.arrays import digest_of, frozen
from vrgen.core.record import Record
from vrgen.errors import ValueProblem


@dataclass(frozen=True, eq=False, slots=True)
class Sun:
    """The sun of a sky, as it is measured there (maps.sun)."""

    direction: NDArray[np.float64]
    """(3,) unit vector towards the sun."""
    lux: float
    """Illuminance on a surface that faces the sun, without the rest of the sky."""
    colour: NDArray[np.float64]
    """(3,) linear RGB of luminance 1."""
    angular_radius: float = 0.266
    """Degrees; the real sun's is 0.266."""

    def __post_init__(self) -> None:
        direction = frozen(self.direction, name="sun direction", dtype=np.float64, shape=(3,))
        colour = frozen(self.colour, name="sun colour", dtype=np.float64, shape=(3,))
        if abs(float(np.linalg.norm(direction)) - 1.0) > 1e-4:
            raise ValueProblem(f"sun: got direction {direction.tolist()}, expected length 1; normalise it")
        object.__setattr__(self, "direction", direction)
        object.__setattr__(self, "colour", colour)


@dataclass(frozen=True, eq=False, slots=True)
class Sky:
    """An HDR environment in the equirect convention of core.frames."""

    radiance: NDArray[np.float32]
    """(height, 2 * height, 3) float32, linear Rec. 709 RGB in cd/m2, sun disc included when `sun` is set."""
    sun: Sun | None = None
    """The measured sun; None for an overcast, indoor or night sky."""
    record: Record | None = None
    """How it was made."""

    def __post_init__(self) -> None:
        radiance = frozen(self.radiance, name="sky", dtype=np.float32, shape=(None, None, 3))
        if radiance.shape[1] != 2 * radiance.shape[0]:
            raise ValueProblem(
                f"sky: got {radiance.shape[1]}x{radiance.shape[0]} pixels, expected strictly 2:1; resize it"
            )
        object.__setattr__(self, "radiance", radiance)

    @property
    def height(self) -> int:
        """Rows; the width is twice as much."""
        return int(self.radiance.shape[0])

    def digest(self) -> str:
        """SHA-256 hex of the radiance."""
        return digest_of(self.radiance)
