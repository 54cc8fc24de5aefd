"""Eyes: where people stand in a scene, what they see from there, and what light they are used to.

A house under the sky is two scenes to the eye: within a second it is used to the room, or to the day. So
exposure is taken from standing places (floors with room for a person), never from the averages of walls
that nobody sees: the outsides of a room, the insides of what is closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.noise import PLASTIC, hashed
from vrgen.bake.sources import SkyLight
from vrgen.bake.stage import Stage
from vrgen.core.frames import LUMINANCE

HEIGHT = 1.6
"""Metres from the floor to a standing eye."""
HEADROOM = 1.9
"""Metres above a floor that a person needs."""
UPWARD = 0.7
"""Least y of a floor's normal."""
STANDING = 256
"""Standing places that are looked for."""
AROUND = 48
"""Eyes around a scene in which nobody can stand."""
LOOKS = 128
"""Ways that an eye looks, all around."""
UP = 16
"""Ways up, at most 45 degrees off, by which a roof is felt."""
ROOFED = 0.7
"""Share of them that something stops under a roof."""
DARKER = (0.15, 0.5)
"""Shares of what an eye sees, by light, between which lies what it is used to."""
THROUGH = 4
"""Backs of one-sided triangles that a look goes through: no viewer draws them."""


@dataclass(frozen=True, eq=False, slots=True)
class Eyes:
    """Places from which people look."""

    points: NDArray[np.float64]
    """(n, 3) world."""
    roofed: NDArray[np.bool_]
    """(n,) whether something is overhead."""


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """What eyes see; arrays (n, looks)."""

    receiver: NDArray[np.int64]
    """The receiver that is seen; -1 for none."""
    lux: NDArray[np.float64]
    """Its illuminance, or that of a white surface as bright as the sky; nan where neither is seen."""
    rise: NDArray[np.float64]
    """Sine of the look's elevation."""


def find_eyes(stage: Stage, area: NDArray[np.floating], *, seed: int) -> Eyes:
    """Standing places on floors, spread by their area (n,) of the receivers; a ring around the scene where
    nobody can stand."""
    upward = np.where(stage.receivers.normals[:, 1] > UPWARD, area, 0.0)
    points = np.zeros((0, 3))
    if upward.sum() > 0:
        steps = np.cumsum(upward) / upward.sum()
        noise = (np.arange(STANDING) + hashed(np.arange(STANDING), seed)[:, 0]) / STANDING
        rows = np.minimum(np.searchsorted(steps, noise), len(steps) - 1)
        feet = stage.receivers.places[rows, 0].astype(np.float64)
        above = stage.tracer.closest(feet, np.tile([0.0, 1.0, 0.0], (len(feet), 1)))
        free = (above.triangle < 0) | (above.distance > HEADROOM)
        points = feet[free] + (0.0, HEIGHT, 0.0)
    if not len(points):
        points = _around(stage)
    ways = looks(UP, lowest=np.cos(np.pi / 4))
    closed = _first(stage, points, ways).reshape(len(points), UP) >= 0
    return Eyes(points, closed.mean(axis=1) >= ROOFED)


def looks(count: int, *, lowest: float = -1.0) -> NDArray[np.float64]:
    """(count, 3) unit directions, evenly spread over what lies above the elevation of sine `lowest`."""
    number = np.arange(count)
    rise = lowest + (1 - lowest) * (number + 0.5) / count
    turn = 2 * np.pi * ((number / PLASTIC) % 1.0)
    level = np.sqrt(np.maximum(1 - rise**2, 0.0))
    return np.stack([level * np.cos(turn), rise, level * np.sin(turn)], axis=1)


def see(
    stage: Stage, sky: SkyLight | None, light: NDArray[np.floating], points: NDArray[np.floating]
) -> View:
    """What eyes at points (n, 3) see of receivers under light (n, 3) and of the sky, looking all around."""
    ways = np.tile(looks(LOOKS), (len(points), 1))
    start = np.repeat(points, LOOKS, axis=0)
    receiver = np.full(len(ways), -1, np.int64)
    lux = np.full(len(ways), np.nan)
    left = np.arange(len(ways))
    for _ in range(THROUGH):
        hits = stage.tracer.closest(start[left], ways[left])
        away = left[hits.triangle < 0]
        if sky is not None:
            lux[away] = np.pi * (sky.towards(ways[away]) @ LUMINANCE)
        at = start[left] + ways[left] * hits.distance[:, None]
        triangle = np.maximum(hits.triangle, 0)
        front = np.einsum("nk,nk->n", stage.normals[triangle], ways[left]) < 0
        shown = (hits.triangle >= 0) & (front | stage.two_sided[triangle])
        seen = stage.speaks(hits, at)
        told = shown & (seen < len(stage.receivers))
        receiver[left[told]] = seen[told]
        behind = (hits.triangle >= 0) & ~shown
        start[left[behind]] = at[behind] + 1e-3 * ways[left[behind]]
        left = left[behind]
        if not len(left):
            break
    met = receiver >= 0
    lux[met] = (light @ LUMINANCE)[receiver[met]]
    shape = (len(points), LOOKS)
    return View(receiver.reshape(shape), lux.reshape(shape), ways[:, 1].reshape(shape))


def used_to(view: View, floor: float) -> NDArray[np.float64]:
    """(n,) lux that each eye is used to; nan for one that sees nothing. Less than `floor` counts as that.

    It is the geometric mean of the darker half of what is seen, its darkest nooks left out: who stands at
    the window of a room is still used to the room.
    """
    known = np.isfinite(view.lux)
    logs = np.sort(np.log(np.where(known, np.maximum(view.lux, floor), np.nan)), axis=1)  # nan comes last
    count = known.sum(axis=1, keepdims=True)
    rank = (np.arange(logs.shape[1]) + 0.5) / np.maximum(count, 1)
    counts = (rank > DARKER[0]) & (rank < DARKER[1]) & np.isfinite(logs)
    mean = np.where(counts, logs, 0.0).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    return np.where(counts.any(axis=1), np.exp(mean), np.nan)


def _around(stage: Stage) -> NDArray[np.float64]:
    """(48, 3) eyes around everything that is lit, from a little below its middle to above it."""
    places = stage.receivers.places[:, 0].astype(np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    radius = max(float(np.linalg.norm(high - low)), 1e-3)
    return np.asarray((low + high) / 2 + 1.5 * radius * looks(AROUND, lowest=-0.2))


def _first(stage: Stage, points: NDArray[np.floating], ways: NDArray[np.floating]) -> NDArray[np.int32]:
    """(n * m,) triangles met from points (n, 3) along ways (m, 3)."""
    start = np.repeat(points, len(ways), axis=0)
    return stage.tracer.closest(start, np.tile(ways, (len(points), 1))).triangle
