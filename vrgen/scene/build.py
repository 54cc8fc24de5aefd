"""Build: from a plan, its works and generated materials to a Scene that can be baked, written and seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from vrgen.core import Camera, Material, Mesh, Node, Scene, Sky
from vrgen.core.frames import angles_from_direction, look_rotation
from vrgen.core.sun import illuminance
from vrgen.scene.finish import SurfaceRequest, surfaces_of
from vrgen.scene.frame import hang_picture
from vrgen.scene.furniture import place_sculpture
from vrgen.scene.lamps import sun_node
from vrgen.scene.layout import Hung, Plan, Room, Stop
from vrgen.scene.plan import style_of
from vrgen.scene.plaque import draw_card, plaques, title_mesh
from vrgen.scene.site import UNLIT_ROLES, Daylight, Site, Spot, yaw
from vrgen.scene.work import Work

CAMERA = Camera(yfov=math.radians(60.0))
SUN_SIDE = 48.0
"""Degrees between the sun's azimuth and the way the main windows face."""


def surfaces_needed(style: str) -> tuple[SurfaceRequest, ...]:
    """What the generators have to make for a style: one Material a role; raises UsageProblem."""
    return tuple(request for request in style_of(style).surfaces if request.kind is not None)


def build(
    plan: Plan,
    works: Sequence[Work],
    *,
    style: str,
    materials: Mapping[str, Material],
    sky: Sky,
    title: str | None,
    seed: int,
) -> Scene:
    """The gallery as a Scene under `sky`, not baked yet.

    materials: role -> material, for every role of `surfaces_needed(style)`. The house is turned so that
    its windows look past the sun; everything below node `gallery` is in the plan's own frame.
    """
    look = style_of(style)
    surfaces = surfaces_of(look.surfaces, materials, seed=seed)
    surfaces.update({role: surfaces[other] for role, other in look.same.items()})
    daylight = Daylight(illuminance(sky.radiance))
    site = Site(plan, works, style=look, surfaces=surfaces, daylight=daylight)
    look.structure(site)
    shown = _works(site)
    turn = heading(sky)
    structure = _structure(site, title)
    house = Node(
        "gallery", rotation=yaw(turn), children=(*structure, *shown, *site.lamps, *_cameras(plan, shown))
    )
    sun = sun_node(sky)
    return Scene(
        name=title or "Gallery",
        nodes=(house,) if sun is None else (house, sun),
        sky=sky,
        extras={"vrgen": _extras(plan, turn, look.name)},
    )


def heading(sky: Sky) -> float:
    """Radians about +y that turn the windows (towards -z in the plan) beside the sun."""
    if sky.sun is None:
        return 0.0
    azimuth, _ = angles_from_direction(sky.sun.direction)
    # -z has azimuth 270; a turn by t about +y lowers azimuths by t. The sun comes from the far end, so
    # that its patches lie on the floor towards the visitor and keep off the far wall's works
    return math.radians((270.0 + SUN_SIDE - azimuth) % 360.0)


def _works(site: Site) -> list[Node]:
    nodes = []
    mason_of = {room.name: mason for room, mason in site.rooms()}
    for number, room, item in site.plan.visits():
        work, mason = site.works[item.work], mason_of[room.name]
        if isinstance(item, Hung):
            nodes.append(hang_picture(number, item, work, room=room, mason=mason, style=site.style))
        else:
            nodes.append(place_sculpture(number, item, work, mason=mason))
    return nodes


def _structure(site: Site, title: str | None) -> list[Node]:
    nodes = []
    for number, (room, mason) in enumerate(site.rooms(), 1):
        prefix = f"room_{number:02d}"
        meshes = list(mason.meshes(site.surfaces, prefix=prefix, lighting=UNLIT_ROLES))
        cards = _cards(site, room, prefix)
        if cards is not None:
            meshes.append(cards)
        if number == 1 and title:
            meshes += _title(site, room, title)
        nodes.append(Node(prefix, meshes=tuple(meshes), extras={"vrgen": {"room": room.name}}))
    outside = site.outside.meshes(site.surfaces, prefix="outside", lighting=UNLIT_ROLES)
    if outside:
        nodes.append(Node("outside", meshes=outside))
    return nodes


def _cards(site: Site, room: Room, prefix: str) -> Mesh | None:
    placed = []
    for hung in room.hung:
        card = draw_card(site.works[hung.work])
        s, y = hung.plaque
        placed.append((card, Spot.on(room.sides[hung.side], s, y)))
    for stand in room.stands:  # on the plinth's face towards the visitor, below its edge
        card = draw_card(site.works[stand.work])
        scale = min(1.0, (stand.footprint - 0.04) / card.size_m[0], (stand.plinth - 0.06) / card.size_m[1])
        if scale < 0.5:
            continue
        x, z = stand.centre
        face = z + stand.facing * stand.footprint / 2
        origin = np.array([x, stand.plinth - 0.05 - card.size_m[1] / 2, face])
        across = np.array([stand.facing, 0.0, 0.0])
        placed.append((card, Spot(origin, across, np.array([0.0, 0.0, stand.facing]))))
    return plaques(placed, name=f"{prefix}_plaques")


def _title(site: Site, room: Room, title: str) -> list[Mesh]:
    """Letters on the largest free stretch of wall; none when every wall is full."""
    best: tuple[float, int, float] | None = None
    for index, side in enumerate(room.sides):
        for run in side.stretches():
            edges = [run[0] + 0.2, run[1] - 0.2]
            for hung in (h for h in room.hung if h.side == index):
                left = hung.s - hung.size.outer[0] / 2 - 0.25
                edges += [left, hung.plaque[0] + 0.4]
            edges.sort()
            for a, b in pairwise(edges):
                taken = any(h.side == index and a < h.s < b for h in room.hung)
                if run[0] <= a and b <= run[1] and not taken and (best is None or b - a > best[0]):
                    best = (b - a, index, (a + b) / 2)
    if best is None or best[0] < 1.0:
        return []
    spot = Spot.on(room.sides[best[1]], best[2], 1.9)
    return [title_mesh(title, spot, width=min(4.5, 0.8 * best[0]), colour=site.style.title_colour)]


def _cameras(plan: Plan, shown: Sequence[Node]) -> list[Node]:
    nodes = [_camera("camera_overview", plan.overview, 0, None)]
    for number, (stop, node) in enumerate(zip(plan.stops, shown, strict=True), 1):
        nodes.append(_camera(f"camera_{number:03d}", stop, number, node.name))
    return nodes


def _camera(name: str, stop: Stop, number: int, work: str | None) -> Node:
    aim = np.asarray(stop.target) - np.asarray(stop.eye)
    said = {"stop": number} if work is None else {"stop": number, "work": work}
    return Node(
        name,
        translation=np.asarray(stop.eye),
        rotation=look_rotation(aim),
        camera=CAMERA,
        extras={"vrgen": said},
    )


def _extras(plan: Plan, turn: float, style: str) -> dict[str, object]:
    polygons = [
        [_turned(p, turn) for p in ((x0, z0), (x1, z0), (x1, z1), (x0, z1))]
        for x0, x1, z0, z1 in _walkable(plan)
    ]
    start = plan.overview.eye
    x, z = _turned((start[0], start[2]), turn)
    return {
        "style": style,
        "seed": plan.seed,
        "walkable": polygons,
        "rooms": [room.name for room in plan.rooms],
        "spawn": [x, 0.0, z],
        "route": [_turned(point, turn) for point in plan.route],
        "notes": list(plan.notes),
    }


def _walkable(plan: Plan) -> list[tuple[float, float, float, float]]:
    """Where a visitor's feet may be: (x0, x1, z0, z1) of each room, then of each doorway, overlapping."""
    body = 0.25
    rooms = [(r.x0 + body, r.x1 - body, r.z0 + body, r.z1 - body) for r in plan.rooms]
    doors = []
    for room, after in pairwise(plan.rooms):
        door = next(o for o in room.side("far").openings if o.kind == "door")
        (_, z0), (_, z1) = room.side("far").at(door.s0), room.side("far").at(door.s1)
        doors.append((room.x1 - 0.6, after.x0 + 0.6, z0 + body, z1 - body))
    return rooms + doors


def _turned(point: tuple[float, float], turn: float) -> list[float]:
    c, s = math.cos(turn), math.sin(turn)
    return [round(c * point[0] + s * point[1], 4), round(-s * point[0] + c * point[1], 4)]
