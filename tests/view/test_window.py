"""The window on a real (virtual) display: opened, walked in by key presses, looked at, closed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageGrab
import pytest

from vrgen.core import Camera, Image, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import look_rotation
from vrgen.gltf import write

SIZE = (640, 400)
VISIT = """
import sys
from pathlib import Path
import numpy as np
from vrgen.core import Camera, Image, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import look_rotation
from vrgen.view.options import ViewOptions
from vrgen.view.window import view

colours = np.random.default_rng(1).integers(40, 250, (8, 8, 3)).astype(np.uint8)
wall = Surface(base_colour=Texture(Image(colours), magnify="nearest"), unlit=True, double_sided=True)
corners = [(-3, 3, -3), (3, 3, -3), (3, 0, -3), (-3, 0, -3), (-3, 0, 3), (3, 0, 3)]
uv = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2)]
room = Mesh(corners, [(0, 3, 2), (0, 2, 1), (3, 4, 5), (3, 5, 2)], wall, uv0=uv)
stops = [
    Node(f"camera_00{i}", translation=[x, 1.6, 1], rotation=look_rotation((0, 0, -1)), camera=Camera(0.9),
         extras={"vrgen": {"stop": i, "work": "picture"}})
    for i, x in ((1, -1.0), (2, 1.0))
]
picture = Node("picture", meshes=(room,), extras={"vrgen": {"work": {"title": "Squares", "artist": "Me"}}})
walkable = [[[-2, -2], [2, -2], [2, 2], [-2, 2]]]
scene = Scene("A small room", (picture, *stops), extras={"vrgen": {"walkable": walkable}})
view(scene, ViewOptions(size=(640, 400), pictures=Path(sys.argv[1])))
"""


@pytest.fixture
def display(screen: Callable[[int, int], str]) -> str:
    """An X display of our own."""
    if shutil.which("xdotool") is None:
        pytest.skip("needs xdotool: apt install xdotool")
    return screen(*SIZE)


def grabbed(display: str) -> np.ndarray:
    """The screen, (height, width, 3) uint8."""
    return np.asarray(PIL.ImageGrab.grab(xdisplay=display).convert("RGB"))


def until(display: str, wanted: Callable[[np.ndarray], bool], what: str) -> np.ndarray:
    """The screen as soon as it is as wanted; fails after a generous while."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        screen = grabbed(display)
        if wanted(screen):
            return screen
    pytest.fail(f"the window never showed {what}")


def differs(screen: np.ndarray) -> Callable[[np.ndarray], bool]:
    """Whether another screen looks different: one pixel in fifty changed visibly."""
    return lambda other: float((np.abs(other.astype(int) - screen).max(axis=2) > 24).mean()) > 0.02


def still(display: str) -> np.ndarray:
    """The screen once two grabs in a row agree."""
    last = grabbed(display)
    for _ in range(200):
        screen = grabbed(display)
        if np.array_equal(screen, last):
            return screen
        last = screen
    pytest.fail("the window never came to rest")


def test_a_visit(display: str, tmp_path: Path):
    """Opens with help, hides it, glides to stops, walks, stops at the fence, takes a picture and closes."""
    environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("PYOPENGL_PLATFORM", None)
    visit = subprocess.Popen(
        [sys.executable, "-c", VISIT, str(tmp_path)], env=environment, stderr=subprocess.PIPE, text=True
    )

    def press(*keys: str) -> None:
        subprocess.run(["xdotool", *keys], env=environment, check=True)

    try:
        until(display, lambda s: visit.poll() is not None or s.mean() > 20, "anything but black")
        assert visit.poll() is None, visit.stderr.read() if visit.stderr else ""
        opened = still(display)
        press("key", "h")
        plain = until(display, differs(opened), "a picture without its help")
        press("key", "2")
        until(display, differs(plain), "the second stop")
        press("key", "p")
        captioned = still(display)
        press("keydown", "w")
        walked = until(display, differs(captioned), "a step ahead")
        press("keyup", "w")
        press("key", "F12")
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob("*.png")) and time.monotonic() < deadline:
            grabbed(display)
        press("key", "Escape")
        assert visit.wait(30) == 0
    finally:
        if visit.poll() is None:
            visit.kill()
            visit.wait()
        if visit.stderr:
            visit.stderr.close()
    assert walked.mean() > 20
    with PIL.Image.open(tmp_path / "vrgen-001.png") as taken:
        assert taken.size == SIZE and np.asarray(taken).std() > 20


def small_room(seed: int) -> Scene:
    """Two squares of chance colours, and a place to walk before them."""
    colours = np.random.default_rng(seed).integers(40, 250, (8, 8, 3)).astype(np.uint8)
    wall = Surface(base_colour=Texture(Image(colours), magnify="nearest"), unlit=True, double_sided=True)
    corners = [(-3, 3, -3), (3, 3, -3), (3, 0, -3), (-3, 0, -3), (-3, 0, 3), (3, 0, 3)]
    uv = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2)]
    room = Mesh(corners, [(0, 3, 2), (0, 2, 1), (3, 4, 5), (3, 5, 2)], wall, uv0=uv)
    eye = Node("camera_001", translation=[0, 1.6, 1], rotation=look_rotation((0, 0, -1)), camera=Camera(0.9))
    walkable = [[[-2, -2], [2, -2], [2, 2], [-2, 2]]]
    return Scene("room", (Node("room", meshes=(room,)), eye), extras={"vrgen": {"walkable": walkable}})


def test_a_file_that_changes_is_shown_anew_and_nobody_is_moved(display: str, tmp_path: Path):
    """Another file, a broken one (with a word about it), and the first again: it looks as it did."""
    show = tmp_path / "show.glb"
    write(small_room(1), show)
    environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("PYOPENGL_PLATFORM", None)
    words = [sys.executable, "-m", "vrgen", "view", str(show), "--size", "640x400", "--no-help"]
    visit = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)

    def press(*keys: str) -> None:
        subprocess.run(["xdotool", *keys], env=environment, check=True)

    try:
        until(display, lambda s: visit.poll() is not None or s.mean() > 20, "anything but black")
        opened = still(display)
        press("keydown", "w", "keydown", "d")
        until(display, differs(opened), "a step aside")
        press("keyup", "w", "keyup", "d")
        first = still(display)
        write(small_room(2), show)
        second = until(display, differs(first), "the other file")
        good = show.read_bytes()
        show.write_bytes(good[: len(good) // 2])
        captioned = until(display, lambda s: not np.array_equal(s, second), "a word about the broken file")
        assert (captioned != second).any(axis=2).mean() < 0.15, "the rest stays as it was"
        write(small_room(1), show)
        until(display, lambda s: np.array_equal(s[:300], first[:300]), "what was there at first")
        press("key", "Escape")
        assert visit.wait(30) == 0
        told = visit.stderr.read() if visit.stderr else ""
    finally:
        if visit.poll() is None:
            visit.kill()
            visit.wait()
        if visit.stderr:
            visit.stderr.close()
    assert "show.glb has changed; the window shows version 3" in told
    assert told.count("the window keeps the last good file: ") == 1


def test_no_display_is_one_sentence(tmp_path: Path):
    """Without a display: what was expected and what to do instead, no traceback of another library."""
    program = f"import vrgen.errors as e\ntry:\n exec({VISIT!r})\nexcept e.MissingPart as p:\n print(p)"
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "no window can be opened here" in done.stdout and "vrgen shot" in done.stdout
    assert done.stdout.count("\n") == 1 and "Traceback" not in done.stderr
