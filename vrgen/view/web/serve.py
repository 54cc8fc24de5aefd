"""Serve: a scene becomes a page on an address, until Ctrl-C; a file that changes changes the page."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vrgen.core.progress import SILENT, Progress, Silent
from vrgen.core.scene import Scene
from vrgen.errors import VrgenError
from vrgen.view.options import ViewOptions
from vrgen.view.web.address import Address, advice, is_loopback, names_for, qr
from vrgen.view.web.certificate import Credentials, credentials
from vrgen.view.web.guard import Guard
from vrgen.view.web.reload import Stamp, changes, stamp_of
from vrgen.view.web.server import Server, listen
from vrgen.view.web.show import Ports, load_show
from vrgen.view.web.site import Site, SiteOptions, site_of


class Told(Silent):
    """For Python's users, who hand in no progress: the address has to be said all the same."""

    def note(self, text: str) -> None:
        """One line on the terminal."""
        sys.stderr.write(f"  {text}\n")
        sys.stderr.flush()


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """What is served, and how it becomes a site again."""

    what: Scene | Path
    """A scene, or a .glb or .gltf file, which is watched."""
    ports: Ports
    """How scenes are read and written."""
    page: Path | None
    """Folder of the built page; none takes ours."""
    progress: Progress
    """Who is told."""

    @property
    def stamp(self) -> Stamp | None:
        """What the file looks like from outside now."""
        return stamp_of(self.what) if isinstance(self.what, Path) else None

    def site(self, revision: int) -> Site:
        """The site as it is now. Raises InputProblem for a file that cannot be read."""
        setting = SiteOptions(page=self.page, revision=revision)
        return site_of(load_show(self.what, self.ports), self.ports, setting, self.progress)


def serve(
    what: Scene | Path,
    options: ViewOptions,
    ports: Ports,
    *,
    progress: Progress = SILENT,
    page: Path | None = None,
) -> None:
    """Serve a scene, or a .glb or .gltf file that is watched; returns after Ctrl-C (or SIGTERM).

    `page` is the folder of a built page, none takes ours. Raises UsageProblem for the address, InputProblem
    for the file, OutputProblem for the certificate, MissingPart without the page.
    """
    progress = Told() if progress is SILENT else progress
    source = Source(what, ports, page, progress)
    options = replace(options, host=options.host.strip() or "127.0.0.1")
    names = names_for(options.host)
    held = credentials(options.tls, names, loopback=is_loopback(options.host), progress=progress)
    with listen(options.host, options.port) as listening:  # first: what follows takes longer
        stamp = source.stamp
        with progress.stage("making the page", 1):
            site = source.site(1)
        with suppress(KeyboardInterrupt):
            asyncio.run(_run(source, site, listening, names=names, held=held, stamp=stamp, options=options))
    progress.note("the page is closed")


async def _run(
    source: Source,
    site: Site,
    listening: socket.socket,
    *,
    names: tuple[str, ...],
    held: Credentials | None,
    stamp: Stamp | None,
    options: ViewOptions,
) -> None:
    """Answer, say where, watch; until it is told to stop."""
    context = held.context() if held else None
    port = int(listening.getsockname()[1])
    guard = Guard(frozenset(names), port, tls=context is not None)
    server = Server(site, guard, source.progress, context=context)
    await server.start(listening)
    try:
        with _until_stopped() as stopped:
            address = Address(options.host, port, context is not None, guard.token)
            _tell(source.progress, address, held)
            if options.open:
                webbrowser.open(address.url())
            ends: list[asyncio.Future[Any]] = [asyncio.ensure_future(stopped.wait())]
            if stamp is not None:
                ends.append(asyncio.ensure_future(watch(source, server, site, stamp)))
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                if end.done():
                    end.result()  # a watch ends by an error alone
                end.cancel()
    finally:
        await server.stop()


@contextmanager
def _until_stopped() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C and SIGTERM set; handlers of others come back afterwards.

    Outside the main thread, and on Windows, signals keep their own way: an interrupt ends the loop.
    """
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, ValueError, RuntimeError):
            held = signal.getsignal(number)
            loop.add_signal_handler(number, stopped.set)
            before[number] = held
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _tell(progress: Progress, address: Address, held: Credentials | None) -> None:
    progress.note(f"the gallery is at {address.url()}")
    picture = qr(address.url())
    if picture is not None:
        progress.note("\n  ".join(picture.split("\n")))
    for line in advice(address, held):
        progress.note(line)
    progress.note("Ctrl-C ends it")


async def watch(source: Source, server: Server, site: Site, stamp: Stamp) -> None:
    """Swap the site whenever the file has changed; a broken file changes nothing but the terminal."""
    assert isinstance(source.what, Path)
    revision = 1
    async for seen in changes(source.what, stamp):
        try:
            made = await asyncio.to_thread(source.site, revision + 1)
        except VrgenError as problem:
            source.progress.note(f"the page keeps the last good file: {problem}")
            continue
        if made.digest == site.digest or source.stamp != seen:  # touched alone, or written to meanwhile
            continue
        site, revision = made, revision + 1
        await server.replace(site)
        source.progress.note(f"{source.what.name} has changed; the page shows version {revision}")
