"""Edit and see: from a saved SCENE.toml to the file that viewers swap in, against `vrgen scene` run again.

python tools/bench/watch.py

Then how long a viewer is at it: reading a gallery again of which one picture changed, bringing it to the card
slice by slice, and showing it; on the software GL here. A graphics card is faster at the latter.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from table import Row, report, row

from vrgen.core.files import resource

SCENE = """
[scene]
title = "Court"
seed = 3
[sky]
seed = 5
size = 1024
[[material]]
name = "floor"
kind = "concrete"
[[material]]
name = "wall"
kind = "plaster"
seed = 4
[[mesh]]
name = "ground"
plane = [8, 8]
material = "floor"
[[mesh]]
name = "cube"
box = [2, 2, 2]
at = [0, 0, -2]
material = "wall"
[bake]
light = "{light}"
"""
EDITS = (
    ("a wall's seed", "seed = 4", "seed = 6"),
    ("a box moved", "at = [0,", "at = [1,"),
    ("that undone", "at = [1,", "at = [0,"),
)


def until(changed: Callable[[], bool]) -> float:
    """Seconds until it is so."""
    began = time.perf_counter()
    while not changed():
        if time.perf_counter() - began > 300:
            sys.exit("nothing happens")
        time.sleep(0.005)
    return time.perf_counter() - began


def edits(folder: Path, light: str) -> list[Row]:
    """Every edit, watched; and what the whole command takes."""
    source, file, alone = folder / f"{light}.toml", folder / f"{light}.glb", folder / "alone.glb"
    source.write_text(SCENE.format(light=light))
    watch = subprocess.Popen(
        [sys.executable, "-m", "vrgen", "watch", str(source), "--no-view"], stderr=subprocess.DEVNULL
    )
    rows = []
    try:
        until(file.exists)
        time.sleep(1.0)
        for what, old, new in EDITS:
            source.write_text(source.read_text().replace(old, new))
            before = file.stat().st_ino
            seconds = until(lambda before=before: file.stat().st_ino != before)
            began = time.perf_counter()
            again = [sys.executable, "-m", "vrgen", "scene", str(source), "-o", str(alone), "--quiet"]
            subprocess.run(again, check=True, stderr=subprocess.DEVNULL)
            peer = round(time.perf_counter() - began, 3)
            assert alone.read_bytes() == file.read_bytes(), "watched or not, the bytes are the same"
            rows.append(row("watch", f"light {light}: {what}", seconds, unit="s", peer=peer))
            time.sleep(0.5)
    finally:
        watch.terminate()
        watch.wait()
    return rows


def swap(folder: Path) -> list[Row]:
    """A sample scene read again with one picture changed."""
    from dataclasses import replace

    from vrgen.core import Image
    from vrgen.gltf import read, write
    from vrgen.gltf.reread import Rereader
    from vrgen.view.arrival import Arrival
    from vrgen.view.gl import GL
    from vrgen.view.shot import rendering

    path = folder / "walls.glb"
    blocks = str(resource("assets/samples/blocks.toml"))
    scene = [sys.executable, "-m", "vrgen", "scene", blocks, "-o", str(path), "--light", "none", "--quiet"]
    subprocess.run(scene, check=True, stderr=subprocess.DEVNULL)
    reader = Rereader()
    began = time.perf_counter()
    first = reader.read(path)
    reading = time.perf_counter() - began
    old = next(m.surface for n, _ in read(path).walk() for m in n.meshes if m.surface.base_colour is not None)
    assert old.base_colour is not None
    image = Image(255 - old.base_colour.image.pixels)

    def dressed(node):  # type: ignore[no-untyped-def]
        meshes = tuple(
            replace(m, surface=replace(m.surface, base_colour=replace(m.surface.base_colour, image=image)))
            if m.surface.name == old.name and m.surface.base_colour is not None
            else m
            for m in node.meshes
        )
        return replace(node, meshes=meshes)

    write(first.map_nodes(dressed), path)
    began = time.perf_counter()
    second = reader.read(path)
    rows = [row("watch", "one picture changed: read", time.perf_counter() - began, unit="s", peer=reading)]
    with rendering(first) as renderer:
        GL.glFinish()
        arrival, slices, done = Arrival(renderer, second), [], False
        while not done:
            began = time.perf_counter()
            done = arrival.advance()
            slices.append(time.perf_counter() - began)
        began = time.perf_counter()
        renderer.show(second)
        GL.glFinish()
        shown = time.perf_counter() - began
        told = f"{len(slices)} slices, worst {1e3 * max(slices):.1f} ms"
        rows.append(row("watch", "slices, median", float(np.median(slices)) * 1e3, unit="ms", note=told))
    began = time.perf_counter()
    with rendering(second):
        GL.glFinish()
        anew = time.perf_counter() - began
    rows.append(
        row("watch", "shown, against a new renderer", shown * 1e3, unit="ms", peer=round(anew * 1e3, 1))
    )
    return rows


def main() -> None:
    """Measure and write down."""
    with tempfile.TemporaryDirectory() as name:
        report([*edits(Path(name), "none"), *edits(Path(name), "vertex"), *swap(Path(name))])


if __name__ == "__main__":
    main()
