"""Plaque: the words beside a work, drawn once a room into one texture, and the title on the wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont

from vrgen.core import Image, Mesh, Surface, Texture
from vrgen.scene.mason import quads_mesh
from vrgen.scene.site import Spot
from vrgen.scene.work import Work

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

PIXELS_PER_METRE = 1800
WIDTH = 0.24
"""Metres."""
PROUD = 0.003
"""Thickness of the card in metres."""
_MARGIN = 0.014
_MOST_LINES = 9
"""Of the text below title, artist and year."""
_PAPER, _INK, _SOFT = (246, 244, 239), (28, 28, 30), (88, 88, 92)
_SUPER = 2
"""Drawn so many times larger and averaged, for even stems."""
_EM_TITLE, _EM_NAME, _EM_TEXT = 0.0158, 0.0128, 0.0118
"""Metres of an em: cap heights about 11, 9 and 8 mm, x-heights above 5 mm."""
_FALLBACKS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/seguisym.ttf",
    "C:/Windows/Fonts/arial.ttf",
)


@dataclass(frozen=True, eq=False, slots=True)
class Card:
    """A drawn plaque."""

    pixels: NDArray[np.uint8]
    """(height, width, 3) sRGB."""

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height in metres."""
        return self.pixels.shape[1] / PIXELS_PER_METRE, self.pixels.shape[0] / PIXELS_PER_METRE


@lru_cache(maxsize=64)
def _font(px: int, path: str = "") -> Font:
    return ImageFont.truetype(path, px) if path else ImageFont.load_default(px)


@lru_cache(maxsize=256)
def _fallback_for(letters: str) -> str:
    """Path of the first installed font that draws these letters, '' for Pillow's own."""
    for path in ("", *_FALLBACKS):
        if path and not Path(path).exists():
            continue
        font = _font(24, path)
        missing = bytes(font.getmask("\uffff"))
        if all(c.isspace() or bytes(font.getmask(c)) != missing for c in letters):
            return path
    return ""


def font_for(text: str, px: int) -> Font:
    """A font of `px` pixels an em that has the letters of `text`: Pillow's own, else the system's."""
    return _font(px, _fallback_for("".join(sorted(set(text)))))


def wrapped(text: str, *, px: int, width: int, most: int) -> list[str]:
    """Lines of at most `width` pixels; words too long are broken; cut with an ellipsis after `most`."""
    font = font_for(text, px)
    lines: list[str] = []
    line = ""
    for word in text.split():
        trial = f"{line} {word}" if line else word
        if font.getlength(trial) <= width:
            line = trial
            continue
        if line:
            lines.append(line)
        line = word
        while font.getlength(line) > width:
            cut = next((n for n in range(len(line) - 1, 1, -1) if font.getlength(line[:n]) <= width), 1)
            lines.append(line[:cut])
            line = line[cut:]
        if len(lines) > most:
            break
    if line:
        lines.append(line)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and font.getlength(last + "…") > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip(" ,.;:") + "…"]


def draw_card(work: Work) -> Card:
    """The plaque of a work: title in a heavier weight, artist and year, text."""
    scale = PIXELS_PER_METRE * _SUPER
    px = {name: round(em * scale) for name, em in (("t", _EM_TITLE), ("n", _EM_NAME), ("x", _EM_TEXT))}
    margin, width = round(_MARGIN * scale), round(WIDTH * scale)
    inner = width - 2 * margin
    name = ", ".join(part for part in (work.artist, work.year) if part)
    parts = [(line, "t", _INK) for line in wrapped(work.title or work.file, px=px["t"], width=inner, most=3)]
    parts += [(line, "n", _INK) for line in wrapped(name, px=px["n"], width=inner, most=2)]
    body = wrapped(work.text, px=px["x"], width=inner, most=_MOST_LINES)
    leading = {"t": 1.24, "n": 1.35, "x": 1.38}
    height = 2 * margin + sum(px[k] * leading[k] for _, k, _ in parts)
    height += (0.5 * px["x"] + len(body) * px["x"] * leading["x"]) if body else 0
    whole = (-(-round(max(height, 0.055 * scale)) // _SUPER)) * _SUPER
    picture = PILImage.new("RGB", (width // _SUPER * _SUPER, whole), _PAPER)
    pen = ImageDraw.Draw(picture)
    y = float(margin)
    parts += [(line, "x", _SOFT) for line in body]
    gap_done = not body
    for line, kind, ink in parts:
        if kind == "x" and not gap_done:
            y, gap_done = y + 0.5 * px["x"], True
        heavy = max(1, round(px["t"] / 34)) if kind == "t" else 0
        font = font_for(line, px[kind])
        pen.text((margin, y), line, font=font, fill=ink, stroke_width=heavy, stroke_fill=ink)
        y += px[kind] * leading[kind]
    small = picture.resize((picture.width // _SUPER, picture.height // _SUPER), PILImage.Resampling.BOX)
    return Card(np.asarray(small))


def plaques(cards: Sequence[tuple[Card, Spot]], *, name: str) -> Mesh | None:
    """One mesh with one texture for all plaques of a room; a Spot is the card's centre on the wall."""
    if not cards:
        return None
    atlas, corners = _packed([card.pixels for card, _ in cards])
    size = np.array([atlas.shape[1], atlas.shape[0]], dtype=np.float64)
    quads, uvs = [], []
    for (card, spot), (left, top) in zip(cards, corners, strict=True):
        (w, h), d = (0.5 * length for length in card.size_m), PROUD
        low = np.array([left + 0.5, top + 0.5]) / size
        high = np.array([left + card.pixels.shape[1] - 0.5, top + card.pixels.shape[0] - 0.5]) / size
        face = [(low[0], high[1]), (high[0], high[1]), (high[0], low[1]), (low[0], low[1])]
        paper = [tuple(np.array([left + 3.0, top + 3.0]) / size)] * 4
        for local, uv in (
            ([(-w, -h, d), (w, -h, d), (w, h, d), (-w, h, d)], face),
            ([(-w, -h, 0), (-w, -h, d), (-w, h, d), (-w, h, 0)], paper),
            ([(w, -h, d), (w, -h, 0), (w, h, 0), (w, h, d)], paper),
            ([(-w, h, d), (w, h, d), (w, h, 0), (-w, h, 0)], paper),
            ([(-w, -h, 0), (w, -h, 0), (w, -h, d), (-w, -h, d)], paper),
        ):
            quads.append(spot.points(local))
            uvs.append(uv)
    texture = Texture(Image(atlas, "srgb"), wrap=("clamp_to_edge", "clamp_to_edge"))
    surface = Surface(name, base_colour=texture)
    return quads_mesh(np.array(quads), np.array(uvs), surface, name=name, lighting="neutral")


def _packed(pictures: Sequence[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], list[tuple[int, int]]]:
    """A power-of-two atlas and the (left, top) of each picture, stacked in columns."""
    gap, widest = 4, max(p.shape[1] for p in pictures) + 4
    total = sum(p.shape[0] + gap for p in pictures)
    high = _power(max(max(p.shape[0] for p in pictures), min(2048, (total * widest) ** 0.5)))
    corners: list[tuple[int, int]] = []
    column, y = 0, 0
    for picture in pictures:
        if y + picture.shape[0] > high:
            column, y = column + 1, 0
        corners.append((column * widest, y))
        y += picture.shape[0] + gap
    atlas = np.full((high, _power((column + 1) * widest), 3), _PAPER, np.uint8)
    for picture, (left, top) in zip(pictures, corners, strict=True):
        atlas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return atlas, corners


def _power(length: float) -> int:
    return 1 << max(6, int(np.ceil(np.log2(max(1.0, length)))))


def title_mesh(title: str, spot: Spot, *, width: float, colour: tuple[int, int, int]) -> Mesh:
    """The title in letters on the wall, at most `width` metres wide and 3 lines; centred on the spot."""
    density, em = 400, 0.24
    longest = max(title.split(), key=len, default=title)
    natural = font_for(longest, 200).getlength(longest) / 200  # ems
    px = round(min(em, width / max(natural, 1.0)) * density)
    lines = wrapped(title, px=px, width=round(width * density), most=3)
    font = font_for(title, px)
    wide = int(max(font.getlength(line) for line in lines)) + 16
    high = round(px * 1.15 * len(lines)) + 16
    mask = PILImage.new("L", (wide, high), 0)
    pen = ImageDraw.Draw(mask)
    for number, line in enumerate(lines):
        pen.text((8, 4 + number * px * 1.15), line, font=font, fill=255)
    pixels = np.empty((high, wide, 4), np.uint8)
    pixels[..., :3] = colour
    pixels[..., 3] = np.asarray(mask)
    w, h, d = wide / density / 2, high / density / 2, 0.004
    texture = Texture(Image(pixels, "srgb"), wrap=("clamp_to_edge", "clamp_to_edge"))
    surface = Surface("title", base_colour=texture, alpha_mode="blend")
    quad = spot.points([(-w, -h, d), (w, -h, d), (w, h, d), (-w, h, d)])
    uv = np.array([[(0, 1), (1, 1), (1, 0), (0, 0)]], dtype=np.float64)
    return quads_mesh(quad[None], uv, surface, name="title", lighting="neutral")
