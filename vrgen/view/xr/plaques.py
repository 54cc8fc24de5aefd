"""Plaques: the words of a work as a card to be read in a headset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from vrgen.core.exhibits import Exhibit
from vrgen.core.image import Image
from vrgen.view.sheet import FAINT, INK, PANEL, font

DEGREES_A_PIXEL = 0.034
"""How large a pixel is to be seen: letters of 30 pixels are one degree high, clear at 20 pixels a degree."""
LINE = 700
"""Pixels of the longest line."""
PAD = 44


def plaque(exhibit: Exhibit) -> Image:
    """Title, artist and year, measures and text of a work, as RGBA."""
    size = " x ".join(f"{side:g}" for side in exhibit.size_cm)
    lines = [(exhibit.title, 44, INK), (exhibit.who, 30, FAINT), (f"{size} cm" if size else "", 26, FAINT)]
    return words([*lines, (exhibit.text, 28, INK)])


def notice(text: str) -> Image:
    """One sentence, as RGBA."""
    return words([(text, 30, INK)])


def words(paragraphs: list[tuple[str, int, tuple[int, int, int]]]) -> Image:
    """Paragraphs of (text, height of the letters in pixels, colour) on a dark panel, lines broken to fit."""
    import PIL.Image
    import PIL.ImageDraw

    probe = PIL.ImageDraw.Draw(PIL.Image.new("L", (1, 1)))
    set_lines, top, wide = [], PAD, 0.0
    for text, height, colour in paragraphs:
        if not text.strip():
            continue
        letters = font(height)
        for line in broken(text, partial(probe.textlength, font=letters)):
            set_lines.append((top, line, letters, colour))
            wide = max(wide, probe.textlength(line, font=letters))
            top += round(height * 1.36)
        top += round(height * 0.34)
    panel = PIL.Image.new("RGBA", (round(wide) + 2 * PAD, top + PAD // 2), (*PANEL[:3], 0))
    draw = PIL.ImageDraw.Draw(panel)
    draw.rounded_rectangle((0, 0, panel.width - 1, panel.height - 1), 20, fill=(*PANEL[:3], 238))
    for y, line, letters, colour in set_lines:
        draw.text((PAD, y), line, font=letters, fill=(*colour, 255))
    return Image(np.asarray(panel))


def broken(text: str, length: Callable[[str], float]) -> Iterator[str]:
    """The lines of a text, none longer than LINE where words allow it."""
    line = ""
    for word in text.split():
        if line and length(f"{line} {word}") > LINE:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line
