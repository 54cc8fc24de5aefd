"""Every glTF primitive mode as a list of triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vrgen.core.stroke import Mode
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.part import Part

TRIANGLES, STRIP, FAN = 4, 5, 6
MODES = {mode: mode for mode in range(7)}
STROKES: dict[int, Mode] = {0: 0, 1: 1, 2: 2, 3: 3}


def triangles(part: Part, accessors: Accessors, vertices: int) -> NDArray[np.uint32] | None:
    """(T, 3) uint32 of a primitive, or None when it draws points or lines.

    Raises InputProblem for an index that no vertex has and for a count that makes no whole triangles.
    """
    mode = part.choice("mode", MODES, TRIANGLES)
    if mode < TRIANGLES:
        return None
    has_order = part.has("indices")
    indices = order_of(part, accessors, vertices) if has_order else np.arange(vertices, dtype=np.uint32)
    if mode == TRIANGLES and len(indices) % 3:
        part.fail(f"has {len(indices)} indices, which make no whole triangles")
    if mode == STRIP:
        return strip(indices)
    return fan(indices) if mode == FAN else indices.reshape(-1, 3)


def draws_strokes(part: Part) -> bool:
    """Whether a primitive draws points or lines."""
    mode: int = part.choice("mode", MODES, TRIANGLES)
    return mode < TRIANGLES


def mode_of(part: Part) -> Mode:
    """Which points or lines a primitive draws."""
    mode: Mode = part.choice("mode", STROKES, 0)
    return mode


def order_of(part: Part, accessors: Accessors, vertices: int) -> NDArray[np.uint32]:
    """(N,) uint32 of a primitive that has indices. Raises InputProblem for one that no vertex has."""
    indices = accessors.integers(part, "indices", width=1)[:, 0]
    if int(indices.max()) >= vertices:
        part.fail(f"reach vertex {int(indices.max())} of {vertices}", "indices")
    return indices


def strip(indices: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """(N - 2, 3) triangles of a strip, every second one turned so that all face one way."""
    found = np.stack([indices[:-2], indices[1:-1], indices[2:]], axis=1)
    found[1::2] = found[1::2][:, [1, 0, 2]]
    return found


def fan(indices: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """(N - 2, 3) triangles around the first index (glTF 2.0, 3.7.2.1 names the first vertex last)."""
    hub = np.broadcast_to(indices[:1], (max(len(indices) - 2, 0),))
    return np.stack([indices[1:-1], indices[2:], hub], axis=1)
