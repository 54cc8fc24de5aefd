"""Tint: whether packing changed the colour of a ground where it is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_TINT = 2.5
"""Of 255: how far blocks of 8 pixels may be off on the whole (root mean square). ETC1S has five bits for the
colours of a block, so that what is nearly white, plaques above all, turns yellow or green; WebP has half the
resolution of colour, rounded, which leaves pink and green clouds on plaster."""
HIDDEN = 0.1
"""Part of the variation of its blocks that hides more in a picture."""
SEEN_TINT = 0.5
"""Of 255: what is seen of it on plaster, whose blocks have one colour, ..."""
MASKED = 2.0
"""... and how many times the variation of its own colours that must be. Pictures hide it."""
BLOCK = 8
"""Pixels of a block that is seen as one from a few metres."""


def tinted(original: NDArray[np.uint8], packed: NDArray[np.uint8]) -> bool:
    """Whether a lossy packing of (height, width, 3 or 4) uint8 shows as a tint."""
    blocks, after = _blocks(original), _blocks(packed)
    error = after - blocks
    tint = float(np.sqrt((_hue(error) ** 2).mean()))
    own = float(_hue(blocks).std(axis=(0, 1)).mean())
    most = max(MOST_TINT, HIDDEN * float(blocks.std()))
    return float(np.sqrt((error**2).mean())) > most or tint > max(SEEN_TINT, MASKED * own)


def _blocks(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(rows, columns, 3) means of blocks of (height, width, 3 or 4) uint8."""
    import cv2

    height, width = pixels.shape[:2]
    rows, columns = max(1, height // BLOCK), max(1, width // BLOCK)
    wide = cv2.resize(pixels.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(wide[..., :3], np.float32)


def _hue(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours without their brightness, in levels."""
    hue: NDArray[np.float32] = pixels - pixels.mean(axis=-1, keepdims=True)
    return hue
