"""What the tests of the headset share: a house of two rooms, and a wearer made of numbers."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vrgen.core import Camera, Mesh, Node, Scene, Surface
from vrgen.core.frames import look_rotation, matrix_from_quaternion
from vrgen.view.xr.frame import Frame, Hand, View

GENERATED = {"vrgen": {"kind": "plaster", "record": {"step": "texture", "seed": 5}}}
WALL, FLOOR = Surface(name="wall_plaster", extras=GENERATED), Surface(name="floor_oak", extras=GENERATED)
WALKABLE = [
    [[-3.6, -2.6], [-0.4, -2.6], [-0.4, 2.6], [-3.6, 2.6]],
    [[0.4, -2.6], [3.6, -2.6], [3.6, 2.6], [0.4, 2.6]],
    [[-0.6, 1.3], [0.6, 1.3], [0.6, 2.6], [-0.6, 2.6]],
]
"""Two rooms of 3.2 x 5.2 m and the passage between them, in the corner at +Z."""


def sheet(a: Any, b: Any, c: Any, surface: Surface, name: str = "") -> Mesh:
    """A parallelogram with corners a, b, c (3,), seen from where they run counter-clockwise."""
    a, b, c = (np.asarray(corner, np.float64) for corner in (a, b, c))
    return Mesh(np.array([a, b, c, a + c - b]), [(0, 1, 2), (0, 2, 3)], surface, name=name)


def house() -> Scene:
    """x -4 to 4, z -3 to 3, 3 m high; a wall at x = 0 up to z = 1; a work in each room; a sky all around."""
    walls = [
        sheet((-4, 0, -3), (4, 0, -3), (4, 3, -3), WALL),
        sheet((4, 0, 3), (-4, 0, 3), (-4, 3, 3), WALL),
        sheet((-4, 0, 3), (-4, 0, -3), (-4, 3, -3), WALL),
        sheet((4, 0, -3), (4, 0, 3), (4, 3, 3), WALL),
        sheet((0, 0, -3), (0, 0, 1), (0, 3, 1), replace(WALL, double_sided=True)),
    ]
    points = np.concatenate([mesh.positions for mesh in walls])
    faces = np.concatenate([mesh.indices + 4 * k for k, mesh in enumerate(walls)])
    wall = Mesh(points, faces, replace(WALL, double_sided=True), name="wall")
    floor = sheet((-4, 0, 3), (4, 0, 3), (4, 0, -3), FLOOR, "floor")
    card = sheet((2.8, 1.4, -2.98), (3.0, 1.4, -2.98), (3.0, 1.6, -2.98), Surface(name="room_01_plaques"))
    room = Node("room_01", meshes=(wall, floor, card), extras={"vrgen": {"room": "room 1"}})
    works = [
        _work("work_001", "First", (2, 1.5, -2.95), (0, 0, 1), WALL),
        _work("work_002", "Second", (-3.95, 1.5, 0), (1, 0, 0), WALL),
    ]
    cameras = [
        _camera("camera_overview", (2, 1.6, 2), (-0.2, 0, -1)),
        _camera("camera_001", (2, 1.5, -0.8), (0, 0, -1), "work_001"),
        _camera("camera_002", (-2, 1.5, 0), (-1, 0, 0), "work_002"),
    ]
    sky = Node("sky", meshes=(_box(60.0),))
    spawn = [2.0, 0.0, 2.0]
    return Scene(
        "house", (room, *works, *cameras, sky), extras={"vrgen": {"walkable": WALKABLE, "spawn": spawn}}
    )


def _work(name: str, title: str, place: Any, normal: Any, surface: Surface) -> Node:
    picture = sheet(
        (-0.5, -0.4, 0), (0.5, -0.4, 0), (0.5, 0.4, 0), replace(surface, name="picture", extras={})
    )
    said = {"title": title, "artist": "A. Painter"}
    turned = look_rotation(-np.asarray(normal, float))
    return Node(name, translation=place, rotation=turned, meshes=(picture,), extras={"vrgen": {"work": said}})


def _camera(name: str, place: Any, direction: Any, work: str = "") -> Node:
    extras = {"vrgen": {"work": work}} if work else {}
    return Node(name, translation=place, rotation=look_rotation(direction), camera=Camera(0.8), extras=extras)


def _box(half: float) -> Mesh:
    """A cube seen from inside."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64) * half
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [part[::-1] for q in quads for part in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))]
    return Mesh(corners, faces, Surface(name="sky", unlit=True, double_sided=True))


def pose(place: Any, direction: Any = (0, 0, -1)) -> np.ndarray:
    """(4, 4): at `place`, looking along `direction`."""
    matrix = np.eye(4)
    matrix[:3, :3] = matrix_from_quaternion(look_rotation(direction))
    matrix[:3, 3] = place
    return matrix


class Wearer:
    """Someone who stands in a room of her own and acts, frame by frame, at 72 frames a second."""

    def __init__(self, visitor: Any, *, head: Any = (0.3, 1.7, -0.2), look: Any = (0, 0, -1)) -> None:
        self.visitor, self.head, self.number = visitor, pose(head, look), 0
        self.hands: dict[str, Hand] = {}
        self.seen: list[Any] = []

    def frame(self, **more: Any) -> Frame:
        """The next frame."""
        view = View(self.head, (-0.7, 0.7, 0.7, -0.7))
        hands = {side: self.hands.get(side, Hand()) for side in ("left", "right")}
        time, self.number = self.number / 72, self.number + 1
        return Frame(self.number, time, 1 / 72, True, self.head, (view, view), hands, **more)

    def step(self, *, count: int = 1, **hands: Hand | None) -> Any:
        """`count` frames with these hands, which stay until they are changed; the last frame's cues."""
        self.hands |= {side: hand or Hand() for side, hand in hands.items()}
        for _ in range(count):
            self.seen.append(self.visitor.step(self.frame()))
        return self.seen[-1]

    @property
    def eye(self) -> np.ndarray:
        """(3,) the head in the world."""
        return self.visitor.rig.world(self.head)[:3, 3]

    def aim(self, point: Any, hand: Any = (0.1, 1.2, -0.5)) -> np.ndarray:
        """(4, 4) in her room: a hand there that points at `point` (3,) of the world."""
        inverse = np.linalg.inv(self.visitor.rig.matrix)
        there = (inverse @ (*point, 1.0))[:3]
        return pose(hand, there - np.asarray(hand))


@pytest.fixture(scope="session")
def home() -> Scene:
    """The house of two rooms."""
    return house()


@pytest.fixture(scope="session")
def wearer(home: Scene) -> Callable[..., Wearer]:
    """Makes someone in a scene (the house) after her first frame; options of the view by keyword."""
    from vrgen.view.options import ViewOptions
    from vrgen.view.xr.visitor import Visitor

    def made(scene: Scene = home, *, kept: Any = None, **options: Any) -> Wearer:
        someone = Wearer(Visitor(scene, ViewOptions(**options), kept=kept))
        someone.step()
        return someone

    return made


@pytest.fixture(scope="session")
def at() -> Callable[..., np.ndarray]:
    """`pose` above."""
    return pose


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The stand-in (standin.py), built once: `standin.run(code, standin.script("frames 30"))`. May skip."""
    place = Path(__file__).parent / "standin.py"
    spec = importlib.util.spec_from_file_location("standin", place)
    assert spec is not None and spec.loader is not None
    module = sys.modules["standin"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("standin")
    return module.StandIn(module.build(folder), folder)


@dataclass(frozen=True, eq=False)
class Played:
    """What came of a small visit: session_client.py under the stand-in."""

    outcome: Any
    facts: dict[str, Any]
    frames: list[dict[str, Any]]
    error: dict[str, Any] | None
    late: int | None

    @property
    def code(self) -> int:
        """The exit code."""
        return int(self.outcome.returncode)


@pytest.fixture
def played(standin: Any) -> Callable[..., Played]:
    """Plays a script to session_client.py; its wish by keyword."""

    def play(script: Any, *, display: str | None = None, environment: Any = None, **wish: Any) -> Played:
        client = [sys.executable, str(Path(__file__).with_name("session_client.py")), json.dumps(wish)]
        chosen_here = {"PYOPENGL_PLATFORM": None}  # by this process, for itself
        outcome = standin.run(
            client, script, display=display, environment={**chosen_here, **(environment or {})}
        )
        assert "Traceback" not in outcome.stderr, outcome.stderr
        lines = [json.loads(line) for line in outcome.stdout.splitlines() if line.startswith("{")]
        told = {key: value for line in lines for key, value in line.items() if key in ("facts", "late")}
        error = next((line for line in lines if "error" in line), None)
        frames = [line["frame"] for line in lines if "frame" in line]
        return Played(outcome, told.get("facts", {}), frames, error, told.get("late"))

    return play
