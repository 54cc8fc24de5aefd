"""Panoramas: enlarged without a seam, and calm at their poles."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
CALM_ABOVE = 55.0
"""Degrees of elevation, up or down, from which rows are calmed."""
CALM, MOST_TURN = 0.8, 2.0
"""A border is calm up to that share of the 99th percentile of all steps; degrees that it may move."""
SOFTER_ABOVE = 82.0
"""Degrees from which they are softened besides, so that no joint of paving ends in the pole itself."""


def enlarged(picture: Picture, width: int) -> Picture:
    """(H, 2H, C) to (width / 2, width, C): wrapped in azimuth, carried on over the poles."""
    height = picture.shape[0]
    if picture.shape[1] == width:
        return picture
    margin = height // 4
    around = over_the_poles(picture, margin)
    around = np.pad(around, ((0, 0), (margin, margin), (0, 0)), mode="wrap")
    side = margin * width // (2 * height)
    size = (width + 2 * side, width // 2 + 2 * side)
    how = cv2.INTER_AREA if width < 2 * height else cv2.INTER_CUBIC
    scaled = cv2.resize(around, size, interpolation=how)
    return np.asarray(scaled[side : side + width // 2, side : side + width], np.float32)


def over_the_poles(picture: Picture, rows: int) -> Picture:
    """`rows` more above and below: beyond a pole lies the far side, half a turn away."""
    half = picture.shape[1] // 2
    far = np.roll(picture, half, axis=1)
    return np.concatenate([far[:rows][::-1], picture, far[-rows:][::-1]], axis=0)


def calm_poles(picture: Picture) -> Picture:
    """The picture without what no point of the sphere can show: near a pole a row has few points of its own.

    A row at elevation e keeps waves up to its length on the sphere in pixels, W cos(e) / 2, and half as many
    at the pole itself; what a network draws beyond that turns into streaks around the zenith.
    """
    height, width = picture.shape[:2]
    elevation = np.radians(90.0 - (np.arange(height) + 0.5) * 180.0 / height)
    made = picture.copy()
    waves = np.arange(width // 2 + 1)[None, :]
    for rows in (elevation > np.radians(CALM_ABOVE), elevation < -np.radians(CALM_ABOVE)):
        softer = np.interp(np.abs(np.degrees(elevation[rows])), [SOFTER_ABOVE, 90.0], [1.0, 0.5])
        limit = np.maximum(softer * np.cos(elevation[rows]) * width / 2, 1.0)[:, None]
        keep = np.exp(-((waves / limit) ** 6)).astype(np.float32)
        spectrum = np.fft.rfft(picture[rows], axis=1)
        made[rows] = np.fft.irfft(spectrum * keep[..., None], n=width, axis=1)
    return made


def calm_turn(picture: Picture, columns: int) -> int:
    """By how many columns more a panorama (H, 2H, C), rolled by `columns`, is to be turned: none, or up to
    two degrees, so that no upright edge of a building lies in the border."""
    width = picture.shape[1]
    steps = np.abs(picture - np.roll(picture, 1, axis=1)).mean(axis=(0, 2))
    calm = steps <= CALM * np.percentile(steps, 99)
    reach = round(MOST_TURN / 360.0 * width)
    nearest = sorted(range(-reach, reach + 1), key=abs)
    return next((turn for turn in nearest if calm[(-columns - turn) % width]), 0)
