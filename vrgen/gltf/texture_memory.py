"""What a texture costs a GPU."""

from __future__ import annotations


def texture_memory(width: int, height: int) -> int:
    """Bytes of an RGBA8 image of `width` x `height` pixels with all its mipmaps."""
    levels = max(width, height).bit_length()
    return sum(4 * max(width >> level, 1) * max(height >> level, 1) for level in range(levels))
