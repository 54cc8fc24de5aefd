"""What the tests of the page share: a gallery of two rooms, real Chromium, a visitor who is watched."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vrgen.core import Camera, Image, Mesh, Node, Scene, Surface, Texture
from vrgen.core.files import resource
from vrgen.core.frames import look_rotation
from vrgen.core.progress import Silent
from vrgen.errors import MissingPart
from vrgen.view.web.guard import Guard
from vrgen.view.web.server import Server

ROOT = Path(__file__).resolve().parents[4]
MODULES = ROOT / "tools" / "page" / "node_modules"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist "
    "--disable-dev-shm-usage"
).split()
HEADSET = """
const device = new IWER.XRDevice(IWER.metaQuest3, { stereoEnabled: true });
device.installRuntime({ forceInstall: true });
device.position.set(0, 1.6, 0);
globalThis.device = device;
"""
"""Meta's emulator of a Quest 3; only the tests know of it, the page is the one that ships."""
PATIENCE = 40.0
"""Seconds until something that should happen counts as not happening: software GL on a busy machine."""
WALK = [[[-3.6, -2.2], [3.6, -2.2], [3.6, 2.6], [-3.6, 2.6]], [[3, -0.4], [5, -0.4], [5, 0.4], [3, 0.4]]]
WALK += [[[4.6, -2.2], [8.6, -2.2], [8.6, 2.6], [4.6, 2.6]]]
WORKS = (
    ("work_001", "Ember", (-2.4, 1.5, -2.97), (200, 60, 30)),
    ("work_002", "Tide", (0.0, 1.5, -2.97), (30, 90, 190)),
    ("work_003", "Moss", (2.4, 1.5, -2.97), (50, 150, 60)),
    ("work_004", "Far side", (6.6, 1.5, -2.97), (180, 150, 40)),
)


def rectangle(surface: Surface, width: float, height: float, *, light: float = 1.0) -> Mesh:
    """Facing +Z around the origin, darker towards its lower edge as if baked."""
    w, h = width / 2, height / 2
    shade = [light * 0.7, light * 0.7, light, light]
    return Mesh(
        [(-w, -h, 0), (w, -h, 0), (w, h, 0), (-w, h, 0)],
        [(0, 1, 2), (0, 2, 3)],
        surface,
        normals=[(0, 0, 1)] * 4,
        uv0=[(0, 1), (1, 1), (1, 0), (0, 0)],
        colours=[(s, s, s, 1.0) for s in shade],
    )


def painted(name: str, colour: tuple[int, int, int]) -> Surface:
    """A picture with large and small forms, so that a wrong UV or a missing mipmap is seen."""
    y, x = np.mgrid[0:128, 0:192]
    pixels = np.array(colour, np.float64) * (0.4 + 0.6 * x[..., None] / 192)
    pixels[((x - 130) ** 2 + (y - 40) ** 2) < 900] = (240, 235, 220)
    pixels[((x // 8 + y // 8) % 2 == 0) & (y > 90)] *= 0.45
    return Surface(name, base_colour=Texture(Image(pixels.astype(np.uint8))), unlit=True)


def wall(name: str, at: tuple[float, float, float], facing: tuple[float, float, float], size: Any) -> Node:
    grey = Surface(name, base_colour_factor=(0.62, 0.61, 0.59, 1.0), unlit=True)
    back = tuple(-part for part in facing)
    return Node(name, translation=at, rotation=look_rotation(back), meshes=(rectangle(grey, *size),))


def boards() -> Surface:
    """A floor of boards."""
    random = np.random.default_rng(5)
    rows = np.repeat(random.uniform(110, 170, 16), 8)[:, None, None] * np.array([1.0, 0.86, 0.7])
    rows[::8] *= 0.6
    return Surface(
        "floor", base_colour=Texture(Image(np.tile(rows, (1, 128, 1)).astype(np.uint8))), unlit=True
    )


def room(name: str, low: float, high: float, *, door: str) -> list[Node]:
    """Walls, floor and ceiling from x = `low` to `high`, 6 m deep and 3.2 m high; a door in the middle of one
    side, west or east."""
    middle, long = (low + high) / 2, high - low
    lid = Surface("ceiling", base_colour_factor=(0.8, 0.8, 0.8, 1.0), unlit=True)
    nodes = [
        wall(f"{name}_north", (middle, 1.6, -3), (0, 0, 1), (long, 3.2)),
        wall(f"{name}_south", (middle, 1.6, 3), (0, 0, -1), (long, 3.2)),
    ]
    for side, x, facing in (("west", low, 1), ("east", high, -1)):
        parts = ((-1.75, 2.5), (1.75, 2.5)) if side == door else ((0.0, 6.0),)
        nodes += [wall(f"{name}_{side}_{z}", (x, 1.6, z), (facing, 0, 0), (width, 3.2)) for z, width in parts]
    for kind, y, down, surface in (("floor", 0.0, -1, boards()), ("lid", 3.2, 1, lid)):
        turn = look_rotation((0, down, 0), up=(0, 0, -1))
        lying = (rectangle(surface, long, 6.0),)
        nodes.append(Node(f"{name}_{kind}", translation=(middle, y, 0), rotation=turn, meshes=lying))
    return nodes


def hung(name: str, title: str, at: Any, colour: tuple[int, int, int]) -> list[Node]:
    """A picture of 1.2 x 0.8 m, and the camera that stands before it."""
    extras = {"title": title, "artist": "A. Maker", "year": "2026", "text": f"Words about {title}.",
              "alt": f"A bright disc over {title.lower()}", "size_cm": [120.0, 80.0]}  # fmt: skip
    stop = Node(
        name.replace("work", "camera"),
        translation=(at[0], 1.5, at[2] + 1.5),
        camera=Camera(np.pi / 3),
        extras={"vrgen": {"stop": int(name[-1]), "work": name}},
    )
    picture = rectangle(painted(name, colour), 1.2, 0.8, light=1.0)
    return [Node(name, translation=at, meshes=(picture,), extras={"vrgen": {"work": extras}}), stop]


def gallery(*, colour: tuple[int, int, int] | None = None) -> Scene:
    """Two rooms with a door between them, four pictures; `colour` paints the first one anew."""
    start = Node("camera_overview", translation=(-3.2, 1.6, 2.3), rotation=look_rotation((4.0, -0.5, -4.4)),
                 camera=Camera(np.pi / 3), extras={"vrgen": {"stop": 0}})  # fmt: skip
    works = [(n, t, at, colour if colour and n == "work_001" else c) for n, t, at, c in WORKS]
    nodes = [*room("a", -4, 4, door="east"), *room("b", 4.2, 9, door="west"), start]
    outside = Surface("sky", base_colour_factor=(0.5, 0.7, 0.9, 1.0), unlit=True)
    nodes.append(Node("sky", translation=(4.1, 1.6, -20), meshes=(rectangle(outside, 60, 40),)))
    nodes += [node for work in works for node in hung(*work)]
    ours = {"walkable": WALK, "route": [[0, 0], [4, 0], [6, 0]], "spawn": [0, 0, 0], "exposure": 1.0}
    return Scene("Two rooms", tuple(nodes), extras={"vrgen": ours})


@dataclass
class Visitor:
    """A page in Chromium, and everything it said and asked for."""

    page: Any
    origin: str
    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: said.type in ("error", "warning") and self._hears(said.text))
        self.page.on("pageerror", lambda problem: self._hears(str(problem)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _hears(self, text: str) -> None:
        # The driver of software GL complains that the tests read pixels; that is not the page's doing.
        if "GPU stall due to ReadPixels" not in text:
            self.console.append(text)

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript; `page` is the page's own object."""
        return self.page.evaluate(f"(() => {{ const page = globalThis.vrgen; return ({expression}); }})()")

    def until(self, expression: str, *, seconds: float = PATIENCE) -> Any:
        """Wait until it holds; what it is then."""
        ends = time.monotonic() + seconds
        while not (value := self.ask(expression)):
            assert time.monotonic() < ends, f"never: {expression}; it said {self.console}"
            self.page.wait_for_timeout(20)
        return value

    def frames(self, count: int = 3) -> None:
        """Wait for some more pictures: time means little on a slow machine."""
        after = self.ask("page.stage.frames") + count
        self.until(f"page.stage.frames >= {after}")

    def still(self) -> None:
        """Wait until nothing moves and the last picture is drawn whole."""
        self.until("!page.walk.way && !page.stage.looping")

    def press(self, *keys: str) -> None:
        """Strokes of the keyboard."""
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def stance(self) -> dict[str, float]:
        """Where the visitor stands and looks."""
        return self.ask("page.walk.stance")

    @property
    def focus(self) -> str:
        """The id (or else the words) of what has the keyboard."""
        return self.ask(
            "(document.activeElement.id || document.activeElement.ariaLabel"
            " || document.activeElement.innerText)"
        )

    def picture(self) -> NDArray[np.uint8]:
        """The canvas alone, (H, W, 3)."""
        import cv2

        data = self.page.evaluate(
            """async () => {
              const { stage } = globalThis.vrgen;
              stage.renderer.render(stage.scene, stage.camera);
              const blob = await new Promise((done) => stage.canvas.toBlob(done));
              return [...new Uint8Array(await blob.arrayBuffer())];
            }"""
        )
        return cv2.imdecode(np.array(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]

    def screen(self) -> NDArray[np.uint8]:
        """The whole page as it is seen, (H, W, 3)."""
        import cv2

        return cv2.imdecode(np.frombuffer(self.page.screenshot(), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]

    def enter(self, button: str = "#enter-vr") -> None:
        """Put the headset on."""
        self.page.click(button)
        self.until("!['no', undefined].includes(document.documentElement.dataset.immersed)")
        self.frames(2)

    def leave(self) -> None:
        """Take it off."""
        self.ask("page.immersion.now.session.end().then(() => 1)")
        self.until("document.documentElement.dataset.immersed === 'no'")

    def check(self) -> None:
        """Nothing left this server, nothing was complained about."""
        allowed = (self.origin, "blob:", "data:", self.origin.replace("http:", "ws:"))
        assert [url for url in self.asked if not url.startswith(allowed)] == []
        assert self.console == []


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the built page."""
    try:
        return resource("assets/page/index.html").parent
    except MissingPart:
        pytest.skip("the page is not built; type: make page")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = next((path for path in CHROMIUM if Path(path).exists()), None)
    if path is None:
        pytest.skip("no Chromium here; apt install chromium")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def iwer() -> str:
    """The script that puts a Quest 3 into the browser."""
    path = MODULES / "iwer" / "build" / "iwer.min.js"
    if not path.exists():
        pytest.skip("no IWER here; type: make page")
    return path.read_text(encoding="utf-8") + HEADSET


@pytest.fixture(scope="session")
def axe() -> str:
    """The script that looks for barriers."""
    path = MODULES / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip("no axe-core here; type: make page")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def two_rooms() -> Scene:
    """The gallery that is visited."""
    return gallery()


@pytest.fixture(scope="session")
def serve(start: Any, make_site: Any, built: Path, web: Any) -> Callable[..., Any]:
    """`with serve(scene) as running:` a server of that scene with the real page."""

    def serving(scene: Scene | Path) -> Any:
        site = make_site(scene, page=built)
        return start(lambda port: Server(site, Guard(web.names, port), web.Heard()))

    return serving


@pytest.fixture(scope="session")
def served(serve: Any, two_rooms: Scene) -> Iterator[Any]:
    """A server of the two rooms."""
    with serve(two_rooms) as running:
        yield running


class Door:
    """Opens pages of one server, and checks whoever visited when it is closed."""

    def __init__(self, chromium: Any, served: Any) -> None:
        self._chromium, self._served = chromium, served
        self._contexts: list[Any] = []
        self._visitors: list[Visitor] = []

    def __call__(
        self,
        width: int = 480,
        height: int = 300,
        *,
        scripts: tuple[str, ...] = (),
        server: Any = None,
        fragment: str = "",
        path: str = "",
        ready: bool = True,
        **context: Any,
    ) -> Visitor:
        running = server or self._served
        size = {"width": width, "height": height}
        self._contexts.append(self._chromium.new_context(viewport=size, **context))
        page = self._contexts[-1].new_page()
        origin = f"http://localhost:{running.port}"
        visitor = Visitor(page, origin)
        self._visitors.append(visitor)
        for script in scripts:
            page.add_init_script(script)
        page.goto(f"{origin}/{path}?token={running.server.guard.token}{fragment}")
        if ready and not path:
            visitor.until("['ready', 'trouble'].includes(document.documentElement.dataset.state)")
            assert page.is_hidden("#trouble"), page.inner_text("#trouble")
        return visitor

    def close(self) -> None:
        """Nobody stays; what they noticed is told."""
        for context in self._contexts:
            context.close()
        for visitor in self._visitors:
            visitor.check()


@pytest.fixture
def visit(chromium: Any, served: Any) -> Iterator[Door]:
    """`visit(width, height, ...)` opens the page; whoever visited is checked when the test ends."""
    door = Door(chromium, served)
    yield door
    door.close()


@pytest.fixture(scope="module")
def long_visit(chromium: Any, served: Any) -> Iterator[Door]:
    """The same for all tests of a file."""
    door = Door(chromium, served)
    yield door
    door.close()


@pytest.fixture
def headset(visit: Callable[..., Visitor], iwer: str) -> Callable[..., Visitor]:
    """`headset()` opens the page in a browser with a Quest 3."""

    def worn(width: int = 480, height: int = 240, **more: Any) -> Visitor:
        visitor = visit(width, height, scripts=(iwer,), **more)
        visitor.until("'offers' in document.documentElement.dataset")
        return visitor

    return worn


@pytest.fixture(scope="session")
def repainted() -> Scene:
    """The same gallery with its first picture in another colour."""
    return gallery(colour=(230, 20, 200))


@pytest.fixture(scope="session")
def site_of_scene(make_site: Any, built: Path) -> Callable[[Scene, int], Any]:
    """The site of a scene, as a later revision."""
    return lambda scene, revision: make_site(scene, Silent(), page=built, revision=revision)


@pytest.fixture(scope="session")
def violations() -> Callable[..., list[str]]:
    """What axe finds serious on a page: `violations(page, axe)`."""

    def found(page: Any, axe: str) -> list[str]:
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished)).then(() => 1)")
        page.evaluate(axe)  # by the debugger: the page's own policy lets no foreign script in
        report = json.loads(
            page.evaluate("axe.run(document).then((report) => JSON.stringify(report.violations))")
        )
        return [
            f"{item['id']}: {item['help']}: {[node['html'][:120] for node in item['nodes']]}"
            for item in report
            if item["impact"] in ("serious", "critical", "moderate")
        ]

    return found
