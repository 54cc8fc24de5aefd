"""pace: the beat of a headset: how late a frame is shown, and whether one was missed."""

from __future__ import annotations


class Pace:
    """Counts frames by the times at which the runtime means to show them (nanoseconds, `xr.Time`)."""

    def __init__(self) -> None:
        self.number = -1
        """Of the frame at work, from 0."""
        self.shown_at = 0
        """When it will be shown."""
        self.seconds = 0.0
        """The same, from the first frame on."""
        self.period = 0.0
        """Seconds between two pictures."""
        self.late = 0
        """Pictures that were shown again, because the next frame came too late."""
        self._began = 0

    def next(self, shown_at: int, period: int) -> None:
        """The next frame, as the runtime predicts it."""
        self.number += 1
        if self.number == 0:
            self._began = shown_at
        elif period > 0 and shown_at - self.shown_at > 1.5 * period:
            self.late += round((shown_at - self.shown_at) / period) - 1
        self.shown_at = shown_at
        self.seconds, self.period = (shown_at - self._began) * 1e-9, period * 1e-9
