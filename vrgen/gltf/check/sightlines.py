"""Sightlines: what hides a work from who stands or sits at its stop?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vrgen.core.exhibits import Exhibit
from vrgen.gltf.check.catalogue import finding
from vrgen.gltf.check.finding import Finding
from vrgen.gltf.check.subject import SEATED, STANDING, Placed, Subject

POINTS = 9
"""Points of a work's width and of its height that are looked at."""
INSET = 0.06
"""Of a work's sides: what lies under the edge of its frame is not missed."""
HIDDEN = 0.1
"""Share of the points that may be hidden."""
AT_ONCE = 20_000
"""Triangles whose crossings are worked out together."""
NEAR = 0.02
"""Share of the way before the work that does not count: glass, mats, brush strokes."""


def sightlines(subject: Subject) -> Iterator[Finding]:
    """One finding a work: for the eye that sees less of it, and by what."""
    if not any(work.viewpoint is not None for work in subject.exhibits):
        return
    solid = [item for item in subject.placed if item.mesh.surface.alpha_mode != "blend"]
    boxes = np.stack([item.box for item in solid]) if solid else np.zeros((0, 2, 3))
    owned = _owned(subject)
    for work in subject.exhibits:
        if work.viewpoint is None or work.low is None:
            continue
        least, told = 1.0, ""
        for height, who in ((STANDING, "standing"), (SEATED, "seated")):
            eye = work.viewpoint[:3, 3].copy()
            eye[1] = subject.floor_below(eye) + height
            seen, by = _seen(eye, work, _between(solid, boxes, eye, work, owned[work.node]))
            if seen < least:
                least = seen
                told = f"{who} at {work.camera} one sees {seen:.0%} of {work.title!r}, {by} is before it"
        if least < 1 - HIDDEN:
            yield finding("SIGHTLINE_BLOCKED", f"node {work.node}", told)


def _owned(subject: Subject) -> dict[str, set[str]]:
    """Names of the nodes that a work consists of: they do not hide it."""
    works = {work.node for work in subject.exhibits}
    return {
        node.name: {inner.name for inner, _ in node.walk()}
        for node, _ in subject.scene.walk()
        if node.name in works
    }


def _between(
    solid: Sequence[Placed],
    boxes: NDArray[np.float64],
    eye: NDArray[np.float64],
    work: Exhibit,
    own: set[str],
) -> list[Placed]:
    """Meshes whose box meets the box around the eye and the work."""
    assert work.low is not None and work.high is not None
    low, high = np.minimum(eye, work.low), np.maximum(eye, work.high)
    meets = np.all((boxes[:, 0] <= high) & (boxes[:, 1] >= low), axis=1)
    return [item for item, met in zip(solid, meets, strict=True) if met and item.node not in own]


def _seen(eye: NDArray[np.float64], work: Exhibit, between: Sequence[Placed]) -> tuple[float, str]:
    """(share of the points that are seen, what hides most of the others)."""
    targets = _points(eye, work)
    hidden = np.zeros(len(targets), bool)
    blame: Counter[str] = Counter()
    low = np.minimum(eye, targets.min(axis=0))
    high = np.maximum(eye, targets.max(axis=0))
    for item in between:
        meets = np.all((item.boxes[:, 0] <= high) & (item.boxes[:, 1] >= low), axis=1)
        struck = crossed(eye, targets, item.corners[meets])
        blame[item.place] += int((struck & ~hidden).sum())
        hidden |= struck
    most = blame.most_common(1)
    return 1.0 - float(hidden.mean()), most[0][0] if most else "nothing"


def _points(eye: NDArray[np.float64], work: Exhibit) -> NDArray[np.float64]:
    """(n, 3) points on the upright rectangle through the middle of the work's box."""
    assert work.low is not None and work.high is not None
    centre, half = work.centre, (work.high - work.low) / 2
    # A picture lies in its box's diagonal or along a side: its width is along the wall, across the gaze.
    gaze = (centre - eye) * (1.0, 0.0, 1.0)
    across = _across(work, gaze / max(float(np.linalg.norm(gaze)), 1e-9))
    steps = np.linspace(-1 + 2 * INSET, 1 - 2 * INSET, POINTS)
    s, t = (grid.ravel() for grid in np.meshgrid(steps, steps))
    return np.asarray(centre + s[:, None] * across + t[:, None] * (0.0, half[1], 0.0), np.float64)


def _across(work: Exhibit, gaze: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3,) half the work's width, level: along the wall for a picture, across the gaze for a sculpture."""
    assert work.low is not None and work.high is not None and work.viewpoint is not None
    half = (work.high - work.low) / 2
    right = np.array([-gaze[2], 0.0, gaze[0]])
    # In a turned house the box of a flat picture is as wide as the picture's shadow on both axes.
    wide = float(np.hypot(half[0], half[2])) if len(work.size_cm) == 2 else float(min(half[0], half[2]))
    return right * wide


def crossed(
    eye: NDArray[np.float64], targets: NDArray[np.float64], corners: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """(n,) whether the way from the eye (3,) to each target (n, 3) meets a triangle (T, 3, 3) from any side.

    Möller and Trumbore 1997, with t the share of the way; the last 2 % do not count.
    """
    out = np.zeros(len(targets), bool)
    ways = targets - eye
    for part in np.array_split(corners, max(1, len(corners) // AT_ONCE)):
        a = part[:, 0]
        one, two, back = part[:, 1] - a, part[:, 2] - a, eye - a
        q = np.cross(back, one)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1.0 / (ways @ np.cross(two, one).T)
            u, v = ways @ np.cross(two, back).T * scale, ways @ q.T * scale
            t = (two * q).sum(axis=1) * scale
            out |= ((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-4) & (t < 1 - NEAR)).any(axis=1)
    return out
