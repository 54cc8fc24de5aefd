"""Renewal: a file that is being looked at is read again when it changes, beside the loop that draws it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vrgen.core.scene import Scene
from vrgen.errors import VrgenError
from vrgen.view.stamp import Stamp, stamp_of, watching

PATIENCE = 5.0
"""Seconds that closing waits for a reading in hand."""


@dataclass(frozen=True, eq=False, slots=True)
class Renewed:
    """The file as it is now."""

    scene: Scene
    """What it holds."""
    prepared: Any
    """What the loop wanted made of it before it is shown; None when it wanted nothing."""


class Renewal:
    """Watches one file from the moment it is made. A loop calls `start` once, `poll` once a frame, `close` at
    the end; none of them waits, but `close` for a reading in hand."""

    def __init__(self, path: Path, read: Callable[[Path], Scene]) -> None:
        """`read` reads the file, in a thread; it raises VrgenError, with a sentence, for a broken one."""
        self.path = path
        """The file."""
        self._read = read
        self._before = stamp_of(path)
        self._news: Renewed | str | None = None
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self._prepare: Callable[[Scene], Any] = lambda scene: None
        self._wake: Callable[[], Any] = lambda: None

    def start(
        self,
        *,
        prepare: Callable[[Scene], Any] = lambda scene: None,
        wake: Callable[[], Any] = lambda: None,
    ) -> None:
        """Begin. `prepare` makes, in the thread, what the loop will need of a scene; `wake` is called when
        there are news."""
        self._prepare, self._wake = prepare, wake
        self._thread = threading.Thread(target=self._work, name="renewal", daemon=True)
        self._thread.start()

    def poll(self) -> Renewed | str | None:
        """The newest scene, once; or a sentence why the last good one stays; or None."""
        with self._lock:
            news, self._news = self._news, None
            return news

    def close(self) -> None:
        """Stop watching; twice does no harm."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _work(self) -> None:
        for step in watching(self.path, self._before):
            if not isinstance(step, Stamp):
                if self._closed.wait(step):
                    return
                continue
            news = self._made()
            if stamp_of(self.path) != step:  # written to meanwhile: the next look will see that
                continue
            with self._lock:
                self._news = news
            if not self._closed.is_set():
                self._wake()

    def _made(self) -> Renewed | str:
        """What came of a change: never an exception, for nobody is there to catch it."""
        try:
            scene = self._read(self.path)
            return Renewed(scene, self._prepare(scene))
        except VrgenError as problem:
            return str(problem)
        except Exception as problem:
            return f"{self.path.name} cannot be shown ({problem!s:.120})"
