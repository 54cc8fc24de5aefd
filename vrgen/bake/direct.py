"""Direct light: rays to the sun and to every lamp, from each place of each receiver."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.noise import disc, hashed
from vrgen.bake.parts import unit
from vrgen.bake.rays import share
from vrgen.bake.receivers import Receivers
from vrgen.bake.sources import LAMP_RADIUS, Lamp, Sources, SunLight
from vrgen.bake.stage import Stage
from vrgen.core.progress import Progress

CHUNK = 16384
"""Receivers a job."""
FAINT = 1e-4
"""Share of the brightest lamp's lux at 2 m below which a lamp is left out of a cluster."""


def direct_light(stage: Stage, sources: Sources, *, seed: int, progress: Progress) -> NDArray[np.float32]:
    """(n, 3) illuminance in lux of all receivers from suns and lamps."""
    receivers = stage.receivers
    total = np.zeros((len(receivers), 3), np.float32)
    jobs = [slice(start, start + CHUNK) for start in range(0, len(receivers), CHUNK)]
    clusters = _Clusters(receivers)
    reached = [clusters.reached_by(lamp, sources.lamps) for lamp in sources.lamps]

    def work(job: slice) -> None:
        span = np.arange(job.start, min(job.stop, len(receivers)))
        for number, sun in enumerate(sources.suns):
            total[span] += _from_sun(stage, span, sun, seed=seed + 101 * number)
        for number, lamp in enumerate(sources.lamps):
            mine = span[reached[number][clusters.of[span]]]
            if len(mine):
                total[mine] += _from_lamp(stage, mine, lamp, seed=seed + 103 * number + 7)

    with progress.stage("direct light", len(jobs)) as advance:
        share(work, jobs, advance)
    return total


class _Clusters:
    """Balls around the receivers' clusters, so that a lamp visits only those that it can reach."""

    def __init__(self, receivers: Receivers) -> None:
        bounds = receivers.bounds
        self.of = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        if not len(receivers):
            self.centre, self.radius = np.zeros((0, 3)), np.zeros(0)
            return
        points = receivers.places[:, 0].astype(np.float64)
        low = np.minimum.reduceat(points, bounds[:-1])
        high = np.maximum.reduceat(points, bounds[:-1])
        self.centre = (low + high) / 2
        self.radius = np.linalg.norm(high - low, axis=1) / 2 + 0.1

    def reached_by(self, lamp: Lamp, lamps: list[Lamp]) -> NDArray[np.bool_]:
        """(clusters,) whether the lamp's cone and strength get there."""
        way = self.centre - lamp.position
        distance = np.linalg.norm(way, axis=1)
        nearest = np.maximum(distance - self.radius, 0.05)
        faint = FAINT * max(other.candela.max() for other in lamps) / 4
        near = (lamp.candela.max() / nearest**2 > faint) & (nearest < lamp.reach)
        if lamp.cone is None:
            return np.asarray(near)
        # The ball is outside the cone when its centre is further off the edge than its angular radius.
        spread = np.arcsin(np.clip(self.radius / np.maximum(distance, 1e-9), 0.0, 1.0))
        angle = np.arccos(np.clip(way @ lamp.axis / np.maximum(distance, 1e-9), -1.0, 1.0))
        return np.asarray(near & ((distance < self.radius) | (angle < lamp.cone[1] + spread)))


def _from_sun(stage: Stage, span: NDArray[np.int64], sun: SunLight, *, seed: int) -> NDArray[np.float32]:
    receivers = stage.receivers
    cosine = receivers.normals[span].astype(np.float64) @ sun.direction
    lit = cosine > 0
    out = np.zeros((len(span), 3), np.float32)
    rows = span[lit]
    places = receivers.places[rows]
    count, per = places.shape[:2]
    helper = np.array([0.0, 1.0, 0.0]) if abs(sun.direction[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    x = unit(np.cross(helper, sun.direction))
    y = np.cross(sun.direction, x)
    spot = disc(hashed(np.repeat(rows * per, per) + np.tile(np.arange(per), count), seed)) * np.tan(
        sun.radius
    )
    ways = unit(sun.direction + spot @ np.stack([x, y]))
    far = np.full(count * per, 1e6, np.float32)
    open_ = ~stage.tracer.blocked(places.reshape(-1, 3), ways, far).reshape(count, per)
    out[lit] = (cosine[lit] * open_.mean(axis=1))[:, None] * sun.lux
    return out


def _from_lamp(stage: Stage, rows: NDArray[np.int64], lamp: Lamp, *, seed: int) -> NDArray[np.float32]:
    receivers = stage.receivers
    places = receivers.places[rows].astype(np.float64)
    count, per = places.shape[:2]
    noise = hashed(np.repeat(rows * per, per) + np.tile(np.arange(per), count), seed)
    helper = np.array([0.0, 1.0, 0.0]) if abs(lamp.axis[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    x = unit(np.cross(helper, lamp.axis))
    bulb = (disc(noise) * LAMP_RADIUS) @ np.stack([x, np.cross(lamp.axis, x)])
    way = lamp.position - places
    square = np.maximum(np.einsum("npk,npk->np", way, way), 1e-4)
    cosine = np.einsum("npk,nk->np", way, receivers.normals[rows].astype(np.float64)) / np.sqrt(square)
    lux = np.maximum(cosine, 0.0) / square * lamp.towards(places)[..., 0]
    lit = np.flatnonzero(lux.reshape(-1) > 0)
    start = places.reshape(-1, 3)[lit]
    goal = way.reshape(-1, 3)[lit] + bulb[lit]
    # Stop short of the lamp: its own shade must not put it out.
    reach = np.maximum(1.0 - 0.06 / np.sqrt(square.reshape(-1)[lit]), 0.0)
    closed = stage.tracer.blocked(start, goal, reach)
    lux.reshape(-1)[lit[closed]] = 0.0
    return np.asarray(lux.mean(axis=1)[:, None] * lamp.candela, dtype=np.float32)
