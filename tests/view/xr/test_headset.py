"""A whole visit under the stand-in (no headset was tried): what the eyes get, and what the hands do."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vrgen.core import Camera, Image, Mesh, Node, Scene, Surface, Texture
from vrgen.core.frames import look_rotation, matrix_from_quaternion
from vrgen.view.head_path import HeadPath

CLIENT = Path(__file__).with_name("headset_client.py")
SIZE = (224, 252)
IPD = 0.064
FOV = {"left": (-50.0, 45.0, 48.0, -52.0), "right": (-45.0, 50.0, 48.0, -52.0)}
"""What the stand-in has without a word: left, right, up, down, degrees."""
MARKS = {"red": (0.3, 1.7, -2.0), "green": (-0.5, 1.3, -2.0)}
"""Places in the world, 2 m ahead of the first pose of the head."""
NO_SKY = "no extension XR_KHR_composition_layer_equirect2"


def panel(a: Any, b: Any, c: Any, surface: Surface, name: str = "") -> Mesh:
    """A parallelogram with corners a, b, c (3,), seen from where they run counter-clockwise."""
    a, b, c = (np.asarray(corner, np.float64) for corner in (a, b, c))
    uv = [(0, 1), (1, 1), (1, 0), (0, 0)]
    return Mesh(np.array([a, b, c, a + c - b]), [(0, 1, 2), (0, 2, 3)], surface, uv0=uv, name=name)


def mark(colour: tuple[float, float, float], place: Any) -> Mesh:
    """A small octahedron around a place, of one colour."""
    corners = np.concatenate([np.eye(3), -np.eye(3)]) * 0.05 + np.asarray(place)
    faces = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]
    return Mesh(corners, faces, Surface(base_colour_factor=(*colour, 1.0), unlit=True))


def hall() -> Scene:
    """A hall of 8 x 8 m around the origin with a work, a frame and a plaque ahead. The visit begins at the
    origin and looks along -Z: the world is the stage."""
    chance = np.random.default_rng(4)
    tiles = Image(chance.integers(60, 200, (32, 32, 3)).astype(np.uint8))
    picture = Image(np.tile(np.array([[[40, 80, 200]]], np.uint8), (16, 16, 1)))

    def own(name: str, image: Image) -> Surface:
        return Surface(name=name, base_colour=Texture(image), unlit=True)

    def paint(name: str, *colour: float) -> Surface:
        return Surface(name=name, base_colour_factor=(*colour, 1.0), unlit=True)

    walls = [
        panel((-4, 0, -4), (4, 0, -4), (4, 3, -4), own("wall_plaster", tiles)),
        panel((4, 0, 4), (-4, 0, 4), (-4, 3, 4), own("wall_plaster", tiles)),
        panel((-4, 0, 4), (4, 0, 4), (4, 0, -4), own("floor_oak", tiles), "floor"),
        panel((-0.9, 1.0, -3.97), (0.9, 1.0, -3.97), (0.9, 2.0, -3.97), paint("frame_oak", 0.4, 0.2, 0.1)),
        panel(
            (1.2, 1.3, -3.98),
            (1.4, 1.3, -3.98),
            (1.4, 1.5, -3.98),
            paint("words", 1, 1, 1),
            "room_01_plaques",
        ),
    ]
    work = panel((-0.7, 1.1, -3.95), (0.7, 1.1, -3.95), (0.7, 1.9, -3.95), own("picture", picture))
    said = {
        "title": "Blue",
        "artist": "A. Painter",
        "text": "One colour, laid on in many thin coats until no stroke is left to be seen. " * 3,
    }
    inside = sky()
    nodes = (
        Node("room_01", meshes=(*walls, mark((1, 0, 0), MARKS["red"]), mark((0, 1, 0), MARKS["green"]))),
        Node("work_001", meshes=(work,), extras={"vrgen": {"work": said}}),
        Node(
            "camera_overview", translation=(0, 1.6, 0), rotation=look_rotation((0, 0, -1)), camera=Camera(0.9)
        ),
        Node(
            "camera_001",
            translation=(0, 1.5, -2.2),
            rotation=look_rotation((0, 0, -1)),
            camera=Camera(0.9),
            extras={"vrgen": {"work": "work_001"}},
        ),
        Node("sky", meshes=(inside,)),
    )
    square = [[-3.7, -3.7], [3.7, -3.7], [3.7, 3.7], [-3.7, 3.7]]
    return Scene("hall", nodes, extras={"vrgen": {"walkable": [square], "spawn": [0, 0, 0]}})


def sky() -> Mesh:
    """A sphere that wears an equirect picture: bright above, and a red stripe where it looks along +X."""
    pixels = np.zeros((64, 128, 3), np.uint8)
    pixels[:32], pixels[32:] = (150, 190, 240), (90, 90, 80)
    pixels[:, 60:68] = (220, 30, 30)
    surface = Surface(
        name="sky", base_colour=Texture(Image(pixels), wrap=("repeat", "clamp_to_edge")), unlit=True
    )
    rows, columns = 12, 24
    v, u = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1), indexing="ij")
    elevation, azimuth = np.pi * (0.5 - v), 2 * np.pi * (u - 0.5)
    level = np.cos(elevation)
    points = 50 * np.stack([level * np.cos(azimuth), np.sin(elevation), level * np.sin(azimuth)], -1).reshape(
        -1, 3
    )
    corner = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]
    faces = np.concatenate([np.stack([a, d, c], -1).reshape(-1, 3), np.stack([a, c, b], -1).reshape(-1, 3)])
    return Mesh(points, faces, surface, uv0=np.stack([u, v], -1).reshape(-1, 2), name="sky")


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hall as a GLB."""
    from vrgen.gltf import write

    path = tmp_path_factory.mktemp("hall") / "hall.glb"
    write(hall(), path)
    return path


@pytest.fixture
def visit(standin: Any, show: Path, tmp_path: Path) -> Any:
    """Plays a script to a visit, and comes back with the outcome, the head path, and what was told."""

    def played(script: Any, *, code: int = 0, **options: Any) -> SimpleNamespace:
        path = tmp_path / "path.json"
        wish = {"mirror": False, "help": False} | options
        words = [sys.executable, str(CLIENT), str(show), json.dumps(wish), str(path)]
        outcome = standin.run(words, script, environment={"OMP_NUM_THREADS": "1"})
        assert outcome.returncode == code, outcome.stderr
        assert outcome.refusals == [] or code
        told = json.loads(outcome.stdout) if outcome.stdout.strip() else {}
        return SimpleNamespace(
            outcome=outcome, told=told, path=HeadPath.read(path) if path.exists() else None, **{"code": code}
        )

    return played


def ordinary(standin: Any, *more: str, frames: int = 24, hands: str = "right") -> Any:
    """A script of a usual headset with small eyes and those hands."""
    script = standin.script(f"frames {frames}", f"size {SIZE[0]} {SIZE[1]}", *more)
    away = [side for side in ("left", "right") if side not in hands.split()]
    return script.at(0, *(f"tracked {side} 0" for side in away))


def seen_at(picture: Any, colour: str) -> tuple[float, float]:
    """(column, row) of the middle of a mark, in pixels from the top left corner."""
    rgb = picture[..., :3].astype(float)
    strong, others = {"red": (0, (1, 2)), "green": (1, (0, 2))}[colour]
    covered = (rgb[..., strong] > 150) & (rgb[..., others[0]] < 90) & (rgb[..., others[1]] < 90)
    rows, columns = np.nonzero(covered)
    assert len(rows) >= 4, f"no {colour} mark in the picture"
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


def projected(place: Any, eye: Any, angles: tuple[float, ...]) -> tuple[float, float]:
    """(column, row) where a place in the world lands for an eye (4, 4) that sees between the angles, degrees:
    the pinhole alone, written without the renderer's matrices."""
    x, y, z = eye[:3, :3].T @ (np.asarray(place) - eye[:3, 3])
    left, right, up, down = (math.tan(math.radians(angle)) for angle in angles)
    return SIZE[0] * (x / -z - left) / (right - left), SIZE[1] * (up - y / -z) / (up - down)


def turned(place: Any, yaw: float = 0.0, pitch: float = 0.0) -> np.ndarray:
    """(4, 4) pose at a place, turned by degrees to the left and up."""
    y, p = np.radians((yaw, pitch)) / 2
    about_y, about_x = (0, math.sin(y), 0, math.cos(y)), (math.sin(p), 0, 0, math.cos(p))
    pose = np.eye(4)
    pose[:3, :3] = matrix_from_quaternion(about_y) @ matrix_from_quaternion(about_x)
    pose[:3, 3] = place
    return pose


HEADS = {
    "as it begins": turned((0, 1.6, 0)),
    "turned and moved": turned((0.25, 1.45, 0.2), yaw=12.0, pitch=-4.0),
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("fov", ["usual", "odd"])
def test_a_point_two_metres_away_lands_where_geometry_says(standin, visit, head, fov):
    """In both eyes, to half a pixel and the pixel's own middle; and so with the right parallax."""
    pose = HEADS[head]
    angles = (
        FOV if fov == "usual" else {"left": (-62.0, 31.0, 40.0, -57.0), "right": (-28.0, 55.0, 51.0, -44.0)}
    )
    script = (
        ordinary(standin, NO_SKY, f"ipd {IPD}", hands="")
        .head(0, HEADS["as it begins"])
        .head(5, pose)
        .dump(15)
    )
    if fov == "odd":
        script.say("fov L {} {} {} {} R {} {} {} {}".format(*angles["left"], *angles["right"]))
    done = visit(script)
    for side, picture in zip(("left", "right"), done.outcome.eyes(15), strict=True):
        eye = pose.copy()
        eye[:3, 3] += eye[:3, 0] * (IPD / 2 if side == "right" else -IPD / 2)
        for colour, place in MARKS.items():
            expected = projected(place, eye, angles[side])
            if all(8 < at < most - 8 for at, most in zip(expected, SIZE, strict=True)):
                assert seen_at(picture, colour) == pytest.approx(expected, abs=0.7), (side, colour)
    left, right = done.outcome.eyes(15)
    assert not np.array_equal(left, right)


@pytest.mark.parametrize("lines", [(NO_SKY,), (NO_SKY, "formats 0x8058"), (NO_SKY, "formats 0x881A")])
def test_the_eyes_get_what_a_picture_without_a_headset_shows(standin, visit, show, lines):
    """Captured eyes against the offscreen renderer at the poses that the stand-in gave, in any format."""
    from vrgen.core.frames import linear_to_srgb
    from vrgen.gltf import read
    from vrgen.view.shot import rendering

    done = visit(
        ordinary(standin, *lines, hands="")
        .head(0, HEADS["as it begins"])
        .head(3, HEADS["turned and moved"])
        .dump(15)
    )
    with rendering(read(show)) as renderer:
        from vrgen.view.target import Target

        with Target(*SIZE) as target:
            for eye, captured in zip(done.path.eyes_at(15), done.outcome.eyes(15), strict=True):
                renderer.render(eye, target.framebuffer, SIZE)
                expected = target.pixels()[..., :3].astype(float)
                shown = captured[..., :3].astype(float)
                if len(lines) > 1:
                    shown = linear_to_srgb(shown / 255) * 255
                    assert (
                        np.abs(shown - expected).mean() < 3.0
                    )  # eight bits of linear light are coarse in the dark
                else:
                    assert np.abs(shown - expected).max() <= 1


def test_depth_is_handed_over(standin, visit):
    """A wall 4 m ahead lies in the depth layer where near plane and infinite far plane put it."""
    done = visit(ordinary(standin, NO_SKY).dump(15))
    entry = next(layer for layer in done.outcome.layers(15) if layer["eyes"])
    low, high, near, far = entry["eyes"][0]["depth"]
    assert (low, high) == (0, 1) and math.isinf(far)
    column, row = (round(at) for at in projected((-1.5, 1.6, -4.0), turned((-IPD / 2, 1.6, 0)), FOV["left"]))
    assert done.outcome.depths(15)[0][row, column] == pytest.approx(1 - near / 4.0, abs=1e-4)


def test_the_compositor_shows_the_sky_where_it_can(standin, visit):
    """The picture is transparent there, the layer holds the sky's own bytes and looks where our skies do."""
    done = visit(ordinary(standin).head(0, turned((0, 1.6, 0), pitch=40.0)).dump(15))
    left, _ = done.outcome.eyes(15)
    assert (left[..., 3] == 0).mean() > 0.3 and (left[..., 3] == 255).mean() > 0.1
    sky_layer, eyes = done.outcome.layers(15)
    assert not sky_layer["eyes"] and len(eyes["eyes"]) == 2
    shown = done.outcome.sky(15)
    assert tuple(shown[10, 64, :3]) == (220, 30, 30) and tuple(shown[10, 10, :3]) == (150, 190, 240)
    # the middle of a layer lies along -Z of its pose, and that of our skies along +X of the world
    middle = matrix_from_quaternion(sky_layer["pose"][3:]) @ (0, 0, -1)
    assert middle == pytest.approx((1, 0, 0), abs=1e-5)


@pytest.mark.parametrize("mode", ["alpha", "additive"])
def test_over_a_real_room_only_works_frames_and_plaques_are_shown(standin, visit, mode):
    done = visit(ordinary(standin, f"blend opaque {mode}", hands="").dump(15), blend=mode)
    left, _ = done.outcome.eyes(15)
    assert done.outcome.calls("xrEndFrame", 15)[-1]["blend"] == {"additive": 2, "alpha": 3}[mode]
    eye = turned((-IPD / 2, 1.6, 0))

    def pixel(place: Any) -> list[int]:
        column, row = (int(at) for at in projected(place, eye, FOV["left"]))
        return left[row, column].tolist()

    assert pixel((0, 1.5, -3.95)) == [40, 80, 200, 255]
    assert pixel((0.8, 1.5, -3.97))[3] == pixel((1.3, 1.4, -3.98))[3] == 255
    assert pixel((-2.5, 1.5, -4.0)) == pixel((0, 0.0, -3.0)) == pixel((0, 3.8, -4)) == [0, 0, 0, 0]


def floor_of(path: HeadPath, frame: int) -> np.ndarray:
    """(2,) x and z of the head."""
    return path.head(frame)[[0, 2], 3]


def azimuth_of(path: HeadPath, frame: int) -> float:
    """Degrees of the gaze: 270 is -Z."""
    x, _, z = -path.head(frame)[:3, 2]
    return math.degrees(math.atan2(z, x)) % 360


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_teleport_lands_where_the_arc_pointed(standin, visit, side):
    """The stick is pushed ahead and let go: the head is above the end of a throw of 7 m/s from the hand."""
    hand = turned((0.2, 1.3, -0.3), yaw=-25.0, pitch=-20.0)
    script = ordinary(standin, NO_SKY, frames=90, hands=side).hand(0, side, hand)
    script.at(20, f"stick {side} 0 1").at(40, f"stick {side} 0 0").head(0, HEADS["as it begins"])
    done = visit(script)
    assert floor_of(done.path, 39) == pytest.approx((0, 0), abs=1e-6)
    x, y, z = -hand[:3, 2] * 7.0
    flight = (y + math.sqrt(y * y + 2 * 9.81 * 1.3)) / 9.81
    expected = (0.2 + x * flight, -0.3 + z * flight)
    assert all(abs(at) < 3.7 for at in expected)
    assert floor_of(done.path, 85) == pytest.approx(expected, abs=0.01)
    assert done.path.head(85)[1, 3] == pytest.approx(1.6)


def test_a_throw_through_the_wall_leads_nowhere(standin, visit):
    hand = turned((0.2, 1.3, -3.0), pitch=10.0)
    script = ordinary(standin, NO_SKY, frames=90).hand(0, "right", hand)
    done = visit(script.at(20, "stick right 0 1").at(40, "stick right 0 0"))
    assert floor_of(done.path, 85) == pytest.approx((0, 0), abs=1e-6)


def test_a_snap_turn_is_thirty_degrees_once_a_flick(standin, visit):
    script = (
        ordinary(standin, NO_SKY, frames=60, hands="left right")
        .at(10, "stick right 1 0")
        .at(30, "stick right 0 0")
    )
    done = visit(script.at(35, "stick left -1 0").at(36, "stick left 0 0"))
    assert azimuth_of(done.path, 9) == pytest.approx(270.0, abs=1e-4)
    assert azimuth_of(done.path, 29) == pytest.approx(300.0, abs=1e-4)
    assert azimuth_of(done.path, 59) == pytest.approx(270.0, abs=1e-4)
    assert floor_of(done.path, 29) == pytest.approx((0, 0), abs=1e-6)


def test_a_button_leads_to_the_work(standin, visit):
    done = visit(ordinary(standin, NO_SKY, frames=90).at(10, "button right a 1").at(14, "button right a 0"))
    assert floor_of(done.path, 85) == pytest.approx((0, -2.2), abs=0.02)
    assert [name for _, name in done.path.stops] == ["camera_001"]


def test_pointing_at_a_work_shows_its_plaque_and_ticks_once(standin, visit):
    """The card covers a good part of what lies beside the work; the hand that came upon it shakes, once."""
    away = turned((0.2, 1.4, -0.3), yaw=-50.0)
    upon = turned((0.0, 1.4, -0.3))
    script = ordinary(standin, NO_SKY, frames=60).hand(0, "right", away).hand(20, "right", away)
    done = visit(script.hand(21, "right", upon).hand(55, "right", upon).dump(15, 50))
    ticks = [entry["frame"] for entry in done.outcome.calls("xrApplyHapticFeedback")]
    assert len(ticks) == 1 and 20 <= ticks[0] <= 30
    before, after = (done.outcome.eyes(frame)[0][..., :3].astype(int) for frame in (15, 50))
    dark = [(np.abs(picture - (14, 15, 18)) < 40).all(-1).mean() for picture in (before, after)]
    assert dark[1] > 0.01 > 5 * dark[0]


@pytest.mark.parametrize("layer", [True, False])
def test_a_sky_is_made_anew_again_and_again(standin, visit, layer):
    """Twice in one visit, whether the compositor shows it or we do."""
    up = turned((0.2, 1.2, -0.3), pitch=60.0)
    script = ordinary(standin, "rate 90", *(() if layer else (NO_SKY,)), frames=300)
    script.head(0, turned((0, 1.6, 0), pitch=50.0)).hand(0, "right", up).dump(15, 130, 290)
    for begins in (20, 160):
        script.at(begins, "button right trigger 1").at(begins + 65, "button right trigger 0")
    done = visit(script)
    assert done.told["remade"] == 2
    column, row = (
        int(at) for at in projected((-8, 40, -20), turned((-IPD / 2, 1.6, 0), pitch=50), FOV["left"])
    )

    def shown(frame: int) -> list[int]:
        picture = done.outcome.sky(frame) if layer else done.outcome.eyes(frame)[0]
        return picture[(5, 5) if layer else (row, column)][:3].tolist()

    assert [shown(frame) for frame in (15, 130, 290)] == [[150, 190, 240], [60] * 3, [120] * 3]


def painted(scene: Scene, level: int) -> Scene:
    """The scene with its walls and floor in one grey, and a sky of one blue."""

    def plain(mesh: Mesh) -> Mesh:
        worn = mesh.surface.base_colour
        if worn is None or mesh.surface.name not in ("wall_plaster", "floor_oak", "sky"):
            return mesh
        colour = (20, 30, level) if mesh.surface.name == "sky" else (level,) * 3
        image = Image(np.full_like(worn.image.pixels, 0) + np.array(colour, np.uint8))
        return replace(mesh, surface=replace(mesh.surface, base_colour=replace(worn, image=image)))

    return scene.map_nodes(lambda node: replace(node, meshes=tuple(plain(mesh) for mesh in node.meshes)))


@pytest.mark.parametrize("layer", [True, False])
def test_a_file_that_changes_is_shown_anew_and_the_wearer_is_not_moved(standin, show, tmp_path, layer):
    """Another file, a broken one, the first again: whether the compositor shows the sky or we do, what was
    there at first is there again, the head is where it was, and nothing of OpenGL is left over."""
    from vrgen.gltf import write

    file, other, broken, first = (tmp_path / f"{name}.glb" for name in ("show", "other", "broken", "first"))
    for path in (file, first):
        path.write_bytes(show.read_bytes())
    write(painted(hall(), 90), other)
    broken.write_bytes(show.read_bytes()[:3000])
    client = Path(__file__).with_name("renewal_client.py")
    wish = json.dumps({"mirror": False, "help": False})
    words = [sys.executable, str(client), *map(str, (file, wish, other, broken, first, other, first))]
    script = ordinary(standin, *(() if layer else (NO_SKY,)), frames=1000, hands="")
    script.head(0, turned((0, 1.6, 0), pitch=35.0)).dump(*range(9, 1000, 10))
    outcome = standin.run(words, script, environment={"OMP_NUM_THREADS": "1"})
    assert outcome.returncode == 0, outcome.stderr
    said = json.loads(outcome.stdout)
    assert [note.split(":")[0] for note in said["notes"][1:]] == [
        "the file has changed; the headset shows version 2",
        "the headset keeps the last good file",
        *(f"the file has changed; the headset shows version {version}" for version in (3, 4, 5)),
    ]
    at = [told["frame"] // 10 * 10 - 1 for told in said["told"]]
    seen = [outcome.eyes(frame)[0].astype(int) for frame in at]
    assert np.abs(seen[1] - seen[0]).mean() > 10
    assert np.array_equal(seen[3], seen[0]) and np.array_equal(seen[4], seen[1])
    if layer:
        skies = [outcome.sky(frame)[5, 5, :3].tolist() for frame in (at[0], at[1], at[3])]
        assert skies == [[150, 190, 240], [20, 30, 90], [150, 190, 240]]
    assert all(told["head"] == said["told"][0]["head"] for told in said["told"])
    held = [told["held"] for told in said["told"]]
    assert held[5] == held[3] and held[4] == held[1]


def test_gliding_darkens_the_edge(standin, visit):
    script = ordinary(standin, NO_SKY, frames=80, hands="left").at(20, "stick left 0 1").dump(15, 70)
    done = visit(script, glide=True)
    assert floor_of(done.path, 75)[1] < -0.5
    before, after = (done.outcome.eyes(frame)[0][..., :3].mean(-1) for frame in (15, 70))
    assert after[:8, :8].mean() < 0.1 * max(before[:8, :8].mean(), 1) or after[:8, :8].mean() < 5
    assert after[120:130, 105:115].mean() > 40


def test_a_session_lost_in_the_middle_of_a_frame_is_one_sentence(standin, visit):
    done = visit(ordinary(standin, NO_SKY).at(12, "lose session xrEndFrame"), code=1)
    lines = done.outcome.stderr.strip().splitlines()
    assert len(lines) == 1 and "vrgen stand-in" in lines[0]
    assert done.path is not None and len(done.path.frames) >= 11  # what there was of it is kept


def test_replay_walks_a_recorded_path(standin, visit, show, tmp_path):
    """What the headset cost at a stop, replay finds again."""
    from vrgen.cli.main import main

    done = visit(ordinary(standin, NO_SKY, frames=60).at(10, "button right a 1").at(14, "button right a 0"))
    path = tmp_path / "walked.json"
    done.path.write(path)
    assert main(["replay", str(show), str(path), "--quiet"]) == 0


def test_the_mirror_shows_what_the_left_eye_sees(
    standin: Any, show: Path, tmp_path: Path, screen: Any
) -> None:
    """The sky too, which the compositor draws: the window is the middle of the eye's picture, enlarged."""
    import cv2
    import PIL.ImageGrab

    display = screen(1280, 720)
    script = ordinary(standin, "rate 20", frames=600).head(0, turned((0, 1.6, 0), pitch=15.0)).dump(15)
    place = standin.write(script)
    words = [sys.executable, str(CLIENT), str(show), json.dumps({"help": False}), str(tmp_path / "path.json")]
    variables = {**os.environ, **standin.environment(place), "DISPLAY": display}
    variables.pop("PYOPENGL_PLATFORM", None)
    log = place / "log.jsonl"
    with subprocess.Popen(words, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            until = time.monotonic() + 100
            while '"frame": 20' not in (log.read_text() if log.exists() else "") and child.poll() is None:
                assert time.monotonic() < until, "no frame came"
                time.sleep(0.1)
            shown = np.asarray(PIL.ImageGrab.grab(xdisplay=display).convert("RGB")).astype(float)
            child.send_signal(signal.SIGINT)
            _, told = child.communicate(timeout=30)
        finally:
            child.kill()
    assert child.returncode == 0, told
    eye = np.fromfile(next(place.glob("*-0.rgba")), np.uint8).reshape(SIZE[1], SIZE[0], 4)
    part = round(SIZE[0] * 720 / 1280)
    top = SIZE[1] - (SIZE[1] - part) // 2 - part
    middle = cv2.resize(eye[top : top + part], (1280, 720), interpolation=cv2.INTER_LINEAR).astype(float)
    solid, clear = middle[..., 3] > 254, middle[..., 3] < 1
    assert solid.mean() > 0.2 and clear.mean() > 0.1
    assert np.abs(shown - middle[..., :3])[solid].mean() < 4
    assert np.abs(shown[clear] - (150, 190, 240)).max(axis=1).mean() < 8


@pytest.mark.parametrize("eye", [(1000, 800), (800, 1000), (896, 1007)])
@pytest.mark.parametrize("window", [(1280, 720), (720, 1280), (500, 500)])
def test_a_mirror_is_filled_without_stretching(eye: tuple[int, int], window: tuple[int, int]) -> None:
    from vrgen.view.xr.mirror import filling

    left, bottom, right, top = filling(eye, window)
    assert 0 <= left < right <= eye[0] and 0 <= bottom < top <= eye[1]
    assert (right - left) / (top - bottom) == pytest.approx(window[0] / window[1], rel=0.01)
    assert (left + right, bottom + top) == pytest.approx(eye, abs=1)
    assert (right - left, top - bottom)[0 if right - left == eye[0] else 1] in eye
