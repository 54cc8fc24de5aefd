"""Procedural masonry, tiles, planks and paving: recipes of make_materials.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from patterns import Field, Pieces, blurred, courses, noise, scattered, speckle, step, stones
from recipe import Recipe, mixed, ramp, shaded

Rng = np.random.Generator


def _of_piece(rng: Rng, pieces: Pieces) -> Field:
    """One random number in [0, 1) a piece."""
    return rng.random(int(pieces.which.max()) + 1)[pieces.which]


def _masonry(
    rng: Rng,
    size: int,
    pieces: Pieces,
    *,
    joint: float,
    colours: tuple[str, ...],
    mortar: tuple[str, str],
    grain: float = 0.06,
    tilt: float = 0.12,
    relief: float = 0.02,
    rough: float = 0.8,
) -> Recipe:
    """Rough pieces in mortar: worn edges, every piece of its own colour and a little askew."""
    tone, askew, lean = (_of_piece(rng, pieces) for _ in range(3))
    wear = 0.25 * joint * noise(rng, size, 24, 4)
    body = step(pieces.edge + wear, joint * 0.5, joint * 1.5)
    fine, coarse = speckle(rng, size, 0.7), noise(rng, size, 16, 6, 0.65)
    pits = step(noise(rng, size, 60, 3), 1.3, 2.2)
    face = 0.82 + tilt * (askew - 0.5) + 0.5 * tilt * (lean - 0.5) * pieces.u / 0.1
    stone = face + grain * 0.5 * coarse + grain * 0.18 * fine - 0.12 * pits
    bed = 0.3 + 0.05 * noise(rng, size, 40, 4) + 0.04 * fine
    height = bed + (stone - bed) * body
    colour = shaded(ramp(tone + 0.09 * coarse, *colours), 0.05 * fine - 0.2 * pits)
    colour = shaded(colour, -0.16 * (1 - step(pieces.edge, joint, joint * 3.2)))
    ground = shaded(ramp(0.5 + 0.25 * noise(rng, size, 30, 4), *mortar), 0.05 * fine)
    return Recipe(
        mixed(ground, colour, body), height, relief, rough + 0.05 * coarse + 0.1 * (1 - body) + 0.06 * pits
    )


def _wobble(rng: Rng, size: int, amount: float, cells: int = 8) -> tuple[Field, Field]:
    return amount * noise(rng, size, cells, 4), amount * noise(rng, size, cells, 4)


def bricks_red(rng: Rng, size: int) -> Recipe:
    """Running bond."""
    pieces = courses(rng, size, 10, 4, uneven=0.05, wobble=_wobble(rng, size, 0.0012))
    colours = ("#5e2a1e", "#8a3f2b", "#a4533a", "#b96f50", "#7a3527")
    return _masonry(rng, size, pieces, joint=0.0065, colours=colours, mortar=("#a59a8b", "#c2b8a8"))


def bricks_old(rng: Rng, size: int) -> Recipe:
    """Longer, darker, uneven bricks with lime showing."""
    pieces = courses(rng, size, 12, 3, shift=-1, uneven=0.35, wobble=_wobble(rng, size, 0.0022))
    base = _masonry(
        rng, size, pieces, joint=0.008, colours=("#3f2a25", "#6d4034", "#8d5a45", "#4d3a35"),
        mortar=("#8b8378", "#b3aa9b"), grain=0.12, tilt=0.3, relief=0.028, rough=0.86,
    )  # fmt: skip
    lime = step(noise(rng, size, 5, 6, 0.62) - 0.9 * (base.height - 0.6), 0.75, 1.5)
    return Recipe(
        mixed(base.colour, ramp(0.5 + 0.2 * noise(rng, size, 50, 3), "#c8c0b2", "#ddd6c9"), 0.75 * lime),
        base.height + 0.05 * lime, base.relief, base.rough + 0.06 * lime,
    )  # fmt: skip


def bricks_white(rng: Rng, size: int) -> Recipe:
    """Painted over many times: soft edges, joints nearly filled."""
    pieces = courses(rng, size, 10, 4, uneven=0.05, wobble=_wobble(rng, size, 0.0015))
    base = _masonry(
        rng, size, pieces, joint=0.0075, colours=("#d8d4cb", "#e6e3db", "#dcd8d0"),
        mortar=("#d2cdc3", "#dedad1"), grain=0.08, relief=0.016, rough=0.55,
    )  # fmt: skip
    height = blurred(base.height, 0.0022) + 0.012 * speckle(rng, size, 1.2)
    chips = step(noise(rng, size, 14, 5, 0.6), 2.1, 2.5)
    brick = ramp(0.5 + 0.3 * noise(rng, size, 40, 3), "#8a4a36", "#a8644c")
    return Recipe(mixed(base.colour, brick, 0.9 * chips), height - 0.06 * chips, base.relief,
                  base.rough + 0.3 * chips)  # fmt: skip


def blocks_sandstone(rng: Rng, size: int) -> Recipe:
    """Large ashlar, bedded layers in every block."""
    pieces = courses(rng, size, 5, 3, shift=-1, uneven=0.5, wobble=_wobble(rng, size, 0.0015))
    base = _masonry(
        rng, size, pieces, joint=0.0055, colours=("#b08d62", "#c9a87a", "#d8bd93", "#bf9a6c"),
        mortar=("#9c8a6f", "#b7a588"), grain=0.1, tilt=0.1, relief=0.022, rough=0.88,
    )  # fmt: skip
    layers = noise(rng, size, (64, 4), 3, 0.6)
    face = step(pieces.edge, 0.006, 0.02)
    return Recipe(shaded(base.colour, 0.05 * layers * face), base.height + 0.025 * layers * face,
                  base.relief, base.rough)  # fmt: skip


def _wood(rng: Rng, size: int, pieces: Pieces, *, upright: bool = False) -> tuple[Field, Field, Field]:
    """(rings, fibres, knots) of boards that run along x, each cut from another log."""
    place = pieces.v + 3.7 * _of_piece(rng, pieces)
    sway = noise(rng, size, (8, 2), 4) * 0.012
    rings = np.sin((place + sway) * 2 * np.pi * (26 + 22 * _of_piece(rng, pieces)))
    fibres = noise(rng, size, (size // 4, 8), 2, 0.6)
    knots = step(noise(rng, size, (12, 6), 2), 2.5, 3.3)
    return (rings.T, fibres.T, knots.T) if upright else (rings, fibres, knots)


def _planks(
    rng: Rng, size: int, pieces: Pieces, *, gap: float, colours: tuple[str, ...], wear: float, rough: float
) -> Recipe:
    rings, fibres, knots = _wood(rng, size, pieces)
    tone = _of_piece(rng, pieces)
    body = step(pieces.edge, gap * 0.4, gap * 1.6)
    cracks = step(noise(rng, size, (48, 3), 3, 0.6), 2.3 - wear, 2.9 - wear)
    grain = 0.12 * rings + 0.1 * fibres
    colour = shaded(ramp(0.15 + 0.7 * tone + 0.5 * grain, *colours), -0.35 * knots - 0.4 * cracks)
    colour = shaded(colour, -0.75 * (1 - body))
    height = 0.85 + 0.1 * (tone - 0.5) + (0.03 + 0.05 * wear) * (rings + fibres) - 0.3 * cracks
    return Recipe(
        colour, height * body, 0.007, rough + 0.04 * fibres + 0.12 * cracks + 0.2 * (1 - body) - 0.04 * rings
    )


def planks_oak(rng: Rng, size: int) -> Recipe:
    """Oiled oak floor."""
    pieces = courses(rng, size, 6, 2, shift=-1, uneven=0.6)
    return _planks(rng, size, pieces, gap=0.0022, colours=("#6e4a2b", "#94683f", "#b48654", "#c79b68"),
                   wear=0.0, rough=0.45)  # fmt: skip


def planks_grey(rng: Rng, size: int) -> Recipe:
    """Weathered boards."""
    pieces = courses(rng, size, 7, 1, shift=-1, wobble=_wobble(rng, size, 0.001, 4))
    return _planks(rng, size, pieces, gap=0.005, colours=("#4c4842", "#75706a", "#99948c", "#847a6e"),
                   wear=0.8, rough=0.82)  # fmt: skip


def parquet(rng: Rng, size: int) -> Recipe:
    """Squares of five staves, turned by turns."""
    across, staves = 4, 5
    flat = courses(rng, size, across * staves, across, shift=0.0)
    y, x = np.mgrid[0:size, 0:size] * across // size
    turned = (x + y) % 2 == 1
    which = np.where(turned, flat.which.T + 10_000, flat.which)
    number = np.unique(which, return_inverse=True)[1].reshape(which.shape)
    pieces = Pieces(
        np.where(turned, flat.edge.T, flat.edge), number,
        np.where(turned, flat.u.T, flat.u), np.where(turned, flat.v.T, flat.v),
    )  # fmt: skip
    along, up = (_wood(rng, size, pieces, upright=upright) for upright in (False, True))
    rings, fibres, _ = (np.where(turned, b, a) for a, b in zip(along, up, strict=True))
    body, tone = step(pieces.edge, 0.0004, 0.0022), _of_piece(rng, pieces)
    colour = ramp(0.2 + 0.6 * tone + 0.1 * fibres, "#5a3319", "#7d4c28", "#a06a3c", "#b58150")
    return Recipe(shaded(colour, 0.04 * rings - 0.6 * (1 - body)), (0.9 + 0.02 * fibres) * body, 0.004,
                  0.34 + 0.04 * fibres + 0.25 * (1 - body))  # fmt: skip


def _tiles(
    rng: Rng, size: int, pieces: Pieces, face: Field, *, joint: float, grout: str, rough: float
) -> Recipe:
    """Glazed faces with round edges in sunken grout."""
    body = step(pieces.edge, joint * 0.7, joint * 1.3)
    round_edge = step(pieces.edge, joint * 0.7, joint * 3.0)
    tilt = 0.04 * (_of_piece(rng, pieces) - 0.5) + (_of_piece(rng, pieces) - 0.5) * pieces.u * 0.4
    sand = speckle(rng, size, 0.8)
    ground = shaded(ramp(0.5 + 0.2 * noise(rng, size, 40, 4), grout, grout), 0.06 * sand)
    stain = np.clip(noise(rng, size, 6, 5, 0.6), 0, 3)
    height = (0.35 + 0.02 * sand) * (1 - body) + body * (0.55 + 0.4 * round_edge + tilt)
    return Recipe(mixed(shaded(ground, -0.08 * stain), face, body), height, 0.008,
                  np.where(body > 0.5, rough + 0.02 * stain, 0.85))  # fmt: skip


def tiles_blue(rng: Rng, size: int) -> Recipe:
    """Hand-made squares, every glaze a little different."""
    pieces = courses(rng, size, 8, 8, shift=0.0, wobble=_wobble(rng, size, 0.0007))
    cloud = noise(rng, size, 20, 4)
    face = ramp(_of_piece(rng, pieces) * 0.7 + 0.15 + 0.1 * cloud, "#123a52", "#1f6076", "#3d8c98", "#7fb9b5")
    return _tiles(rng, size, pieces, face, joint=0.004, grout="#b9b3a6", rough=0.16)


def tiles_hexagon(rng: Rng, size: int) -> Recipe:
    """White hexagons, a few black ones."""
    rows, columns = np.mgrid[0:10, 0:8]
    points = np.stack([(columns + 0.5 * (rows % 2) + 0.25) / 8, (rows + 0.5) / 10], axis=-1).reshape(-1, 2)
    pieces = stones(points, size)
    dark = (rng.random(80) < 0.14)[pieces.which]
    tone = _of_piece(rng, pieces) * 0.6 + 0.2 + 0.05 * noise(rng, size, 30, 4)
    face = np.where(dark[..., None], ramp(tone, "#1d1f22", "#33363a"), ramp(tone, "#dcd9d0", "#f0eee8"))
    return _tiles(rng, size, pieces, face, joint=0.0035, grout="#8d8a84", rough=0.2)


def tiles_checker(rng: Rng, size: int) -> Recipe:
    """Two marbles, polished."""
    pieces = courses(rng, size, 4, 4, shift=0.0)
    y, x = np.mgrid[0:size, 0:size] * 4 // size
    turned = _of_piece(rng, pieces)
    vein = np.abs(noise(rng, size, 5, 6, 0.6) + 2 * turned - 1)
    light = ramp(1 - np.exp(-vein * 6), "#8f8a83", "#d9d3c8", "#eae6dd")
    dark = ramp(1 - np.exp(-vein * 14), "#8c9a92", "#223029", "#18221d")
    face = np.where(((x + y) % 2 == 0)[..., None], light, dark)
    return _tiles(rng, size, pieces, face, joint=0.0016, grout="#6d6860", rough=0.1)


def mosaic(rng: Rng, size: int) -> Recipe:
    """Small stones set by hand."""
    pieces = stones(scattered(rng, 26, 0.35), size)
    band = noise(rng, size, 3, 2)
    centre = blurred(band, 0.012)
    hue = centre * 0.28 + 0.5 + 0.35 * (_of_piece(rng, pieces) - 0.5)
    face = ramp(hue, "#7a3b2e", "#c98d4f", "#e6d3a8", "#8fae9d", "#2f5d6b", "#1d3447")
    face = shaded(face, 0.04 * speckle(rng, size, 1))
    return _tiles(rng, size, pieces, face, joint=0.0035, grout="#b8ad9a", rough=0.38)


def cobbles(rng: Rng, size: int) -> Recipe:
    """Round stones in sand."""
    pieces = stones(scattered(rng, 9, 0.5), size, wobble=_wobble(rng, size, 0.004, 10))
    dome = 1 - np.exp(-pieces.edge * 70)
    base = _masonry(
        rng, size, pieces, joint=0.009, colours=("#4b4a49", "#6d6a66", "#8d8880", "#5c5650", "#7b766f"),
        mortar=("#4a4338", "#6b6252"), grain=0.07, tilt=0.15, relief=0.035, rough=0.72,
    )  # fmt: skip
    moss = step(noise(rng, size, 6, 5) - 6 * (dome - 0.35), 0.4, 1.6)
    green = ramp(0.5 + 0.25 * noise(rng, size, 60, 3), "#38431f", "#5d6b31")
    height = 0.25 + base.height * (0.25 + 0.75 * dome) + 0.06 * moss
    return Recipe(mixed(base.colour, green, 0.85 * moss), height, base.relief, base.rough + 0.2 * moss)


def flagstones(rng: Rng, size: int) -> Recipe:
    """Crazy paving of slate."""
    pieces = stones(scattered(rng, 5, 0.95), size, wobble=_wobble(rng, size, 0.003, 12))
    base = _masonry(
        rng, size, pieces, joint=0.008, colours=("#4c5357", "#66696a", "#7d776d", "#59616b", "#8a7f72"),
        mortar=("#8b8578", "#a39c8d"), grain=0.08, tilt=0.16, relief=0.018, rough=0.7,
    )  # fmt: skip
    cleft = np.round(1.6 * noise(rng, size, 7, 5, 0.55)) * 0.035 * step(pieces.edge, 0.006, 0.014)
    return Recipe(shaded(base.colour, 0.6 * cleft), base.height + cleft, base.relief, base.rough)


HARD: dict[str, Callable[[Rng, int], Recipe]] = {
    make.__name__: make
    for make in (bricks_red, bricks_old, bricks_white, blocks_sandstone, planks_oak, planks_grey, parquet,
                 tiles_blue, tiles_hexagon, tiles_checker, mosaic, cobbles, flagstones)
}  # fmt: skip
