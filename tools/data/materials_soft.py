"""Procedural stone, plaster, metal, cloth and ground: recipes of make_materials.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from patterns import Field, blurred, noise, places, scattered, speckle, step, stones, warped
from recipe import Recipe, mixed, ramp, shaded

Rng = np.random.Generator


def marble(rng: Rng, size: int) -> Recipe:
    """White, grey veins of two sizes that branch."""
    dx, dy = 0.05 * noise(rng, size, 3, 5), 0.05 * noise(rng, size, 3, 5)
    large = np.abs(warped(noise(rng, size, 3, 4), dx, dy))
    small = np.abs(warped(noise(rng, size, 7, 5), dy, dx))
    vein = 0.8 * np.exp(-large * 11) + 0.4 * np.exp(-small * 16) * step(noise(rng, size, 3), -0.6, 1.2)
    cloud = 0.5 + 0.2 * noise(rng, size, 4, 6)
    colour = mixed(ramp(cloud, "#d3cfc8", "#ebe8e2", "#f4f2ee"), ramp(cloud, "#6d6a6b", "#8e8783"), vein)
    return Recipe(colour, 0.5 - 0.15 * vein + 0.01 * speckle(rng, size, 1), 0.0006, 0.12 + 0.12 * vein)


def terrazzo(rng: Rng, size: int) -> Recipe:
    """Chips of three stones in cement, ground and polished."""
    chips = stones(rng.random((2600, 2)), size)
    stone = rng.choice(3, 2600, p=[0.45, 0.35, 0.2])[chips.which]
    tone = rng.random(2600)[chips.which] + 0.12 * speckle(rng, size, 1)
    rose, grey, black = (
        ramp(tone, *c) for c in (("#b08a7c", "#d3b3a4"), ("#9a9896", "#c9c6c1"), ("#1d1c1e", "#3d3a3a"))
    )
    colour = np.select([(stone == i)[..., None] for i in range(3)], [rose, grey, black])
    return Recipe(colour, 0.5 + 0.1 * tone - 0.1 * (stone == 2), 0.0012,
                  0.25 + 0.12 * (stone == 2) + 0.05 * tone)  # fmt: skip


def rock(rng: Rng, size: int) -> Recipe:
    """A cliff: ridges broken by cracks."""
    dx, dy = 0.03 * noise(rng, size, 5, 5), 0.03 * noise(rng, size, 5, 5)
    ridges = warped(1 - np.abs(noise(rng, size, 4, 7, 0.6)), dx, dy)
    cracks = np.exp(-np.abs(warped(noise(rng, size, 5, 4), dy, dx)) * 22)
    height = 0.6 + 0.25 * ridges - 0.22 * cracks + 0.02 * speckle(rng, size, 0.8)
    lichen = step(noise(rng, size, 8, 6, 0.65) + 0.8 * (height - 0.7), 1.2, 1.9)
    colour = ramp(
        0.45 + 0.35 * (height - 0.6) + 0.14 * noise(rng, size, 6, 6), "#3d3833", "#6b645c", "#8f877c"
    )
    colour = mixed(shaded(colour, -0.35 * cracks), ramp(height, "#8b8a5a", "#b4b284"), 0.7 * lichen)
    return Recipe(colour, height, 0.06, 0.86 + 0.05 * lichen + 0.02 * speckle(rng, size, 1))


def concrete(rng: Rng, size: int) -> Recipe:
    """Cast, with blow holes and stains."""
    holes = stones(rng.random((240, 2)), size)
    radius = (0.0015 + 0.006 * rng.random(240) ** 4)[holes.which]
    hole = 1 - step(np.hypot(holes.u, holes.v) / radius, 0.7, 1.1)
    cloud, stain = noise(rng, size, 5, 7, 0.6), np.clip(noise(rng, size, (3, 9), 5), 0, 3)
    colour = ramp(0.5 + 0.17 * cloud - 0.07 * stain, "#6f6d69", "#97948e", "#b4b1aa")
    colour = shaded(colour, 0.025 * speckle(rng, size, 0.7) - 0.45 * hole)
    height = 0.7 + 0.03 * cloud + 0.015 * speckle(rng, size, 1) - 0.5 * hole
    return Recipe(colour, height, 0.006, 0.72 + 0.05 * cloud - 0.05 * stain + 0.15 * hole)


def plaster(rng: Rng, size: int) -> Recipe:
    """Lime, drawn with a trowel in arcs."""
    strokes = np.zeros((size, size))
    for _ in range(3):
        sweep = stones(
            rng.random((26, 2)), size, wobble=(0.02 * noise(rng, size, 4), 0.02 * noise(rng, size, 4))
        )
        turn = rng.uniform(0, 2 * np.pi, 26)[sweep.which]
        along = np.hypot(sweep.u + 0.25 * np.cos(turn), sweep.v + 0.25 * np.sin(turn))
        strokes += np.sin(along * 2 * np.pi * 42 + turn) * step(sweep.edge, 0.0, 0.03)
        strokes += 1.2 * step(sweep.edge, 0.0, 0.05)
    cloud = noise(rng, size, 6, 6, 0.6)
    colour = ramp(0.5 + 0.13 * cloud + 0.04 * strokes, "#c9ab86", "#d9c09c", "#e6d3b5")
    return Recipe(shaded(colour, 0.015 * speckle(rng, size, 0.8)),
                  0.5 + 0.07 * strokes + 0.05 * cloud + 0.02 * speckle(rng, size, 0.9), 0.012,
                  0.85 - 0.03 * strokes)  # fmt: skip


def _woven(
    rng: Rng, size: int, threads: int, over: Callable[[Field, Field], Field]
) -> tuple[Field, Field, Field]:
    """(height, share of weft on top, running number of the upper thread) of a cloth."""
    x, y = places(size)
    x, y = x + 0.0012 * noise(rng, size, 10, 3), y + 0.0012 * noise(rng, size, 10, 3)
    column, row = np.floor(x * threads), np.floor(y * threads)
    above = over(column, row)
    across, down = x * threads % 1 - 0.5, y * threads % 1 - 0.5
    warp = np.sqrt(np.clip(1 - (2.1 * across) ** 2, 0, 1)) * (0.75 + 0.25 * np.cos(np.pi * down))
    weft = np.sqrt(np.clip(1 - (2.1 * down) ** 2, 0, 1)) * (0.75 + 0.25 * np.cos(np.pi * across))
    height = np.where(above > 0, np.maximum(weft, 0.6 * warp), np.maximum(warp, 0.6 * weft))
    upper = np.where(above > 0, row % threads, column % threads + threads)
    return height, above, upper


def linen(rng: Rng, size: int) -> Recipe:
    """Plain weave of uneven yarn."""
    height, _, upper = _woven(rng, size, 48, lambda column, row: (column + row) % 2)
    yarn = rng.random(96)[upper.astype(int)]
    slub = noise(rng, size, (48, 4), 2) * 0.5 + noise(rng, size, (4, 48), 2) * 0.5
    colour = ramp(0.25 + 0.4 * yarn + 0.1 * slub, "#8f8068", "#b5a78c", "#d2c7b0")
    return Recipe(shaded(colour, 0.35 * (height - 0.8) + 0.04 * speckle(rng, size, 0.6)), height, 0.005,
                  0.9 - 0.08 * height)  # fmt: skip


def denim(rng: Rng, size: int) -> Recipe:
    """Twill: blue over white, washed."""
    height, above, upper = _woven(rng, size, 60, lambda column, row: ((column + row) % 3 == 0) * 1.0)
    yarn, wash = rng.random(120)[upper.astype(int)], noise(rng, size, 4, 5)
    blue = ramp(0.4 + 0.3 * yarn + 0.12 * wash, "#14213f", "#26406b", "#5a7ba6")
    colour = mixed(blue, ramp(yarn, "#a9b4c2", "#d7dde4"), above * 0.8)
    return Recipe(shaded(colour, 0.3 * (height - 0.8)), height, 0.004, 0.92 - 0.06 * height)


def wicker(rng: Rng, size: int) -> Recipe:
    """A basket: flat canes, two over two."""
    height, above, upper = _woven(
        rng, size, 16, lambda column, row: ((column // 2 + row // 2) % 2 == 0) * 1.0
    )
    cane = rng.random(32)[upper.astype(int)]
    fibres = np.where(above > 0, noise(rng, size, (128, 8), 2), noise(rng, size, (8, 128), 2))
    colour = ramp(0.15 + 0.65 * cane + 0.12 * fibres, "#6b4526", "#95683a", "#b98d57", "#cfa772")
    return Recipe(shaded(colour, 0.9 * (np.minimum(height, 0.9) - 0.9)), height + 0.03 * fibres, 0.018,
                  0.55 + 0.05 * fibres)  # fmt: skip


def steel_brushed(rng: Rng, size: int) -> Recipe:
    """Fine scratches along x."""
    lines = noise(rng, size, (size // 2, 8), 2, 0.7) + 0.5 * noise(rng, size, (size // 4, 4), 1)
    smear = noise(rng, size, 4, 5)
    colour = ramp(0.5 + 0.07 * lines + 0.08 * smear, "#9c9fa3", "#b9bbbd", "#d2d3d4")
    return Recipe(colour, 0.5 + 0.12 * lines, 0.0007, 0.3 + 0.035 * lines + 0.04 * smear, 1.0)


def rust(rng: Rng, size: int) -> Recipe:
    """Paint that lets go of iron."""
    spread = noise(rng, size, 4, 7, 0.62)
    bare = step(spread, 0.15, 0.35)
    blister = step(spread, -0.35, 0.15) * (1 - bare)
    crust = noise(rng, size, 40, 5, 0.7)
    iron = ramp(0.5 + 0.2 * crust + 0.1 * noise(rng, size, 8), "#3a1c10", "#6f3416", "#a4551f", "#c27a37")
    paint = shaded(ramp(0.5 + 0.15 * noise(rng, size, 5, 6), "#3e6660", "#5a857c"), -0.06 * blister)
    paint = mixed(paint, ramp(spread, "#8a5a32", "#a9713f"), 0.25 * blister)
    height = 0.6 * (1 - bare) + 0.1 * blister + bare * (0.3 + 0.06 * crust) + 0.01 * speckle(rng, size, 1)
    return Recipe(mixed(paint, iron, bare), height, 0.008, 0.42 + 0.45 * bare + 0.08 * blister,
                  0.25 * bare * step(crust, 0.8, 1.6))  # fmt: skip


def gravel(rng: Rng, size: int) -> Recipe:
    """Pebbles on pebbles."""
    height, tone = np.full((size, size), 0.05), np.zeros((size, size))
    for across in (34, 26, 19):
        heap = stones(
            scattered(rng, across, 1.0),
            size,
            wobble=(0.002 * noise(rng, size, 20), 0.002 * noise(rng, size, 20)),
        )
        count = across * across
        lift, there = rng.random(count)[heap.which], (rng.random(count) < 0.6)[heap.which]
        dome = np.sqrt(np.clip(1 - np.exp(-heap.edge * across * 4.5), 0, 1)) * there
        layer = dome * (0.55 + 0.45 * lift)
        tone = np.where(layer > height, rng.random(count)[heap.which], tone)
        height = np.maximum(height, layer)
    grit = speckle(rng, size, 0.8)
    colour = ramp(tone + 0.05 * grit, "#5b544c", "#8b8378", "#aaa296", "#77695b", "#c4bcae", "#665f5a")
    deep = 1 - step(height, 0.1, 0.6)
    return Recipe(shaded(colour, 0.03 * grit - 0.55 * deep), height + 0.012 * grit, 0.03, 0.78 + 0.12 * deep)


def sand(rng: Rng, size: int) -> Recipe:
    """Ripples that the wind drew."""
    x, y = places(size)
    bend = blurred(noise(rng, size, 3, 3), 0.02) * 0.035
    phase = 14 * (y + bend) + 2 * (x + 0.6 * bend)
    ripple = 0.5 + 0.5 * np.sin(2 * np.pi * phase + 0.6 * np.sin(2 * np.pi * phase))
    ripple *= 0.75 + 0.25 * step(noise(rng, size, 4), -1, 1)
    grain = speckle(rng, size, 0.6)
    colour = ramp(
        0.35 + 0.3 * ripple + 0.06 * grain + 0.05 * noise(rng, size, 6), "#9b7a50", "#c39e6c", "#e0c292"
    )
    return Recipe(
        shaded(colour, 0.025 * grain), 0.3 + 0.6 * ripple + 0.03 * grain, 0.014, 0.92 + 0.02 * grain
    )


SOFT: dict[str, Callable[[Rng, int], Recipe]] = {
    make.__name__: make
    for make in (marble, terrazzo, rock, concrete, plaster, linen, denim, wicker, steel_brushed, rust, gravel,
                 sand)
}  # fmt: skip
