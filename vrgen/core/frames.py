"""The one frame of vrgen, and the few conversions everything agrees on.

Frame: glTF's. Metres, +Y up, right-handed, cameras and lights look along their own -Z, quaternions
xyzw, UV origin at the top left. Azimuth is in degrees from +X towards +Z (clockwise seen from above
in this frame); elevation in degrees above the horizon.

Equirect images (strictly 2:1): the centre column looks along +X, u grows to the right; -Z lies at
u = 0.25, +Z at u = 0.75, -X at the border; v = 0 is the zenith (+Y).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

UP = (0.0, 1.0, 0.0)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Rec. 709 luminance weights of linear R, G, B."""


def direction_from_angles(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """Unit vector (3,) for an azimuth and an elevation in degrees."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return np.array([np.cos(e) * np.cos(a), np.sin(e), np.cos(e) * np.sin(a)])


def angles_from_direction(direction: ArrayLike) -> tuple[float, float]:
    """(azimuth in [0, 360), elevation) in degrees of a direction (3,) of any length."""
    x, y, z = np.asarray(direction, dtype=np.float64)
    azimuth = float(np.degrees(np.arctan2(z, x)) % 360.0)
    return azimuth, float(np.degrees(np.arctan2(y, np.hypot(x, z))))


def equirect_directions(height: int) -> NDArray[np.float32]:
    """Unit directions (height, 2 * height, 3) float32 of the pixel centres of an equirect image."""
    v = (np.arange(height, dtype=np.float64) + 0.5) / height
    u = (np.arange(2 * height, dtype=np.float64) + 0.5) / (2 * height)
    elevation = np.pi * (0.5 - v)[:, None]
    azimuth = 2 * np.pi * (u - 0.5)[None, :]
    out = np.empty((height, 2 * height, 3), np.float32)
    out[..., 0] = np.cos(elevation) * np.cos(azimuth)
    out[..., 1] = np.sin(elevation)
    out[..., 2] = np.cos(elevation) * np.sin(azimuth)
    return out


def equirect_uv(directions: ArrayLike) -> NDArray[np.float64]:
    """UV (..., 2) in [0, 1) of directions (..., 3), any length, in the equirect convention above."""
    d = np.asarray(directions, dtype=np.float64)
    u = (np.arctan2(d[..., 2], d[..., 0]) / (2 * np.pi) + 0.5) % 1.0
    v = 0.5 - np.arctan2(d[..., 1], np.hypot(d[..., 0], d[..., 2])) / np.pi
    return np.stack([u, v], axis=-1)


def equirect_solid_angles(height: int) -> NDArray[np.float64]:
    """Solid angle in steradians of one pixel of each row, (height, 1); rows times 2*height sum to 4 pi."""
    edges = np.pi * np.arange(height + 1) / height
    return ((np.cos(edges[:-1]) - np.cos(edges[1:])) * (np.pi / height))[:, None]


def srgb_to_linear(value: ArrayLike) -> NDArray[np.float32]:
    """sRGB in [0, 1] to linear, element by element (IEC 61966-2-1)."""
    v = np.asarray(value, dtype=np.float32)
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_to_srgb(value: ArrayLike) -> NDArray[np.float32]:
    """Linear in [0, 1] (clipped) to sRGB, element by element (IEC 61966-2-1)."""
    v = np.clip(np.asarray(value, dtype=np.float32), 0.0, 1.0)
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055).astype(np.float32)


def quaternion_from_matrix(matrix: ArrayLike) -> NDArray[np.float64]:
    """Quaternion xyzw (4,) of a rotation matrix (3, 3); w >= 0."""
    m = np.asarray(matrix, dtype=np.float64)
    k = np.array(
        [
            [m[0, 0] - m[1, 1] - m[2, 2], 0, 0, 0],
            [m[0, 1] + m[1, 0], m[1, 1] - m[0, 0] - m[2, 2], 0, 0],
            [m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], m[2, 2] - m[0, 0] - m[1, 1], 0],
            [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], np.trace(m)],
        ]
    )
    _, vectors = np.linalg.eigh(k)  # Bar-Itzhack 2000: stable for every rotation
    q = vectors[:, -1]
    return q if q[3] >= 0 else -q


def matrix_from_quaternion(quaternion: ArrayLike) -> NDArray[np.float64]:
    """Rotation matrix (3, 3) of a quaternion xyzw (4,), normalised here."""
    q = np.asarray(quaternion, dtype=np.float64)
    x, y, z, w = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def look_rotation(direction: ArrayLike, up: ArrayLike = UP) -> NDArray[np.float64]:
    """Quaternion xyzw (4,) that turns -Z onto `direction`, keeping `up` up."""
    back = -np.asarray(direction, dtype=np.float64)
    back = back / np.linalg.norm(back)
    right = np.cross(np.asarray(up, dtype=np.float64), back)
    if np.linalg.norm(right) < 1e-6:  # looking straight up or down: any right will do
        right = np.cross(np.array([0.0, 0.0, -1.0]), back)
    right /= np.linalg.norm(right)
    return quaternion_from_matrix(np.stack([right, np.cross(back, right), back], axis=1))
