"""Measures of what is made against what is real: sliced Wasserstein distance, memorisation, diversity."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.float32]
PATCH = 7
PATCHES = 64
"""Patches drawn from each image at each level."""
SLICES = 256
SMALLEST = 16
"""Pixels along a side at the coarsest level of the pyramid."""


def swd(real: Images, made: Images, *, seed: int = 0) -> float:
    """Sliced Wasserstein distance x 10^3 of two sets (N, H, W, 3) in [0, 1], mean over levels.

    7x7 patches of a Laplacian pyramid, normalised per channel over the real set (Karras et al. 2018,
    section 5). Compare it with the same figure for real against real.
    """
    rng = np.random.default_rng(seed)
    distances = []
    for level_real, level_made in zip(_pyramid(real), _pyramid(made), strict=True):
        a, b = (_patches(level, np.random.default_rng([seed, 1])) for level in (level_real, level_made))
        mean, spread = a.mean(axis=(0, 1)), a.std(axis=(0, 1)) + 1e-8
        flat_a, flat_b = (((x - mean) / spread).reshape(len(x), -1) for x in (a, b))
        directions = rng.standard_normal((flat_a.shape[1], SLICES))
        directions /= np.linalg.norm(directions, axis=0)
        count = min(len(flat_a), len(flat_b))
        sorted_a, sorted_b = (np.sort((x @ directions)[:count], axis=0) for x in (flat_a, flat_b))
        distances.append(np.abs(sorted_a - sorted_b).mean())
    return float(1e3 * np.mean(distances))


def _pyramid(images: Images) -> list[Images]:
    levels, current = [], np.asarray(images, np.float32)
    while current.shape[1] > SMALLEST:
        half = np.stack([cv2.pyrDown(image) for image in current])
        size = (current.shape[2], current.shape[1])
        levels.append(current - np.stack([cv2.pyrUp(image, dstsize=size) for image in half]))
        current = half
    return [*levels, current]


def _patches(images: Images, rng: np.random.Generator) -> NDArray[np.float32]:
    """(N * PATCHES, 49, 3) patches at random places, shuffled."""
    rows, columns = (rng.integers(0, images.shape[i] - PATCH + 1, len(images) * PATCHES) for i in (1, 2))
    which = rng.permutation(np.repeat(np.arange(len(images)), PATCHES))
    steps = np.arange(PATCH)
    cut = images[which[:, None, None], rows[:, None, None] + steps[:, None], columns[:, None, None] + steps]
    return np.asarray(cut.reshape(len(which), PATCH * PATCH, images.shape[3]), np.float32)


def nearest_distance(crops: Images, others: Images) -> float:
    """Mean over crops (N, H, W, 3) of the RMS distance to the nearest of `others` (M, H, W, 3)."""
    a, b = (x.reshape(len(x), -1).astype(np.float64) for x in (crops, others))
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return float(np.sqrt(np.maximum(squared.min(axis=1), 0) / a.shape[1]).mean())


def memorisation(made: Images, held_out: Images, learned: Images) -> float:
    """Distance of made crops to the nearest learned one / the same of held-out ones: near 0 is a copy."""
    return nearest_distance(made, learned) / max(nearest_distance(held_out, learned), 1e-9)


def diversity(made: Images, real: Images) -> float:
    """Mean pairwise RMS distance among made images (N, H, W, 3) over the same among real ones."""
    return _spread(made) / max(_spread(real), 1e-9)


def _spread(images: Images) -> float:
    flat = images.reshape(len(images), -1).astype(np.float64)
    squared = (flat**2).sum(1)[:, None] + (flat**2).sum(1)[None] - 2 * flat @ flat.T
    pairs = np.triu_indices(len(flat), 1)
    return float(np.sqrt(np.maximum(squared[pairs], 0) / flat.shape[1]).mean())


def measures(real: Images, made: Images, learned: Images) -> dict[str, float]:
    """DESIGN's measures of `made` pictures against `real` ones that were not learned from, (N, H, W, 3).

    `learned` (M, H, W, 3) are what memorisation is measured by; `swd_real` is the peer of `swd`: one half
    of the real pictures against the other.
    """
    return {
        "swd": swd(real, made),
        "swd_real": swd(real[::2], real[1::2]),
        "memorisation": memorisation(made, real, learned),
        "diversity": diversity(made, real),
    }
