"""Plots of a run: one small chart a figure, drawn with Pillow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

WIDTH, HEIGHT = 400, 230
"""Pixels of one chart."""
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 40, 30
COLUMNS = 3
PAPER, INK, GREY, FAINT = (252, 252, 250), (38, 40, 44), (120, 124, 130), (226, 228, 230)
FIGURE, MEASURE, MARK = (36, 98, 170), (196, 82, 30), (170, 40, 60)
"""Figures of every step are blue, measures of snapshots orange; a thin red line is a return after trouble."""
LEFT_OUT = ("time", "step", "back_to", "slower", "trouble", "seconds_a_step", "gradient")
PEER = "_real"
"""A figure of this ending is drawn into the chart of its namesake, as the level that real data have."""


def chart(lines: Sequence[Mapping[str, Any]]) -> NDArray[np.uint8]:
    """(H, W, 3) sRGB: every figure of a log over the steps, three charts a row."""
    told = dict.fromkeys(name for line in lines for name in line if name not in LEFT_OUT)
    names = [name for name in told if not name.endswith(PEER)]
    peers = {name: next((float(line[name + PEER]) for line in lines if name + PEER in line), None)
             for name in names}  # fmt: skip
    rows = max(1, -(-len(names) // COLUMNS))
    sheet = Pillow.new("RGB", (COLUMNS * WIDTH, rows * HEIGHT), PAPER)
    trouble = [float(line["step"]) for line in lines if "trouble" in line]
    last = max((float(line["step"]) for line in lines), default=1.0)
    for place, name in enumerate(names):
        points = sorted((float(line["step"]), float(line[name])) for line in lines if name in line)
        colour = FIGURE if any("rate" in line and name in line for line in lines) else MEASURE
        corner = (place % COLUMNS * WIDTH, place // COLUMNS * HEIGHT)
        sheet.paste(_one(name, np.array(points), max(last, 1.0), trouble, peers[name], colour), corner)
    return np.asarray(sheet)


def compared(before: NDArray[np.uint8], after: NDArray[np.uint8], band: int) -> NDArray[np.uint8]:
    """Two sample grids (H, W, 3), band by band of `band` rows: what was held out, before, after.

    A band that is the same in both is what was held out, and shown once.
    """
    height = band if len(before) % band == 0 else len(before)
    bands = []
    for top in range(0, len(before), height):
        one, other = before[top : top + height], after[top : top + height]
        if np.array_equal(one, other):
            bands.append(_labelled(one, "held out"))
        else:
            bands += [_labelled(one, "before"), _labelled(other, "after")]
    return np.concatenate(bands)


def _labelled(picture: NDArray[np.uint8], words: str) -> NDArray[np.uint8]:
    """The picture with what it is to its left."""
    strip = Pillow.new("RGB", (84, picture.shape[0]), PAPER)
    ImageDraw.Draw(strip).text((76, picture.shape[0] / 2), words, INK, _font(15), anchor="rm")
    return np.concatenate([np.asarray(strip), picture], axis=1)


def _one(
    name: str,
    points: NDArray[np.float64],
    last: float,
    trouble: Sequence[float],
    peer: float | None,
    colour: tuple[int, int, int],
) -> Pillow.Image:
    scale = 2  # drawn twice as large: lines come out smooth
    picture = Pillow.new("RGB", (WIDTH * scale, HEIGHT * scale), PAPER)
    draw = ImageDraw.Draw(picture)
    box = (LEFT * scale, TOP * scale, (WIDTH - RIGHT) * scale, (HEIGHT - BOTTOM) * scale)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return picture.resize((WIDTH, HEIGHT))
    heights = [*points[:, 1].tolist(), *([] if peer is None else [peer])]
    ticks = _ticks(min(heights), max(heights))
    low, high = ticks[0], ticks[-1]

    def at(step: float, value: float) -> tuple[float, float]:
        x = box[0] + (box[2] - box[0]) * step / last
        return x, box[3] - (box[3] - box[1]) * (value - low) / (high - low)

    for tick in ticks:
        y = at(0, tick)[1]
        draw.line([(box[0], y), (box[2], y)], FAINT, scale)
        draw.text((box[0] - 6 * scale, y), f"{tick:.4g}", GREY, _font(11 * scale), anchor="rm")
    if peer is not None:
        draw.line([at(0, peer), at(last, peer)], GREY, scale)
        draw.text((box[2], at(0, peer)[1] - 3 * scale), "real", GREY, _font(11 * scale), anchor="rs")
    for step in trouble:
        draw.line([at(step, low), at(step, high)], MARK, scale)
    for step, anchor in ((0.0, "la"), (last, "ra")):
        place = (at(step, low)[0], box[3] + 7 * scale)
        draw.text(place, f"{step:.0f}", GREY, _font(11 * scale), anchor=anchor)
    places = [at(*point) for point in points]
    if len(places) > 1:
        draw.line(places, colour, 2 * scale, joint="curve")
    for x, y in places if len(places) < 30 else places[-1:]:
        draw.ellipse([x - 2.6 * scale, y - 2.6 * scale, x + 2.6 * scale, y + 2.6 * scale], colour)
    draw.text((LEFT * scale, 21 * scale), name.replace("_", " "), INK, _font(14 * scale), anchor="lm")
    draw.text((box[2], 21 * scale), f"{points[-1, 1]:.4g}", colour, _font(14 * scale), anchor="rm")
    return picture.resize((WIDTH, HEIGHT), Pillow.Resampling.LANCZOS)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers around [low, high], three to six of them."""
    if high - low < 1e-12 * max(abs(low), abs(high), 1e-12):
        low, high = low - 0.5 * max(abs(low), 1e-6), high + 0.5 * max(abs(high), 1e-6)
    rough = (high - low) / 3
    power = 10.0 ** np.floor(np.log10(rough))
    width = power * min((m for m in (1, 2, 2.5, 5, 10) if m * power >= rough), default=10)
    first, end = np.floor(low / width + 1e-9), np.ceil(high / width - 1e-9)
    return [float(width * k) for k in np.arange(first, end + 1)]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
