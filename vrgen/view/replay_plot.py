"""Replay plot: one picture of a replay: four panels over the stops, each against its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vrgen.core.image import Image
from vrgen.view.replay import ReplayReport, StopCost
from vrgen.view.sheet import font

if TYPE_CHECKING:
    import PIL.ImageDraw

SCALE = 2
"""Drawn twice as large: lines come out smooth."""
WIDTH, PANEL, HEAD = 1200, 170, 102
LEFT, RIGHT, GAP = 84, 120, 46
NAMES = 96
"""Pixels below the panels for the names of the stops."""
PAPER, INK, GREY, FAINT = (252, 252, 250), (38, 40, 44), (120, 124, 130), (229, 230, 231)
GOOD, OVER, LIMIT, TIME = (58, 122, 152), (204, 74, 56), (172, 52, 40), (132, 126, 158)
MOST_NAMES = 30
"""Names that fit below; of more stops some go without."""


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    unit: str
    values: tuple[float, ...]
    marks: tuple[tuple[float, float], ...]
    limit: float
    judged: bool


def plot(report: ReplayReport) -> Image:
    """8-bit RGB: draw calls, triangles, textures and frame time of every stop, and what the budget allows."""
    import PIL.Image
    import PIL.ImageDraw

    panels = _panels(report)
    size = (WIDTH, HEAD + len(panels) * (PANEL + GAP) - GAP + NAMES)
    sheet = PIL.Image.new("RGB", (size[0] * SCALE, size[1] * SCALE), PAPER)
    draw = PIL.ImageDraw.Draw(sheet)
    _head(draw, report)
    for place, panel in enumerate(panels):
        _draw(draw, panel, HEAD + place * (PANEL + GAP))
    _names(draw, report.stops, HEAD + len(panels) * (PANEL + GAP) - GAP)
    return Image(np.asarray(sheet.resize(size, PIL.Image.Resampling.LANCZOS)))


def _panels(report: ReplayReport) -> list[_Panel]:
    stops, budget = report.stops, report.budget
    none = tuple((0.0, 0.0) for _ in stops)

    def judged(title: str, unit: str, values: Sequence[float], limit: float) -> _Panel:
        return _Panel(title, unit, tuple(values), none, limit, True)

    return [
        judged("draw calls", "", [stop.draw_calls for stop in stops], budget.draw_calls),
        judged("triangles, thousands", "k", [stop.triangles / 1e3 for stop in stops], budget.triangles / 1e3),
        judged(
            "textures, megabytes",
            "MB",
            [stop.texture_bytes / 1e6 for stop in stops],
            budget.texture_bytes / 1e6,
        ),
        _Panel(
            "frame time on this machine, milliseconds",
            "ms",
            tuple(stop.median_ms for stop in stops),
            tuple((stop.p90_ms, stop.worst_ms) for stop in stops),
            budget.frame_seconds * 1e3,
            False,
        ),
    ]


def _head(draw: PIL.ImageDraw.ImageDraw, report: ReplayReport) -> None:
    whole, size = report.whole, report.eye_size
    verdict = f"within {report.budget.name}'s starter budget"
    if report.over:
        verdict = f"leaves {report.budget.name}'s starter budget"
    draw.text(_at(LEFT, 34), report.scene or "replay", INK, font(23 * SCALE), anchor="ls")
    colour = LIMIT if report.over else GOOD
    draw.text(_at(WIDTH - RIGHT, 34), verdict, colour, font(16 * SCALE), anchor="rs")
    told = (
        f"{len(report.stops)} stops, {report.seconds:.0f} s, {whole.pictures} pictures of 2 x "
        f"{size[0]}x{size[1]}, drawn by {report.drawn_by}"
    )
    draw.text(_at(LEFT, 58), told[:150], GREY, font(12.5 * SCALE), anchor="ls")


def _draw(draw: PIL.ImageDraw.ImageDraw, panel: _Panel, top: int) -> None:
    bottom, right = top + PANEL, WIDTH - RIGHT
    most = max([panel.limit if panel.judged else 0.0, *panel.values, *(worst for _, worst in panel.marks)])
    shown = panel.judged or panel.limit < 3 * most
    ticks = _ticks(max(most, panel.limit if shown else 0.0) * 1.04)
    draw.text(_at(LEFT, top - 9), panel.title, INK, font(14 * SCALE), anchor="ls")

    def y(value: float) -> float:
        return bottom - (bottom - top) * value / ticks[-1]

    for tick in ticks:
        draw.line([_at(LEFT, y(tick)), _at(right, y(tick))], FAINT, SCALE)
        draw.text(_at(LEFT - 8, y(tick)), f"{tick:g}", GREY, font(11 * SCALE), anchor="rm")
    for k, (value, (p90, worst)) in enumerate(zip(panel.values, panel.marks, strict=True)):
        left, wide = _column(k, len(panel.values))
        colour = TIME if not panel.judged else OVER if value >= panel.limit else GOOD
        draw.rectangle([_at(left, y(value)), _at(left + wide, bottom)], colour)
        if worst:
            middle = left + wide / 2
            draw.line([_at(middle, y(value)), _at(middle, y(worst))], TIME, SCALE)
            draw.line([_at(left + wide * 0.25, y(p90)), _at(left + wide * 0.75, y(p90))], INK, SCALE)
    _limit(draw, panel, y(panel.limit) if shown else None, bottom)


def _limit(draw: PIL.ImageDraw.ImageDraw, panel: _Panel, y: float | None, bottom: int) -> None:
    """The budget as a line of dashes, what it is at its end, and above what was the most."""
    right = WIDTH - RIGHT
    if y is not None:
        for x in range(LEFT, right, 12):
            draw.line([_at(x, y), _at(min(x + 7, right), y)], LIMIT if panel.judged else GREY, SCALE)
        words = "budget" if panel.judged else "72 Hz"
        text = f"{words} {_figure(panel.limit)} {panel.unit}".rstrip()
        draw.text(_at(right + 10, y), text, LIMIT if panel.judged else GREY, font(12 * SCALE), anchor="lm")
    most = max([*panel.values, *(worst for _, worst in panel.marks)], default=0.0)
    told = f"most {_figure(most)} {panel.unit}".rstrip()
    if not panel.judged:
        told = f"bar: median, tick: nine in ten, line: worst, at most {_figure(most)} ms"
    draw.text(_at(right, bottom - PANEL - 9), told, GREY, font(12 * SCALE), anchor="rs")


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _names(draw: PIL.ImageDraw.ImageDraw, stops: Sequence[StopCost], top: int) -> None:
    """Below each column its work or camera, slanted."""
    import PIL.Image
    import PIL.ImageDraw

    every = -(-len(stops) // MOST_NAMES)
    letters = font(12 * SCALE)
    for k in range(0, len(stops), every):
        text = stops[k].title or stops[k].name.removeprefix("camera_")
        text = text if len(text) <= 18 else text[:17].rstrip() + "…"
        strip = PIL.Image.new("L", (round(letters.getlength(text)) + 8, round(letters.size * 1.5)), 0)
        PIL.ImageDraw.Draw(strip).text((strip.width - 4, strip.height / 2), text, 255, letters, anchor="rm")
        turned = strip.rotate(38, expand=True, resample=PIL.Image.Resampling.BICUBIC)
        left, wide = _column(k, len(stops))
        x, y = _at(left + wide / 2, top + 6)
        place = (round(x - turned.width + letters.size * 0.4), round(y))
        draw.bitmap(place, turned, fill=GREY)


def _column(index: int, count: int) -> tuple[float, float]:
    """Left edge and width in pixels of a stop's bar."""
    room = (WIDTH - LEFT - RIGHT) / max(count, 1)
    wide = min(room * 0.68, 56.0)
    return LEFT + room * index + (room - wide) / 2, wide


def _at(x: float, y: float) -> tuple[float, float]:
    return x * SCALE, y * SCALE


def _ticks(most: float) -> list[float]:
    """Round numbers from 0 to at least `most`, four to six of them."""
    most = max(most, 1e-6)
    power = 10.0 ** np.floor(np.log10(most / 4))
    width = power * next(m for m in (1, 2, 2.5, 5, 10) if 5 * m * power >= most)
    return [float(width * k) for k in range(int(np.ceil(most / width)) + 1)]
