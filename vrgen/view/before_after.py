"""Before and after: a surface beside what took its place, and the room from where most of it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vrgen.core.frames import linear_to_srgb
from vrgen.core.image import Image, to_bytes
from vrgen.core.node import Node
from vrgen.core.progress import SILENT, Progress
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.core.wearers import look_of, record_for
from vrgen.view.sheet import FAINT, INK, PAPER, font
from vrgen.view.shot import ShotOptions, shot, shots

if TYPE_CHECKING:
    import PIL.Image
    import PIL.ImageDraw

Pair = tuple[Surface, Surface]
SCOUT = (192, 108)
"""Pixels of the pictures that only say how much of a surface a camera sees."""
WIDTH = 1800
MOST = 4
"""Pairs that are shown; a plaster on walls and ceiling are two."""
INSIDE = Surface(name="seen", base_colour_factor=(1.0, 1.0, 1.0, 1.0), unlit=True)
OUTSIDE = Surface(name="unseen", base_colour_factor=(0.0, 0.0, 0.0, 1.0), unlit=True)


def before_after(before: Scene, after: Scene, pairs: Sequence[Pair], *, progress: Progress = SILENT) -> Image:
    """8-bit RGB picture, 1800 pixels wide: before to the left, after to the right.

    Above both scenes from the camera that sees most of the surfaces, below each surface: the whole tile
    and a part of it, pixel by pixel; of a sky the panorama. Raises MissingPart without OpenGL.
    """
    import PIL.Image
    import PIL.ImageDraw

    gap = round(WIDTH * 0.012)
    cell = (WIDTH - 3 * gap) // 2
    view = (cell, round(cell * 9 / 16))
    camera = best_camera(before, [old for old, _ in pairs], progress=progress)
    options = ShotOptions(size=view, camera=camera)
    rooms = [shot(scene, options, progress=progress) for scene in (before, after)]
    letters, small = font(22), font(17)
    line = 34
    shown = list(pairs)[:MOST]
    rows = [_rows(old, cell // (2 if len(shown) == 1 else 3)) for old, _ in shown]
    height = gap + line + view[1] + sum(gap + line + row for row in rows) + gap
    sheet = PIL.Image.new("RGB", (WIDTH, height), PAPER)
    draw = PIL.ImageDraw.Draw(sheet)
    for column, (word, room) in enumerate(zip(("before", "after"), rooms, strict=True)):
        left = gap + column * (cell + gap)
        draw.text((left, gap), word, fill=INK, font=letters)
        seen = f"seen from {camera}" if camera else ""
        draw.text((left + cell, gap + 4), seen, fill=FAINT, font=small, anchor="ra")
        sheet.paste(PIL.Image.fromarray(room.pixels).convert("RGB"), (left, gap + line))
        top = gap + line + view[1] + gap
        for pair, row in zip(shown, rows, strict=True):
            surface = pair[column]
            told = record_for((before, after)[column], surface)
            draw.text((left, top), surface.name, fill=INK, font=small)
            draw.text((left + cell, top), _words(told), fill=FAINT, font=small, anchor="ra")
            sheet.paste(_swatch(surface, (cell, row)), (left, top + line - 6))
            top += line + row + gap
    return Image(np.asarray(sheet))


def best_camera(scene: Scene, surfaces: Sequence[Surface], *, progress: Progress = SILENT) -> str | None:
    """Name of the camera in whose picture the surfaces cover most; the first of equals, None without one."""
    if not any(node.camera is not None for node, _ in scene.walk()):
        return None
    wanted = {look_of(surface) for surface in surfaces}

    def masked(node: Node) -> Node:
        meshes = tuple(
            replace(mesh, surface=INSIDE if look_of(mesh.surface) in wanted else OUTSIDE, colours=None)
            for mesh in node.meshes
        )
        return replace(node, meshes=meshes)

    options = ShotOptions(size=SCOUT, all=True, antialias="none", exposure=1.0)
    pictures = shots(scene.map_nodes(masked), options, progress=progress)
    cover = {name: int((image.pixels[..., 0] > 127).sum()) for name, image in pictures.items()}
    return max(cover, key=lambda name: cover[name])


def _rows(surface: Surface, most: int) -> int:
    """Rows of a swatch: a strip for one plain colour."""
    return most if surface.base_colour is not None else most // 4


def _swatch(surface: Surface, size: tuple[int, int]) -> PIL.Image.Image:
    """The tile as a whole and, beside it, its middle at one pixel for each of the picture's."""
    import PIL.Image

    pixels = _pixels(surface)
    whole = PIL.Image.fromarray(pixels)
    wide, high = size
    if surface.base_colour is None or whole.width >= 2 * whole.height:
        return whole.resize(size, PIL.Image.Resampling.LANCZOS)
    out = PIL.Image.new("RGB", size, PAPER)
    side = (wide - 6) // 2
    out.paste(_filled(whole, (side, high)), (0, 0))
    left = max((whole.width - side) // 2, 0)
    top = max((whole.height - high) // 2, 0)
    part = whole.crop((left, top, min(left + side, whole.width), min(top + high, whole.height)))
    out.paste(_filled(part, (side, high)), (wide - side, 0))
    return out


def _filled(picture: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    """The middle of a picture in the shape of `size`, brought to it."""
    import PIL.ImageOps

    return PIL.ImageOps.fit(picture, size)


def _pixels(surface: Surface) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 sRGB: the base colour with its factor, without alpha."""
    factor = np.array(surface.base_colour_factor[:3], np.float32)
    if surface.base_colour is None:
        return to_bytes(linear_to_srgb(np.broadcast_to(factor, (8, 64, 3)).astype(np.float32)))
    linear = surface.base_colour.image.to_linear()
    colour = linear[..., :3] if linear.shape[2] >= 3 else np.repeat(linear[..., :1], 3, axis=2)
    return to_bytes(linear_to_srgb((colour * factor).astype(np.float32)))


def _words(record: Record | None) -> str:
    """Kind, seed and sliders."""
    if record is None:
        return ""
    sliders = record.options.get("slider") or ()
    sliders = [
        f"{name} {record.options[name]:+.2g}" for name in ("warmth", "cover") if record.options.get(name)
    ] + [str(text).replace("=", " ") for text in sliders]
    words = [str(record.options.get("kind", record.step)), f"seed {record.seed}", *sliders]
    return "   ".join(words)
