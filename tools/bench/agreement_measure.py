"""What is measured of a picture: how near it is to another, and whether its markers are the right way up."""

# make bench leaves this out: a part of agreement.py.
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from agreement_scene import PANEL, PANEL_AT, VIEWS, YFOV, Card, cards, cube_cards
from numpy.typing import NDArray

from vrgen.core.frames import LUMINANCE, look_rotation, matrix_from_quaternion

Picture = NDArray[np.float32]
SMALL = 48
"""Pixels along a side at which cards are compared."""
TURNS = {
    "right": lambda a: a,
    "mirrored": lambda a: a[:, ::-1],
    "flipped": lambda a: a[::-1],
    "turned 180": lambda a: a[::-1, ::-1],
    "turned 90": lambda a: np.rot90(a, 1),
    "turned 270": lambda a: np.rot90(a, -1),
    "transposed": lambda a: a.swapaxes(0, 1),
    "cross-transposed": lambda a: np.rot90(a, 2).swapaxes(0, 1),
}
"""What an image can be turned into by wrong UVs or axes."""
SURE = 0.6
"""Correlation below which a card counts as not found."""


@dataclass(frozen=True)
class Agreement:
    """Two sets of pictures against each other, sRGB."""

    psnr: float
    """dB, of all pixels of all views."""
    ssim: float
    """Mean of the views, luminance, Wang et al. 2004 (Gaussian of 1.5 pixels)."""
    mean: float
    """Mean absolute difference, of 255."""


def agreement(one: list[Picture], two: list[Picture]) -> Agreement:
    """Views (height, width, 3) in [0, 1]."""
    error = np.concatenate([(a - b).reshape(-1) for a, b in zip(one, two, strict=True)])
    square = float(np.mean(error.astype(np.float64) ** 2))
    psnr = 99.0 if square < 1e-9 else -10 * float(np.log10(square))
    likeness = float(np.mean([ssim(a, b) for a, b in zip(one, two, strict=True)]))
    return Agreement(psnr, likeness, 255 * float(np.abs(error).mean()))


def ssim(one: Picture, two: Picture) -> float:
    """Structural similarity of the luminance of two sRGB pictures in [0, 1]."""
    a, b = (np.asarray(p @ LUMINANCE.astype(np.float32)) for p in (one, two))

    def smooth(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    ma, mb = smooth(a), smooth(b)
    va, vb, both = smooth(a * a) - ma**2, smooth(b * b) - mb**2, smooth(a * b) - ma * mb
    c1, c2 = 0.01**2, 0.03**2
    top = (2 * ma * mb + c1) * (2 * both + c2)
    return float((top / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean())


def on_screen(points: NDArray[np.float64], view: str, size: tuple[int, int]) -> NDArray[np.float64] | None:
    """(n, 2) pixels of world points (n, 3), by the pinhole alone; None where any is behind or outside."""
    at, way = VIEWS[view]
    turn = matrix_from_quaternion(look_rotation(way))
    local = (points - np.array(at)) @ turn
    if (local[:, 2] > -0.05).any():
        return None
    scale = size[1] / 2 / np.tan(YFOV / 2)
    x = size[0] / 2 + scale * local[:, 0] / -local[:, 2]
    y = size[1] / 2 - scale * local[:, 1] / -local[:, 2]
    if x.min() < 0 or y.min() < 0 or x.max() > size[0] or y.max() > size[1]:
        return None
    return np.stack([x, y], axis=-1)


def _faces(card: Card, view: str) -> bool:
    a, b, _, d = card.corners
    normal = np.cross(b - a, d - a)
    way = np.array(VIEWS[view][0]) - card.corners.mean(axis=0)
    return float(normal @ way) / float(np.linalg.norm(normal) * np.linalg.norm(way)) > 0.25


def unwarped(picture: Picture, place: NDArray[np.float64]) -> Picture:
    """The card whose corners (bottom left, bottom right, top right, top left) lie at `place`, upright."""
    end = float(SMALL)
    target = np.array([(0, end), (end, end), (end, 0), (0, 0)], np.float32)
    to_card = cv2.getPerspectiveTransform((place - 0.5).astype(np.float32), target - 0.5)
    return cv2.warpPerspective(picture, to_card, (SMALL, SMALL), flags=cv2.INTER_AREA)


def likeness(one: Picture, two: Picture) -> float:
    """Normalised correlation of two cards, channel by channel: their light and its colour do not matter."""
    a, b = (p - p.mean(axis=(0, 1)) for p in (one, two))
    return float((a * b).sum() / max(np.sqrt(float((a * a).sum()) * float((b * b).sum())), 1e-9))


def orientations(shots: dict[str, Picture]) -> dict[str, str]:
    """For each card that is seen: right, mirrored, flipped, turned..., or `not found`."""
    found: dict[str, str] = {}
    for view, picture in shots.items():
        size = (picture.shape[1], picture.shape[0])
        for card in [*cards(), *cube_cards()]:
            place = on_screen(card.corners, view, size) if _faces(card, view) else None
            if place is None or card.name in found:
                continue
            seen = unwarped(picture, place)
            art = cv2.resize(card.art.astype(np.float32) / 255, (SMALL, SMALL), interpolation=cv2.INTER_AREA)
            scores = {name: likeness(seen, turned(art)) for name, turned in TURNS.items()}
            best = max(scores, key=lambda name: scores[name])
            found[card.name] = best if scores[best] > SURE else "not found"
    return found


def domes(picture: Picture, view: str = "camera_north") -> dict[str, float]:
    """For each half of the panel: (upper - lower) / (upper + lower) brightness of its domes, in linear light.

    Positive where the domes stand out and the light comes from above, as it does.
    """
    size = (picture.shape[1], picture.shape[0])
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    (low, high), z = PANEL_AT
    out = {}
    for name, (x0, x1) in PANEL.items():
        corners = np.array([(x0, low, z), (x1, low, z), (x1, high, z), (x0, high, z)])
        place = on_screen(corners, view, size)
        assert place is not None, "the panel is in sight of camera_north"
        tile = unwarped(linear.astype(np.float32), place) @ LUMINANCE
        y, x = (np.mgrid[0:SMALL, 0:SMALL] + 0.5) / (SMALL / 2) % 1.0 * 2 - 1
        inside = np.hypot(x, y) < 0.7
        up, down = float(tile[inside & (y < -0.15)].mean()), float(tile[inside & (y > 0.15)].mean())
        out[name] = (up - down) / max(up + down, 1e-9)
    return out
