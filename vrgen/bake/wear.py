"""Wear: edges chipped to lighter, rougher stuff, and dirt where nothing rubs it off.

Where an edge chips is decided by the material's own height (what stands out goes first) and by grain in
space, so it runs on across seams. Nothing here is measured from life: it is a look, kept gentle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom

from vrgen.bake.edges import RIM_M, Solid, exposure, fineness, reaches
from vrgen.bake.ground import bands
from vrgen.bake.noise import hashed
from vrgen.bake.paint import FINER, Painted
from vrgen.core.frames import LUMINANCE
from vrgen.core.progress import Progress

Floats = NDArray[np.float64]
GRAIN_M = (0.21, 0.083, 0.034, 0.013)
"""Metres of the octaves of the grain, coarsest first."""
DEPTH_M = 0.002
"""Metres that a chip is deep on the largest edges."""
DIRT = np.array([0.050, 0.040, 0.029])
"""Linear colour of dirt."""
DULL = 0.92
"""Roughness of dirt."""


def worn(painted: Painted, solids: Sequence[Solid], *, wear: float, seed: int, progress: Progress) -> Painted:
    """The pictures worn: 0 not at all, 1 as after decades. The same seed wears alike."""
    sheet, ground, density = painted.given.sheet, painted.ground, painted.given.density
    finer = fineness(sheet, ground, density / FINER, most=FINER)
    felt = exposure(sheet, ground, list(solids), finer=finer, seed=seed, progress=progress)
    up = FINER // finer
    fine = zoom(felt, (up, up, 1), order=1, mode="nearest", grid_mode=True).reshape(-1, 2)
    size = painted.height.size
    chip, dirt = np.zeros(size, np.float32), np.zeros(size, np.float32)
    depth = np.zeros(size, np.float32)
    per_part = DEPTH_M * reaches(ground)[:, 0] / RIM_M * density
    width = painted.height.shape[1]
    with progress.stage("wearing", painted.height.shape[0]) as advance:
        for pixels in bands(sheet, ground, finer=FINER):
            at = pixels.pixel
            points = pixels.on(ground.corners)
            height = painted.height.reshape(-1)[at].astype(np.float64)
            edge, nook = fine[at].astype(np.float64).T
            noise = np.full((len(at), 2), 0.5)
            felt_here = np.flatnonzero((edge > 0) | (nook > 0))  # grain is dear, and counts nowhere else
            noise[felt_here] = grain(points[felt_here], seed)
            chip[at] = chipped(edge, height, noise[:, 0], wear)
            dirt[at] = soiled(nook, height, noise[:, 1], wear)
            depth[at] = per_part[pixels.part]
            advance(0 if not len(at) else int(at[-1] // width - at[0] // width + 1))
    shape = painted.height.shape
    colour, orm = _looks(painted, chip.reshape(shape), dirt.reshape(shape))
    normal = _bent(painted.normal, chip.reshape(shape), depth.reshape(shape))
    return replace(painted, colour=colour, orm=orm, normal=normal)


def chipped(edge: Floats, height: Floats, noise: Floats, wear: float) -> Floats:
    """(n,) how much of the surface is gone, 0 to 1, by edges, heights and grain (n,), each 0 to 1.

    Rubbed first, a third of the way, then broken: chips sit within what is rubbed.
    """
    ready = 0.8 * edge + 0.45 * (height - 0.5) + 1.5 * (noise - 0.5)
    gate = _smooth(edge / 0.3) * min(1.0, 5 * wear)
    rubbed = _smooth((ready - (0.95 - 0.65 * wear)) / 0.5)
    broken = _smooth((ready - (1.15 - 0.65 * wear)) / 0.09)
    return np.asarray(gate * (0.3 * rubbed + 0.7 * broken))


def soiled(nook: Floats, height: Floats, noise: Floats, wear: float) -> Floats:
    """(n,) how much dirt covers, 0 to 1, by nooks, heights and grain (n,), each 0 to 1."""
    near = _smooth(nook / 0.2)
    sheltered = nook + near * (0.25 * (0.5 - height) + 0.6 * (noise - 0.5))
    joints = 0.3 * _smooth((0.42 - height) / 0.3) * (1 + near * (noise - 0.5))
    return wear * np.maximum(0.85 * _smooth((sheltered - 0.15) / 0.85), joints)


def grain(points: Floats, seed: int) -> Floats:
    """(n, 2) two smooth noises in [0, 1] at points (n, 3) in metres, mean 0.5: value noise in octaves."""
    total, weights = np.zeros((len(points), 2)), 0.0
    for octave, size in enumerate(GRAIN_M):
        weight = 0.7**octave
        total += weight * _value_noise(points / size + 17.3 * octave, seed * 8 + octave)
        weights += weight
    # Octaves average each other out: spread what is left over the range again.
    return np.asarray(np.clip(0.5 + 1.8 * (total / weights - 0.5), 0, 1))


def _value_noise(places: Floats, seed: int) -> Floats:
    # Turned out of the axes, along which edges run: else an edge would show the lattice as beads.
    places = places @ _turned(seed)
    low = np.floor(places)
    share = places - low
    share = share * share * (3 - 2 * share)
    cell = low.astype(np.int64)
    out = np.zeros((len(places), 2))
    for corner in range(8):
        step = np.array([corner & 1, corner >> 1 & 1, corner >> 2])
        weight = np.where(step, share, 1 - share).prod(axis=1, keepdims=True)
        key = (cell + step) @ np.array([73_856_093, 19_349_663 * 4099, 83_492_791 * 65_537])
        out += weight * hashed(key, seed)
    return out


def _turned(seed: int) -> Floats:
    """(3, 3) a rotation drawn by the seed."""
    numbers = hashed(np.arange(8), seed)[:, 0].reshape(2, 4)[:, :3] - 0.5
    one = numbers[0] / np.linalg.norm(numbers[0])
    two = np.cross(one, numbers[1])
    two /= np.linalg.norm(two)
    return np.stack([one, two, np.cross(one, two)])


def _looks(
    painted: Painted, chip: NDArray[np.float32], dirt: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours and ORM (height, width, 3) with chips and dirt (height, width)."""
    colour, orm = painted.colour, painted.orm.copy()
    light = (colour @ LUMINANCE.astype(np.float32))[..., None]
    metal = orm[..., 2:]
    fresh = np.clip((0.75 * colour + 0.25 * light) * 1.32 + 0.02, 0, 0.95)
    gone, soil = (0.85 * chip)[..., None], (0.75 * dirt)[..., None]
    out = colour + gone * (fresh - colour)
    out = out + soil * (DIRT.astype(np.float32) * (0.6 + light) - out)
    # Stone breaks rough; metal is rubbed bright.
    broken = np.where(metal > 0.5, 0.65 * orm[..., 1:2], np.minimum(orm[..., 1:2] + 0.15, 1.0))
    rough = orm[..., 1:2] + gone * (broken - orm[..., 1:2])
    orm[..., 1:2] = rough + soil * (DULL - rough)
    orm[..., 2:] *= 1 - soil
    return out.astype(np.float32), orm


def _bent(
    normal: NDArray[np.float32], chip: NDArray[np.float32], depth: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Normals (height, width, 3) with the rims of chips; depth (height, width) of a whole one, in pixels."""
    down, right = np.gradient(-chip * depth)
    flat = np.maximum(normal[..., 2:], 0.05)
    slope = np.stack([-right, down, np.ones_like(down)], axis=-1)
    bent = slope + normal * [1, 1, 0] / flat
    return np.asarray(bent / np.linalg.norm(bent, axis=-1, keepdims=True), dtype=np.float32)


def _smooth(values: Floats) -> Floats:
    """Smoothstep from 0 to 1."""
    x = np.clip(values, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))
