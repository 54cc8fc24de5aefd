"""Where a panorama's sky ends: the share of sky in every pixel, so that domes change behind trees and towers.

Column by column one border is sought between what looks like the top of the picture and what looks like its
foot. Both looks are Gaussians over colour and fine texture, the sky's around a plane that follows elevation
and azimuth; the border is the cheapest closed way around by dynamic programming, its edges are then drawn
along the picture's own (guided filter, He et al. 2010).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
HEIGHT = 128
"""Rows at which the border is sought."""
HIGHEST, LOWEST = 75.0, -3.0
"""Degrees of elevation between which the border lies."""
JUMP = 0.35
"""Cost of a row's rise between two columns: towers are steep."""
ROUNDS = 3


def sky_share(picture: Picture) -> Picture:
    """(H, 2H) float32 in [0, 1]: how much of each pixel of a compressed sky (H, 2H, 3) is sky."""
    height = picture.shape[0]
    small = np.asarray(cv2.resize(picture, (2 * HEIGHT, HEIGHT), interpolation=cv2.INTER_AREA), np.float32)
    border = _border(_features(small))
    rows = np.arange(HEIGHT)[:, None]
    coarse = np.clip(border[None, :] - rows, 0.0, 1.0).astype(np.float32)
    margin = HEIGHT // 4
    around = np.pad(coarse, ((0, 0), (margin, margin)), mode="wrap")
    wide = np.asarray(
        cv2.resize(around, None, fx=height / HEIGHT, fy=height / HEIGHT, interpolation=cv2.INTER_LINEAR),
        np.float32,
    )
    guide = np.pad(picture.mean(axis=2), ((0, 0), (margin * height // HEIGHT,) * 2), mode="wrap")
    fine = _guided(guide, wide, max(2, height // 64))
    side = margin * height // HEIGHT
    return np.asarray(np.clip((fine[:, side : side + 2 * height] - 0.15) / 0.7, 0.0, 1.0), np.float32)


def _features(small: Picture) -> NDArray[np.float64]:
    """(H, 2H, 4): colour and the log of the fine texture."""
    around = np.pad(small, ((2, 2), (2, 2), (0, 0)), mode="wrap")
    around[:2], around[-2:] = around[2:3], around[-3:-2]
    fine = np.abs(around - cv2.blur(around, (5, 5))).mean(axis=2)
    rough = np.log(cv2.blur(fine, (3, 3))[2:-2, 2:-2] + 0.003)
    return np.concatenate([small, 0.25 * rough[..., None]], axis=2).astype(np.float64)


def _border(features: NDArray[np.float64]) -> NDArray[np.int64]:
    """First row (2H,) below the sky, closed in azimuth."""
    height, width, _ = features.shape
    elevation = 90.0 - (np.arange(height) + 0.5) * 180.0 / height
    azimuth = np.linspace(0, 2 * np.pi, width, endpoint=False)[None, :].repeat(height, 0)
    up = (elevation / 90.0)[:, None].repeat(width, 1)
    plane = np.stack([np.ones_like(up), up, up**2, np.cos(azimuth), np.sin(azimuth),
                      up * np.cos(azimuth), up * np.sin(azimuth)], axis=-1)  # fmt: skip
    first = int(np.searchsorted(-elevation, -HIGHEST))
    last = int(np.searchsorted(-elevation, -LOWEST))
    border = np.full(width, int(np.searchsorted(-elevation, -35.0)))
    rows = np.arange(height)[:, None]
    for _ in range(ROUNDS):
        sky = rows < border[None, :] - 2
        ground = (rows > border[None, :] + 2) & (elevation > -35.0)[:, None]
        if not ground.any() or sky.sum() < 50:
            break
        gain = _log_likelihood(features, plane, sky, glare=0.25) - _log_likelihood(
            features, plane[..., :1], ground
        )
        gain = np.clip(gain, -6.0, 6.0)
        score = np.cumsum(gain, axis=0)  # score[r - 1]: rows above r are sky
        border = first + _best_way(score[first - 1 : last - 1])
    return border


def _log_likelihood(
    features: NDArray[np.float64],
    plane: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    *,
    glare: float = 1.0,
) -> NDArray[np.float64]:
    """Of a Gaussian around a plane fitted where it is `chosen`; `glare` weighs what is brighter than that."""
    solved, *_ = np.linalg.lstsq(plane[chosen], features[chosen], rcond=None)
    rest = features - plane @ solved
    spread = np.cov(rest[chosen].T) + np.diag([4e-4, 4e-4, 4e-4, 1e-3])
    brighter = np.maximum(rest[..., :3].mean(axis=-1, keepdims=True), 0.0)
    rest[..., :3] -= (1.0 - glare) * brighter
    inverse = np.linalg.inv(spread)
    distance = np.einsum("hwi,ij,hwj->hw", rest, inverse, rest)
    return np.asarray(-0.5 * distance - 0.5 * np.linalg.slogdet(spread)[1])


def _best_way(score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Row (W,) of the way around with the greatest sum of score less jumps; closed by going around twice."""
    rows, width = score.shape
    apart = JUMP * np.abs(np.arange(rows)[:, None] - np.arange(rows)[None, :])
    total, back = score[:, 0].copy(), np.empty((2 * width, rows), np.int64)
    for step in range(1, 2 * width):
        reach = total[None, :] - apart
        back[step] = reach.argmax(axis=1)
        total = reach.max(axis=1) + score[:, step % width]
    way = np.empty(2 * width, np.int64)
    way[-1] = int(total.argmax())
    for step in range(2 * width - 1, 0, -1):
        way[step - 1] = back[step, way[step]]
    half = width // 2
    return np.roll(way[half : half + width], half)


def _guided(guide: Picture, coarse: Picture, radius: int) -> Picture:
    """`coarse` (H, W) with the edges of `guide` (H, W)."""
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(x: Picture) -> Picture:
        return np.asarray(cv2.blur(x, size), np.float32)

    middle, target = mean(guide), mean(coarse)
    slope = (mean(guide * coarse) - middle * target) / (mean(guide * guide) - middle**2 + 1e-4)
    return mean(slope) * guide + mean(target - slope * middle)
