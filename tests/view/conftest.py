"""What the tests of the view share: an OpenGL that is clean before and after, and small things to look at."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vrgen.core import Camera, Image, Mesh, Node, Scene, Sky, Surface, Texture
from vrgen.core.frames import equirect_directions, look_rotation
from vrgen.errors import MissingPart


def _context() -> Any:
    from vrgen.view.context import offscreen

    return offscreen()


@pytest.fixture
def gl() -> Iterator[Any]:
    """OpenGL itself, current, without an error before and after the test."""
    try:
        context = _context()
    except MissingPart as problem:
        pytest.skip(str(problem))
    context.make_current()
    from vrgen.view.gl import GL

    assert GL.glGetError() == GL.GL_NO_ERROR
    yield GL
    context.make_current()
    assert GL.glGetError() == GL.GL_NO_ERROR


@pytest.fixture(scope="session")
def screen() -> Iterator[Callable[[int, int], str]]:
    """`screen(640, 400)` is the name of an X display of our own of that size, its number chosen by itself."""
    servers: list[subprocess.Popen[bytes]] = []

    def started(width: int, height: int) -> str:
        if shutil.which("Xvfb") is None:
            pytest.skip("needs Xvfb: apt install xvfb")
        reader, writer = os.pipe()
        size = f"{width}x{height}x24"
        command = ["Xvfb", "-displayfd", str(writer), "-noreset", "-screen", "0", size]
        servers.append(subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL))
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        return f":{number}"

    yield started
    for server in servers:
        server.terminate()
        server.wait(10)


def quad(surface: Surface, *, size: float = 2.0, **attributes: Any) -> Mesh:
    """A square in the plane z = 0 that faces +Z, its UV origin at the top left."""
    half = size / 2
    positions = [(-half, half, 0), (half, half, 0), (half, -half, 0), (-half, -half, 0)]
    attributes.setdefault("normals", [(0, 0, 1)] * 4)
    attributes.setdefault("uv0", [(0, 0), (1, 0), (1, 1), (0, 1)])
    return Mesh(positions, [(0, 3, 2), (0, 2, 1)], surface, **attributes)


def ball(surface: Surface, *, rings: int = 24) -> Mesh:
    """A sphere of radius 1 around the origin."""
    v, u = np.meshgrid(
        np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings + 1), indexing="ij"
    )
    points = np.stack([np.sin(v) * np.cos(u), np.cos(v), np.sin(v) * np.sin(u)], axis=-1).reshape(-1, 3)
    row = 2 * rings + 1
    start = (np.arange(rings)[:, None] * row + np.arange(2 * rings)).ravel()
    triangles = [(start, start + 1, start + row), (start + 1, start + row + 1, start + row)]
    indices = np.concatenate([np.stack(corner, axis=-1) for corner in triangles])
    uv = np.stack([u / (2 * np.pi), v / np.pi], axis=-1).reshape(-1, 2)
    return Mesh(points, indices, surface, normals=points, uv0=uv)


def scene_of(*meshes: Mesh | Node, sky: Sky | None = None, distance: float = 2.0, yfov: float = 0.8) -> Scene:
    """Meshes at the origin (or nodes as they are), seen by a camera on +Z that looks along -Z."""
    nodes = [m if isinstance(m, Node) else Node(f"m{i}", meshes=(m,)) for i, m in enumerate(meshes)]
    camera = Node("camera_front", translation=[0, 0, distance], camera=Camera(yfov))
    return Scene("test", (*nodes, camera), sky=sky)


def even_sky(value: float | tuple[float, float, float], height: int = 16) -> Sky:
    """The same radiance all around."""
    return Sky(np.broadcast_to(np.asarray(value, np.float32), (height, 2 * height, 3)).copy())


def checker(colours: tuple[tuple[int, ...], tuple[int, ...]], cells: int = 4, cell: int = 16) -> Image:
    """A chess board, its top left cell in the first colour."""
    pattern = np.indices((cells, cells)).sum(axis=0) % 2
    return Image(np.asarray(colours, np.uint8)[pattern].repeat(cell, axis=0).repeat(cell, axis=1))


def unlit(*colour: float, **more: Any) -> Surface:
    """An unlit surface of a linear RGB or RGBA colour."""
    return Surface(base_colour_factor=(*colour, 1.0)[:4], unlit=True, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def build() -> SimpleNamespace:
    """The builders above, by name."""
    return SimpleNamespace(
        quad=quad,
        ball=ball,
        scene=scene_of,
        even_sky=even_sky,
        checker=checker,
        unlit=unlit,
        gradient_sky=lambda height=32: Sky(
            (0.15 + np.clip(equirect_directions(height)[..., 1:2], 0, 1) * (0.5, 0.8, 1.4)).astype(np.float32)
        ),
        turned=lambda node, direction: replace(node, rotation=look_rotation(direction)),
        texture=lambda image, **more: Texture(image, **more),
    )
