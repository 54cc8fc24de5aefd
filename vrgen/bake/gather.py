"""Gathering: each receiver looks over its hemisphere and remembers whom it saw.

What the rays meet (sky, glowing surfaces, other receivers) is told apart: light of the first two is
added up at once; the third becomes a sparse matrix "who sees whom, how much", so that every further
bounce is one product with it instead of another set of rays (radiosity with sampled form factors).
Glowing surfaces are also sampled by themselves; both ways share them by the balance heuristic
(Veach and Guibas 1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from vrgen.bake.glow import SHARE, Glow
from vrgen.bake.guide import Guide, hemisphere, square_of
from vrgen.bake.noise import hashed, spread_out
from vrgen.bake.rays import share
from vrgen.bake.sources import Sources
from vrgen.bake.stage import Stage
from vrgen.core.frames import LUMINANCE
from vrgen.core.progress import Progress

JOB_RAYS = 200_000
PILOT = 3
"""One sample in so many goes out evenly, to learn where the light is."""


@dataclass(frozen=True, eq=False, slots=True)
class Gathered:
    """Light from outside the matt surfaces, and how those see each other."""

    arriving: NDArray[np.float32]
    """(n, 3) illuminance in lux from sky and glowing surfaces."""
    sees: csr_array
    """(n, n + 1): illuminance from radiance; the last column is nobody."""


@dataclass(frozen=True, eq=False, slots=True)
class _Job:
    clusters: slice
    receivers: slice
    samples: int
    guided: bool


def gather(
    stage: Stage,
    sources: Sources,
    direct: NDArray[np.float32],
    *,
    samples: int,
    vertex_samples: int,
    seed: int,
    progress: Progress,
) -> Gathered:
    """Trace `samples` rays from each texel and `vertex_samples` from each vertex."""
    count = len(stage.receivers)
    per = np.where(np.arange(count) < stage.receivers.texels, samples, vertex_samples)
    start = np.concatenate([[0], np.cumsum(per)]).astype(np.int64)
    whom = np.zeros(start[-1], np.int32)
    much = np.zeros(start[-1], np.float32)
    arriving = np.zeros((count, 3), np.float32)
    known = np.concatenate([stage.receivers.albedo * direct / np.pi, np.zeros((1, 3), np.float32)])
    looker = _Looker(stage, sources, Glow.of(stage, sources), known @ LUMINANCE.astype(np.float32), seed)
    jobs = _jobs(stage, samples, vertex_samples)

    def work(job: _Job) -> None:
        light, seen, weight = looker.look(job)
        arriving[job.receivers] = light
        span = slice(start[job.receivers.start], start[job.receivers.stop])
        whom[span], much[span] = seen.reshape(-1), weight.reshape(-1)

    with progress.stage("gathering light", len(jobs)) as advance:
        share(work, jobs, advance)
    return Gathered(arriving, csr_array((much, whom, start), shape=(count, count + 1)))


def bounce(
    gathered: Gathered, direct: NDArray[np.float32], albedo: NDArray[np.float32], *, bounces: int
) -> NDArray[np.float32]:
    """(n, 3) illuminance after so many bounces, without direct light itself."""
    indirect = np.zeros_like(direct)
    for _ in range(bounces):
        radiance = albedo * (direct + gathered.arriving + indirect) / np.float32(np.pi)
        indirect = np.asarray(gathered.sees @ np.concatenate([radiance, np.zeros((1, 3), np.float32)]))
    return np.asarray(gathered.arriving + indirect, dtype=np.float32)


def _jobs(stage: Stage, samples: int, vertex_samples: int) -> list[_Job]:
    """Runs of whole clusters of one sort with about 200,000 rays each."""
    bounds, texels = stage.receivers.bounds, stage.receivers.texels
    jobs = []
    first = 0
    while first < len(bounds) - 1:
        guided = bool(bounds[first] < texels)
        rays = samples if guided else vertex_samples
        last = int(np.searchsorted(bounds, bounds[first] + max(JOB_RAYS // rays, 1), side="right")) - 1
        last = max(last, first + 1)
        if guided and bounds[last] > texels:
            last = int(np.searchsorted(bounds, texels))
        jobs.append(_Job(slice(first, last), slice(int(bounds[first]), int(bounds[last])), rays, guided))
        first = last
    return jobs


@dataclass(frozen=True, eq=False, slots=True)
class _Seen:
    """What rays met; arrays (n, ...)."""

    source: NDArray[np.float32]
    """(n, 3) radiance of sky or glow."""
    seen: NDArray[np.int64]
    """(n,) receivers."""
    rival: NDArray[np.float64]
    """(n,) samples that `Glow.ask` expected there, in units of one evenly spread ray."""


@dataclass(frozen=True, eq=False, slots=True)
class _Crowd:
    """The receivers of a job."""

    rows: NDArray[np.int64]
    """(n,) their numbers."""
    cluster: NDArray[np.int64]
    """(n,) cluster of each, counted within the job."""
    shares: NDArray[np.float64]
    """(clusters, e) chances of the glowing triangles."""
    asked: int
    """Rays from each receiver straight at glowing triangles."""


@dataclass(frozen=True, eq=False, slots=True)
class _Looker:
    stage: Stage
    sources: Sources
    glow: Glow
    known: NDArray[np.float32]
    """(n + 1,) luminance that direct light gives each receiver; tells the guide where to look."""
    seed: int

    def look(self, job: _Job) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
        """Light (n, 3) from sky and glow, receivers seen (n, s), and their weights (n, s)."""
        crowd = self._crowd(job)
        count, clusters = len(crowd.rows), len(crowd.shares)
        turn = hashed(crowd.rows, self.seed)
        pilots = max(job.samples // PILOT, 1)
        rest = job.samples - pilots
        even = spread_out(turn, np.arange(pilots)).reshape(-1, 2)
        first = self._trace(crowd, even, pilots)
        guide = Guide.even(clusters)
        if job.guided:
            # Glow that rays aimed at it will find anyway need not draw others there too.
            alone = pilots / (pilots + first.rival)
            found = first.source @ LUMINANCE * alone + self.known[first.seen]
            guide = Guide.learn(np.repeat(crowd.cluster, pilots), even, found, clusters)
        wanted = spread_out(turn, np.arange(pilots, job.samples)).reshape(-1, 2)
        bent = guide.bend(np.repeat(crowd.cluster, rest), wanted)
        second = self._trace(crowd, bent, rest)
        light, weights = self._ask_glow(crowd, guide, pilots, rest), []
        for part, square, number in ((first, even, pilots), (second, bent, rest)):
            density = pilots + rest * guide.at(np.repeat(crowd.cluster, number), square)
            shared = part.source / (density + part.rival)[:, None]
            light += shared.reshape(count, number, 3).sum(axis=1)
            weights.append((np.pi / density).reshape(count, number))
        seen = [part.seen.reshape(count, -1) for part in (first, second)]
        return (
            (np.pi * light).astype(np.float32),
            np.concatenate(seen, axis=1),
            np.concatenate(weights, axis=1),
        )

    def _crowd(self, job: _Job) -> _Crowd:
        bounds = self.stage.receivers.bounds[job.clusters.start : job.clusters.stop + 1]
        rows = np.arange(job.receivers.start, job.receivers.stop)
        sizes = np.diff(bounds)
        places = self.stage.receivers.places[rows, 0].astype(np.float64)
        centres = np.add.reduceat(places, bounds[:-1] - bounds[0]) / sizes[:, None]
        cluster = np.repeat(np.arange(len(sizes)), sizes)
        return _Crowd(rows, cluster, self.glow.shares(centres), max(job.samples // SHARE, 4))

    def _trace(self, crowd: _Crowd, square: NDArray[np.float64], number: int) -> _Seen:
        receivers, stage = self.stage.receivers, self.stage
        each = np.repeat(crowd.rows, number)
        place = np.tile(np.arange(number), len(crowd.rows)) % receivers.places.shape[1]
        origin = receivers.places[each, place]
        local = hemisphere(square)
        way = _to_world(local, receivers.tangents[each], receivers.normals[each])
        hits = stage.tracer.closest(origin, way)
        met = hits.triangle >= 0
        source = np.zeros((len(each), 3), np.float32)
        rival = np.zeros(len(each))
        if self.sources.sky is not None and not met.all():
            source[~met] = self.sources.sky.towards(way[~met])
        if not met.any():
            return _Seen(source, np.full(len(each), len(receivers), np.int64), rival)
        triangle = np.maximum(hits.triangle, 0)
        facing = -np.einsum("nk,nk->n", stage.normals[triangle], way)
        front = met & ((facing > 0) | stage.two_sided[triangle])
        seen = stage.speaks(hits, origin + way * hits.distance[:, None])
        seen[~front] = len(receivers)
        glowing = np.flatnonzero(front & (self.glow.place[triangle] >= 0))
        if len(glowing):
            source[glowing] = self.sources.emission[triangle[glowing]]
            emitter = self.glow.place[triangle[glowing]]
            chance = (
                crowd.shares[np.repeat(crowd.cluster, number)[glowing], emitter] / self.glow.areas[emitter]
            )
            solid = hits.distance[glowing].astype(np.float64) ** 2 / np.maximum(np.abs(facing[glowing]), 1e-4)
            rival[glowing] = crowd.asked * chance * solid * np.pi / np.maximum(local[glowing, 2], 1e-6)
        return _Seen(source, seen, rival)

    def _ask_glow(self, crowd: _Crowd, guide: Guide, pilots: int, rest: int) -> NDArray[np.float64]:
        """(n, 3) the share of glowing surfaces' light (over pi) that rays sent straight at them bring."""
        count = len(crowd.rows)
        if not len(self.glow.triangles):
            return np.zeros((count, 3))
        receivers = self.stage.receivers
        asked = self.glow.ask(crowd.rows, crowd.cluster, crowd.shares, samples=crowd.asked, seed=self.seed)
        normal = receivers.normals[crowd.rows][:, None].astype(np.float64)
        tangent = receivers.tangents[crowd.rows][:, None].astype(np.float64)
        axes = np.concatenate([tangent, np.cross(normal, tangent), normal], axis=1)
        local = np.einsum("nsk,nak->nsa", asked.way, axes)
        cosine = np.maximum(local[..., 2], 0.0)
        density = guide.at(np.repeat(crowd.cluster, crowd.asked), square_of(local.reshape(-1, 3)))
        even = (pilots + rest * density.reshape(count, crowd.asked)) * cosine / np.pi
        share_ = cosine / np.pi / np.maximum(even + asked.density, 1e-12)
        return np.asarray((asked.light * share_[..., None]).sum(axis=1))


def _to_world(
    local: NDArray[np.float64], tangent: NDArray[np.float32], normal: NDArray[np.float32]
) -> NDArray[np.float32]:
    bitangent = np.cross(normal, tangent)
    way = local[:, :1] * tangent + local[:, 1:2] * bitangent + local[:, 2:] * normal
    return np.asarray(way, dtype=np.float32)
