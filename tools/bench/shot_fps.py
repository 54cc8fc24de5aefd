"""Frames a second of our Renderer against stock pyrender, drawing the same meshes in one run.

    python tools/bench/shot_fps.py [--frames 8] [--size 1280x720] [--file show.glb]

Without a file the scene is a gallery as `vrgen gallery` makes it: about 120 meshes, 100,000 triangles, 50
textures of 1024 x 1024, baked light in the vertices (unlit) for us; stock pyrender knows no unlit materials
and draws the same meshes, textures and vertex colours with its own shaders and one directional light. Both
draw the same five views. The same meshes as lit PBR are measured too. Prints a table and appends rows to
tools/bench/results.csv.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from stock import stock_scene

from vrgen.core import Image, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import matrix_from_quaternion
from vrgen.gltf import read
from vrgen.view.antialias import Smoothing
from vrgen.view.shot import rendering

RESULTS = Path(__file__).parent / "results.csv"
COLUMNS = ["date", "commit", "bench", "what", "ours", "peer", "ratio", "unit", "note"]
MESHES, TEXTURES, SIDE = 120, 50, 1024
ROOM = (12.0, 4.0, 9.0)
YFOV = 0.9


def textures() -> list[Image]:
    """Fifty different pictures with detail at every scale."""
    random = np.random.default_rng(7)
    images = []
    for _ in range(TEXTURES):
        pixels = np.zeros((SIDE, SIDE, 3), np.float32)
        for cells in (4, 32, 256):
            noise = random.random((cells, cells, 3), np.float32)
            pixels += noise.repeat(SIDE // cells, axis=0).repeat(SIDE // cells, axis=1)
        images.append(Image((pixels / 3 * 255).astype(np.uint8)))
    return images


def panel(divisions: int, size: tuple[float, float], surface: Surface, repeats: float) -> Mesh:
    """A tessellated rectangle in z = 0 that faces +Z, with smooth baked light in its vertices."""
    u, v = np.meshgrid(np.linspace(0, 1, divisions + 1), np.linspace(0, 1, divisions + 1))
    points = np.stack([(u - 0.5) * size[0], (0.5 - v) * size[1], np.zeros_like(u)], axis=-1).reshape(-1, 3)
    row = divisions + 1
    start = (np.arange(divisions)[:, None] * row + np.arange(divisions)).ravel()
    indices = np.concatenate(
        [
            np.stack([start, start + row, start + row + 1], -1),
            np.stack([start, start + row + 1, start + 1], -1),
        ]
    )
    light = 0.5 + 0.4 * np.sin(u * 5) * np.cos(v * 3)
    colours = np.stack([light, light * 0.97, light * 0.9, np.ones_like(light)], axis=-1).reshape(-1, 4)
    normals = np.tile((0.0, 0, 1), (len(points), 1))
    uv = np.stack([u, v], axis=-1).reshape(-1, 2) * repeats
    return Mesh(points, indices, surface, normals=normals, uv0=uv, colours=colours)


def about_y(degrees: float) -> list[float]:
    """Quaternion xyzw."""
    half = np.radians(degrees) / 2
    return [0.0, float(np.sin(half)), 0.0, float(np.cos(half))]


def gallery() -> Scene:
    """Four walls, floor and ceiling, works on the walls."""
    images = textures()
    wide, high, deep = ROOM
    divisions = 20  # 120 meshes x 800 triangles
    nodes = []

    def add(
        at: tuple[float, float, float], turn: list[float], size: tuple[float, float], repeats: float
    ) -> None:
        index = len(nodes)
        surface = Surface(base_colour=Texture(images[index % TEXTURES]), unlit=True, roughness_factor=0.8)
        mesh = panel(divisions, size, surface, repeats)
        nodes.append(Node(f"n{index}", translation=at, rotation=turn, meshes=(mesh,)))

    sides = ((0, -deep / 2, wide), (180, deep / 2, wide), (90, -wide / 2, deep), (-90, wide / 2, deep))
    for turn, offset, length in sides:
        along = turn in (90, -90)
        add((offset, 0, 0) if along else (0, 0, offset), about_y(turn), (length, high), 3.0)
        face = offset * (1 - 0.03 / abs(offset))
        for k in range(28):
            side, y = (k % 14 - 6.5) * length / 15, 0.75 if k < 14 else -0.75
            at = (face, y, side) if along else (side, y, face)
            add(at, about_y(turn), (length / 18, 1.1), 1.0)
    s = np.sqrt(0.5)
    add((0, -high / 2, 0), [-s, 0, 0, s], (wide, deep), 5.0)
    add((0, high / 2, 0), [s, 0, 0, s], (wide, deep), 3.0)
    return Scene("gallery", tuple(nodes))


def views(scene: Scene) -> list[np.ndarray]:
    """Five camera transforms (4, 4): the scene's own, else in the middle of the room, turning once around."""
    found = [world for node, world in scene.walk() if node.camera is not None]
    if found:
        return [found[index * len(found) // 5] for index in range(5)]
    for step in range(5):
        world = np.eye(4)
        world[:3, :3] = matrix_from_quaternion(about_y(step * 72.0))
        world[:3, 3] = (np.sin(step) * 2, -0.4, np.cos(step) * 2)
        found.append(world)
    return found


def timed(draw: Callable[[int], object], frames: int) -> float:
    """Frames a second, the best of three rounds after a warm-up: other work on the machine only slows."""
    for index in range(5):
        draw(index)
    best = 0.0
    for _ in range(3):
        began = time.perf_counter()
        for index in range(frames):
            draw(index)
        best = max(best, frames / (time.perf_counter() - began))
    return best


def ours(
    scene: Scene, size: tuple[int, int], frames: int, *, smoothing: Smoothing, read: bool, anisotropy: float
) -> float:
    """Frames a second of our Renderer; without reading, the frame is still waited for (glFinish)."""
    from vrgen.core import Camera

    with rendering(scene, anisotropy=anisotropy) as renderer:
        from vrgen.view.eye import Eye
        from vrgen.view.gl import GL
        from vrgen.view.target import Target

        eyes = [Eye.of(Camera(YFOV), world, aspect=size[0] / size[1]) for world in views(scene)]
        with Target(*size, smoothing=smoothing) as target:

            def draw(index: int) -> object:
                renderer.render(eyes[index % 5], target.framebuffer, size)
                target.finish()
                if read:
                    return target.pixels()
                target.resolve()
                return GL.glFinish()

            return timed(draw, frames)


def stock(scene: Scene, size: tuple[int, int], frames: int) -> float:
    """Frames a second of pyrender's OffscreenRenderer: 4 samples, and colour and depth read, always."""
    from vrgen.view.gl import pyrender

    theirs = stock_scene(scene)
    camera = theirs.add(pyrender.PerspectiveCamera(yfov=YFOV, znear=0.05, zfar=100.0))
    places = views(scene)
    renderer = pyrender.OffscreenRenderer(*size)

    def draw(index: int) -> object:
        theirs.set_pose(camera, places[index % 5])
        return renderer.render(theirs)

    try:
        return timed(draw, frames)
    finally:
        renderer.delete()


def lit(scene: Scene) -> Scene:
    """The same meshes as PBR surfaces."""
    return scene.map_nodes(
        lambda node: replace(
            node, meshes=tuple(replace(m, surface=replace(m.surface, unlit=False)) for m in node.meshes)
        )
    )


def main() -> None:
    """Measure, print, append."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--file", type=Path, help="a GLB instead of the scene of our own")
    arguments = parser.parse_args()
    size = tuple(int(side) for side in arguments.size.split("x"))
    scene = read(arguments.file) if arguments.file else gallery()
    triangles = sum(len(mesh.indices) for node, _ in scene.walk() for mesh in node.meshes)
    plain = {"anisotropy": 1.0}
    none, fxaa, four = Smoothing(), Smoothing(fxaa=True), Smoothing(samples=4)
    cases = {
        "baked, 4 samples, read (like for like)": (scene, dict(smoothing=four, read=True, **plain)),
        "baked, fxaa, read (the default here)": (scene, dict(smoothing=fxaa, read=True, **plain)),
        "baked, no antialiasing, read": (scene, dict(smoothing=none, read=True, **plain)),
        "baked, 4 samples, not read": (scene, dict(smoothing=four, read=False, **plain)),
        "baked, fxaa, not read": (scene, dict(smoothing=fxaa, read=False, **plain)),
        "baked, no antialiasing, not read": (scene, dict(smoothing=none, read=False, **plain)),
        "baked, 4 samples, anisotropic, read": (scene, dict(smoothing=four, read=True, anisotropy=8.0)),
        "lit PBR, 4 samples, read": (lit(scene), dict(smoothing=four, read=True, **plain)),
        "lit PBR, fxaa, read": (lit(scene), dict(smoothing=fxaa, read=True, **plain)),
    }
    peer = stock(scene, size, max(2, arguments.frames // 3))
    from vrgen.view.context import offscreen

    print(f"{sum(len(node.meshes) for node, _ in scene.walk())} meshes, {triangles} triangles")
    print(f"{size[0]}x{size[1]}, {offscreen().renderer}")
    print(f"{'stock pyrender (4 samples, read)':52} {peer:7.2f} frames/s")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    rows = []
    for what, (content, options) in cases.items():
        speed = ours(content, size, arguments.frames, **options)
        print(f"{what:52} {speed:7.2f} frames/s   {speed / peer:5.1f} x")
        rows.append(
            [
                datetime.date.today().isoformat(),
                commit,
                "shot_fps",
                what,
                f"{speed:.2f}",
                f"{peer:.2f}",
                f"{speed / peer:.1f}",
                "frames/s",
                f"{size[0]}x{size[1]}, {triangles} triangles, {offscreen().renderer}",
            ]
        )
    fresh = not RESULTS.exists()
    with RESULTS.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow(COLUMNS)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
