"""Matrices as translation, rotation and scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import quaternion_from_matrix


def decompose(
    matrix: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(translation (3,), rotation xyzw (4,), scale (3,)) of a (4, 4) transform for column vectors.

    A mirror becomes a negative x scale; shear, which glTF forbids, is lost (nearest rotation).
    """
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    if np.linalg.det(matrix[:3, :3]) < 0:
        scale[0] = -scale[0]
    axes = matrix[:3, :3] / np.where(scale == 0, 1.0, scale)
    left, _, right = np.linalg.svd(axes)
    if np.linalg.det(left @ right) < 0:  # only where a scale is 0 and the axis is free
        left[:, -1] = -left[:, -1]
    return matrix[:3, 3].copy(), quaternion_from_matrix(left @ right), scale
