"""Sheets and cards: pictures with words, drawn by Pillow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vrgen.core.image import Image
from vrgen.errors import ValueProblem

if TYPE_CHECKING:
    import PIL.Image
    import PIL.ImageDraw
    import PIL.ImageFont

PAPER, INK, FAINT = (24, 24, 26), (236, 234, 229), (178, 176, 171)
PANEL = (14, 15, 18, 226)


def font(size: float) -> PIL.ImageFont.FreeTypeFont:
    """The typeface that Pillow carries (Aileron), so that every machine draws the same letters."""
    from PIL import ImageFont

    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):  # a Pillow without FreeType
        raise ValueProblem("Pillow was built without FreeType, expected its wheel; install Pillow with pip")
    return found


def contact_sheet(pictures: Mapping[str, Image], *, columns: int = 3, width: int = 1800) -> Image:
    """8-bit RGB pictures with their names below, row by row, as one picture `width` pixels wide."""
    import PIL.Image
    import PIL.ImageDraw

    if not pictures:
        raise ValueProblem("contact sheet: got no pictures, expected one or more; take some first")
    columns = max(1, min(columns, len(pictures)))
    gap = round(width * 0.012)
    cell = (width - gap * (columns + 1)) // columns
    tall = max(round(cell * image.height / image.width) for image in pictures.values())
    letters = font(max(11.0, cell * 0.030))
    line = round(letters.size * 1.9)
    rows = -(-len(pictures) // columns)
    sheet = PIL.Image.new("RGB", (width, gap + rows * (tall + line + gap)), PAPER)
    draw = PIL.ImageDraw.Draw(sheet)
    for index, (name, image) in enumerate(pictures.items()):
        left = gap + (index % columns) * (cell + gap)
        top = gap + (index // columns) * (tall + line + gap)
        picture = PIL.Image.fromarray(image.pixels).convert("RGB")
        height = round(cell * image.height / image.width)
        sheet.paste(picture.resize((cell, height), PIL.Image.Resampling.LANCZOS), (left, top))
        draw.text(
            (left, top + tall + line * 0.22), _fitted(draw, name, letters, cell), fill=INK, font=letters
        )
    return Image(np.asarray(sheet))


def _fitted(draw: PIL.ImageDraw.ImageDraw, text: str, letters: PIL.ImageFont.FreeTypeFont, room: int) -> str:
    while len(text) > 4 and draw.textlength(text, font=letters) > room:
        text = text[:-2].rstrip() + "…"
    return text


def card(
    title: str, rows: Sequence[tuple[str, str]] = (), *, subtitle: str = "", scale: float = 1.0
) -> Image:
    """A dark translucent RGBA panel: a title, a fainter line, and rows of (key, meaning)."""
    import PIL.Image
    import PIL.ImageDraw

    heading, small, text = font(22 * scale), font(15 * scale), font(16 * scale)
    pad, line = round(22 * scale), round(27 * scale)
    probe = PIL.ImageDraw.Draw(PIL.Image.new("L", (1, 1)))
    keys = max((probe.textlength(key, font=text) for key, _ in rows), default=0.0)
    keys = keys + 24 * scale if rows else 0.0
    wide = max(
        probe.textlength(title, font=heading),
        probe.textlength(subtitle, font=small),
        *(keys + probe.textlength(meaning, font=text) for _, meaning in rows),
        0.0,
    )
    head = round((30 + (24 if subtitle else 0) + (14 if rows else 0)) * scale)
    size = (round(wide) + 2 * pad, head + line * len(rows) + 2 * pad - round(8 * scale))
    panel = PIL.Image.new("RGBA", size, (*PANEL[:3], 0))
    draw = PIL.ImageDraw.Draw(panel)
    draw.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), round(10 * scale), fill=PANEL)
    draw.text((pad, pad - 4 * scale), title, font=heading, fill=(*INK, 255))
    if subtitle:
        draw.text((pad, pad + 28 * scale), subtitle, font=small, fill=(*FAINT, 255))
    for index, (key, meaning) in enumerate(rows):
        top = pad + head + index * line
        draw.text((pad, top), key, font=text, fill=(*INK, 255))
        draw.text((pad + keys, top), meaning, font=text, fill=(205, 203, 198, 255))
    return Image(np.asarray(panel))
