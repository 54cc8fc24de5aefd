"""patience: a call that may never return, given up after a while."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any


class Patience:
    """Runs calls one by one in a thread of its own, so that the caller can stop waiting for them.

    A runtime whose server died may never come back from waiting for the next frame, or from its end. Only
    calls that need no OpenGL context can be given away. The thread is a daemon: a stuck one keeps no process.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._calls: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="headset", daemon=True).start()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                self._answers.put((call(), None))
            except BaseException as problem:  # handed over to the caller, whatever it is
                self._answers.put((None, problem))

    def call(self, call: Callable[[], Any]) -> Any:
        """What `call` returns or raises. Raises TimeoutError when it takes longer than `seconds`."""
        self._calls.put(call)
        try:
            answer, problem = self._answers.get(timeout=self.seconds)
        except queue.Empty:
            message = f"no answer in {self.seconds:.0f} s"
            raise TimeoutError(message) from None
        if problem is not None:
            raise problem
        return answer

    def end(self) -> None:
        """Let the thread go, as soon as it comes back."""
        self._calls.put(None)
