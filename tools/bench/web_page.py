"""Our page against a plain loader page, first picture of the same gallery: bytes that were sent, and time.

    python tools/bench/web_page.py [show.glb] [--runs 7]

Without a file the demo gallery (make demo). The plain page is what one writes first: GLTFLoader and
OrbitControls of three.js as npm ships them, unbundled, as the three.js editor loads them (their bare imports
made relative, since the policy of the server allows no inline import map), one renderer with antialiasing,
the whole file loaded, then drawn. Both are served by our server, gzip included, to the same Chromium with an
empty cache, in turns; medians. Chromium draws in software here: compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from table import report, row

from vrgen.core.files import resource
from vrgen.core.progress import SILENT
from vrgen.gltf import read, write
from vrgen.view.web.guard import Guard
from vrgen.view.web.server import Server, listen
from vrgen.view.web.show import Ports, load_show
from vrgen.view.web.site import SiteOptions, site_of

TOP = Path(__file__).resolve().parents[2]
THREE = TOP / "tools" / "page" / "node_modules" / "three"
SIZE = (1280, 720)
FLAGS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist "
    "--disable-dev-shm-usage"
).split()
HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>plain</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="page/plain.css">
<script type="module" src="page/plain.js"></script></head><body></body></html>
"""
SCRIPT = """import * as THREE from './three/three.module.js';
import { GLTFLoader } from './three/GLTFLoader.js';
import { OrbitControls } from './three/OrbitControls.js';
const renderer = new THREE.WebGLRenderer({ antialias: true });
renderer.setSize(innerWidth, innerHeight);
document.body.append(renderer.domElement);
const scene = new THREE.Scene();
scene.add(new THREE.AmbientLight(0xffffff, 1));
const camera = new THREE.PerspectiveCamera(60, innerWidth / innerHeight, 0.05, 1000);
const controls = new OrbitControls(camera, renderer.domElement);
const said = await (await fetch('show.json')).json(); // so that both look from the same place
camera.position.set(...said.start.position);
controls.target.set(...said.start.position.map((value, axis) => value + said.start.direction[axis]));
controls.update();
const gltf = await new GLTFLoader().loadAsync('show.glb');
scene.add(gltf.scene);
requestAnimationFrame(() => {
  renderer.render(scene, camera);
  performance.mark('first frame');
});
"""
MEASURED = """() => {
  const at = performance.getEntriesByName('first frame')[0]?.startTime;
  if (at === undefined) return null;
  const entries = ['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type));
  const before = entries.filter((entry) => entry.startTime <= at);
  return [at, before.reduce((sum, entry) => sum + entry.transferSize, 0)];
}"""


def plain_page(folder: Path) -> Path:
    """The page that one writes first, as a folder like that of a built page."""
    parts = folder / "page" / "three"
    parts.mkdir(parents=True)
    (folder / "index.html").write_text(HTML)
    (folder / "page" / "plain.css").write_text("body { margin: 0; overflow: hidden }\n")
    (folder / "page" / "plain.js").write_text(SCRIPT)
    for name in ("build/three.module.js", "build/three.core.js"):
        shutil.copy(THREE / name, parts)
    addons = THREE / "examples" / "jsm"
    for name in (
        "loaders/GLTFLoader.js",
        "controls/OrbitControls.js",
        "utils/BufferGeometryUtils.js",
        "utils/SkeletonUtils.js",
    ):
        text = (addons / name).read_text()
        text = text.replace("from 'three'", "from './three.module.js'").replace("'../utils/", "'./")
        (parts / Path(name).name).write_text(text)
    return folder


@contextmanager
def serving(show: Path, page: Path) -> Iterator[str]:
    """Our server with a page, in a thread; its address with the token."""
    ports = Ports(read, lambda scene, path: write(scene, path))
    site = site_of(load_show(show, ports), ports, SiteOptions(live=True, page=page))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    guard = Guard(frozenset({"localhost"}), port)
    server = Server(site, guard, SILENT)
    wait(server.start(listening))
    try:
        yield f"http://localhost:{port}/?token={guard.token}"
    finally:
        wait(server.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def first_picture(browser: Any, url: str) -> tuple[float, float]:
    """(seconds, bytes) until the first picture, with an empty cache."""
    context = browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]})
    page = context.new_page()
    page.goto(url)
    for _ in range(1200):
        measured = page.evaluate(MEASURED)
        if measured is not None:
            context.close()
            return measured[0] / 1000, float(measured[1])
        page.wait_for_timeout(50)
    raise SystemExit(f"no picture within a minute: {page.inner_text('body')}")


def main() -> None:
    """Measure, print, append."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=TOP / "out" / "demo" / "gallery.glb")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    if not arguments.file.is_file() or not THREE.is_dir():
        sys.exit(f"needs {arguments.file} and {THREE}; type: make demo page")
    from playwright.sync_api import sync_playwright

    ours, peer = [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        built = resource("assets/page")
        with (
            serving(arguments.file, built) as our_url,
            serving(arguments.file, plain_page(Path(folder))) as plain_url,
        ):
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for _ in range(arguments.runs):
                ours.append(first_picture(browser, our_url))
                peer.append(first_picture(browser, plain_url))
            browser.close()
    note = f"{arguments.file.name}, {SIZE[0]}x{SIZE[1]}, Chromium in software, median of {arguments.runs}"
    rows = []
    for index, (what, unit, scale) in enumerate(
        (("time to the first picture", "s", 1.0), ("bytes to the first picture", "MB", 1e6))
    ):
        value, other = (statistics.median(run[index] for run in runs) / scale for runs in (ours, peer))
        rows.append(row("web_page", what, value, unit=unit, peer=round(other, 4), note=note))
    report(rows)


if __name__ == "__main__":
    main()
