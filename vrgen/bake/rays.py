"""Rays against everything that blocks light: embreex, on all cores (it lets the GIL go)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vrgen.core.progress import Advance
from vrgen.errors import MissingPart

PAST = 1e-4
"""Metres behind a hole where a ray goes on."""
FAR = 1e30
"""Distance of what is not met."""
LAYERS = 64
"""Holes that a ray goes through at most: a crown of leaves."""
LIFT = 1e-3
"""Metres that a ray starts above its surface."""


@dataclass(frozen=True, eq=False, slots=True)
class Hits:
    """What rays met first; arrays (n,)."""

    triangle: NDArray[np.int32]
    """Which triangle; -1 for none."""
    distance: NDArray[np.float32]
    """In lengths of the ray's direction."""
    u: NDArray[np.float32]
    """Barycentric weight of the second corner."""
    v: NDArray[np.float32]
    """Barycentric weight of the third corner."""


class Cut(Protocol):
    """Whoever knows where triangles are cut out (vrgen.bake.cutouts)."""

    def lets_through(
        self, triangle: NDArray[np.integer], u: NDArray[np.floating], v: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """(n,) whether a ray passes triangles (n,) at barycentric weights u and v (n,)."""


class Tracer:
    """An Embree scene of world triangles (T, 3, 3) float32, some of them with holes."""

    def __init__(self, corners: NDArray[np.floating], cut: Cut | None = None) -> None:
        """At least one triangle; the search tree is built now. `cut` knows of triangles cut out by alpha."""
        self._cut = cut
        with embree():
            from embreex.mesh_construction import TriangleMesh
            from embreex.rtcore_scene import EmbreeScene

        self._scene = EmbreeScene(robust=True)
        self._mesh = TriangleMesh(self._scene, np.ascontiguousarray(corners, dtype=np.float32))
        self.closest(np.zeros((1, 3)), np.ones((1, 3)))

    def closest(self, origins: NDArray[np.floating], directions: NDArray[np.floating]) -> Hits:
        """First triangles met from origins (n, 3) along directions (n, 3), both sides counting."""
        hits = self._first(origins, directions)
        return hits if self._cut is None else self._further(hits, origins, directions, self._cut)

    def blocked(
        self, origins: NDArray[np.floating], directions: NDArray[np.floating], reach: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """(n,) whether anything lies within `reach` (n,) lengths of the directions."""
        far = np.ascontiguousarray(reach, dtype=np.float32)
        met = np.asarray(self._run(origins, directions, far, query="OCCLUDED") >= 0)
        if self._cut is None or not met.any():
            return met
        # Embree may have met a hole: what is behind it is looked for with closest hits.
        rows = np.flatnonzero(met)
        hits = self.closest(origins[rows], directions[rows])
        met[rows] = (hits.triangle >= 0) & (hits.distance <= far[rows])
        return met

    def _first(self, origins: NDArray[Any], directions: NDArray[Any]) -> Hits:
        found = self._run(origins, directions, output=1)
        return Hits(found["primID"], found["tfar"], found["u"], found["v"])

    def _further(self, hits: Hits, origins: NDArray[Any], directions: NDArray[Any], cut: Cut) -> Hits:
        """The hits, those in holes gone on from until something stops the ray or LAYERS were passed."""
        triangle, distance = hits.triangle.copy(), hits.distance.copy()
        u, v = hits.u.copy(), hits.v.copy()
        rows = np.flatnonzero(triangle >= 0)
        for _ in range(LAYERS):
            rows = rows[cut.lets_through(triangle[rows], u[rows], v[rows])]
            if not len(rows):
                break
            way = np.asarray(directions[rows], dtype=np.float64)
            past = distance[rows] + PAST / np.maximum(np.linalg.norm(way, axis=1), 1e-12)
            on = self._first(origins[rows] + way * past[:, None], way)
            triangle[rows], u[rows], v[rows] = on.triangle, on.u, on.v
            distance[rows] = np.where(on.triangle >= 0, past + on.distance, FAR)
            rows = rows[on.triangle >= 0]
        return Hits(triangle, distance, u, v)

    def _run(self, origins: NDArray[Any], directions: NDArray[Any], *rest: Any, **how: Any) -> Any:
        start = np.ascontiguousarray(origins, dtype=np.float32)
        return self._scene.run(start, np.ascontiguousarray(directions, dtype=np.float32), *rest, **how)


@contextmanager
def embree() -> Iterator[None]:
    """Say in one sentence that embreex is missing."""
    try:
        yield
    except ImportError as problem:
        raise MissingPart(f"baking needs embreex ({problem}); install it: pip install embreex") from problem


def share(work: Callable[[Any], None], jobs: Sequence[Any], advance: Advance) -> None:
    """Run `work` on each job on all cores; the division into jobs, not the cores, decides results.

    An interruption waits for the jobs in hand and drops the rest.
    """
    workers = os.cpu_count() or 1
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        pending: list[Future[None]] = [pool.submit(work, job) for job in jobs]
        for done in pending:
            done.result()
            advance(1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
