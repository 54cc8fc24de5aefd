"""Occlusion: how much of its near surroundings each receiver sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.bake.guide import hemisphere
from vrgen.bake.noise import hashed, spread_out
from vrgen.bake.rays import share
from vrgen.bake.stage import Stage
from vrgen.core.progress import Progress

REACH = 1.5
"""Metres: what is further away takes no ambient light; else every room would be dark all over."""
JOB_RAYS = 400_000


def occlusion(stage: Stage, *, samples: int, seed: int, progress: Progress) -> NDArray[np.float32]:
    """(n, 3) open share, 0 to 1, three times alike, of the cosine-weighted hemisphere within 1.5 m.

    What blocks weighs less the further away it is, and nothing at the reach.
    """
    receivers = stage.receivers
    open_ = np.zeros((len(receivers), 3), np.float32)
    each = max(JOB_RAYS // samples, 1)
    jobs = [slice(start, start + each) for start in range(0, len(receivers), each)]

    def work(job: slice) -> None:
        rows = np.arange(job.start, min(job.stop, len(receivers)))
        square = spread_out(hashed(rows, seed), np.arange(samples)).reshape(-1, 2)
        local = hemisphere(square)
        normal = np.repeat(receivers.normals[rows], samples, axis=0)
        tangent = np.repeat(receivers.tangents[rows], samples, axis=0)
        way = local[:, :1] * tangent + local[:, 1:2] * np.cross(normal, tangent) + local[:, 2:] * normal
        place = np.tile(np.arange(samples) % receivers.places.shape[1], len(rows))
        hits = stage.tracer.closest(receivers.places[np.repeat(rows, samples), place], way)
        near = np.where(hits.triangle >= 0, np.clip(hits.distance / REACH, 0.0, 1.0), 1.0)
        open_[rows] = near.reshape(len(rows), samples).mean(axis=1)[:, None]

    with progress.stage("occlusion", len(jobs)) as advance:
        share(work, jobs, advance)
    return open_
