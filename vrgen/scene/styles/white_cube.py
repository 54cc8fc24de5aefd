"""White cube: a luminous coffered ceiling, white plaster over a line of shadow, pale boards."""

from __future__ import annotations

import math
from dataclasses import replace

from vrgen.scene.finish import Laying, SurfaceRequest
from vrgen.scene.furniture import bench_oak
from vrgen.scene.lamps import track_spots
from vrgen.scene.layout import Room
from vrgen.scene.mason import Mason
from vrgen.scene.site import Site
from vrgen.scene.styles.style import Style
from vrgen.scene.walls import GAP_DEPTH, closed_door, face, jambs, shadow_gap, shell, steps, threshold

FOOT = 0.05
"""Height of the shadow gap at the floor; the one at the ceiling is as deep."""
BORDER = 1.15
"""Plaster between the walls and the luminous field."""
BEAM, COFFER = 0.14, 0.32
"""Width and depth of the grid's beams."""
TRANSMITTANCE = 0.055
"""Of the glass roof, louvres and laylight together."""


def _build(site: Site) -> None:
    luminance = max(160.0, site.daylight.horizontal * TRANSMITTANCE / math.pi)
    glass = site.surfaces["laylight"]
    site.surfaces["laylight"] = replace(glass, emissive_factor=(1.0, 1.0, 1.0), emissive_strength=luminance)
    site.wall_lux = 0.30 * math.pi * luminance
    for number, (room, mason) in enumerate(site.rooms()):
        ends = (number == 0, number == len(site.masons) - 1)
        _walls(mason, room, site.style)
        _floor(mason, room, site.style, last=ends[1])
        _ceiling(mason, room)
        top = room.height + COFFER + 0.25
        shell(mason, room, role="shell", low=-0.2, high=top, thick=site.style.thickness, ends=ends)
        for box in room.boxes:
            bench_oak(mason, box)
        track_spots(site, room, mason, y=room.height, away=BORDER - 0.12, role="track", drop=0.0)


def _walls(mason: Mason, room: Room, style: Style) -> None:
    for index, side in enumerate(room.sides):
        face(mason, room, index, role="wall", foot=FOOT, top=room.height + FOOT)
        shadow_gap(mason, side, role="dark", height=FOOT)
        for opening in side.openings:
            if opening.kind == "door" and side.name == "far":
                jambs(mason, side, opening, role="wall", depth=style.thickness)
            if opening.kind == "entrance":
                closed_door(mason, side, opening, role="door", frame="dark", height=opening.y1)


def _floor(mason: Mason, room: Room, style: Style, *, last: bool) -> None:
    g = GAP_DEPTH
    mason.flat("floor", (room.x0 - g, room.x1 + g, room.z0 - g, room.z1 + g), 0.0)
    far = room.side("far")
    for opening in far.openings:
        if opening.kind == "door":
            threshold(mason, far, opening, role="floor", start=g, depth=style.thickness - g)


def _ceiling(mason: Mason, room: Room) -> None:
    """A border of plaster behind a shadow gap, and the luminous grid in the middle."""
    h, g = room.height, FOOT * 0.7
    outer = (room.x0 + g, room.x1 - g, room.z0 + g, room.z1 - g)
    field = (room.x0 + BORDER, room.x1 - BORDER, room.z0 + BORDER, room.z1 - BORDER)
    _groove(mason, room, outer)
    panes = _panes(field)
    mason.flat_with_holes("ceiling", outer, panes, h, up=False)
    for x0, x1, z0, z1 in panes:
        top = h + COFFER
        mason.wall("ceiling", (x0, z0), (x1, z0), (h, top))
        mason.wall("ceiling", (x1, z0), (x1, z1), (h, top))
        mason.wall("ceiling", (x1, z1), (x0, z1), (h, top))
        mason.wall("ceiling", (x0, z1), (x0, z0), (h, top))
        mason.flat("laylight", (x0, x1, z0, z1), top, up=False)


def _groove(mason: Mason, room: Room, outer: tuple[float, float, float, float]) -> None:
    h, top = room.height, room.height + FOOT
    x0, x1, z0, z1 = outer
    for a, b in (((x1, z0), (x0, z0)), ((x0, z0), (x0, z1)), ((x0, z1), (x1, z1)), ((x1, z1), (x1, z0))):
        mason.wall("dark", a, b, (h, top))
    mason.flat_with_holes("dark", (room.x0, room.x1, room.z0, room.z1), [outer], top, up=False)


def _panes(field: tuple[float, float, float, float]) -> list[tuple[float, float, float, float]]:
    """Square-ish panes between beams."""
    x0, x1, z0, z1 = field
    across, down = steps(x1 - x0, 1.5), steps(z1 - z0, 1.5)
    wide, deep = (x1 - x0 - BEAM * (across - 1)) / across, (z1 - z0 - BEAM * (down - 1)) / down
    return [
        (
            x0 + i * (wide + BEAM),
            x0 + i * (wide + BEAM) + wide,
            z0 + j * (deep + BEAM),
            z0 + j * (deep + BEAM) + deep,
        )
        for i in range(across)
        for j in range(down)
    ]


BOARDS = Laying((2.4, 0.2), (2, 16), joint_m=0.003, joint=0.45, bond=-1.0, variation=0.035)

WHITE_CUBE = Style(
    name="white-cube",
    summary="luminous ceiling, white plaster over a line of shadow, pale boards",
    structure=_build,
    surfaces=(
        SurfaceRequest(
            "wall",
            "plaster",
            tone=(0.80, 0.79, 0.77),
            vividness=0.15,
            contrast=0.2,
            roughness=0.9,
            relief=0.3,
        ),
        SurfaceRequest(
            "floor",
            "oak",
            turn=True,
            tone=(0.56, 0.45, 0.335),
            vividness=0.45,
            contrast=0.6,
            roughness=0.45,
            laying=BOARDS,
        ),
        SurfaceRequest(
            "ceiling",
            "plaster",
            tone=(0.84, 0.84, 0.83),
            vividness=0.1,
            contrast=0.15,
            roughness=0.95,
            relief=0.2,
        ),
        SurfaceRequest(
            "wood",
            "oak",
            turn=True,
            size_px=512,
            tone=(0.43, 0.29, 0.17),
            vividness=0.6,
            contrast=0.7,
            roughness=0.5,
        ),
        SurfaceRequest(
            "frame",
            "oak",
            turn=True,
            size_px=512,
            tone=(0.40, 0.26, 0.15),
            vividness=0.6,
            contrast=0.7,
            roughness=0.5,
        ),
        SurfaceRequest("plinth", None, tone=(0.82, 0.82, 0.81), roughness=0.6),
        SurfaceRequest("mat", None, tone=(0.88, 0.87, 0.84), roughness=0.95),
        SurfaceRequest("door", None, tone=(0.74, 0.74, 0.73), roughness=0.6),
        SurfaceRequest("dark", None, tone=(0.035, 0.035, 0.037), roughness=0.8),
        SurfaceRequest("track", None, tone=(0.80, 0.80, 0.80), roughness=0.5),
        SurfaceRequest("shell", None, tone=(0.6, 0.6, 0.6), roughness=0.9),
        SurfaceRequest("laylight", None, tone=(0.93, 0.95, 0.97), roughness=0.9),
        SurfaceRequest("glow", None, tone=(1.0, 0.95, 0.88), emission=6000.0),
    ),
)
