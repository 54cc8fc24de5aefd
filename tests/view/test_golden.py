"""Golden images: small scenes of our own whose look must not drift. Compared on software OpenGL only.

VRGEN_REGENERATE_GOLDEN=1 writes them anew; look at what changed before committing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest

from vrgen.core import Camera, Image, Light, Mesh, Node, Scene, Sky, Sun, Surface, Texture, to_bytes
from vrgen.core.files import resource
from vrgen.core.frames import direction_from_angles, equirect_directions, look_rotation
from vrgen.view.shot import ShotOptions, shot

OPTIONS = ShotOptions(size=(320, 180), antialias="msaa", msaa=4)
MEAN, WORST = 0.6, 24
"""Most that a picture may differ: on average, and in one value in a thousand (of 255)."""


def seen_from(position: tuple[float, float, float], towards: tuple[float, float, float]) -> Node:
    """A camera node."""
    way = np.subtract(towards, position)
    return Node("camera_overview", translation=position, rotation=look_rotation(way), camera=Camera(0.7))


def balls(build: SimpleNamespace) -> Scene:
    """Gold and red lacquer from mirror to matt, under a blue sky with a low sun."""
    towards = direction_from_angles(60.0, 35.0)
    d = equirect_directions(64)
    sky = np.where(d[..., 1:2] > 0, (0.5, 0.8, 1.5) * (1 - 0.5 * d[..., 1:2]), (0.35, 0.3, 0.25))
    sky = sky + 6.0 * np.clip((d @ towards.astype(np.float32) - 0.9) / 0.1, 0, 1)[..., None] ** 4
    nodes = [
        Node(
            f"ball_{metallic}_{step}",
            translation=[step * 2.3, -metallic * 2.3, 0],
            meshes=(
                build.ball(
                    Surface(
                        base_colour_factor=(1, 0.72, 0.3, 1) if metallic else (0.5, 0.03, 0.02, 1),
                        metallic_factor=float(metallic),
                        roughness_factor=step / 4,
                    )
                ),
            ),
        )
        for metallic in (0, 1)
        for step in range(5)
    ]
    outside = Sky(sky.astype(np.float32), Sun(towards, 3.0, np.array([1.0, 0.9, 0.75])))
    return Scene("balls", (*nodes, seen_from((4.6, 0.2, 10.2), (4.6, -1.15, 0))), sky=outside)


def panes(build: SimpleNamespace) -> Scene:
    """Unlit boards: a turned and repeated checker, a masked one, a pane of red glass before both."""
    board = build.checker(((235, 225, 205), (40, 60, 90)))
    holes = np.full((32, 32, 4), (230, 170, 40, 255), np.uint8)
    holes[..., 3] = np.where(np.hypot(*(np.indices((32, 32)) - 15.5)) < 9, 0, 255)
    turned = Texture(board, scale=(1.5, 1.5), rotation=0.5, offset=(0.1, 0.2))
    meshes = {
        -1.1: build.unlit(1, 1, 1, base_colour=turned),
        1.1: build.unlit(1, 1, 1, base_colour=Texture(Image(holes), scale=(2, 2)), alpha_mode="mask"),
    }
    nodes = [Node(f"b{x}", translation=[x, 0, 0], meshes=(build.quad(s),)) for x, s in meshes.items()]
    glass = build.quad(build.unlit(0.9, 0.05, 0.1, 0.45, alpha_mode="blend"), size=1.6)
    nodes.append(Node("glass", translation=[0, 0.1, 0.5], meshes=(glass,)))
    return Scene("panes", (*nodes, seen_from((0.5, 0.4, 4.2), (0, 0, 0))))


def corner(build: SimpleNamespace) -> Scene:
    """Three walls with a ribbed normal map, lit by a warm spot and a cool bulb."""
    u = np.linspace(0, 8 * np.pi, 64)
    ribs = np.stack([0.5 * np.sin(u), np.zeros(64), np.sqrt(1 - 0.25 * np.sin(u) ** 2)], axis=-1)
    normal = Image(to_bytes(np.broadcast_to(ribs * 0.5 + 0.5, (64, 64, 3)).astype(np.float32)), "linear")
    plaster = Surface(base_colour_factor=(0.75, 0.72, 0.68, 1), roughness_factor=0.5, normal=Texture(normal))
    turns = {"back": (0, 0, -2), "left": (-2, 0, 0), "floor": (0, -2, 0)}
    walls = [
        Node(name, translation=at, rotation=look_rotation(at), meshes=(build.quad(plaster, size=4.0),))
        for name, at in turns.items()
    ]
    spot = Light("spot", 90.0, (1.0, 0.85, 0.6), inner_cone=0.25, outer_cone=0.5)
    lamps = [
        Node("spot", translation=[1, 1.5, 2], rotation=look_rotation((-1.6, -1.5, -3.6)), light=spot),
        Node("bulb", translation=[0.8, -1.2, -0.8], light=Light("point", 6.0, (0.5, 0.7, 1.0))),
    ]
    return Scene("corner", (*walls, *lamps, seen_from((3.2, 1.6, 4.6), (-0.6, -0.5, -0.8))))


def gallery(build: SimpleNamespace) -> Scene:
    """A wall whose light is in a map on UV 1, before a checked floor whose light is in its vertices."""
    y, x = np.mgrid[0:1:32j, 0:1:64j]
    pool = sum(np.exp(-(((x - at) / 0.13) ** 2) - ((y - 0.45) / 0.4) ** 2) for at in (0.2, 0.5, 0.8))
    light = Image((0.12 + 0.8 * pool[..., None] * (1.0, 0.93, 0.8)).astype(np.float32), "linear")
    lightmap = Texture(light, uv_set=1, wrap=("clamp_to_edge", "clamp_to_edge"))
    wall = build.quad(
        Surface(base_colour_factor=(0.8, 0.8, 0.78, 1), lightmap=lightmap),
        size=4.0,
        uv1=[(0, 0), (1, 0), (1, 1), (0, 1)],
    )
    board = Texture(build.checker(((120, 95, 70), (140, 112, 84))), scale=(2, 2))
    floor = Mesh(
        [(-2, -2, 0), (2, -2, 0), (2, -2, 3), (-2, -2, 3)],
        [(0, 3, 2), (0, 2, 1)],
        build.unlit(1, 1, 1, base_colour=board),
        uv0=[(0, 0), (1, 0), (1, 1), (0, 1)],
        colours=[(0.9, 0.85, 0.75, 1)] * 2 + [(0.15, 0.15, 0.18, 1)] * 2,
    )
    nodes = (Node("wall", meshes=(wall,)), Node("floor", meshes=(floor,)))
    extras = {"vrgen": {"exposure": 1.0}}
    return Scene("gallery", (*nodes, seen_from((0.4, -0.2, 5.4), (0, -0.35, 0))), extras=extras)


@pytest.mark.parametrize("make", [balls, panes, corner, gallery], ids=lambda make: make.__name__)
def test_golden(gl, build, tmp_path: Path, make: Callable[[SimpleNamespace], Scene]):
    """The picture is the one we once looked at and liked."""
    from vrgen.view.context import offscreen

    if not offscreen().software:
        pytest.skip(f"golden images are compared on software OpenGL, this is {offscreen().renderer}")
    got = shot(make(build), OPTIONS).pixels
    path = resource("assets") / "golden" / f"view_{make.__name__}.png"
    if os.environ.get("VRGEN_REGENERATE_GOLDEN") == "1":
        PIL.Image.fromarray(got).save(path, optimize=True)
        assert path.stat().st_size < 60_000
        return
    with PIL.Image.open(path) as stored:
        wanted = np.asarray(stored.convert("RGB"))
    difference = np.abs(got.astype(int) - wanted)
    if difference.mean() > MEAN or np.quantile(difference, 0.999) > WORST:
        shown = np.concatenate([wanted, got, np.clip(difference * 8, 0, 255).astype(np.uint8)])
        PIL.Image.fromarray(shown).save(tmp_path / "difference.png")
        pytest.fail(
            f"{make.__name__} differs by {difference.mean():.2f} on average, "
            f"{np.quantile(difference, 0.999):.0f} in its worst thousandth; "
            f"wanted, got, difference x 8: {tmp_path / 'difference.png'}"
        )
