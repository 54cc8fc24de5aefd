"""relief: one height field from estimated slopes and estimated heights, and the normals that belong to it.

    h = argmin sum |D h' - g|^2 + k^2 (h' - h0)^2

g are the slopes (sharp, but they drift when summed), h0 the height (soft, but it knows joint from brick), D
the central difference. In frequencies the answer is a quotient, exact on a ring; a picture that does not
tile is mirrored first, which is a ring too.

Source: Frankot and Chellappa 1988 (integrable slopes by Fourier series), with a screening term.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SCREEN = 0.12
"""k, radians a pixel: waves longer than 2 pi / k = 52 pixels follow h0, shorter ones the slopes."""


def relief(slope: Floats, height: Floats, *, periodic: bool) -> Floats:
    """Height in pixels (H, W) float32, mean 0, from slopes (H, W, 2) right and up and height (H, W)."""
    right, down = slope[..., 0], -slope[..., 1]
    if not periodic:
        height = _mirrored(height, 1, 1)
        right, down = _mirrored(right, -1, 1), _mirrored(down, 1, -1)
    over = np.sin(2 * np.pi * np.fft.rfftfreq(height.shape[1]))[None, :]
    below = np.sin(2 * np.pi * np.fft.fftfreq(height.shape[0]))[:, None]
    wanted = -1j * (over * np.fft.rfft2(right) + below * np.fft.rfft2(down))
    wanted += SCREEN**2 * np.fft.rfft2(height)
    wanted /= over**2 + below**2 + SCREEN**2
    wanted[0, 0] = 0.0
    joined = np.fft.irfft2(wanted, s=height.shape)
    rows, columns = slope.shape[:2]
    return np.ascontiguousarray(joined[:rows, :columns], np.float32)


def normals(height: Floats, *, periodic: bool) -> Floats:
    """Unit normals (H, W, 3), +Y up, of a height in pixels (H, W), by central differences."""
    around = np.pad(height, 1, mode="wrap" if periodic else "symmetric")
    right = 0.5 * (around[1:-1, 2:] - around[1:-1, :-2])
    up = 0.5 * (around[:-2, 1:-1] - around[2:, 1:-1])
    normal = np.stack([-right, -up, np.ones_like(right)], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True), np.float32)


def _mirrored(field: Floats, over: int, below: int) -> Floats:
    """(H, W) to the ring (2 H, 2 W): what points across a mirror changes its sign."""
    wide = np.concatenate([field, over * field[:, ::-1]], axis=1)
    return np.concatenate([wide, below * wide[::-1]], axis=0)
