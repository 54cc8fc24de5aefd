"""Eye: from where and through what a picture is seen. Matrices for column vectors; clip space is OpenGL's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vrgen.core.arrays import frozen
from vrgen.core.frames import look_rotation, matrix_from_quaternion
from vrgen.core.node import Camera

NEAREST = 1e-4
"""Metres: the nearest near plane that a camera gets."""


@dataclass(frozen=True, eq=False, slots=True)
class Eye:
    """One eye: a view and a projection, which may be asymmetric."""

    projection: NDArray[np.float64]
    """(4, 4) view space to clip space."""
    view: NDArray[np.float64]
    """(4, 4) world to view space; the eye looks along its -Z."""

    def __post_init__(self) -> None:
        for name in ("projection", "view"):
            value = frozen(getattr(self, name), name=f"eye: {name}", dtype=np.float64, shape=(4, 4))
            object.__setattr__(self, name, value)

    @property
    def position(self) -> NDArray[np.float64]:
        """(3,) metres."""
        return np.asarray(np.linalg.inv(self.view)[:3, 3], np.float64)

    @property
    def view_projection(self) -> NDArray[np.float64]:
        """(4, 4) world to clip space."""
        return self.projection @ self.view

    @property
    def ray_from_clip(self) -> NDArray[np.float64]:
        """(4, 4) clip position to world direction."""
        turned = self.view.copy()
        turned[:3, 3] = 0.0
        return np.asarray(np.linalg.inv(self.projection @ turned), np.float64)

    @classmethod
    def of(cls, camera: Camera, world: NDArray[np.float64], *, aspect: float) -> Eye:
        """The eye of a camera at a (4, 4) world transform, its scale left out; `aspect` is width / height.

        The camera's own aspect does not bend the picture: where the picture is narrower than the camera
        wants, the vertical field of view grows until everything the camera frames is in it.
        """
        half = np.tan(camera.yfov / 2)
        if camera.aspect is not None and aspect < camera.aspect:
            half *= camera.aspect / aspect
        placed = np.array(world, dtype=np.float64)
        placed[:3, :3] /= np.maximum(np.linalg.norm(placed[:3, :3], axis=0), 1e-12)
        near = max(camera.znear, NEAREST)  # orthographic ones, seen in perspective here, may say 0
        projection = frustum(-half * aspect, half * aspect, -half, half, znear=near, zfar=camera.zfar)
        return cls(projection, np.asarray(np.linalg.inv(placed), np.float64))

    @classmethod
    def looking(
        cls,
        position: ArrayLike,
        direction: ArrayLike,
        *,
        yfov: float,
        aspect: float,
        znear: float = 0.05,
        zfar: float | None = None,
    ) -> Eye:
        """An eye at `position` (3,) looking along `direction` (3,); yfov in radians."""
        world = np.eye(4)
        world[:3, :3] = matrix_from_quaternion(look_rotation(direction))
        world[:3, 3] = position
        return cls.of(Camera(yfov=yfov, znear=znear, zfar=zfar), world, aspect=aspect)


def frustum(
    left: float, right: float, down: float, up: float, *, znear: float, zfar: float | None
) -> NDArray[np.float64]:
    """(4, 4) projection of the tangents of four angles as in OpenXR; zfar None is infinite."""
    matrix = np.zeros((4, 4))
    matrix[0, 0] = 2 / (right - left)
    matrix[1, 1] = 2 / (up - down)
    matrix[0, 2] = (right + left) / (right - left)
    matrix[1, 2] = (up + down) / (up - down)
    matrix[2, 2] = -1.0 if zfar is None else -(zfar + znear) / (zfar - znear)
    matrix[2, 3] = -2 * znear if zfar is None else -2 * zfar * znear / (zfar - znear)
    matrix[3, 2] = -1.0
    return matrix


EDGE = 1e-12
"""Rounding that counts as inside."""


def visible(eye: Eye, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes, (N, 3) low and high corners, may be in the picture (Gribb & Hartmann 2001)."""
    m = eye.view_projection
    planes = np.concatenate([m[3] + m[:3], m[3] - m[:3]])  # (6, 4), inside where positive
    normals = planes[:, :3]
    # The corner most inside lies |n| . half beyond the middle: two small products for all boxes at once.
    inside = ((low + high) / 2) @ normals.T + ((high - low) / 2) @ np.abs(normals).T + planes[:, 3]
    return np.asarray((inside >= -EDGE * np.abs(planes).sum(axis=1)).all(axis=1))
