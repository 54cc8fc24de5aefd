"""`vrgen watch` from the saved file to what is seen: in the window, and in a headset under the stand-in."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.ImageGrab

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from test_watch import COURT, PATIENCE, Watching

SIZE = (480, 320)


def shown(display: str) -> np.ndarray:
    """Mean colour (3,) of the middle of the screen."""
    screen = np.asarray(PIL.ImageGrab.grab(xdisplay=display).convert("RGB")).astype(float)
    return screen[140:180, 220:260].mean(axis=(0, 1))


def until(display: str, wanted: Callable[[np.ndarray], bool], one: Watching) -> None:
    ends = time.monotonic() + PATIENCE
    while not wanted(shown(display)):
        assert time.monotonic() < ends and one.process.poll() is None, (shown(display), one.lines)
        time.sleep(0.03)


def test_the_window_shows_what_was_saved(screen: Callable[[int, int], str], tmp_path: Path) -> None:
    """A red cube becomes a blue one; Ctrl-C closes the window and ends all."""
    court = tmp_path / "court.toml"
    court.write_text(COURT)
    display = screen(*SIZE)
    one = Watching(str(court), "--size", "480x320", "--no-help", DISPLAY=display)
    try:
        until(display, lambda c: c[0] > 1.5 * c[2] > 0, one)
        court.write_text(COURT.replace("c04030", "3040c0"))
        until(display, lambda c: c[2] > 1.5 * c[0], one)
        one.until("the window shows version 2")
        assert one.stop() < 2.0
        assert "watched court.toml: 2 versions" in one.lines[-1]
    finally:
        one.close()
