"""Hang: how large a picture is shown, and which picture goes where on which run of wall."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vrgen.scene.layout import Hung, Mount, Side, Size
from vrgen.scene.styles.style import Style
from vrgen.scene.work import Work

CENTRE = 1.50
"""Metres from the floor to the centre of a work (museum practice, 1.45-1.52)."""
LOWEST = 0.25
"""Metres that stay free below a tall work."""
CARD = (0.24, 0.15)
"""Room kept for a plaque (width, height)."""
CARD_GAP = 0.09
"""Metres between a work and its plaque."""
END_MARGIN = 0.40
"""Metres kept free at corners and doorways."""
WIDEST, TALLEST = 9.0, 4.2
"""Metres; larger works are shown smaller, with a note."""
_RHYTHM = (1.15, 0.92, 1.38, 1.05, 0.85, 1.50, 1.00)


def sizes_of(works: Sequence[Work], *, style: Style, seed: int) -> tuple[list[Size | None], list[str]]:
    """(a Size for each work, None for sculptures; notes about works that had to be shown smaller)."""
    chance = np.random.default_rng([seed, 11])
    start = int(chance.integers(len(_RHYTHM)))
    sizes: list[Size | None] = []
    notes: list[str] = []
    for number, work in enumerate(works):
        jitter = float(chance.uniform(0.95, 1.05))
        if work.image is None:
            sizes.append(None)
            continue
        if work.size_m is not None:
            width, height = work.size_m
        else:
            long = _RHYTHM[(start + number) % len(_RHYTHM)] * jitter
            width, height = _shown(work.source_px, long)
        shrink = min(1.0, WIDEST / width, TALLEST / height)
        if shrink < 1.0:
            notes.append(f"{work.file}: {width:.2f} x {height:.2f} m is shown at {shrink:.0%} of its size")
        sizes.append(_mounted(width * shrink, height * shrink, work=work, style=style))
    return sizes, notes


def _shown(px: tuple[int, int], long: float) -> tuple[float, float]:
    """Width and height of a picture of unknown size: equal presence, not equal sides."""
    aspect = px[0] / px[1]
    stretch = max(aspect, 1 / aspect)
    longest = max(0.35, max(px) / 320)  # never blow a small picture up into blur
    if stretch > 2.2:  # panoramas earn their length
        long = long * stretch / 2.2 * 0.8
        long = min(long, 6.5 if aspect > 1 else 3.6)
    else:
        long *= 0.86 + 0.14 * stretch
    long = min(long, longest)
    return (long, long / aspect) if aspect >= 1 else (long * aspect, long)


def _mounted(width: float, height: float, *, work: Work, style: Style) -> Size:
    long = max(width, height)
    see_through = work.image is not None and work.image.channels == 4
    mount: Mount
    if see_through or (style.mats and long <= style.mat_up_to):
        mount = "mat"
    elif long <= style.frame_up_to:
        mount = "frame"
    else:
        mount = "canvas"
    mat = {"mat": min(0.11, max(0.035, 0.085 * math.sqrt(width * height)))}.get(mount, 0.0)
    return Size(width, height, mount, mat, 0.0 if mount == "canvas" else style.frame_face)


def centre_height(size: Size) -> float:
    """Height of the centre: 1.50 m, tall works higher so that they clear the floor."""
    return max(CENTRE, LOWEST + size.outer[1] / 2)


def viewing_distance(size: Size) -> float:
    """Metres from which the whole work fits a picture of 60 degrees by 16:9, with air around it."""
    width, height = size.outer
    centre = centre_height(size)
    reach = height / 2 + 0.14 + (centre - CENTRE) * 0.35
    return max(1.35, reach / math.tan(math.radians(30)), (width / 2 + 0.15) / (16 / 9 * 0.57735))


def block_width(size: Size) -> float:
    """Wall taken by a work and its plaque."""
    return size.outer[0] + CARD_GAP + CARD[0]


def least_gap(left: Size, right: Size, *, pair: bool) -> float:
    """Metres between a plaque and the next work; works of one `order` hang as a pair."""
    return 0.12 if pair else min(0.9, max(0.38, 0.16 * (left.outer[0] + right.outer[0])))


Item = tuple[int, Size, int | None]
"""Work index, size, order."""


def _needed(items: Sequence[Item]) -> float:
    """Metres of wall that items in visiting order (from right to left) need."""
    total = 2 * END_MARGIN + sum(block_width(size) for _, size, _ in items)
    return total + sum(_gap(a, b) for a, b in pairwise(items))


def _gap(before: Item, after: Item) -> float:
    return least_gap(after[1], before[1], pair=before[2] is not None and before[2] == after[2])


def _groups(items: Sequence[Item]) -> list[list[Item]]:
    """Neighbours of one `order` stay together (three at most)."""
    groups: list[list[Item]] = []
    for item in items:
        last = groups[-1] if groups else None
        if last and item[2] is not None and last[-1][2] == item[2] and len(last) < 3:
            last.append(item)
        else:
            groups.append([item])
    return groups


def distribute(items: Sequence[Item], runs: Sequence[float]) -> list[list[Item]] | None:
    """Items in visiting order onto runs of wall of these lengths, or None when they do not fit.

    Filled evenly: the fullness at which everything just fits is the same on every run.
    """
    if not items:
        return [[] for _ in runs]
    for fullness in (0.6, 0.75, 0.88):
        placed = _fill(items, [run * fullness for run in runs])
        if placed is not None:
            return placed
    return None


def _fill(items: Sequence[Item], runs: Sequence[float]) -> list[list[Item]] | None:
    placed: list[list[Item]] = [[] for _ in runs]
    run = 0
    for group in _groups(items):
        while run < len(runs) and _needed([*placed[run], *group]) > runs[run] + 1e-9:
            run += 1
        if run == len(runs):
            return None
        placed[run] += group
    return placed


def hang_run(items: Sequence[Item], *, side: int, run: tuple[float, float], wall: Side) -> list[Hung]:
    """Items (visiting order, right to left) evenly spaced on one run of wall."""
    if not items:
        return []
    spare = (run[1] - run[0]) - _needed(items)
    gaps = [_gap(a, b) for a, b in pairwise(items)]
    loose = [index for index, (a, b) in enumerate(pairwise(items)) if not _paired(a, b)]
    share = min(spare / (len(loose) + 1.4), 1.1) if loose else 0.0
    for index in loose:
        gaps[index] += share
    ends = (run[1] - run[0]) - sum(block_width(size) for _, size, _ in items) - sum(gaps)
    # the plaque weighs little: centre the works themselves where there is air for it
    right = max(END_MARGIN, min(ends - END_MARGIN, ends / 2 - (CARD_GAP + CARD[0]) / 2))
    edge = run[1] - right
    hung = []
    for number, (work, size, _) in enumerate(items):
        width = size.outer[0]
        centre = edge - CARD[0] - CARD_GAP - width / 2
        y = centre_height(size)
        card = (centre + width / 2 + CARD_GAP + CARD[0] / 2, 1.42)
        hung.append(Hung(work, side, centre, y, size, card))
        edge = centre - width / 2 - (gaps[number] if number < len(gaps) else 0.0)
    return hung


def _paired(a: Item, b: Item) -> bool:
    return a[2] is not None and a[2] == b[2]
