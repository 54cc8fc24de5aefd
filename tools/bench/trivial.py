"""The least that a recipe can ask for: one file of two kilobytes, for benchmarks and tests of batch."""

# make bench leaves this out: it runs nothing by itself.
from __future__ import annotations

import hashlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from vrgen.batch.maker import Maker
from vrgen.cli.command import Summary
from vrgen.cli.desk import Desk
from vrgen.errors import InputProblem

SIZE = 2048


def content(seed: int) -> bytes:
    """Two kilobytes that the seed alone decides."""
    return hashlib.shake_256(str(seed).encode()).digest(SIZE)


@dataclass(frozen=True, kw_only=True)
class Trivial:
    """Write the seed's bytes, and those of a file that it works on."""

    seed: int = 0
    """Decides the bytes."""
    file: Path | None = None
    """Its bytes are put behind them."""
    milliseconds: float = 0.0
    """How long to be busy, on one core."""
    fault: str = ""
    """`refuse` raises an error of ours, `bug` one of Python's, `die` kills the process."""
    out: Path
    """File to write."""

    def run(self, desk: Desk) -> Summary:
        """Be busy, write, or fail as asked."""
        end = time.thread_time() + self.milliseconds / 1000
        while time.thread_time() < end:
            pass
        if self.fault == "refuse":
            raise InputProblem(f"seed {self.seed} is not to be made; choose another")
        if self.fault == "bug":
            raise ZeroDivisionError("a bug")
        if self.fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        behind = b"" if self.file is None else self.file.read_bytes()
        self.out.write_bytes(content(self.seed) + behind)
        return Summary(f"seed {self.seed}", (self.out,), {"seed": self.seed})


TRIVIAL = Maker("trivial:Trivial", ".bin", ("file",))
