"""Journey: from here to there through a blink, the only way in which a visit moves far at once."""

from __future__ import annotations

from dataclasses import dataclass

from vrgen.view.xr.stops import Stop

OUT, IN = 0.1, 0.16
"""Seconds until all is black, and until it is clear again."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One blink."""

    stop: Stop
    """Where to."""
    began: float
    """Seconds."""
    turns: bool = False
    """Whether one looks along the stop's azimuth then."""
    arrived: bool = False
    """Whether one is there."""

    def over(self, time: float) -> bool:
        """Whether all is clear again."""
        return time >= self.began + OUT + IN

    def black(self, time: float) -> bool:
        """Whether it is time to be there."""
        return time >= self.began + OUT

    def fade(self, time: float) -> float:
        """0 clear to 1 black."""
        passed = time - self.began
        return max(0.0, min(passed / OUT, 1.0 - (passed - OUT) / IN))
