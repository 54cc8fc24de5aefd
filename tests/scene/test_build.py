"""What is built: within a headset's budget, light-tight, true to the works, readable."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from vrgen.core import Image, Material, Mesh, Node, Scene, Sky, Sun
from vrgen.core.frames import angles_from_direction, direction_from_angles
from vrgen.errors import ValueProblem
from vrgen.registry import styles
from vrgen.scene.build import build, heading, surfaces_needed
from vrgen.scene.finish import Laying, SurfaceRequest, surface_of
from vrgen.scene.mason import Mason, cells
from vrgen.scene.plan import plan
from vrgen.scene.plaque import draw_card, wrapped
from vrgen.scene.work import Work

STYLES = styles.names()


def flat(role: str, kind: str) -> Material:
    noise = np.random.default_rng(len(role)).integers(90, 160, size=(16, 16, 3)).astype(np.uint8)
    return Material(role, kind, Image(noise), normal=Image(np.full((16, 16, 3), 128, np.uint8), "linear"))


def sky(azimuth: float = 30.0, elevation: float = 40.0) -> Sky:
    sun = Sun(direction_from_angles(azimuth, elevation), 60000.0, np.ones(3))
    return Sky(np.full((8, 16, 3), 4000.0, np.float32), sun=sun)


def picture(index: int, *, text: str = "Oil on canvas.") -> Work:
    pixels = np.random.default_rng(index).integers(0, 255, size=(12, 16, 3)).astype(np.uint8)
    title = f"Work {index}"
    return Work(
        f"{index}.png", Image(pixels), None, None, title, "A. Painter", "1901", text, "", None, None,
        (1600, 1200), str(index),
    )  # fmt: skip


def sculpture() -> Work:
    corners = np.array([(x, y, z) for x in (0, 1) for y in (2, 3) for z in (0, 1)], np.float32)
    mesh = Mesh(corners, np.array([[0, 1, 2], [1, 3, 2], [4, 6, 5], [5, 6, 7]], np.uint32))
    model = Scene("block", (Node("block", meshes=(mesh,)),))
    return Work("b.glb", None, model, None, "Block", "", "", "", "", None, None, (0, 0), "b")


def made(style: str, works: list[Work], *, title: str | None = "Show") -> Scene:
    materials = {r.role: flat(r.role, str(r.kind)) for r in surfaces_needed(style)}
    drawing = plan(works, style=style, seed=3)
    return build(drawing, works, style=style, materials=materials, sky=sky(), title=title, seed=3)


@lru_cache
def gallery(style: str) -> Scene:
    return made(style, [*(picture(i) for i in range(40)), sculpture()])


@pytest.mark.parametrize("style", STYLES)
def test_budget_for_40_works(style: str) -> None:
    """Few draw calls, coarse structure, at most a lamp a work and the room's own."""
    scene = gallery(style)
    nodes = [node for node, _ in scene.walk()]
    assert sum(len(node.meshes) for node in nodes) < 150
    assert sum(len(mesh.indices) for node in nodes for mesh in node.meshes) < 40_000
    assert sum(node.light is not None for node in nodes) <= 70
    names = [node.name for node in nodes]
    assert len(names) == len(set(names))
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-") for name in names)


@pytest.mark.parametrize("style", STYLES)
def test_meshes_are_sound(style: str) -> None:
    """Unit normals that agree with the winding, finite UV, no empty triangle."""
    for node, _ in gallery(style).walk():
        for mesh in node.meshes:
            if mesh.normals is None or mesh.uv0 is None:
                continue
            corners = mesh.positions[mesh.indices].astype(np.float64)
            cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            area = np.linalg.norm(cross, axis=1)
            assert (area > 1e-9).all(), mesh.name
            facing = np.einsum("tk,tk->t", cross / area[:, None], mesh.normals[mesh.indices[:, 0]])
            assert (facing > 0.99).all(), mesh.name
            assert np.isfinite(mesh.uv0).all()


@pytest.mark.parametrize("style", STYLES)
def test_structure_uv_is_in_metres(style: str) -> None:
    """A metre on a wall is a metre in UV, so texels are nowhere stretched."""
    room = next(node for node, _ in gallery(style).walk() if node.name == "room_01")
    for mesh in room.meshes:
        if mesh.name.endswith(("plaques", "title", "glow", "mat", "frame")) or mesh.uv0 is None:
            continue
        p, t = mesh.positions[mesh.indices], mesh.uv0[mesh.indices]
        metres = np.linalg.norm(p[:, 1] - p[:, 0], axis=1)
        texels = np.linalg.norm(t[:, 1] - t[:, 0], axis=1)
        upright = (
            np.abs(p[:, :, :].ptp(axis=1) if hasattr(p, "ptp") else np.ptp(p, axis=1)).min(axis=1) < 1e-4
        )
        assert np.allclose(metres[upright], texels[upright], rtol=1e-3, atol=1e-4), mesh.name


def test_pictures_are_untouched_and_sit_in_their_frames() -> None:
    """The texture is the very image; the picture keeps its aspect and hangs 2 to 5 cm off the wall."""
    works = [picture(i) for i in range(6)]
    scene = made("white-cube", works)
    shown = [(node, world) for node, world in scene.walk() if node.name.startswith("work_")]
    assert len(shown) == 6
    for (node, world), work in zip(shown, works, strict=True):
        mesh = node.meshes[0]
        assert mesh.lighting == "neutral" and mesh.surface.base_colour is not None
        assert mesh.surface.base_colour.image is work.image
        wide, high, _ = np.ptp(mesh.positions, axis=0)
        assert math.isclose(wide / high, 1600 / 1200, rel_tol=1e-5)
        assert 0.015 < float(mesh.positions[:, 2].max()) < 0.05
        said = node.extras["vrgen"]["work"]
        assert said["title"] == work.title and said["artist"] == "A. Painter"
        assert np.allclose(np.array(said["size_cm"]) / 100, [wide, high], atol=1e-3)
        assert math.isclose(world[1, 3], 1.5)


def test_cameras_face_their_works() -> None:
    """Every stop looks straight at its work."""
    scene = gallery("loft")
    places = {node.name: world for node, world in scene.walk()}
    stops = [(node, world) for node, world in scene.walk() if node.camera is not None]
    assert stops[0][0].name == "camera_overview"
    assert [node.name for node, _ in stops[1:]] == [f"camera_{i:03d}" for i in range(1, 42)]
    for node, world in stops[1:]:
        aim = places[node.extras["vrgen"]["work"]][:3, 3] - world[:3, 3]
        assert -world[:3, 2] @ aim / np.linalg.norm(aim) > 0.93


def test_sculpture_stands_on_its_plinth() -> None:
    """The model's lowest point is the plinth's top, whatever its own origin."""
    scene = made("white-cube", [sculpture(), picture(0)])
    stand = next(node for node, _ in scene.walk() if node.name.endswith("_block"))
    corners = [
        (mesh.positions @ world[:3, :3].T + world[:3, 3])
        for node, world in scene.walk()
        if node.name.startswith(stand.name)
        for mesh in node.meshes
    ]
    assert math.isclose(float(np.concatenate(corners)[:, 1].min()), float(stand.translation[1]), abs_tol=1e-6)


def blocking(scene: Scene) -> NDArray[np.float32]:
    triangles = []
    for node, world in scene.walk():
        for mesh in node.meshes:
            if mesh.surface.alpha_mode != "blend":
                p = mesh.positions @ world[:3, :3].T + world[:3, 3]
                triangles.append(p[mesh.indices])
    return np.concatenate(triangles).astype(np.float32)


def test_white_cube_is_light_tight() -> None:
    """No ray from inside finds a way out, joints and corners included."""
    import trimesh

    scene = gallery("white-cube")
    triangles = blocking(scene)
    mesh = trimesh.Trimesh(
        triangles.reshape(-1, 3), np.arange(3 * len(triangles)).reshape(-1, 3), process=False
    )
    rng = np.random.default_rng(0)
    eyes = np.array([world[:3, 3] for node, world in scene.walk() if node.camera is not None])
    origins = np.repeat(eyes, 1500, axis=0)
    directions = rng.standard_normal(origins.shape)
    assert mesh.ray.intersects_any(origins, directions).all()


def test_windows_look_beside_the_sun() -> None:
    """Wherever the sun stands, the windows (-z in the plan) face 48 degrees off it."""
    for azimuth in range(0, 360, 30):
        turn = heading(sky(azimuth))
        out = np.array([-math.sin(turn), 0.0, -math.cos(turn)])
        apart = abs((angles_from_direction(out)[0] - azimuth + 180) % 360 - 180)
        assert math.isclose(apart, 48.0, abs_tol=1e-6)


def test_extras_say_where_to_walk() -> None:
    """Spawn lies in the first room; polygons and route are in world metres."""
    ours = gallery("pavilion").extras["vrgen"]
    x, y, z = ours["spawn"]
    room = np.array(ours["walkable"][0])
    edges = np.roll(room, -1, axis=0) - room
    inside = edges[:, 0] * (z - room[:, 1]) - edges[:, 1] * (x - room[:, 0])
    assert y == 0.0 and ((inside > 0).all() or (inside < 0).all())
    assert ours["style"] == "pavilion"
    assert len(ours["walkable"]) == 2 * len(ours["rooms"]) - 1 >= 3  # and the doorways between


def test_laid_materials_tile_and_keep_their_tone() -> None:
    """Boards cut from a material repeat after a whole number of pieces, around the tone asked for."""
    laying = Laying((1.0, 0.25), (2, 8), joint_m=0.004, bond=-1.0)
    request = SurfaceRequest("floor", "oak", tone=(0.4, 0.3, 0.2), laying=laying, turn=True)
    surface = surface_of(request, flat("floor", "oak"), seed=1)
    assert surface.base_colour is not None and surface.base_colour.scale == (0.5, 0.5)
    mean = surface.base_colour.image.to_linear().mean(axis=(0, 1))
    assert np.allclose(mean, request.tone, rtol=0.12)
    with pytest.raises(ValueProblem, match="floor"):
        surface_of(request, None, seed=1)


def test_holes_are_left_out_and_edges_meet() -> None:
    """Cells cover the rectangle without the holes exactly once."""
    parts = cells((0, 10, 0, 4), [(1, 2, 0, 3), (4, 6, 1, 2)])
    assert math.isclose(sum((b - a) * (d - c) for a, b, c, d in parts), 40 - 3 - 2)
    mason = Mason()
    mason.box("wood", (0, 0, 0), (1, 2, 3))
    box = mason.meshes({"wood": surface_of(SurfaceRequest("wood", None), None, seed=0)}, prefix="x")[0]
    corners = box.positions[box.indices].astype(np.float64)
    volume = np.einsum("tk,tk->t", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert math.isclose(volume, 6.0, rel_tol=1e-6)


def test_plaques_wrap_and_end_in_an_ellipsis() -> None:
    """Long words break, long texts end, and there is ink on the card."""
    lines = wrapped("one " * 200, px=20, width=200, most=4)
    assert len(lines) == 4 and lines[-1].endswith("…")
    assert all(len(line) < 40 for line in wrapped("x" * 300, px=20, width=200, most=9))
    short, long = draw_card(picture(1)), draw_card(picture(1, text="word " * 400))
    assert long.size_m[1] > short.size_m[1] and long.size_m[1] < 0.45
    assert short.pixels.min() < 60 and np.median(short.pixels) > 230
