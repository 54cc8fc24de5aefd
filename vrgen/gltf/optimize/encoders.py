"""Encoders: Basis Universal and meshoptimizer, run by the user's node (tools/optimize builds them)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vrgen.core.files import resource
from vrgen.errors import MissingPart, OutputProblem

PROGRAM = "assets/optimize"
OLDEST_NODE = 18
MOST_THREADS = 16
SECONDS_AN_ITEM = 120.0
"""Time that the encoders get for one texture or mesh, on the slowest machine."""
LEAST_SECONDS = 120.0


def missing() -> str:
    """What stands in the way of the encoders, with the remedy; '' when they can be run."""
    try:
        resource(f"{PROGRAM}/main.mjs")
    except MissingPart:
        return "the encoders are not built; type `make encoders` in a checkout, or install vrgen's wheel"
    node = shutil.which("node")
    if node is None:
        return f"there is no node on this machine; install Node.js {OLDEST_NODE} or newer"
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)
        version = int(said.stdout.strip().lstrip("v").partition(".")[0] or 0)
    except (OSError, ValueError, subprocess.SubprocessError):
        version = 0
    return "" if version >= OLDEST_NODE else f"node is too old; install Node.js {OLDEST_NODE} or newer"


def run(
    folder: Path, items: Sequence[Mapping[str, Any]], *, advance: Callable[[int], None]
) -> list[dict[str, Any]]:
    """What the encoders said about each item; they read and write the files in `folder` that items name.

    Raises MissingPart when they cannot be run, OutputProblem when one fails or takes too long.
    """
    if not items:
        return []
    gap = missing()
    if gap:
        raise MissingPart(gap)
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    job = folder / "job.json"
    job.write_text(json.dumps({"threads": threads, "items": list(items)}), encoding="utf-8")
    words = [str(shutil.which("node")), str(resource(f"{PROGRAM}/main.mjs")), str(job)]
    patience = max(LEAST_SECONDS, SECONDS_AN_ITEM * len(items) / threads)
    found: list[dict[str, Any]] = [{} for _ in items]
    for line in _lines(words, patience):
        said = json.loads(line)
        found[said["index"]] = said
        advance(1)
    return found


def _lines(words: list[str], patience: float) -> Iterator[str]:
    """Lines of a program's stdout as they come. It is ended when it takes too long, or when we are."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told:
        try:
            program = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=told, text=True, encoding="utf-8"
            )
        except OSError as problem:
            raise MissingPart(
                f"node cannot be started ({problem.strerror}); install Node.js again"
            ) from problem
        late = threading.Event()

        def end() -> None:
            late.set()
            program.kill()

        clock = threading.Timer(patience, end)
        clock.start()
        try:
            assert program.stdout is not None
            yield from program.stdout
            code = program.wait()
        finally:
            clock.cancel()
            if program.poll() is None:
                program.kill()
                program.wait()
            if program.stdout is not None:
                program.stdout.close()
        if late.is_set():
            raise OutputProblem(
                f"the encoders took more than {patience:.0f} s and were stopped; try smaller textures"
            )
        if code:
            told.seek(0)
            why = (told.read(400).strip().splitlines() or [f"code {code}"])[0]
            raise OutputProblem(f"the encoders failed ({why}); try --target desktop, which needs none")
