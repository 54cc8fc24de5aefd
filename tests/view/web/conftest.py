"""What the tests of the web page share: a small show, a page that needs no build, a server that runs."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vrgen.core import Camera, Image, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import look_rotation
from vrgen.core.progress import Silent
from vrgen.gltf import read, write
from vrgen.view.web.guard import Guard
from vrgen.view.web.server import Server, listen
from vrgen.view.web.show import Ports, load_show
from vrgen.view.web.site import Site, SiteOptions, site_of

PORTS = Ports(read, lambda scene, path: write(scene, path))
NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Heard(Silent):
    """Keeps every note."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def quad(surface: Surface, width: float, height: float, z: float = 0.02) -> Mesh:
    """A picture in its node's axes: upright, facing +Z."""
    w, h = width / 2, height / 2
    return Mesh(
        [(-w, -h, z), (w, -h, z), (w, h, z), (-w, h, z)],
        [(0, 1, 2), (0, 2, 3)],
        surface,
        uv0=[(0, 1), (1, 1), (1, 0), (0, 0)],
        colours=[(0.5, 0.4, 0.3, 1.0)] * 4,
    )


def box(surface: Surface, size: float) -> Mesh:
    """A cube that stands on its node's origin."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    sides = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6)]
    sides += [(1, 5, 7), (1, 7, 3), (0, 2, 6), (0, 6, 4)]
    return Mesh((corners - (0.5, 0, 0.5)) * size, sides, surface)


def said(title: str, size: list[float], **more: str) -> dict[str, Any]:
    return {"vrgen": {"work": {"title": title, "size_cm": size, **more}}}


def picture(number: int, title: str, colour: tuple[int, int, int], **more: str) -> Node:
    """A picture of 0.8 x 0.4 m on the wall at z = -3, half of it dark."""
    pixels = np.full((32, 64, 3), colour, np.uint8)
    pixels[16:] //= 2
    worn = Surface(f"picture_{number}", base_colour=Texture(Image(pixels)), unlit=True)
    return Node(
        f"work_{number:03d}",
        translation=[number * 1.5, 1.5, -3.0],
        meshes=(quad(worn, 0.8, 0.4),),
        extras=said(title, [80.0, 40.0], **more),
    )


def gallery(*, colour: tuple[int, int, int] = (200, 40, 30), lit: bool = False) -> Scene:
    """Two pictures and a cube under a sky, with a floor to walk on; the first picture has a stop."""
    stop = Node(
        "camera_001",
        translation=[1.5, 1.5, -1.0],
        rotation=look_rotation((0, 0, -1)),
        camera=Camera(1.0),
        extras={"vrgen": {"work": "work_001", "stop": 1}},
    )
    grey = Surface("stone", base_colour_factor=(0.5, 0.5, 0.5, 1.0), unlit=not lit)
    cube = Node(
        "work_003", translation=[0, 0.5, 0], meshes=(box(grey, 0.4),), extras=said("Cube", [40.0] * 3)
    )
    sky = Node("sky", meshes=(box(Surface("sky", unlit=True), 60.0),), translation=[0, -30, 0])
    ours = {"walkable": [[[-4, -4], [4, -4], [4, 4], [-4, 4]]], "route": [[0, 0], [1, 1]], "exposure": 0.5}
    return Scene(
        "Small & <light>",
        (
            picture(
                1, "One <b>bold</b>", colour, artist='A "B" C', year="2026", text="Words.", alt="Red & dark"
            ),
            picture(2, "Zwei ä", (20, 60, 200)),
            cube,
            stop,
            sky,
        ),
        extras={"vrgen": ours},
    )


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


@dataclass
class Running:
    """A server in a thread of its own."""

    server: Server
    port: int
    loop: asyncio.AbstractEventLoop
    heard: Heard
    context: ssl.SSLContext | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        guard = self.server.guard
        return f"{guard.cookie}={guard.token}"

    def ask(
        self,
        target: str = "/",
        method: str = "GET",
        *,
        cookie: str | None = "",
        body: bytes | None = None,
        **more: str,
    ) -> Answer:
        """Ask as a browser that has been let in, unless `cookie` says otherwise; `a_b` is the header a-b."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if cookie is not None:
            headers["Cookie"] = cookie or self.cookie
        if self.context is None:
            line: http.client.HTTPConnection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        else:
            line = http.client.HTTPSConnection("localhost", self.port, timeout=10, context=self.context)
        try:
            line.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                line.putheader(name, value)
            if body is not None:
                line.putheader("Content-Length", str(len(body)))
            line.endheaders(body)
            got = line.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            line.close()

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are; what comes back until the end, or until nothing comes for a second."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            line.sendall(data)
            pieces = []
            while piece := line.recv(65536):
                pieces.append(piece)
                line.settimeout(1.0)
                if piece.startswith(b"HTTP/1.1 101 "):
                    break
        return b"".join(pieces)

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine where the server runs."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)


@pytest.fixture(scope="session")
def web() -> SimpleNamespace:
    """The builders above, by name."""
    return SimpleNamespace(
        gallery=gallery, picture=picture, ports=PORTS, Heard=Heard, Answer=Answer, names=NAMES
    )


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of a built page."""
    root = tmp_path_factory.mktemp("bundle")
    (root / "page" / "decoders").mkdir(parents=True)
    (root / "index.html").write_text(
        '<!doctype html>\n<html lang="en"><head>\n<meta charset="utf-8"><title>vrgen</title>'
        '<link rel="stylesheet" href="page/style.css"><script type="module" src="page/main.js"></script>'
        "</head><body><p>page</p></body></html>\n"
    )
    (root / "page" / "main.js").write_text("// " + "the page of the tests. " * 200)
    (root / "page" / "chunk-ABCD2345.js").write_text("export const here = 1;\n")
    (root / "page" / "style.css").write_text("body { margin: 0 }\n")
    (root / "page" / "main.js.map").write_text("{}")
    (root / "page" / "decoders" / "basis.wasm").write_bytes(b"\0asm" + bytes(2000))
    (root / ".secret").write_text("hidden")
    return root


@pytest.fixture(scope="session")
def show_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small gallery as a GLB."""
    path = tmp_path_factory.mktemp("show") / "show.glb"
    write(gallery(), path)
    return path


@pytest.fixture(scope="session")
def make_site(page: Path) -> Callable[..., Site]:
    """The site of a scene or a file."""

    def make(what: Scene | Path, progress: Any = None, ports: Ports = PORTS, **options: Any) -> Site:
        return site_of(
            load_show(what, ports), ports, SiteOptions(**{"page": page} | options), progress or Silent()
        )

    return make


@pytest.fixture
def no_loop() -> Iterator[None]:
    """Playwright's loop stands still between its calls, but counts as running where its tests came before."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def running(make_site: Callable[..., Site], show_file: Path) -> Iterator[Running]:
    """A server with the small gallery."""
    site = make_site(show_file)
    with running_server(lambda port: Server(site, Guard(NAMES, port), Heard())) as it:
        yield it


@pytest.fixture(scope="session")
def start() -> Callable[..., Any]:
    """`with start(lambda port: Server(...), context=None) as running:`"""
    return running_server


class running_server:
    """Starts a server in a thread; ends it."""

    def __init__(self, make: Callable[[int], Server], context: ssl.SSLContext | None = None) -> None:
        self._make = make
        self._context = context

    def __enter__(self) -> Running:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        listening = listen("127.0.0.1", 0)
        port = listening.getsockname()[1]
        self.server = self._make(port)
        self._wait(self.server.start(listening))
        return Running(self.server, port, self.loop, self.server._progress, self._context)

    def __exit__(self, *problem: object) -> None:
        self._wait(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.loop.close()

    def _wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)
