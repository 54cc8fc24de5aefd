"""A visit to a file that changes, in a process of its own: python renewal_client.py SHOW.glb OPTIONS NEXT...

OPTIONS is JSON, fields of ViewOptions. Every NEXT takes SHOW's place in turn; before the next turn the visit
waits until it is shown, or refused, and some frames more. Prints, as JSON, what was noted, and at every turn
how many objects of OpenGL there were and where the head was; the script must have frames enough.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from vrgen.core.progress import Silent
from vrgen.gltf.reread import Rereader
from vrgen.view.options import ViewOptions
from vrgen.view.renewal import Renewal
from vrgen.view.xr.headset import Visit, stroll

PATIENCE = 20.0
CALM = 13
"""Frames between two turns."""


def held() -> dict[str, int]:
    """Objects of OpenGL."""
    from vrgen.view.gl import GL

    kinds = ("Texture", "Buffer", "VertexArray", "Framebuffer")
    return {kind: sum(bool(getattr(GL, f"glIs{kind}")(number)) for number in range(1, 400)) for kind in kinds}


class Noted(Silent):
    """Hears the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        """Kept."""
        self.notes.append(text)


class Changing:
    """A track that changes the file."""

    def __init__(self, show: Path, others: list[Path], heard: Noted) -> None:
        self._show, self._others, self._heard = show, others, heard
        self._at = CALM
        self.told: list[dict[str, Any]] = []
        self._waits: float | None = None
        self._notes = 0

    def add(self, frame: Any, cues: Any) -> None:
        """One frame."""
        if self._waits is not None:
            if len(self._heard.notes) <= self._notes and time.monotonic() < self._waits:
                time.sleep(0.03)
                self._at = frame.number + CALM
                return
            self._waits = None
        if frame.number == self._at:
            head = cues.rig.world(frame.head)
            self.told.append({"frame": frame.number, "head": head.round(9).tolist(), "held": held()})
            if self._others:
                self._notes, self._waits = len(self._heard.notes), time.monotonic() + PATIENCE
                new = self._show.with_suffix(".new")
                shutil.copy(self._others.pop(0), new)
                new.replace(self._show)
            else:
                os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C: it takes leave


def main(show: Path, wish: str, others: list[Path]) -> int:
    """Visit, tell."""
    heard, reader = Noted(), Rereader()
    track = Changing(show, others, heard)
    renewal = Renewal(show, reader.read)
    scene = reader.read(show)

    def keep(visit: Visit) -> None:
        pass

    options = ViewOptions(xr=True, **json.loads(wish))
    stroll(scene, options, track=track, keep=keep, progress=heard, renewal=renewal)
    print(json.dumps({"told": track.told, "notes": heard.notes}))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], [Path(word) for word in sys.argv[3:]]))
