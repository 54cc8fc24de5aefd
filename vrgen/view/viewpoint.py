"""Viewpoint: the cameras of a scene by name, and a good one where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import direction_from_angles
from vrgen.core.node import Camera
from vrgen.core.scene import Scene
from vrgen.errors import UsageProblem, nearest
from vrgen.view.eye import Eye

YFOV = 0.5
"""Vertical field of view of a viewpoint that we choose, radians (29 degrees: a portrait lens)."""
EYE_HEIGHT = 1.6
"""Metres above the floor."""


def cameras(scene: Scene) -> dict[str, tuple[Camera, NDArray[np.float64]]]:
    """Every camera with its (4, 4) world transform, by node name, in the scene's order."""
    return {node.name: (node.camera, world) for node, world in scene.walk() if node.camera is not None}


def tour(scene: Scene) -> dict[str, tuple[Camera, NDArray[np.float64]]]:
    """The cameras that a visit goes past: a scene's waypoints where it has any, else all; as `cameras`."""
    marked = {node.name for node, _ in scene.walk() if _said(node.extras).get("waypoint") is True}
    known = cameras(scene)
    return {name: known[name] for name in known if name in marked} or known


def stay_at(scene: Scene, name: str, usual: float) -> float:
    """Seconds that a visit stays at a camera, as its waypoint says; `usual` where it says nothing."""
    node = next(node for node, _ in scene.walk() if node.name == name)
    said = _said(node.extras).get("stay")
    return min(float(said), 600.0) if isinstance(said, int | float) and said >= 0 else usual


def _said(extras: Mapping[str, Any]) -> Mapping[str, Any]:
    ours = extras.get("vrgen")
    return ours if isinstance(ours, Mapping) else {}


def find_camera(scene: Scene, name: str) -> tuple[Camera, NDArray[np.float64]]:
    """The camera of that node name; `overview` finds `camera_overview` too. Raises UsageProblem."""
    known = cameras(scene)
    for candidate in (name, f"camera_{name}"):
        if candidate in known:
            return known[candidate]
    if not known:
        raise UsageProblem(f"camera {name!r}: the scene has no cameras; leave the name out to frame it whole")
    listed = ", ".join(list(known)[:6]) + (", ..." if len(known) > 6 else "")
    raise UsageProblem(
        f"camera {name!r} is not in the scene, expected one of {listed}.{nearest(name, list(known))}"
    )


def first_eye(scene: Scene, *, aspect: float) -> Eye:
    """Where to look from unless told: the overview, else the first camera, else a framing of the scene."""
    known = cameras(scene)
    if known:
        camera, world = known.get("camera_overview", next(iter(known.values())))
        return Eye.of(camera, world, aspect=aspect)
    spawn = _ours(scene).get("spawn")
    if spawn is not None:
        low, high = scene.bounds()
        at = np.add(spawn, (0.0, EYE_HEIGHT, 0.0))
        ahead = ((low + high) / 2 - at) * (1.0, 0.0, 1.0)
        return Eye.looking(at, ahead if np.linalg.norm(ahead) > 0.1 else (0, 0, -1), yfov=1.1, aspect=aspect)
    return framing(scene, aspect=aspect)


def _ours(scene: Scene) -> dict[str, Any]:
    return dict(scene.extras.get("vrgen", {}))


def framing(scene: Scene, *, aspect: float) -> Eye:
    """A three-quarter view that fits the scene; from inside when a room or a sky sphere encloses it."""
    low, high, shell = _contents(scene)
    if shell is not None and low is None:
        return _from_corner(*shell, aspect=aspect)
    if low is None or high is None:
        return Eye.looking((0.0, EYE_HEIGHT, 3.0), (0, 0, -1), yfov=YFOV, aspect=aspect)
    towards = direction_from_angles(60.0, 18.0)
    position = _fitting(low, high, towards, aspect=aspect)
    if shell is not None:
        margin = 0.08 * (shell[1] - shell[0])
        position = np.clip(position, shell[0] + margin, shell[1] - margin)
        towards = position - (low + high) / 2
    znear = float(np.clip(np.linalg.norm(high - low) / 1000.0, 1e-4, 0.05))
    return Eye.looking(position, -towards, yfov=YFOV, aspect=aspect, znear=znear)


def _fitting(
    low: NDArray[np.float64], high: NDArray[np.float64], towards: NDArray[np.float64], *, aspect: float
) -> NDArray[np.float64]:
    """(3,) the nearest place from which, looking along -`towards`, a box fills the picture up to a margin.

    Exact: in the eye's axes each side of the frustum is a half-plane, and the box touches the tightest two.
    """
    corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
    turn = Eye.looking(np.zeros(3), -towards, yfov=YFOV, aspect=aspect).view[:3, :3]
    seen = corners @ turn.T
    half = np.tan(YFOV / 2) * 0.88
    place, distances = np.zeros(3), []
    for axis, slope in ((0, half * aspect), (1, half)):
        right = float((seen[:, axis] + slope * seen[:, 2]).max())
        left = float((-seen[:, axis] + slope * seen[:, 2]).max())
        place[axis] = (right - left) / 2
        distances.append((right + left) / (2 * slope))
    place[2] = max(*distances, float(seen[:, 2].max()) + 1e-3)
    return np.asarray(place @ turn, np.float64)


def _from_corner(low: NDArray[np.float64], high: NDArray[np.float64], *, aspect: float) -> Eye:
    """Standing near a corner of a room, looking across it."""
    size = high - low
    at = low + size * (0.12, 0.0, 0.88)
    at[1] = low[1] + min(EYE_HEIGHT, 0.55 * size[1])
    aim = low + size * (0.72, 0.42, 0.2)
    return Eye.looking(at, aim - at, yfov=1.1, aspect=aspect)


def _contents(
    scene: Scene,
) -> tuple[
    NDArray[np.float64] | None,
    NDArray[np.float64] | None,
    tuple[NDArray[np.float64], NDArray[np.float64]] | None,
]:
    """(low, high) corners of what is to be seen, and those of the shell around it when there is one.

    A shell is there when most of the area, seen from the middle of the scene, shows its front: walls, a sky
    sphere.
    """
    low, high = scene.bounds()
    middle, size = (low + high) / 2, high - low
    if not size.any():
        return None, None, None
    inwards = total = 0.0
    boxes = []
    for node, world in scene.walk():
        for mesh in node.meshes:
            if not len(mesh.indices):
                continue
            points = mesh.positions @ world[:3, :3].T + world[:3, 3]
            a, b, c = (points[mesh.indices[:, k]] for k in range(3))
            cross = np.cross(b - a, c - a)
            area = np.linalg.norm(cross, axis=1)
            facing = ((middle - (a + b + c) / 3) * cross).sum(axis=1) > 0
            inwards += float(area[facing].sum())
            total += float(area.sum())
            boxes.append((points.min(axis=0), points.max(axis=0)))
    if total == 0 or inwards < 0.6 * total:
        return low, high, None
    # What stands inside reaches neither the sides nor the ceiling.
    inner = [
        (a, b)
        for a, b in boxes
        if np.all(b[[0, 2]] - a[[0, 2]] < 0.8 * size[[0, 2]])
        and np.all(a[[0, 2]] > low[[0, 2]] + 0.03 * size[[0, 2]])
        and np.all(b < high - 0.03 * size)
    ]
    if not inner:
        return None, None, (low, high)
    return np.min([a for a, _ in inner], axis=0), np.max([b for _, b in inner], axis=0), (low, high)
