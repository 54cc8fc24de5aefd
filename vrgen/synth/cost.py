"""cost: what a set of textures takes, before it is made: seconds of one core, and bytes of its files.

Measured as tools/bench/textures.py does, on one core of an EPYC with bf16, beside other work, models loaded,
one thread: 0.32 s at 512 pixels, 1.10 at 1024, 4.35 at 2048, two thirds of it decoding. A core that is not
quick at bf16 takes longer.
"""

from __future__ import annotations

from vrgen.synth.request import TextureOptions, parse_mix

SECONDS, SECONDS_A_MEGAPIXEL = 0.04, 1.08
"""Of the processor; a megapixel is 1024 x 1024."""
SMALLEST = 512
"""Pixels of the smallest source: a whole tile is decoded, however small the picture."""
START_SECONDS = 3.0
"""Of a process before its first set: torch, weights, bank."""
PREVIEW_BYTES = 800_000
BYTES_A_PIXEL = {
    "bark": 7.3,
    "board_concrete": 4.1,
    "bricks": 6.8,
    "cobbles": 5.4,
    "concrete": 4.2,
    "fabric": 8.7,
    "grass": 7.8,
    "gravel": 8.3,
    "ground": 8.4,
    "iron": 4.8,
    "linen": 8.6,
    "marble": 6.2,
    "metal": 4.3,
    "oak": 4.4,
    "old_bricks": 7.3,
    "onyx": 5.0,
    "painted_planks": 6.1,
    "planks": 5.9,
    "plaster": 3.5,
    "rock": 7.0,
    "sand": 8.2,
    "stone": 3.8,
    "stone_wall": 6.5,
    "terracotta": 6.3,
    "tiles": 5.9,
    "walnut": 4.8,
    "wall_tiles": 6.1,
    "white_bricks": 6.7,
}
"""Of all maps as PNG, by kind."""


def texture_cost(options: TextureOptions) -> tuple[float, int]:
    """(processor seconds, bytes of the files with their preview) of what the command line makes of a request.

    Within a fifth for most kinds; photos, refining and other scales are not counted, and sizes below 1024
    take three times as long where a kind's source has 1024 pixels.
    """
    pixels = options.size**2
    seconds = SECONDS + SECONDS_A_MEGAPIXEL * max(options.size, SMALLEST) ** 2 / 2**20
    kind = options.kind
    if options.mix is not None:
        kind = parse_mix(options.mix).base or kind
        seconds *= 2  # two surfaces are decoded
    usual = sum(BYTES_A_PIXEL.values()) / len(BYTES_A_PIXEL)
    held = usual if options.like is not None else BYTES_A_PIXEL.get(kind, usual)
    return seconds, round(PREVIEW_BYTES + held * pixels)
