"""Watch: a recipe, a scene or a gallery is made again whenever it changes, and whoever looks sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vrgen.batch.changes import changes
from vrgen.batch.rebuild import Rebuild, Rebuilt
from vrgen.batch.source import find_source
from vrgen.core.progress import Progress
from vrgen.errors import Interrupted, OutputProblem, UsageProblem, VrgenError
from vrgen.verbs.boundary import one_of, suffix_of, writable, writable_folder
from vrgen.verbs.verb import verb
from vrgen.verbs.view import view as look
from vrgen.view.options import ViewOptions

BLINK = 0.1
"""Seconds between two looks at whether somebody wants to stop."""
PATIENCE = 1.0
"""Seconds that the end waits for what is in hand."""
MOST_TOLD = 3
"""Names in one line."""


@dataclass(frozen=True, kw_only=True)
class WatchOptions(ViewOptions):
    """What is watched, and how it is looked at meanwhile."""

    source: Path | str
    """A recipe of vrgen batch, a SCENE.toml of vrgen scene, or a folder of pictures (or its gallery.toml)."""
    out: Path | None = None
    """File to write, .glb; for a recipe the folder [beside the source, with its name]."""
    show: str | None = None
    """With a recipe: the product or item to look at [the last that is a GLB]."""
    view: bool = True
    """Look at it: in a window, with xr in a headset, with web on a page."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where models run: auto, cpu or cuda."""

    def __post_init__(self) -> None:
        ViewOptions.__post_init__(self)
        one_of("device", self.device, ("auto", "cpu", "cuda"))
        if not self.view and (self.xr or self.web):
            raise UsageProblem(
                f"got both {'xr' if self.xr else 'web'} and no view, expected one; leave one out"
            )


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What came of watching."""

    file: Path
    """What was looked at."""
    versions: int
    """How many there were of it."""
    rounds: int
    """How often something was made."""


@verb(WatchOptions)
def watch(options: WatchOptions, progress: Progress) -> WatchReport:
    """Make it, open it, and make it again whenever something changes that it is made of; returns when the
    window is closed, the visit ends, or after Ctrl-C.

    What is wrong is told in one line, and the last good result stays. Raises UsageProblem for a source that
    is none and OutputProblem for a place that cannot be written, before anything is made; MissingPart where
    nothing can be opened.
    """
    rebuild = _rebuild(options)
    tending = _Tending(rebuild, progress)
    try:
        with suppress(KeyboardInterrupt):
            tending.wait_for_the_first()
            if options.view:
                look.run(rebuild.file, options, progress)
            else:
                progress.note("watching; Ctrl-C ends it")
                tending.wait()
    finally:
        tending.end()
    return WatchReport(rebuild.file, tending.versions, tending.rounds)


def _rebuild(options: WatchOptions) -> Rebuild:
    source = find_source(Path(options.source))
    if source.kind == "recipe":
        out = options.out or source.folder / source.stem
        writable_folder(out)
    else:
        if options.show is not None:
            raise UsageProblem(
                f"show: got {options.show!r} for a {source.kind}; it is for recipes, leave it out"
            )
        out = options.out or source.folder / f"{source.stem}.glb"
        suffix_of("out", out, (".glb",))
        if source.kind == "gallery" and out.absolute().parent.is_relative_to(source.path):
            raise OutputProblem(
                f"{out.name} would hang among its own pictures; write it beside {source.path.name}"
            )
        writable(out)
    return Rebuild(source, out, show=options.show, device=options.device, looked_at=options.view)


class _Tending:
    """The thread that makes and watches; `end` ends it."""

    def __init__(self, rebuild: Rebuild, progress: Progress) -> None:
        self._rebuild, self._progress = rebuild, progress
        self._stop, self._first = threading.Event(), threading.Event()
        self._problem: BaseException | None = None
        self._wrong = False
        self.versions = self.rounds = 0
        self._thread = threading.Thread(target=self._work, name="watch", daemon=True)
        self._thread.start()

    def wait_for_the_first(self) -> None:
        """Until there is something to look at. Raises what ended the thread."""
        with self._progress.stage(f"making {self._rebuild.source.stem}", 1):
            self._until(self._first)

    def wait(self) -> None:
        """For ever, but for Ctrl-C. Raises what ended the thread."""
        self._until(self._stop)

    def _until(self, event: threading.Event) -> None:
        while not event.wait(BLINK):  # so that Ctrl-C is heard on every system
            if not self._thread.is_alive():
                break
        if self._problem is not None:
            raise self._problem

    def end(self) -> None:
        """End it, and the workers, now; twice does no harm."""
        self._stop.set()
        self._rebuild.end()
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        try:
            self._round(frozenset())
            while not self._stop.is_set():
                self._watch()
        except Interrupted:
            pass  # the workers were ended under its hands
        except BaseException as problem:
            self._problem = problem

    def _watch(self) -> None:
        """Until the source names other folders."""
        places = self._rebuild.places
        for changed in changes(places, self._stop, skip=self._rebuild.ours):
            self._round(changed)
            if self._rebuild.places != places:
                return

    def _round(self, changed: frozenset[Path]) -> None:
        clock = time.strftime("%H:%M:%S")
        try:
            came = self._rebuild.make()
        except Interrupted:
            raise
        except VrgenError as problem:
            self._wrong = True
            self._tell(f"{clock} {problem}")
            return
        if came.fresh:
            self.versions += 1
        if came.made or came.fresh:
            self.rounds += 1
            self._tell(f"{clock} {_changed(changed)}{_came(came)}")
        elif self._wrong and not came.problems:
            self._tell(f"{clock} {_changed(changed)}in order again, as it was before")
        self._wrong = bool(came.problems)
        for reason in came.problems[:MOST_TOLD]:
            self._tell(f"{clock} {reason}")
        if self.versions:
            self._first.set()

    def _tell(self, text: str) -> None:
        if not self._stop.is_set():
            self._progress.note(text)


def _changed(paths: Iterable[Path]) -> str:
    names = _listed(sorted({path.name for path in paths}))
    return f"{names} changed: " if names else ""


def _came(came: Rebuilt) -> str:
    """`court made in 4.2 s`, `2 made (a, b), 3 kept, in 1.0 s`, `court is as it was before, 0.1 s`."""
    if not came.made:
        return f"as it was once before, in {came.seconds:.1f} s"
    kept = f", {came.kept} kept" if came.kept else ""
    made = came.made[0] if len(came.made) == 1 else f"{len(came.made)} ({_listed(came.made)})"
    return f"made {made}{kept} in {came.seconds:.1f} s"


def _listed(names: Iterable[str]) -> str:
    told = list(names)
    more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return ", ".join(told[:MOST_TOLD]) + more
