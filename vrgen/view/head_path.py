"""Head path: where a wearer's head went, as a file that can be walked again without a headset."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from vrgen.core.arrays import frozen
from vrgen.core.files import writing
from vrgen.core.frames import matrix_from_quaternion
from vrgen.errors import InputProblem, ValueProblem
from vrgen.view.eye import Eye, frustum

KIND, VERSION = "head path", 1
MOST_BYTES = 32_000_000
MOST_FRAMES = 300_000
"""An hour at 80 frames a second."""
MOST_STOPS = 100_000
FURTHEST = 1e5
"""Metres from the origin."""
SIDES = (16, 8192)
"""Pixels of a side of one eye's picture."""
FRAME_NUMBERS, EYE_NUMBERS = 8, 11
ZNEAR = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class HeadPath:
    """N poses of a head in the world (glTF's frame, metres), and the eyes in that head."""

    scene: str
    """Title of the scene that was walked."""
    period: float
    """Seconds between two pictures on the headset."""
    eye_size: tuple[int, int]
    """Width and height of one eye's picture in pixels."""
    frames: NDArray[np.float64]
    """(N, 8): seconds since the beginning, never falling; place x, y, z; quaternion x, y, z, w."""
    eyes: NDArray[np.float64]
    """(2, 11), left and right: place x, y, z and quaternion x, y, z, w in the head; angles of the left,
    right, upper and lower edge in radians, left and down negative."""
    stops: tuple[tuple[int, str], ...] = ()
    """(frame, name of the camera node) of every stop that the wearer was brought to, in order."""

    def __post_init__(self) -> None:
        for name, width in (("frames", FRAME_NUMBERS), ("eyes", EYE_NUMBERS)):
            value = frozen(
                getattr(self, name), name=f"head path: {name}", dtype=np.float64, shape=(None, width)
            )
            object.__setattr__(self, name, value)
        problem = _problem(self)
        if problem:
            raise ValueProblem(f"head path: {problem}")

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return float(self.frames[-1, 0] - self.frames[0, 0])

    def head(self, index: int) -> NDArray[np.float64]:
        """(4, 4) world pose of the head in one frame."""
        return _pose(self.frames[index, 1:])

    def eyes_at(self, index: int) -> tuple[Eye, Eye]:
        """Both eyes in one frame."""
        head = self.head(index)
        left, right = (_eye(head, eye) for eye in self.eyes)
        return left, right

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; places to a hundredth of a millimetre."""
        return {
            "vrgen": KIND,
            "version": VERSION,
            "scene": {"name": self.scene},
            "period": self.period,
            "eye_size": list(self.eye_size),
            "eyes": [[round(value, 6) for value in eye] for eye in self.eyes.tolist()],
            "stops": [list(stop) for stop in self.stops],
            "frames": [[round(value, 5) for value in frame] for frame in self.frames.tolist()],
        }

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all. Raises OutputProblem."""
        with writing(path) as temporary:
            temporary.write_text(json.dumps(self.to_json(), separators=(",", ":")), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> HeadPath:
        """Read what `write` wrote. Raises InputProblem, naming the place, for anything else."""
        try:
            size = path.stat().st_size
            if size > MOST_BYTES:
                _refuse(path.name, f"holds {size} bytes, expected at most {MOST_BYTES}")
            data = json.loads(path.read_bytes().decode("utf-8"))
        except OSError as problem:
            raise InputProblem(f"cannot read {path}: {problem.strerror}; check the path") from problem
        except (ValueError, RecursionError) as problem:
            raise InputProblem(
                f"{path.name}: no JSON ({problem}), expected a head path; record one with vrgen view --xr "
                "--record"
            ) from problem
        return cls.from_json(data, name=path.name)

    @classmethod
    def from_json(cls, data: object, *, name: str = "head path") -> HeadPath:
        """The inverse of `to_json`; other keys are ignored. Raises InputProblem, naming the place."""
        if not isinstance(data, Mapping) or data.get("vrgen") != KIND:
            _refuse(name, f'no head path, expected an object with "vrgen": "{KIND}"')
        if data.get("version") != VERSION:
            _refuse(name, f"version: got {data.get('version')!r}, expected {VERSION}; use the vrgen it is of")
        scene = data.get("scene")
        title = scene.get("name", "") if isinstance(scene, Mapping) else None
        if not isinstance(title, str):
            _refuse(name, 'scene: expected an object with a "name"')
        width, height = _numbers(name, "eye_size", data.get("eye_size"), 2)
        try:
            return cls(
                scene=title[:200],
                period=_numbers(name, "period", [data.get("period")], 1)[0],
                eye_size=(int(width), int(height)),
                frames=_table(name, "frames", data.get("frames"), FRAME_NUMBERS, MOST_FRAMES),
                eyes=_table(name, "eyes", data.get("eyes"), EYE_NUMBERS, 2),
                stops=_stops(name, data.get("stops", [])),
            )
        except ValueProblem as problem:
            _refuse(name, str(problem).removeprefix("head path: "))


def _problem(path: HeadPath) -> str:
    """What is wrong with the figures, '' for nothing."""
    frames, eyes = path.frames, path.eyes
    if not 1 <= len(frames) <= MOST_FRAMES:
        return f"frames: got {len(frames)}, expected 1 to {MOST_FRAMES}"
    if len(eyes) != 2:
        return f"eyes: got {len(eyes)}, expected 2"
    if not (math.isfinite(path.period) and 0.001 <= path.period <= 1):
        return f"period: got {path.period} s, expected 0.001 to 1"
    if not all(SIDES[0] <= side <= SIDES[1] for side in path.eye_size):
        return f"eye_size: got {path.eye_size}, expected sides of {SIDES[0]} to {SIDES[1]} pixels"
    return _pose_problem(frames) or _eye_problem(eyes) or _stop_problem(path.stops, len(frames))


def _pose_problem(frames: NDArray[np.float64]) -> str:
    good = np.isfinite(frames).all(axis=1) & (np.abs(frames[:, 1:4]) < FURTHEST).all(axis=1)
    good &= np.abs(np.linalg.norm(frames[:, 4:], axis=1) - 1) < 0.01
    good[1:] &= np.diff(frames[:, 0]) >= 0
    if good.all():
        return ""
    index = int(np.argmin(good))
    return (
        f"frames[{index}]: got {frames[index].tolist()}, expected a time not before the last one's, a place "
        f"within {FURTHEST:.0f} m and a unit quaternion"
    )


def _eye_problem(eyes: NDArray[np.float64]) -> str:
    left, right, up, down = eyes[:, 7:].T
    good = np.isfinite(eyes).all(axis=1) & (np.abs(eyes[:, :3]) < 1).all(axis=1)
    good &= np.abs(np.linalg.norm(eyes[:, 3:7], axis=1) - 1) < 0.01
    good &= (left < right - 0.01) & (down < up - 0.01) & (np.abs(eyes[:, 7:]) < 1.55).all(axis=1)
    if good.all():
        return ""
    index = int(np.argmin(good))
    return (
        f"eyes[{index}]: got {eyes[index].tolist()}, expected a place within 1 m of the head, a unit "
        "quaternion, and angles within 1.55 radians with left below right and down below up"
    )


def _stop_problem(stops: Sequence[tuple[int, str]], frames: int) -> str:
    for index, (frame, name) in enumerate(stops):
        if not 0 <= frame < frames:
            return f"stops[{index}]: got frame {frame} for {name[:60]!r}, expected 0 to {frames - 1}"
    return ""


def _pose(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    pose = np.eye(4)
    pose[:3, :3] = matrix_from_quaternion(numbers[3:7])
    pose[:3, 3] = numbers[:3]
    return pose


def _eye(head: NDArray[np.float64], eye: NDArray[np.float64]) -> Eye:
    left, right, up, down = np.tan(eye[7:])
    view = np.linalg.inv(head @ _pose(eye[:7]))
    return Eye(frustum(left, right, down, up, znear=ZNEAR, zfar=None), np.asarray(view, np.float64))


# ---- reading what anybody may have written


def _refuse(name: str, what: str) -> NoReturn:
    raise InputProblem(f"{name}: {what}")


def _numbers(name: str, place: str, value: object, count: int) -> list[float]:
    """That many plain numbers, or InputProblem."""
    if isinstance(value, list) and len(value) == count and all(_plain(part) for part in value):
        return [float(part) for part in value]
    _refuse(name, f"{place}: got {_short(value)}, expected {count} numbers")


def _plain(value: object) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1e15
    return whole or (isinstance(value, float) and math.isfinite(value))


def _table(name: str, place: str, value: object, width: int, most: int) -> NDArray[np.float64]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        got = f"{len(value)} rows" if isinstance(value, list) else _short(value)
        _refuse(name, f"{place}: got {got}, expected 1 to {most} rows of {width} numbers")
    return np.array([_numbers(name, f"{place}[{k}]", row, width) for k, row in enumerate(value)])


def _stops(name: str, value: object) -> tuple[tuple[int, str], ...]:
    if not isinstance(value, list) or len(value) > MOST_STOPS:
        _refuse(name, f"stops: got {_short(value)}, expected a list of at most {MOST_STOPS} stops")
    for k, stop in enumerate(value):
        right = isinstance(stop, list) and len(stop) == 2 and isinstance(stop[1], str) and len(stop[1]) <= 200
        if not right or isinstance(stop[0], bool) or not isinstance(stop[0], int):
            _refuse(name, f"stops[{k}]: got {_short(stop)}, expected a frame and the name of a camera")
    return tuple((stop[0], stop[1]) for stop in value)


def _short(value: object) -> str:
    text = repr(value) if not isinstance(value, list | dict) or len(value) < 20 else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."
