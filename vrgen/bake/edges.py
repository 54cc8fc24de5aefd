"""Edges: how exposed and how sheltered each spot of a sheet is, by short rays into and out of the surface.

What a ray into the body soon meets is the other flank of an edge; what one out of it soon meets shelters
it. Both reach further on larger things, so that a cup has rims and a wall has corners.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from vrgen.bake.facets import crosses
from vrgen.bake.ground import Ground, Pixels, bands
from vrgen.bake.noise import hashed, spread_out
from vrgen.bake.pack import Sheet
from vrgen.bake.parts import unit
from vrgen.bake.rays import LIFT, Tracer, share
from vrgen.core.progress import Progress

Floats = NDArray[np.float64]
SAMPLES = 48
"""Rays each way."""
RIM_M, RIM = 0.035, 0.04
"""Metres that an edge's wear reaches at most, and as a share of the thing's diagonal."""
NOOK_M, NOOK = 0.2, 0.2
"""The same for what shelters."""
BACK = -0.5
"""Cosine between two surfaces from which the second is the back of a board, not the flank of an edge."""
SHARP, DEEP = 0.4, 0.5
"""What a right angle's edge and a right angle's corner measure: they count as 1."""
JOB = 8192
SPOTS = 600_000
"""Spots that are felt at most by making them finer than the sheet."""


@dataclass(frozen=True, eq=False, slots=True)
class Solid:
    """What rays of some parts may meet."""

    corners: Floats
    """(T, 3, 3) in those parts' frame."""
    parts: tuple[int, ...]
    """Which parts ask it."""


def exposure(
    sheet: Sheet, ground: Ground, solids: list[Solid], *, finer: int, seed: int, progress: Progress
) -> NDArray[np.float32]:
    """(height, width, 2) of a sheet `finer` times as fine: how much of an edge and of a nook each spot is,
    0 to 1.

    Gutters, and texels of nobody, carry on the nearest ones. Raises MissingPart without embreex.
    """
    shape = (sheet.height * finer, sheet.width * finer)
    out = np.zeros((shape[0] * shape[1], 2), np.float32)
    have = np.zeros(len(out), bool)
    for pixels in bands(sheet, ground, finer=finer):
        mine = pixels.some(np.flatnonzero(pixels.inside))
        for solid in solids:
            rows = np.flatnonzero(np.isin(mine.part, solid.parts))
            if len(rows):
                some = mine.some(rows)
                out[some.pixel] = _felt(some, ground, solid, seed, progress)
        have[mine.pixel] = True
    if not have.any():
        return out.reshape(*shape, 2)
    place = distance_transform_edt(~have.reshape(shape), return_distances=False, return_indices=True)
    return np.asarray(out.reshape(*shape, 2)[tuple(place)])


def fineness(sheet: Sheet, ground: Ground, per_metre: Floats, *, most: int) -> int:
    """1, 2 or `most`: how much finer than the sheet edges are felt, of parts with these texels a metre.

    Four spots to an edge's reach, as far as half a million spots go.
    """
    needed = 4.0 / float((reaches(ground)[:, 0] * per_metre).min())
    fits = [n for n in (1, 2, most) if n == 1 or sheet.width * sheet.height * n**2 <= SPOTS]
    return next((n for n in fits if n >= needed), fits[-1])


def reaches(ground: Ground) -> Floats:
    """(parts, 2) metres that edges and nooks reach."""
    groups = np.split(ground.corners, ground.start[1:])
    size = np.array([np.linalg.norm(np.ptp(group.reshape(-1, 3), axis=0)) for group in groups])
    return np.stack([np.minimum(RIM_M, RIM * size), np.minimum(NOOK_M, NOOK * size)], axis=1)


def _felt(pixels: Pixels, ground: Ground, solid: Solid, seed: int, progress: Progress) -> NDArray[np.float32]:
    """(n, 2) edges and nooks of pixels, against one solid."""
    tracer, flat = Tracer(solid.corners), unit(crosses(solid.corners))
    points, normals = pixels.on(ground.corners), unit(crosses(ground.corners))[pixels.triangle]
    reach = reaches(ground)[pixels.part]
    out = np.zeros((len(points), 2), np.float32)

    def work(start: int) -> None:
        rows = np.arange(start, min(start + JOB, len(points)))
        square = spread_out(hashed(pixels.pixel[rows], seed), np.arange(SAMPLES))
        for column, side in enumerate((-1.0, 1.0)):
            ways = _around(side * normals[rows], square)
            begin = np.repeat(points[rows] + side * 2 * LIFT * normals[rows], SAMPLES, axis=0)
            hits = tracer.closest(begin, ways.reshape(-1, 3))
            near = 1 - hits.distance.reshape(len(rows), SAMPLES) / reach[rows, column, None]
            met = (hits.triangle >= 0).reshape(near.shape)
            if column == 0:
                other = flat[np.maximum(hits.triangle, 0)].reshape(*near.shape, 3)
                met &= np.einsum("nsk,nk->ns", other, normals[rows]) > BACK
            out[rows, column] = np.where(met, np.clip(near, 0, 1), 0).mean(axis=1)

    jobs = list(range(0, len(points), JOB))
    with progress.stage("feeling for edges", len(jobs)) as advance:
        share(work, jobs, advance)
    return np.clip(out / np.array([SHARP, DEEP], np.float32), 0, 1)


def _around(normals: Floats, square: Floats) -> Floats:
    """(n, s, 3) unit ways all over the hemispheres of normals (n, 3), by points (n, s, 2) of a square."""
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    right = unit(np.cross(helper, normals))
    up = np.cross(normals, right)
    out, turn = square[..., :1], 2 * np.pi * square[..., 1:]
    flat = np.sqrt(1 - out**2)
    return np.asarray(
        flat * (np.cos(turn) * right[:, None] + np.sin(turn) * up[:, None]) + out * normals[:, None]
    )
