"""The viewers of the agreement table: each takes a file and gives (height, width, 3) sRGB pictures by view.

Ours draws linear radiance without an environment, as do the others, so only the file speaks. F3D, three.js
and Babylon.js draw at twice the size without antialiasing, as we do, and four pixels become one; Blender
takes a few samples a pixel over a box of one pixel, which is nearly the same.
"""

# make bench leaves this out: a part of agreement.py.
from __future__ import annotations

import base64
import io
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from agreement_scene import VIEWS, YFOV
from numpy.typing import NDArray
from PIL import Image as Pictures

from vrgen.core import Scene, Sky
from vrgen.core.frames import linear_to_srgb

HERE = Path(__file__).parent
TOP = HERE.parents[1]
MODULES = TOP / "tools" / "page" / "node_modules"
SIZE = (640, 480)
"""Width and height of the pictures that are compared."""
FINER = 2
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist "
    "--disable-dev-shm-usage"
).split()
ORIGIN = "http://agreement.localhost"
KINDS = {".html": "text/html", ".js": "text/javascript", ".glb": "model/gltf-binary"}

Picture = NDArray[np.float32]
Shots = dict[str, Picture]


def shrunk(pixels: NDArray[Any]) -> Picture:
    """(height, width, 3) in [0, 1]: every 2 x 2 pixels of an 8-bit picture as one."""
    values = np.asarray(pixels)[..., :3].astype(np.float32) / 255
    height, width = values.shape[0] // FINER, values.shape[1] // FINER
    return values.reshape(height, FINER, width, FINER, 3).mean(axis=(1, 3))


def views() -> list[dict[str, Any]]:
    """Where each camera stands, and a point it looks at."""
    return [
        {"name": name, "position": list(at), "target": [a + b for a, b in zip(at, way, strict=True)]}
        for name, (at, way) in VIEWS.items()
    ]


def ours(scene: Scene) -> Shots:
    """Our own preview, linear, under a black sky, encoded as sRGB and nothing else."""
    from vrgen.view.shot import ShotOptions, shots

    large = (SIZE[0] * FINER, SIZE[1] * FINER)
    black = Sky(np.zeros((16, 32, 3), np.float32))
    options = ShotOptions(size=large, all=True, linear=True, antialias="none")
    taken = shots(scene, options, sky=black)
    return {
        name: shrunk(np.round(linear_to_srgb(image.pixels[..., :3]) * 255)) for name, image in taken.items()
    }


def ours_as_shown(scene: Scene) -> Shots:
    """What `vrgen shot` shows, tone mapping and all."""
    from vrgen.view.shot import ShotOptions, shots

    large = (SIZE[0] * FINER, SIZE[1] * FINER)
    taken = shots(scene, ShotOptions(size=large, all=True, antialias="none"))
    return {name: shrunk(image.pixels) for name, image in taken.items()}


def f3d(file: Path, python: str = sys.executable) -> Shots:
    """F3D through OSMesa, in a process of its own."""
    large = [SIZE[0] * FINER, SIZE[1] * FINER]
    made = _run(python, "agreement_f3d.py", file, size=large, yfov_deg=math.degrees(YFOV))
    return {name: shrunk(pixels) for name, pixels in made.items()}


def blender(file: Path, python: str, **more: Any) -> Shots:
    """Cycles; more: samples, bounces, and sidecar, uv, gain."""
    made = _run(python, "agreement_blender.py", file, size=list(SIZE), yfov=YFOV, **more)
    return {name: pixels[..., :3].astype(np.float32) / 255 for name, pixels in made.items()}


def _run(python: str, script: str, file: Path, **more: Any) -> dict[str, NDArray[Any]]:
    with tempfile.TemporaryDirectory() as name:
        outs = {view["name"]: str(Path(name) / f"{view['name']}.png") for view in views()}
        jobs = [{**view, **more, "file": str(file), "out": outs[view["name"]]} for view in views()]
        listed = Path(name) / "jobs.json"
        listed.write_text(json.dumps(jobs))
        done = subprocess.run(
            [python, str(HERE / script), str(listed)], capture_output=True, text=True, timeout=900
        )
        if done.returncode or not all(Path(out).exists() for out in outs.values()):
            raise RuntimeError(f"{script} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return {view: np.asarray(Pictures.open(out).convert("RGB")) for view, out in outs.items()}


class Browser:
    """Chromium with the page of agreement_page.html; three.js from tools/page, Babylon.js where given."""

    def __init__(self, page: Any, babylon: Path | None) -> None:
        self._page, self._babylon = page, babylon
        self._files: dict[str, Path] = {}
        page.route("**/*", self._answer)
        page.goto(f"{ORIGIN}/")
        page.wait_for_function("globalThis.ready")
        if babylon is not None:
            page.add_script_tag(url=f"{ORIGIN}/babylon/babylonjs/babylon.js")
            page.add_script_tag(url=f"{ORIGIN}/babylon/babylonjs-loaders/babylonjs.loaders.min.js")

    def _answer(self, route: Any) -> None:
        """Every request ends here: nothing leaves this machine."""
        place = route.request.url.removeprefix(ORIGIN).split("?")[0]
        roots = {"three": MODULES / "three", "page": TOP / "vrgen/view/web/page", "babylon": self._babylon}
        head, _, rest = place.lstrip("/").partition("/")
        root = roots.get(head)
        path = HERE / "agreement_page.html" if place == "/" else self._files.get(place)
        if path is None and root is not None:
            path = root / rest
        if path is None or not path.is_file():
            route.fulfill(status=404, body="")
        else:
            kind = KINDS.get(path.suffix, "application/octet-stream")
            route.fulfill(status=200, content_type=kind, body=path.read_bytes())

    def shots(self, file: Path, viewer: str = "three", **more: Any) -> Shots:
        """more: plugin (plain, ours), sidecar, uv, gain: see the page."""
        if more.get("sidecar"):
            more["sidecar"] = self._served(Path(more["sidecar"]))
        large = [SIZE[0] * FINER, SIZE[1] * FINER]
        said = {"viewer": viewer, "file": self._served(file), "size": large, "yfov_deg": math.degrees(YFOV)}
        urls = self._page.evaluate("job => draw(job)", {**said, **more, "views": views()})
        return {
            name: shrunk(Pictures.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))
            for name, url in zip(VIEWS, urls, strict=True)
        }

    def _served(self, file: Path) -> str:
        place = f"/files/{len(self._files)}/{file.name}"
        self._files[place] = file
        return ORIGIN + place


@contextmanager
def browser(babylon: Path | None = None) -> Iterator[Browser]:
    """Chromium, closed at the end."""
    from playwright.sync_api import sync_playwright

    program = next((path for path in CHROMIUM if Path(path).exists()), None)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield Browser(chromium.new_page(), babylon)
        finally:
            chromium.close()


def jobs_of(shots: Mapping[str, Picture]) -> list[Picture]:
    """The pictures in the order of the views."""
    return [shots[name] for name in VIEWS]
