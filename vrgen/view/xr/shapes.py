"""Shapes: the signs of a visit as triangles. Pure arithmetic; places in metres in the world."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Colour = tuple[float, float, float, float]
"""Linear RGB and alpha."""
RIBBON, DISC, RING, DIAL, CARD = 1.0, 2.0, 3.0, 4.0, 5.0
"""Kinds of shaders/sign.frag; 0 is plain."""
WIDTH = 11
"""Floats a vertex: place, colour, shape (u, v, kind, share)."""
CORNERS = ((-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0))
"""Two triangles over a square, counter-clockwise; u right, v up."""
Triangles = NDArray[np.float32]
"""(3 T, WIDTH) float32."""


def ribbon(points: ArrayLike, eye: ArrayLike, *, width: float, colours: Sequence[Colour]) -> Triangles:
    """A band along points (N, 3) that turns its flat side to `eye` (3,); colours of its start and end."""
    path, seen_from = np.asarray(points, np.float64), np.asarray(eye, np.float64)
    along = np.gradient(path, axis=0)
    side = np.cross(along, seen_from - path)
    side *= (width / 2) / np.maximum(np.linalg.norm(side, axis=1), 1e-9)[:, None]
    share = np.linspace(0.0, 1.0, len(path))[:, None]
    tint = np.asarray(colours[0]) * (1 - share) + np.asarray(colours[1]) * share

    def edge(sign: float) -> NDArray[np.float64]:
        shape = np.tile((0.0, sign, RIBBON, 0.0), (len(path), 1))
        return np.concatenate([path + sign * side, tint, shape], axis=1)

    upper, lower = edge(1.0), edge(-1.0)
    quads = (upper[:-1], lower[:-1], lower[1:], upper[:-1], lower[1:], upper[1:])
    return np.stack(quads, axis=1).reshape(-1, WIDTH).astype(np.float32)


def flat(
    pose: ArrayLike, size: tuple[float, float], colour: Colour, *, kind: float, share: float = 0.0
) -> Triangles:
    """A rectangle of width and height in the plane z = 0 of a (4, 4) pose, seen from +Z."""
    place = np.asarray(pose, np.float64)
    rows = []
    for u, v in CORNERS:
        at = place[:3, 3] + place[:3, 0] * (u * size[0] / 2) + place[:3, 1] * (v * size[1] / 2)
        # a card is read with v down, as pictures are
        uv = ((u + 1) / 2, (1 - v) / 2) if kind == CARD else (u, v)
        rows.append((*at, *colour, *uv, kind, share))
    return np.array(rows, np.float32)


def lying(centre: ArrayLike) -> NDArray[np.float64]:
    """(4, 4) pose of something that lies on the floor, a finger's breadth above it, and faces up."""
    pose = np.eye(4)
    pose[:3, :3] = ((1, 0, 0), (0, 0, 1), (0, -1, 0))
    pose[:3, 3] = np.add(centre, (0.0, 0.008, 0.0))
    return pose


def facing(at: ArrayLike, eye: ArrayLike, *, nearer: float = 0.0) -> NDArray[np.float64]:
    """(4, 4) upright pose at a point (3,) that faces the eye (3,), brought `nearer` to it by metres."""
    place, seen_from = np.asarray(at, np.float64), np.asarray(eye, np.float64)
    back = seen_from - place
    back /= max(float(np.linalg.norm(back)), 1e-9)
    right = np.cross((0.0, 1.0, 0.0), back)
    if np.linalg.norm(right) < 1e-6:
        right = np.array((1.0, 0.0, 0.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
    pose[:3, 3] = place + back * nearer
    return pose


SIDES = 8
LENGTH, THICK, THIN = 0.085, 0.010, 0.0045
"""The pointer in a hand: metres along, and its radius at the back and at the tip."""
BODY, TIP = (0.055, 0.056, 0.062), (0.75, 0.72, 0.66)


def pointer(aim: ArrayLike) -> Triangles:
    """A short tapered stick that looks along the -Z of a (4, 4) pose; shaded as if lit from above."""
    pose = np.asarray(aim, np.float64)
    angles = np.arange(SIDES + 1) * (2 * math.pi / SIDES)
    round_ = np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)
    rings = [
        (0.5 * THICK, LENGTH, BODY),
        (THICK, LENGTH - 0.006, BODY),
        (THIN, 0.004, BODY),
        (THIN, 0.0, TIP),
    ]
    faces: list[tuple[tuple[float, float, float], tuple[NDArray[np.float64], ...]]] = []
    for (ra, za, ca), (rb, zb, _) in pairwise(rings):
        back, front = round_ * ra + (0, 0, za), round_ * rb + (0, 0, zb)
        for k in range(SIDES):
            faces.append((ca, (back[k], front[k], front[k + 1], back[k], front[k + 1], back[k + 1])))
    for (radius, z, colour), order in ((rings[0], (1, 0)), (rings[-1], (0, 1))):
        for k in range(SIDES):
            pair = (round_[k + order[1]] * radius + (0, 0, z), round_[k + order[0]] * radius + (0, 0, z))
            faces.append((colour, (np.array((0.0, 0.0, z)), *pair)))
    rows = [row for colour, corners in faces for row in _shaded(pose, corners, colour)]
    return np.array(rows, np.float32)


def _shaded(
    pose: NDArray[np.float64], corners: Sequence[NDArray[np.float64]], colour: tuple[float, float, float]
) -> list[tuple[float, ...]]:
    places = [pose[:3, :3] @ corner + pose[:3, 3] for corner in corners]
    normal = np.cross(places[1] - places[0], places[2] - places[0])
    up = float(normal[1] / max(float(np.linalg.norm(normal)), 1e-12))
    light = 0.75 + 0.45 * up
    return [(*place, *(light * part for part in colour), 1.0, 0.0, 0.0, 0.0, 0.0) for place in places]
