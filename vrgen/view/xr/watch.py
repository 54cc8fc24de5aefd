"""watch: the last resort, for a call of the runtime that never comes back."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from vrgen.errors import HeadsetLost


class Watch:
    """Ends the process, with one sentence, when what it guards takes too long.

    Only waiting for a frame can be left to a thread (`patience`). All other calls of OpenXR belong to the
    thread of the OpenGL context; one that hangs there can be neither stopped nor left, not even by Ctrl-C.
    """

    def __init__(self, seconds: float, sentence: str) -> None:
        self.seconds = seconds
        self.last: Callable[[], None] = lambda: None
        """Called before the process ends, in another thread than the one that hangs: to save what can be."""
        self._sentence = sentence
        self._since: float | None = None
        self._over = threading.Event()
        threading.Thread(target=self._look, name="headset watch", daemon=True).start()

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """What runs inside must not take longer than `seconds`."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._since = None

    def _look(self) -> None:
        while not self._over.wait(min(1.0, self.seconds / 4)):
            since = self._since
            if since is not None and time.monotonic() - since > self.seconds:
                self._end()

    def _end(self) -> None:
        with suppress(Exception):  # whatever fails now, the process must end
            self.last()
        os.write(2, f"\n{self._sentence}\n".encode())
        os._exit(HeadsetLost.exit_code)

    def stop(self) -> None:
        """Nothing is guarded any more."""
        self._over.set()
