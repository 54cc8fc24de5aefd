"""How many pixels a work may keep, so that a headset can hold the whole show."""

from __future__ import annotations

from collections.abc import Sequence

BYTES_PER_PIXEL = 4 * 4 / 3
"""RGBA8 with its mip chain."""
FLOOR = 384
"""Long side below which a work is no longer worth looking at."""
LARGEST_AREA = 2048 * 1536
"""Pixels of the largest share: a 4:3 work of 2048."""
LONGEST = 4096
"""Long side that every headset takes; only panoramas reach it."""


def picture_pixels(works_sizes: Sequence[tuple[int, int]], *, budget_bytes: float = 260e6) -> list[int]:
    """Long sides in pixels, one per (width, height), whose decoded textures with mips fit `budget_bytes`.

    All works get the same area (so a panorama gets a longer side), small ones no more than they have,
    and what those leave goes to the others. (0, 0), a sculpture, counts nothing. The floor of 384 wins
    over the budget.
    """
    low, high = 0.0, float(LARGEST_AREA)
    if _cost(works_sizes, high) <= budget_bytes:
        return [_long_side(size, high) for size in works_sizes]
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _cost(works_sizes, middle) <= budget_bytes else (low, middle)
    return [_long_side(size, low) for size in works_sizes]


def _long_side(size: tuple[int, int], area: float) -> int:
    width, height = size
    if not width or not height:
        return FLOOR
    aspect = max(width / height, height / width)
    share = int((area * aspect) ** 0.5) // 4 * 4
    return min(max(share, FLOOR), LONGEST)


def _cost(sizes: Sequence[tuple[int, int]], area: float) -> float:
    total = 0.0
    for size in sizes:
        long_side = max(size)
        if long_side:
            scale = min(1.0, _long_side(size, area) / long_side)
            total += size[0] * size[1] * scale * scale * BYTES_PER_PIXEL
    return total
