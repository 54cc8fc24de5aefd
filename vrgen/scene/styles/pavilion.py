"""Pavilion: planes of stone under a thin roof, glass to a court that is open to the sky."""

from __future__ import annotations

from vrgen.scene.finish import Laying, SurfaceRequest
from vrgen.scene.furniture import bench_stone
from vrgen.scene.lamps import downlights
from vrgen.scene.layout import Room
from vrgen.scene.mason import Mason
from vrgen.scene.site import Site
from vrgen.scene.styles.style import Style
from vrgen.scene.walls import face, steps

ROOF = 0.26
"""Thickness of the roof slab."""
OVERHANG = 2.0
TERRACE = 2.6
"""Stone between the glass and the pool."""
POOL = 4.2
COPING = 0.6
"""Stone between the pool and the wall of the court."""
COURT_WALL = 2.9
"""Its height."""
BED = -0.16
"""The pool's pebbles below the terrace."""
SIDE = 4.5
"""Court beyond the glazed ends."""
KERB = 0.08
"""The grass below the terrace."""
DAYLIGHT = 0.05
"""Part of the light outside that reaches the walls."""
MULLION = (0.05, 0.10)
"""Width and depth."""

Rect = tuple[float, float, float, float]


def _build(site: Site) -> None:
    site.wall_lux = max(180.0, DAYLIGHT * site.daylight.horizontal)
    rooms = site.plan.rooms
    for number, (room, mason) in enumerate(site.rooms()):
        _room(mason, room, site.style, number=number, last=number == len(rooms) - 1)
        for box in room.boxes:
            bench_stone(mason, box)
        downlights(site, room, mason, y=room.height, away=1.25)
    first, last = rooms[0], rooms[-1]
    house = (first.x0, last.x1, first.z0, max(room.z1 for room in rooms))
    _facade(site.outside, house, first.height)
    _roof(site, house)
    _court(site.outside, house)


def _room(mason: Mason, room: Room, style: Style, *, number: int, last: bool) -> None:
    thick = style.thickness
    x0, x1, z0, z1 = room.x0, room.x1, room.z0, room.z1
    for index, side in enumerate(room.sides):
        role = {"right": "wall", "far": "cross", "entry": "cross"}.get(side.name)
        if role:
            face(mason, room, index, role=role)
    end = z0 + style.door[0]
    h = room.height
    beyond = x1 + thick
    mason.flat("floor", (x0, x1, z0, z1), 0.0)
    mason.flat("ceiling", (x0, x1, z0, z1), h, up=False)
    mason.wall("cross", (beyond, end), (x1, end), (0.0, h))
    if not last:
        mason.flat("floor", (x1, beyond, z0, end), 0.0)
        mason.flat("ceiling", (x1, beyond, z0, end), h, up=False)
    if number == 0:
        mason.wall("cross", (x0, end), (x0 - thick, end), (0.0, h))


def _facade(mason: Mason, house: Rect, h: float) -> None:
    """Glass from floor to roof on the court's side and round both ends, in slender mullions."""
    x0, x1, z0, _ = house
    wide, deep = MULLION
    count = steps(x1 - x0, 2.4)
    for i in range(count + 1):
        x = x0 + (x1 - x0) * i / count
        mason.box("steel", (x - wide / 2, 0, z0 - deep), (x + wide / 2, h, z0), without=("-y", "+y"))
    for y0, y1 in ((0.0, 0.04), (h - 0.05, h)):
        for i in range(count):
            a = x0 + (x1 - x0) * i / count + wide / 2
            b = x0 + (x1 - x0) * (i + 1) / count - wide / 2
            mason.box("steel", (a, y0, z0 - 0.075), (b, y1, z0 - 0.025), without=("-x", "+x"))
    mason.wall("glass", (x0, z0 - 0.05), (x1, z0 - 0.05), (0.04, h - 0.05))


def _ends(mason: Mason, house: Rect, h: float, door: float) -> None:
    """The glazed ends of the long aisle."""
    x0, x1, z0, _ = house
    wide = MULLION[0]
    for x, out in ((x0, -1.0), (x1, 1.0)):
        a, b = sorted((x, x + out * 0.10))
        for z in (z0 + door / 2, z0 + door - wide / 2):
            mason.box("steel", (a, 0, z - wide / 2), (b, h, z + wide / 2), without=("-y", "+y"))
        pane = x + out * 0.05
        ends = ((pane, z0 + door), (pane, z0)) if out < 0 else ((pane, z0), (pane, z0 + door))
        mason.wall("glass", *ends, (0.0, h))


def _roof(site: Site, house: Rect) -> None:
    """One thin slab over everything, with a deep overhang to the court, on slender columns outside."""
    mason, style = site.outside, site.style
    x0, x1, z0, z1 = house
    h = site.plan.rooms[0].height
    rect = (x0 - OVERHANG, x1 + OVERHANG, z0 - OVERHANG, z1 + 0.9)
    inner = [(r.x0, r.x1, r.z0, r.z1) for r in site.plan.rooms]
    end = z0 + style.door[0]
    gaps = [(r.x1, r.x1 + style.thickness, z0, end) for r in site.plan.rooms[:-1]]
    mason.flat_with_holes("ceiling", rect, [*inner, *gaps], h, up=False)
    mason.box("fascia", (rect[0], h, rect[2]), (rect[1], h + ROOF, rect[3]), without=("-y",))
    _ends(mason, house, h, style.door[0])
    count = steps(x1 - x0 + OVERHANG, 4.6)
    for i in range(count + 1):
        x = x0 - 0.6 + (x1 - x0 + 1.2) * i / count
        _column(mason, (x, z0 - 1.15), h)
    outer = site.plan.rooms
    for room in outer:  # the back, which nobody sees but the light
        mason.wall("shell", (room.x0 - 0.3, room.z1 + 0.25), (room.x1 + 0.3, room.z1 + 0.25), (-0.5, h))
    first, last = outer[0], outer[-1]
    mason.wall("cross", (first.x0 - style.thickness, end), (first.x0 - style.thickness, first.z1), (0.0, h))
    mason.wall("cross", (last.x1 + style.thickness, last.z1), (last.x1 + style.thickness, end), (0.0, h))


def _column(mason: Mason, at: tuple[float, float], h: float) -> None:
    """A cross of polished steel."""
    x, z = at
    long, short = 0.085, 0.03
    mason.box("chrome", (x - long, 0, z - short), (x + long, h, z + short), without=("-y", "+y"))
    mason.box("chrome", (x - short, 0, z + short), (x + short, h, z + long), without=("-y", "+y", "-z"))
    mason.box("chrome", (x - short, 0, z - long), (x + short, h, z - short), without=("-y", "+y", "+z"))


def _court(mason: Mason, house: Rect) -> None:
    """Terrace, a shallow pool over pebbles, a bed of grass, and the wall that keeps the world out."""
    x0, x1, z0, z1 = house
    site = (x0 - SIDE, x1 + SIDE, z0 - TERRACE - POOL - COPING, z1 + 0.9)
    pool = (x0 + 1.0, x1 - 1.0, z0 - TERRACE - POOL, z0 - TERRACE)
    bed = (x1 + 1.6, site[1], z0 - 1.0, site[3])
    mason.flat_with_holes("terrace", site, [(x0, x1, z0, z1), pool, bed], 0.0)
    mason.flat("pebbles", pool, BED)
    _pit(mason, pool, BED)
    mason.flat("grass", bed, -KERB)
    _pit(mason, bed, -KERB)
    a, b, c, d = site
    for p, q in (((a, c), (b, c)), ((b, c), (b, d)), ((a, d), (a, c))):
        mason.wall("court", p, q, (0.0, COURT_WALL))
    out = 0.24
    mason.flat_with_holes("coping", (a - out, b + out, c - out, d), [(a, b, c, d)], COURT_WALL)
    around = ((b + out, c - out), (a - out, c - out), (a - out, d), (b + out, d))
    mason.wall("shell", around[0], around[1], (-0.5, COURT_WALL))
    mason.wall("shell", around[1], around[2], (-0.5, COURT_WALL))
    mason.wall("shell", around[3], around[0], (-0.5, COURT_WALL))


def _pit(mason: Mason, rect: Rect, low: float) -> None:
    """The inner sides of a sunk bed."""
    a, b, c, d = rect
    for p, q in (((a, c), (b, c)), ((b, c), (b, d)), ((b, d), (a, d)), ((a, d), (a, c))):
        mason.wall("edge", p, q, (low, 0.0))


SLABS = Laying((1.1, 1.1), (4, 4), joint_m=0.005, joint=0.5, variation=0.035)
LARGE = Laying((2.2, 1.7), (2, 2), joint_m=0.003, joint=0.4, variation=0.03)

TRAVERTINE = (0.66, 0.585, 0.485)

PAVILION = Style(
    name="pavilion",
    summary="planes of stone under a thin roof, glass to a court open to the sky",
    structure=_build,
    same={"terrace": "floor", "court": "cross", "coping": "edge", "plinth": "cross", "bench": "floor"},
    height=3.6,
    left="glass",
    stub=0.0,
    door=(2.6, None),
    thickness=0.25,
    mats=True,
    mat_up_to=0.8,
    frame_up_to=1.7,
    frame_face=0.020,
    frame_depth=0.040,
    plinth=0.9,
    title_colour=(34, 30, 27),
    surfaces=(
        SurfaceRequest(
            "wall",
            "marble",
            tone=(0.24, 0.29, 0.25),
            vividness=1.2,
            contrast=2.6,
            roughness=0.25,
            laying=LARGE,
        ),
        SurfaceRequest(
            "cross",
            "stone",
            tone=TRAVERTINE,
            vividness=0.8,
            contrast=0.8,
            roughness=0.5,
        ),
        SurfaceRequest(
            "floor",
            "marble",
            tone=(0.60, 0.535, 0.445),
            vividness=0.6,
            contrast=0.8,
            roughness=0.4,
            laying=SLABS,
        ),
        SurfaceRequest("pebbles", "gravel", tone=(0.075, 0.10, 0.10), vividness=0.6, contrast=0.8),
        SurfaceRequest("grass", "grass", tone=(0.075, 0.105, 0.035), vividness=0.7),
        SurfaceRequest(
            "frame",
            "walnut",
            turn=True,
            size_px=512,
            tone=(0.085, 0.048, 0.028),
            vividness=0.6,
            contrast=0.8,
            roughness=0.5,
        ),
        SurfaceRequest("ceiling", None, tone=(0.80, 0.79, 0.77), roughness=0.95),
        SurfaceRequest("fascia", None, tone=(0.72, 0.71, 0.69), roughness=0.9),
        SurfaceRequest("steel", None, tone=(0.055, 0.050, 0.045), roughness=0.4, metallic=0.5),
        SurfaceRequest("chrome", None, tone=(0.42, 0.43, 0.44), roughness=0.25, metallic=0.6),
        SurfaceRequest("mat", None, tone=(0.86, 0.84, 0.80), roughness=0.95),
        SurfaceRequest("edge", None, tone=(0.40, 0.35, 0.29), roughness=0.8),
        SurfaceRequest("dark", None, tone=(0.03, 0.03, 0.03), roughness=0.8),
        SurfaceRequest("shell", None, tone=(0.4, 0.36, 0.3), roughness=0.9),
        SurfaceRequest("glass", None, tone=(0.62, 0.72, 0.72), roughness=0.1, opacity=0.05),
        SurfaceRequest("glow", None, tone=(1.0, 0.92, 0.8), emission=5000.0),
    ),
)
