"""Children: programs that are run beside each other, and all ended when the work is."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import IO

from vrgen.errors import MissingPart, OutputProblem


class Children:
    """Programs of ours; leaving the block ends those that still run. Threads may share one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._over = False

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, what: BaseException | None, where: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End all that run; none starts any more."""
        with self._lock:
            self._over = True
            for child in self._running:
                child.kill()

    def run(self, words: list[str], *, patience: float) -> None:
        """Run one to its end. Raises MissingPart when it cannot start, OutputProblem when it fails, takes
        longer than `patience` seconds, or was ended."""
        for _ in self.lines(words, patience=patience):
            pass

    def lines(self, words: list[str], *, patience: float) -> Iterator[str]:
        """What one says on its stdout, line by line, as it comes. Raises what `run` raises."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as told:
            child = self._started(words, told)
            late = threading.Event()

            def end() -> None:
                late.set()
                child.kill()

            clock = threading.Timer(patience, end)
            clock.daemon = True
            clock.start()
            try:
                assert child.stdout is not None
                yield from child.stdout
                code = child.wait()
            finally:
                clock.cancel()
                self._gone(child)
            if late.is_set():
                raise OutputProblem(
                    f"{self._name} took more than {patience:.0f} s and was stopped; try smaller textures"
                )
            if code:
                told.seek(0)
                why = (told.read(400).strip().splitlines() or [f"code {code}"])[0]
                raise OutputProblem(f"{self._name} failed ({why}); try --textures keep, which needs none")

    def _started(self, words: list[str], told: IO[str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._over:
                raise OutputProblem(f"{self._name} was stopped")
            try:
                child = subprocess.Popen(
                    words, stdout=subprocess.PIPE, stderr=told, text=True, encoding="utf-8", errors="replace"
                )
            except OSError as problem:
                raise MissingPart(
                    f"{self._name} cannot be started ({problem.strerror}); install vrgen again with pip"
                ) from problem
            self._running.add(child)
            return child

    def _gone(self, child: subprocess.Popen[str]) -> None:
        with self._lock:
            self._running.discard(child)
        if child.poll() is None:
            child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
