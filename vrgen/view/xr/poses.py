"""poses: between OpenXR's pose (a quaternion and a place) and a (4, 4) matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import quaternion_from_matrix


def matrix_of(pose: Any) -> NDArray[np.float64]:
    """(4, 4) of an `xr.Posef`; written out, for it runs a dozen times a frame."""
    q, p = pose.orientation, pose.position
    x, y, z, w = q.x, q.y, q.z, q.w
    n = x * x + y * y + z * z + w * w
    s = 2.0 / n if n > 0.0 else 0.0
    return np.array(
        [
            [1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w), p.x],
            [s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w), p.y],
            [s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y), p.z],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def set_pose(pose: Any, matrix: NDArray[np.float64]) -> None:
    """Write a rigid (4, 4) into an `xr.Posef` in place."""
    x, y, z, w = (float(value) for value in quaternion_from_matrix(matrix[:3, :3]))
    pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w = x, y, z, w
    pose.position.x, pose.position.y, pose.position.z = (float(value) for value in matrix[:3, 3])
