"""Furniture: plinths under sculptures, benches in the middle of the room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vrgen.core import Node
from vrgen.scene.layout import Box, Stand
from vrgen.scene.mason import Mason
from vrgen.scene.site import slug, yaw
from vrgen.scene.styles.style import Style
from vrgen.scene.work import Work

PLAUSIBLE = (0.15, 2.5)
"""Metres: a model whose longest side lies between is shown at its own scale."""
USUAL = 0.78
"""Metres: longest side of a model shown at another scale."""


def scale_of(work: Work) -> float:
    """Factor at which a sculpture is shown."""
    assert work.model is not None
    low, high = work.model.bounds()
    extent = np.maximum(high - low, 1e-6)
    if work.size_m is not None:
        return float(work.size_m[1] / extent[1])
    longest = float(extent.max())
    return 1.0 if PLAUSIBLE[0] <= longest <= PLAUSIBLE[1] else USUAL / longest


def stand_of(index: int, work: Work, style: Style) -> Stand:
    """A plinth for a sculpture, sized so that its middle comes near eye level; not placed yet."""
    assert work.model is not None
    low, high = work.model.bounds()
    width, height, depth = (float(v) for v in (high - low) * scale_of(work))
    footprint = min(1.8, max(0.36, max(width, depth) + 0.14))
    plinth = min(style.plinth + 0.1, max(0.12, 1.36 - height / 2))
    return Stand(index, (0.0, 0.0), round(footprint, 3), round(plinth, 3), height, 1.0)


def place_sculpture(number: int, stand: Stand, work: Work, *, mason: Mason) -> Node:
    """The node of a sculpture, standing on the plinth that goes into `mason`."""
    assert work.model is not None
    x, z = stand.centre
    half = stand.footprint / 2
    _plinth(mason, (x, z), half, stand.plinth)
    low, high = work.model.bounds()
    scale = scale_of(work)
    foot = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    name = f"work_{number:03d}_{slug(work.title)}"
    inner = Node(
        f"{name}_model",
        translation=-foot * scale,
        scale=np.full(3, scale),
        children=tuple(_renamed(node, f"{name}_{i}") for i, node in enumerate(work.model.nodes)),
    )
    size_cm = [round(100 * float(v), 1) for v in (high - low) * scale]
    return Node(
        name,
        translation=np.array([x, stand.plinth, z]),
        rotation=yaw(0.0 if stand.facing > 0 else np.pi),
        children=(inner,),
        extras={
            "vrgen": {
                "work": {
                    "title": work.title,
                    "artist": work.artist,
                    "year": work.year,
                    "text": work.text,
                    "alt": work.alt,
                    "file": work.file,
                    "size_cm": size_cm,
                }
            }
        },
    )


def _renamed(node: Node, name: str) -> Node:
    """The same tree under names that are unique in the gallery; lamps and cameras of a model stay out."""
    children = tuple(_renamed(child, f"{name}_{i}") for i, child in enumerate(node.children))
    return replace(node, name=name, children=children, light=None, camera=None)


def _plinth(mason: Mason, centre: tuple[float, float], half: float, height: float) -> None:
    """A box that stands on a recessed dark foot: a thin line of shadow at the floor."""
    x, z = centre
    foot, inset = 0.02, 0.015
    mason.box("plinth", (x - half, foot, z - half), (x + half, height, z + half))
    mason.box(
        "dark",
        (x - half + inset, 0, z - half + inset),
        (x + half - inset, foot, z + half - inset),
        without=("-y", "+y"),
    )


def bench_oak(mason: Mason, box: Box) -> None:
    """Three boards on two blades: as plain as a bench can be."""
    x0, x1, z0, z1 = box.rect
    top, board, gap = 0.44, 0.045, 0.008
    wide = (z1 - z0 - 2 * gap) / 3
    for i in range(3):
        z = z0 + i * (wide + gap)
        mason.box("wood", (x0, top - board, z), (x1, top, z + wide), grain=0)
    for x in (x0 + 0.22, x1 - 0.22 - 0.05):
        foot, head = (x, 0, z0 + 0.03), (x + 0.05, top - board, z1 - 0.03)
        mason.box("wood", foot, head, without=("-y", "+y"), grain=1)
    middle = (z0 + z1) / 2
    low, high = (x0 + 0.27, 0.26, middle - 0.02), (x1 - 0.27, 0.34, middle + 0.02)
    mason.box("wood", low, high, without=("-x", "+x"), grain=0)


def bench_leather(mason: Mason, box: Box) -> None:
    """A quilted cushion on a frame of black steel."""
    x0, x1, z0, z1 = box.rect
    top, cushion, bar = 0.45, 0.11, 0.03
    seat = top - cushion
    count = 4
    wide, soft = (x1 - x0) / count, 0.012
    for i in range(count):
        _cushion(mason, (x0 + i * wide, x0 + (i + 1) * wide, z0, z1), (seat, top), soft)
    mason.box("steel", (x0 + 0.02, seat - bar, z0 + 0.02), (x1 - 0.02, seat, z1 - 0.02), without=("+y",))
    for x in (x0 + 0.10, x1 - 0.10 - bar):
        for z in (z0 + 0.04, z1 - 0.04 - bar):
            mason.box("steel", (x, 0.0, z), (x + bar, seat - bar, z + bar), without=("-y", "+y"))
        mason.box("steel", (x, 0.0, z0 + 0.04 + bar), (x + bar, bar, z1 - 0.04 - bar), without=("-y",))


def _cushion(
    mason: Mason, rect: tuple[float, float, float, float], heights: tuple[float, float], soft: float
) -> None:
    """A box whose upper edges are rounded off once."""
    x0, x1, z0, z1 = rect
    low, high = heights
    edge = high - soft
    mason.box("leather", (x0, low, z0), (x1, edge, z1), without=("-y", "+y"))
    a, b, c, d = x0 + soft, x1 - soft, z0 + soft, z1 - soft
    mason.flat("leather", (a, b, c, d), high)
    mason.quad("leather", [(x0, edge, z1), (x1, edge, z1), (b, high, d), (a, high, d)])
    mason.quad("leather", [(x1, edge, z0), (x0, edge, z0), (a, high, c), (b, high, c)])
    mason.quad("leather", [(x1, edge, z1), (x1, edge, z0), (b, high, c), (b, high, d)])
    mason.quad("leather", [(x0, edge, z0), (x0, edge, z1), (a, high, d), (a, high, c)])


def bench_stone(mason: Mason, box: Box) -> None:
    """A slab on two set-back blocks."""
    x0, x1, z0, z1 = box.rect
    top, slab = 0.43, 0.10
    mason.box("bench", (x0, top - slab, z0), (x1, top, z1))
    for x in (x0 + 0.25, x1 - 0.25 - 0.30):
        mason.box("bench", (x, 0, z0 + 0.06), (x + 0.30, top - slab, z1 - 0.06), without=("-y", "+y"))
