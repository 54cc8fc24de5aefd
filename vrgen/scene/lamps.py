"""Lamps: spots that lift the works a little out of the daylight, pendants, downlights; and the sun."""

from __future__ import annotations

import math

import numpy as np

from vrgen.core import Light, Node, Sky
from vrgen.core.frames import look_rotation
from vrgen.scene.layout import Hung, Room
from vrgen.scene.mason import Mason
from vrgen.scene.site import Site, Spot

ACCENT = 0.55
"""Light of a spot on its work, as a part of the daylight on the wall."""
LEAST_LUX = 220.0
"""On a work, when daylight is too weak."""
WARM = (1.0, 0.90, 0.78)
"""Linear RGB of a warm-white gallery lamp (about 4000 K), brightest channel 1."""


def sun_node(sky: Sky) -> Node | None:
    """The directional light of the sky's own sun."""
    if sky.sun is None or sky.sun.lux <= 0 or sky.sun.direction[1] <= 0:
        return None
    colour = np.asarray(sky.sun.colour, dtype=np.float64)
    peak = float(colour.max())
    tint = tuple(float(c / peak) for c in colour)
    light = Light("directional", sky.sun.lux * peak, colour=(tint[0], tint[1], tint[2]))
    return Node("sun", rotation=look_rotation(-sky.sun.direction), light=light)


def accent(site: Site, *, head: np.ndarray, spot: Spot, hung: Hung, number: int) -> None:
    """A spot light at `head` (3,) that covers one work with a soft edge."""
    aim = spot.origin - head
    distance = float(np.linalg.norm(aim))
    incidence = max(0.25, float(-(aim / distance) @ spot.out))
    lux = max(LEAST_LUX, ACCENT * site.wall_lux)
    width, height = hung.size.outer
    reach = math.atan(0.5 * math.hypot(width, height) / distance)
    light = Light(
        "spot",
        intensity=lux * distance**2 / incidence,
        colour=WARM,
        inner_cone=min(0.9, reach * 0.75),
        outer_cone=min(1.3, reach * 1.35 + 0.12),
    )
    node = Node(f"lamp_{number:03d}", translation=head, rotation=look_rotation(aim), light=light)
    site.lamps.append(node)


def track_spots(
    site: Site, room: Room, mason: Mason, *, y: float, away: float, role: str, drop: float
) -> None:
    """Tracks parallel to the hung walls, `away` from them at height y, with a head for every work.

    `drop` hangs the track below the ceiling on rods.
    """
    for index, side in enumerate(room.sides):
        works = [hung for hung in room.hung if hung.side == index]
        if not works:
            continue
        ends = (min(w.s for w in works) - 0.5, max(w.s for w in works) + 0.5)
        s0, s1 = max(ends[0], 0.3), min(ends[1], side.length - 0.3)
        _track(mason, [side.at(s0, away), side.at(s1, away)], y=y, role=role, drop=drop)
        for hung in works:
            x, z = side.at(hung.s, away)
            spot = Spot.on(side, hung.s, hung.y)
            _head(site, mason, top=np.array([x, y - 0.03, z]), spot=spot, hung=hung, role=role)


def _track(mason: Mason, ends: list[tuple[float, float]], *, y: float, role: str, drop: float) -> None:
    (xa, za), (xb, zb) = ends
    half = 0.017
    low = (min(xa, xb) - half, y - 0.03, min(za, zb) - half)
    high = (max(xa, xb) + half, y, max(za, zb) + half)
    mason.box(role, low, high, without=("+y",) if drop == 0 else ())
    if drop > 0:
        for t in (0.08, 0.92):
            x, z = xa + (xb - xa) * t, za + (zb - za) * t
            mason.rod(role, (x, y, z), (x, y + drop, z), 0.005, sides=4, caps=False)


def _head(site: Site, mason: Mason, *, top: np.ndarray, spot: Spot, hung: Hung, role: str) -> None:
    """A cylinder on a short stem, tilted at its work, with a glowing face."""
    pivot = top - np.array([0.0, 0.09, 0.0])
    aim = spot.origin - pivot
    aim /= np.linalg.norm(aim)
    mason.rod(role, pivot, top, 0.008, sides=4, caps=False)
    back, front = pivot - aim * 0.06, pivot + aim * 0.09
    mason.cone(role, back, front, (0.038, 0.038), sides=10, caps=False)
    mason.disc(role, back, -aim, 0.038, sides=10)
    mason.disc("glow", front - aim * 0.012, aim, 0.037, sides=10)
    accent(site, head=front, spot=spot, hung=hung, number=len(site.lamps) + 1)


def downlights(site: Site, room: Room, mason: Mason, *, y: float, away: float) -> None:
    """Recessed lamps in the ceiling: a dark ring, a glowing face, a spot for every work."""
    for index, side in enumerate(room.sides):
        for hung in (h for h in room.hung if h.side == index):
            x, z = side.at(hung.s, away)
            mason.cone("dark", (x, y - 0.004, z), (x, y, z), (0.062, 0.07), sides=12, caps=False)
            mason.disc("glow", (x, y - 0.004, z), (0.0, -1.0, 0.0), 0.05, sides=12)
            spot = Spot.on(side, hung.s, hung.y)
            accent(site, head=np.array([x, y - 0.02, z]), spot=spot, hung=hung, number=len(site.lamps) + 1)


def pendant(
    site: Site, mason: Mason, *, at: tuple[float, float], y: float, ceiling: float, candela: float
) -> None:
    """An enamel shade on a cable; shines down."""
    x, z = at
    mason.rod("steel", (x, y + 0.18, z), (x, ceiling, z), 0.005, sides=4, caps=False)
    mason.cone("steel", (x, y + 0.10, z), (x, y + 0.20, z), (0.05, 0.03), sides=12, caps=False)
    mason.disc("steel", (x, y + 0.20, z), (0.0, 1.0, 0.0), 0.03, sides=12)
    mason.cone("shade", (x, y, z), (x, y + 0.12, z), (0.24, 0.06), sides=20, caps=False)
    mason.cone("mat", (x, y, z), (x, y + 0.118, z), (0.236, 0.056), sides=20, caps=False, inside=True)
    mason.disc("glow", (x, y + 0.045, z), (0.0, -1.0, 0.0), 0.06, sides=12)
    light = Light("spot", candela, colour=WARM, inner_cone=0.6, outer_cone=1.15)
    down = look_rotation((0.0, -1.0, 0.0))
    name = f"pendant_{len(site.lamps) + 1:03d}"
    site.lamps.append(Node(name, translation=np.array([x, y + 0.03, z]), rotation=down, light=light))
