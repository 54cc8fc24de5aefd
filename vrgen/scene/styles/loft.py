"""Loft: brick and old plaster, tall steel windows, timber beams under boards, polished concrete."""

from __future__ import annotations

from vrgen.scene.finish import Laying, SurfaceRequest
from vrgen.scene.furniture import bench_leather
from vrgen.scene.lamps import pendant, track_spots
from vrgen.scene.layout import Room, Side
from vrgen.scene.mason import Mason
from vrgen.scene.site import Site
from vrgen.scene.styles.style import Style
from vrgen.scene.walls import closed_door, face, glazing, jambs, shell, steps, threshold

REVEAL = 0.32
"""Thickness of the outer wall at the windows."""
BEAM = (0.22, 0.38)
"""Width and height of the timber beams."""
PLATE = 0.16
"""Height of the steel skirting along the foot of the walls."""
DAYLIGHT = 0.03
"""Part of the light outside that reaches the walls."""


def _build(site: Site) -> None:
    site.wall_lux = max(180.0, DAYLIGHT * site.daylight.horizontal)
    style = site.style
    for number, (room, mason) in enumerate(site.rooms()):
        ends = (number == 0, number == len(site.masons) - 1)
        _walls(mason, room, style)
        _windows(mason, room)
        mason.flat("floor", (room.x0, room.x1, room.z0, room.z1), 0.0)
        _ceiling(mason, room, bay=style.bay)
        top = room.height + 0.35
        shell(mason, room, role="shell", low=-0.3, high=top, thick=REVEAL, ends=ends)
        for box in room.boxes:
            bench_leather(mason, box)
        _lamps(site, room, mason, bay=style.bay)


def _walls(mason: Mason, room: Room, style: Style) -> None:
    for index, side in enumerate(room.sides):
        role = "brick" if side.name in ("far", "left") else "wall"
        face(mason, room, index, role=role)
        for opening in side.openings:
            if opening.kind == "door" and side.name == "far":
                jambs(mason, side, opening, role="steel", depth=style.thickness)
                threshold(mason, side, opening, role="floor", start=0.0, depth=style.thickness)
            if opening.kind == "entrance":
                closed_door(mason, side, opening, role="door", frame="steel", height=opening.y1)
        _skirting(mason, side)


def _skirting(mason: Mason, side: Side) -> None:
    """A slim flat of black steel where wall and floor meet."""
    edges = [0.0]
    for opening in side.openings:
        if opening.y0 <= 1e-6:
            edges += [opening.s0, opening.s1]
    edges.append(side.length)
    proud, high = 0.012, 0.07
    for s0, s1 in zip(edges[::2], edges[1::2], strict=True):
        # mitred into the corners
        left = s0 + (proud if s0 < 1e-6 else 0.0)
        right = s1 - (proud if s1 > side.length - 1e-6 else 0.0)
        (ax, az), (bx, bz) = side.at(s0), side.at(s1)
        (cx, cz), (dx, dz) = side.at(right, proud), side.at(left, proud)
        mason.wall("steel", (dx, dz), (cx, cz), (0.0, high))
        mason.quad("steel", [(dx, high, dz), (cx, high, cz), (bx, high, bz), (ax, high, az)])


def _windows(mason: Mason, room: Room) -> None:
    side = room.side("left")
    for opening in side.openings:
        jambs(mason, side, opening, role="brick", depth=REVEAL, sill="sill")
        wide, high = opening.s1 - opening.s0, opening.y1 - opening.y0
        grid = (steps(wide, 0.55), steps(high, 0.62))
        glazing(mason, side, opening, frame="steel", grid=grid, bars=(0.055, 0.028), set_back=0.17)
        s0, s1, y = opening.s0 - 0.06, opening.s1 + 0.06, opening.y1
        _lintel(mason, side, (s0 - 0.12, s1 + 0.12), y)


def _lintel(mason: Mason, side: Side, run: tuple[float, float], y: float) -> None:
    """A riveted steel lintel, set on the brick."""
    (ax, az), (bx, bz) = side.at(run[0]), side.at(run[1], 0.014)
    low = (min(ax, bx), y, min(az, bz))
    high = (max(ax, bx), y + 0.20, max(az, bz))
    mason.box("steel", low, high, without=("-z",))


def _ceiling(mason: Mason, room: Room, *, bay: float) -> None:
    """Boards on timber beams across the room, one a bay, carried by a steel girder in deep rooms."""
    mason.flat("ceiling", (room.x0, room.x1, room.z0, room.z1), room.height, up=False)
    wide, high = BEAM
    count = max(1, round((room.x1 - room.x0) / bay))
    under = room.height - high
    for i in range(count + 1):
        x = room.x0 + (room.x1 - room.x0) * i / count
        a, b = max(room.x0, x - wide / 2), min(room.x1, x + wide / 2)
        hidden = ["+y", "-z", "+z"] + (["-x"] if i == 0 else []) + (["+x"] if i == count else [])
        mason.box("beam", (a, under, room.z0), (b, room.height, room.z1), without=hidden, grain=2)


def _lamps(site: Site, room: Room, mason: Mason, *, bay: float) -> None:
    under = room.height - BEAM[1]
    track_spots(site, room, mason, y=under - 0.25, away=1.35, role="steel", drop=0.25)
    count = max(1, round((room.x1 - room.x0) / bay))
    middle = (room.z0 + room.z1) / 2
    for i in range(count):
        x = room.x0 + (room.x1 - room.x0) * (i + 0.5) / count
        at = (x, middle + 0.2)
        pendant(site, mason, at=at, y=2.75, ceiling=room.height, candela=2.2 * site.wall_lux)


BOARDS = Laying((1.8, 0.15), (2, 16), joint_m=0.006, joint=0.25, bond=-1.0, variation=0.09)
SHEETS = Laying((3.0, 3.0), (1, 1), joint_m=0.005, joint=0.5, variation=0.0)

LOFT = Style(
    name="loft",
    summary="brick and plaster, tall steel windows, timber beams, polished concrete",
    structure=_build,
    height=4.4,
    left="window",
    stub=0.75,
    door=(2.0, 2.7),
    thickness=0.34,
    bay=3.0,
    mat_up_to=0.9,
    frame_up_to=1.6,
    frame_face=0.018,
    frame_depth=0.036,
    title_colour=(24, 24, 24),
    extras={"window_width": 2.2, "window_sill": 0.75, "window_head": 0.75},
    surfaces=(
        SurfaceRequest("brick", "bricks", tone=(0.27, 0.165, 0.12), vividness=0.9, contrast=0.75),
        SurfaceRequest("wall", "plaster", tone=(0.66, 0.63, 0.58), vividness=0.2, contrast=0.25),
        SurfaceRequest(
            "floor",
            "concrete",
            tone=(0.27, 0.265, 0.255),
            vividness=0.4,
            contrast=0.55,
            roughness=0.35,
            laying=SHEETS,
        ),
        SurfaceRequest(
            "ceiling",
            "oak",
            tone=(0.33, 0.24, 0.16),
            turn=True,
            vividness=0.5,
            contrast=0.8,
            laying=BOARDS,
        ),
        SurfaceRequest("beam", "walnut", tone=(0.20, 0.125, 0.075), vividness=0.6, turn=True),
        SurfaceRequest("sill", "concrete", size_px=512, tone=(0.42, 0.41, 0.39)),
        SurfaceRequest("plinth", "concrete", size_px=512, tone=(0.45, 0.44, 0.42)),
        SurfaceRequest("frame", None, tone=(0.022, 0.022, 0.024), roughness=0.45, metallic=0.3),
        SurfaceRequest("steel", None, tone=(0.030, 0.031, 0.034), roughness=0.5, metallic=0.3),
        SurfaceRequest("shade", None, tone=(0.028, 0.030, 0.032), roughness=0.4),
        SurfaceRequest("leather", None, tone=(0.060, 0.034, 0.022), roughness=0.5),
        SurfaceRequest("door", None, tone=(0.045, 0.048, 0.052), roughness=0.5),
        SurfaceRequest("dark", None, tone=(0.03, 0.03, 0.03), roughness=0.8),
        SurfaceRequest("mat", None, tone=(0.86, 0.85, 0.81), roughness=0.95),
        SurfaceRequest("shell", None, tone=(0.35, 0.24, 0.19), roughness=0.9),
        SurfaceRequest("glass", None, tone=(0.62, 0.72, 0.72), roughness=0.1, opacity=0.06),
        SurfaceRequest("glow", None, tone=(1.0, 0.86, 0.66), emission=5000.0),
    ),
)
