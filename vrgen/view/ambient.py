"""Ambient: a sky, or the studio where there is none, as light. Pure arithmetic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import equirect_directions, equirect_solid_angles
from vrgen.core.sky import Sky
from vrgen.core.sun import without_sun


def studio() -> NDArray[np.float32]:
    """A neutral photographer's studio of our own, (128, 256, 3) linear radiance around 1.

    A wide soft box above and smaller ones at the sides light whatever comes without a sky, so that metal has
    something to mirror and a ball looks round.
    """
    d = equirect_directions(128)
    radiance = 0.32 + 0.22 * np.clip(d[..., 1], -1, 1)
    # A box: direction of its centre, size (cosine where it ends), softness, radiance.
    boxes = (
        ((0.15, 1.0, 0.1), 0.72, 0.10, 3.2),
        ((0.75, 0.35, 0.65), 0.84, 0.05, 4.2),
        ((-0.85, 0.25, 0.35), 0.88, 0.06, 1.7),
        ((0.1, 0.3, -1.0), 0.90, 0.06, 1.3),
    )
    for centre, end, soft, value in boxes:
        cosine = d @ (np.array(centre) / np.linalg.norm(centre))
        t = np.clip((cosine - end) / soft, 0, 1)
        radiance = radiance + value * t * t * (3 - 2 * t)
    return np.repeat(radiance[..., None], 3, axis=2).astype(np.float32)


def sunless(sky: Sky) -> NDArray[np.float32]:
    """The sky's radiance without its sun, which is drawn as a lamp: it counts once."""
    return sky.radiance if sky.sun is None else without_sun(sky.radiance, sky.sun.direction)


def shrink(radiance: NDArray[np.float32], height: int) -> NDArray[np.float32]:
    """At most `height` rows by averaging whole blocks; (height, 2 * height, 3) in and out."""
    step = radiance.shape[0] // height
    if step < 2:
        return radiance
    rows = height if radiance.shape[0] % height == 0 else radiance.shape[0] // step
    cut = radiance[: rows * step, : 2 * rows * step]
    blocks = cut.reshape(rows, step, 2 * rows, step, 3)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float32)


def irradiance(radiance: NDArray[np.float32]) -> NDArray[np.float32]:
    """(9, 3) coefficients c of E(n) / pi = sum c_i b_i(n) with the plain basis of pbr.frag.

    Order 2 of the cosine-convolved sky (Ramamoorthi & Hanrahan 2001), constants folded in.
    """
    small = shrink(radiance, 32).astype(np.float64)
    d = equirect_directions(small.shape[0]).astype(np.float64)
    x, y, z = d[..., 0], d[..., 1], d[..., 2]
    weight = equirect_solid_angles(small.shape[0])
    basis = np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], axis=-1)
    norm = np.array([0.282095, *[0.488603] * 3, 1.092548, 1.092548, 0.315392, 1.092548, 0.546274]) ** 2
    band = np.array([1.0, *[2 / 3] * 3, *[1 / 4] * 5])  # cosine lobe / pi
    sums = np.einsum("hwi,hwc,hw->ic", basis, small, np.broadcast_to(weight, x.shape))
    return np.asarray(sums * (norm * band)[:, None], np.float32)


def irradiance_towards(
    coefficients: NDArray[np.float32], normals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 3) E / pi for unit normals (N, 3); the same sum as pbr.frag."""
    x, y, z = normals.T
    basis = np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], axis=-1)
    return np.maximum(basis @ coefficients, 0.0)


def backdrop(coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    """What stands behind things in the studio: its light without its boxes, (32, 64, 3)."""
    directions = equirect_directions(32).reshape(-1, 3).astype(np.float64)
    return irradiance_towards(coefficients, directions).reshape(32, 64, 3).astype(np.float32)
