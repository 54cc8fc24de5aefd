"""What a frame costs: Python's share for both eyes, and frames a second into the stand-in's swapchain.

    python tools/bench/headset.py [40.glb 400.glb]

Without files, galleries of 40 and 400 works are made first (two minutes). The peer is stock pyrender: its own
scene of the same meshes and textures, its own OffscreenRenderer.
- Python: CPU time of the drawing thread a frame, both eyes of 896x1007, under Mesa's no-op driver
  (GALLIUM_NOOP=1), which takes every call and draws nothing. Twenty stops, the least of several rounds each.
- Stream: `vrgen.view.xr.headset.stroll` under the stand-in (a scripted OpenXR runtime of our tests, no
  headset), against a client on the same session that draws each eye with pyrender and uploads it into the
  swapchain image. Software OpenGL, two eyes of 896x1007, rate 0.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from gallery_40 import picture
from stock import stock_scene
from table import report, row

ROOT = Path(__file__).resolve().parents[2]
SIZE = (896, 1007)
IPD = 0.064
STOPS, ROUNDS, FRAMES, PEER_FRAMES = 20, 12, 120, 12
ANGLES = ((-0.87, 0.79, 0.84, -0.91), (-0.79, 0.87, 0.84, -0.91))


def stops(scene: Any) -> list[np.ndarray]:
    """(4, 4) head poses at up to twenty stops."""
    from vrgen.view.viewpoint import cameras

    found = [world for _, world in cameras(scene).values()]
    return found[:: max(1, len(found) // STOPS)][:STOPS]


def eye_poses(head: np.ndarray) -> list[np.ndarray]:
    """(4, 4) of both eyes."""
    poses = [head.copy(), head.copy()]
    for pose, side in zip(poses, (-1, 1), strict=True):
        pose[:3, 3] += pose[:3, 0] * (side * IPD / 2)
    return poses


def eyes(head: np.ndarray) -> list[Any]:
    """Ours."""
    from vrgen.view.eye import Eye, frustum

    out = []
    for pose, (left, right, up, down) in zip(eye_poses(head), ANGLES, strict=True):
        edges = np.tan((left, right, down, up))
        out.append(Eye(frustum(*edges, znear=0.05, zfar=None), np.linalg.inv(pose)))
    return out


def stock(scene: Any) -> tuple[Any, Any, Any]:
    """(pyrender's scene, its camera node, pyrender)."""
    from vrgen.view.gl import pyrender

    theirs = stock_scene(scene)
    return theirs, theirs.add(pyrender.PerspectiveCamera(yfov=1.7, znear=0.05, zfar=100.0)), pyrender


def thread_ms(draw: Callable[[np.ndarray], None], heads: list[np.ndarray], rounds: int) -> float:
    """Mean over the stops of the least CPU milliseconds of this thread."""
    for head in heads:
        draw(head)
    least = []
    for head in heads:
        spent = []
        for _ in range(rounds):
            began = time.thread_time()
            draw(head)
            spent.append(time.thread_time() - began)
        least.append(min(spent))
    return 1000 * float(np.mean(least))


def python_cost(file: str) -> None:
    """Run in a process of its own under the no-op driver; prints JSON."""
    from vrgen.gltf import read
    from vrgen.view.shot import rendering

    scene = read(Path(file))
    heads = stops(scene)
    with rendering(scene) as renderer:
        from vrgen.view.gl import GL
        from vrgen.view.target import Target

        driver = GL.glGetString(GL.GL_RENDERER).decode()
        with Target(2 * SIZE[0], SIZE[1]) as target:
            ours = thread_ms(
                lambda head: renderer.render(eyes(head), target.framebuffer, SIZE), heads, ROUNDS
            )
        cost = renderer.cost
    theirs, camera, pyrender = stock(scene)
    offscreen = pyrender.OffscreenRenderer(*SIZE)

    def draw(head: np.ndarray) -> None:
        for pose in eye_poses(head):
            theirs.set_pose(camera, pose)
            offscreen._renderer.render(theirs, pyrender.RenderFlags.OFFSCREEN)

    offscreen._platform.make_current()
    peer = thread_ms(draw, heads[:6], 2)
    print(json.dumps({"ours": ours, "peer": peer, "driver": driver, "batches": cost.batches}))


def stream_ours(file: str) -> None:
    """The headset path itself, timed frame by frame from its track."""
    from vrgen.gltf import read
    from vrgen.view.options import ViewOptions
    from vrgen.view.xr.headset import stroll

    clock = Clock()
    options = ViewOptions(xr=True, mirror=False, help=False, antialias="none")
    stroll(read(Path(file)), options, track=clock)
    print(json.dumps({"fps": clock.fps()}))


class Clock:
    """Counts frames once the first ones are through."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def add(self, frame: Any, cues: Any) -> None:
        """One frame is drawn and about to be handed over."""
        self.times.append(time.perf_counter())

    def fps(self) -> float:
        """Frames a second, the first five left out."""
        told = self.times[5:]
        return (len(told) - 1) / (told[-1] - told[0])


def stream_peer(file: str) -> None:
    """Stock pyrender, each eye drawn and read, uploaded into the swapchain image."""
    from vrgen.gltf import read
    from vrgen.view.xr.frame import Frame
    from vrgen.view.xr.session import SessionOptions, headset

    scene = read(Path(file))
    clock = Clock()
    with headset(SessionOptions(mirror=False)) as session:
        from vrgen.view.context import offscreen
        from vrgen.view.gl import GL

        theirs, camera, pyrender = stock(scene)
        draws = pyrender.OffscreenRenderer(*SIZE)
        head = stops(scene)[0]
        offscreen().make_current()
        texture, source = int(GL.glGenTextures(1)), int(GL.glGenFramebuffers(1))

        def upload(frame: Frame, side: int, colour: np.ndarray) -> None:
            wide, high = SIZE
            GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
            pixels = np.ascontiguousarray(colour[::-1])
            GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
            GL.glTexImage2D(
                GL.GL_TEXTURE_2D, 0, GL.GL_SRGB8_ALPHA8, wide, high, 0, GL.GL_RGB, GL.GL_UNSIGNED_BYTE, pixels
            )
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, source)
            GL.glFramebufferTexture2D(
                GL.GL_READ_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, texture, 0
            )
            GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, session.framebuffer)
            left = side * wide
            GL.glBlitFramebuffer(
                0, 0, wide, high, left, 0, left + wide, high, GL.GL_COLOR_BUFFER_BIT, GL.GL_NEAREST
            )

        for frame in session:
            if frame.shown:
                for side, pose in enumerate(eye_poses(head)):
                    theirs.set_pose(camera, pose)
                    colour, _ = draws.render(theirs)
                    offscreen().make_current()
                    upload(frame, side, colour)
                clock.add(frame, None)
            session.submit(frame)
    print(json.dumps({"fps": clock.fps()}))


def stand_in(folder: Path) -> Any:
    """The stand-in of the tests."""
    place = ROOT / "tests" / "view" / "xr" / "standin.py"
    spec = importlib.util.spec_from_file_location("standin", place)
    assert spec is not None and spec.loader is not None
    module = sys.modules["standin"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.StandIn(module.build(folder), folder)


def alone(part: str, file: str, **environment: str) -> dict[str, Any]:
    """One part in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, part, file],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def gallery(count: int, folder: Path) -> str:
    """A gallery of so many works, as the command makes it."""
    pictures = folder / str(count)
    pictures.mkdir()
    for number in range(count):
        cv2.imwrite(str(pictures / f"work_{number:03}.jpg"), picture(number))
    out = folder / f"{count}.glb"
    subprocess.run(
        [sys.executable, "-m", "vrgen", "gallery", str(pictures), "-o", str(out), "--quiet"], check=True
    )
    return str(out)


def main(files: list[str]) -> None:
    """Measure, print, append."""
    load = f"load {os.getloadavg()[0]:.1f}"
    costs = [alone("python", file, GALLIUM_NOOP="1") for file in files]
    names = [Path(file).stem for file in files]
    rows = []
    for name, cost in zip(names, costs, strict=True):
        note = f"target 10x; {cost['driver']} driver, {cost['batches']} calls an eye; {load}"
        what = f"{name} works, Python a frame, both eyes"
        rows.append(row("headset", what, cost["ours"], peer=round(cost["peer"], 2), unit="ms", note=note))
    if len(costs) > 1:
        growth = costs[1]["ours"] / costs[0]["ours"]
        rows.append(
            row("headset", f"{names[0]} to {names[1]} works, growth", growth, unit="x", note="target 2")
        )
    report(rows)
    with tempfile.TemporaryDirectory() as place:
        runtime = stand_in(Path(place))
        speeds = {}
        for part, frames in (("ours", FRAMES), ("peer", PEER_FRAMES + 5)):
            script = runtime.script(f"frames {frames}", f"size {SIZE[0]} {SIZE[1]}", "rate 0")
            script.say(
                "no extension XR_KHR_composition_layer_equirect2"
            )  # the sky is drawn, as the peer does
            words = [sys.executable, __file__, f"stream-{part}", files[0]]
            outcome = runtime.run(words, script, layer=False, timeout=600)
            assert outcome.returncode == 0, outcome.stderr[-2000:]
            speeds[part] = json.loads(outcome.stdout.strip().splitlines()[-1])["fps"]
    note = f"{names[0]} works, 2 x {SIZE[0]}x{SIZE[1]}, software GL, the stand-in, target 6x; {load}"
    ratio = round(speeds["ours"] / speeds["peer"], 2)
    entry = row(
        "headset", "frames/s into the swapchain", speeds["ours"], unit="frames/s", note=f"{note}; {ratio}x"
    )
    report([entry])
    print(f"peer {speeds['peer']:.2f} frames/s: {ratio} times as many")


if __name__ == "__main__":
    parts = {"python": python_cost, "stream-ours": stream_ours, "stream-peer": stream_peer}
    if len(sys.argv) > 2 and sys.argv[1] in parts:
        parts[sys.argv[1]](sys.argv[2])
    elif len(sys.argv) > 1:
        main(sys.argv[1:3])
    else:
        with tempfile.TemporaryDirectory() as name:
            main([gallery(count, Path(name)) for count in (40, 400)])
