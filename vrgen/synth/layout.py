"""Layouts: boards and slabs cut from a generated material, with real joints. They tile.

Pieces are cut at random places of the (periodic) material, each with its own slight tone; between them runs a
joint: dark, rough, with chamfered edges in the normal map.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vrgen.core import Image, Material, to_bytes

Maps = dict[str, NDArray[np.float32]]
CHAMFER_M = 0.0015
"""Width in metres of the rounded edge of a piece."""


@dataclass(frozen=True, slots=True)
class Boards:
    """Floor boards running along v (the grain of the material), their ends staggered at random."""

    width_m: float = 0.16
    """Width of a board in metres, adjusted so that a whole number fits."""
    length_m: float = 1.9
    """Length of a board in metres, adjusted likewise."""
    joint_m: float = 0.0012
    """Width of the gap in metres."""
    variation: float = 0.05
    """Spread of the tone from board to board (share of the colour)."""


@dataclass(frozen=True, slots=True)
class Slabs:
    """Slabs on a straight grid."""

    width_m: float
    """Along u."""
    height_m: float
    """Along v."""
    joint_m: float = 0.003
    """Width of the gap in metres."""
    variation: float = 0.025
    """Spread of the tone from slab to slab."""


Layout = Boards | Slabs


def lay(material: Material, layout: Layout, rng: np.random.Generator, *, size_m: float) -> Material:
    """`material` cut and laid on a tile of the same pixels that covers `size_m` x `size_m` metres.

    The material keeps its texel density as near as whole pieces allow; it wraps around while cutting.
    """
    size = material.base_colour.width
    columns, rows = (_whole(size_m, length) for length in _piece(layout))
    stagger = rng.random(columns) if isinstance(layout, Boards) else np.zeros(columns)
    edges = np.round(np.linspace(0, size, columns + 1)).astype(int)
    source = {name: image.to_float() for name, image in material.maps().items()}
    laid = {name: np.empty_like(pixels) for name, pixels in source.items()}
    distance = np.full((size, size), np.inf, np.float32)
    for column in range(columns):
        left, right = edges[column], edges[column + 1]
        ends = np.round(np.linspace(0, size, rows + 1) + stagger[column] * size / rows).astype(int)
        for top, bottom in pairwise(ends):
            _cut(
                source, laid, rng, layout, rows=np.arange(top, bottom) % size, columns=np.arange(left, right)
            )
            _edge_distance(distance, np.arange(top, bottom) % size, np.arange(left, right))
    _joints(laid, distance * (size_m / size), layout.joint_m)
    maps = {name: Image(to_bytes(p), getattr(material, name).colour_space) for name, p in laid.items()}
    return replace(material, size_m=(size_m, size_m), **maps)  # type: ignore[arg-type]


def _piece(layout: Layout) -> tuple[float, float]:
    if isinstance(layout, Boards):
        return layout.width_m, layout.length_m
    return layout.width_m, layout.height_m


def _whole(total: float, piece: float) -> int:
    return max(1, round(total / piece))


def _cut(
    source: Maps,
    laid: Maps,
    rng: np.random.Generator,
    layout: Layout,
    *,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
) -> None:
    """Fill one piece from a random place of the source, mirrored at random along u."""
    size = len(next(iter(source.values())))
    from_rows = (np.arange(len(rows)) + rng.integers(size)) % size
    from_columns = (np.arange(len(columns)) + rng.integers(size)) % size
    mirrored = rng.random() < 0.5
    tone = 1.0 + layout.variation * rng.standard_normal()
    for name, pixels in source.items():
        piece = pixels[from_rows[:, None], from_columns[None, :]]
        if mirrored:
            piece = piece[:, ::-1].copy()
            if name == "normal":
                piece[..., 0] = 1.0 - piece[..., 0]
        laid[name][rows[:, None], columns[None, :]] = piece * tone if name == "base_colour" else piece


def _edge_distance(
    distance: NDArray[np.float32], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> None:
    """Write how many pixels each pixel of a piece lies from the piece's nearest edge."""
    down = np.minimum(np.arange(len(rows)), np.arange(len(rows))[::-1]) + 0.5
    along = np.minimum(np.arange(len(columns)), np.arange(len(columns))[::-1]) + 0.5
    distance[rows[:, None], columns[None, :]] = np.minimum(down[:, None], along[None, :])


def _joints(laid: Maps, metres: NDArray[np.float32], joint_m: float) -> None:
    """Darken the gaps, round the edges: `metres` is each pixel's distance from the edge of its piece."""
    pixel = float(metres.min()) * 2.0
    gap = np.clip((joint_m / 2 + pixel / 2 - metres) / pixel, 0.0, 1.0)[..., None]
    edge = np.clip(1.0 - (metres - joint_m / 2) / CHAMFER_M, 0.0, 1.0)[..., None]
    laid["base_colour"] *= 1.0 - 0.55 * gap - 0.06 * edge * (1 - gap)
    if "roughness" in laid:
        laid["roughness"] += (0.9 - laid["roughness"]) * gap
    if "occlusion" in laid:
        laid["occlusion"] *= 1.0 - 0.5 * gap
    if "height" in laid:
        laid["height"] = laid["height"] * (1 - gap) * (1 - 0.1 * edge)
    if "normal" in laid:
        laid["normal"] = _bevelled(laid["normal"], np.minimum(metres, joint_m / 2 + CHAMFER_M), pixel)


def _bevelled(normal: NDArray[np.float32], depth: NDArray[np.float32], pixel: float) -> NDArray[np.float32]:
    """Add the slope of the rounded edges to a normal map (H, W, 3) in [0, 1]; depth in metres, wrapping."""
    slope_u = (np.roll(depth, -1, axis=1) - np.roll(depth, 1, axis=1)) / (2 * pixel)
    slope_v = (np.roll(depth, -1, axis=0) - np.roll(depth, 1, axis=0)) / (2 * pixel)
    n = normal * 2.0 - 1.0
    n[..., 0] -= 0.5 * slope_u
    n[..., 1] += 0.5 * slope_v  # v runs down, the normal's y up
    n /= np.linalg.norm(n, axis=-1, keepdims=True)
    return np.asarray(n * 0.5 + 0.5, np.float32)
