"""The marker room: a small interior in which nothing can be mirrored, flipped or turned without being seen.

Every wall carries a card with the direction it lies in, a cube shows another letter on each side (one sheet
for all six, so a flipped v shows the wrong letter), a cylinder goes from red (below) to blue (above) by
vertex colours, a panel has domes whose normal map is mirrored in its right half, a card is laid by
KHR_texture_transform with a rotation, and the sky behind the window says where it is. All of it is code.
"""

# make bench leaves this out: a part of agreement.py.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from vrgen.core import Camera, Image, Light, Mesh, Node, Scene, Sky, Surface, Texture
from vrgen.core.frames import look_rotation

CELL = 192
"""Pixels along a side of a card."""
YFOV = 1.1
"""Vertical field of view of all cameras, radians."""
VIEWS = {
    "camera_north": ((-1.6, 1.55, 1.75), (0.75, -0.25, -1.0)),
    "camera_south": ((1.6, 1.55, -1.75), (-0.85, -0.2, 1.0)),
    "camera_cube": ((1.5, 1.0, 1.45), (-0.85, -0.25, -0.95)),
}
"""Where one stands, and the way one looks."""
CARDS = {
    "card_north": ("-Z", (150, 60, 50)),
    "card_east": ("+X", (60, 110, 60)),
    "card_south": ("+Z", (50, 80, 150)),
    "card_west": ("-X", (140, 110, 40)),
    "card_floor": ("F", (90, 90, 95)),
    "card_turned": ("R", (40, 120, 130)),
}
"""Letters and ground (sRGB) of every card."""
SIDES = ("+Z", "-Z", "+X", "-X", "UP", "DN")
"""Of the cube, in the order of `box`; they lie on one sheet of 3 x 2 cells."""
SIDE_COLOURS = ((70, 70, 150), (150, 70, 70), (60, 120, 60), (140, 120, 50), (150, 150, 145), (60, 60, 60))
LAMP = (0.9, 2.25, -0.2)
"""Where the lamp hangs: above the panel's domes, so their upper halves are the bright ones."""

PANEL = {"left half": (-1.4, -0.7), "right half": (-0.7, 0.0)}
"""x of the halves of the panel with domes, metres; the right half is mirrored in u."""
PANEL_AT = ((1.0, 1.7), -1.97)
"""Its lower and upper y, and its z."""

Quad = Sequence[Sequence[float]]


@dataclass(frozen=True, eq=False)
class Card:
    """A picture in the scene whose place and content are known."""

    name: str
    corners: NDArray[np.float64]
    """(4, 3) metres: bottom left, bottom right, top right, top left of the artwork."""
    art: NDArray[np.uint8]
    """(CELL, CELL, 3) sRGB."""


def letters(text: str, ground: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A card: its letters, an arrow up, a red dot top left and a notch bottom right: no symmetry is left."""
    sheet = Pictures.new("RGB", (CELL, CELL), ground)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((5, 5, CELL - 6, CELL - 6), outline=(235, 235, 225), width=4)
    font = ImageFont.load_default(size=92 if len(text) > 1 else 112)
    pen.text((CELL * 0.52, CELL * 0.58), text, fill=(240, 240, 230), font=font, anchor="mm")
    pen.polygon([(140, 44), (158, 16), (176, 44)], fill=(240, 210, 90))
    pen.ellipse((16, 16, 48, 48), fill=(225, 60, 50))
    pen.polygon([(CELL - 50, CELL - 12), (CELL - 12, CELL - 12), (CELL - 12, CELL - 50)], fill=(40, 40, 45))
    return np.asarray(sheet)


def quads(corners: Sequence[Quad], surface: Surface, uv: ArrayLike, **rest: object) -> Mesh:
    """Quads (bottom left, bottom right, top right, top left from the front) with UVs (n, 4, 2)."""
    first = 4 * np.arange(len(corners))[:, None]
    faces = np.concatenate([first + np.array([0, 1, 2]), first + np.array([0, 2, 3])])
    points = np.array(corners, np.float32).reshape(-1, 3)
    return Mesh(points, faces, surface, uv0=np.array(uv, np.float32).reshape(-1, 2), **rest)  # type: ignore


WHOLE = ((0, 1), (1, 1), (1, 0), (0, 0))
"""UVs of one quad that shows a whole picture."""


def box(low: Sequence[float], high: Sequence[float]) -> list[Quad]:
    """Six quads facing out: +Z, -Z, +X, -X, top, bottom, upright as one stands before them."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    return [
        [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],
        [(x1, y0, z0), (x0, y0, z0), (x0, y1, z0), (x1, y1, z0)],
        [(x1, y0, z1), (x1, y0, z0), (x1, y1, z0), (x1, y1, z1)],
        [(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)],
        [(x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)],
        [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
    ]


def bricks() -> Image:
    """A tile of running bond, 0.5 m wide."""
    y, x = np.mgrid[0:128, 0:128]
    row = y // 32
    along = (x + 32 * (row % 2)) % 64
    tint = np.random.default_rng(3).uniform(0.85, 1.1, (4, 4))[row, ((x + 32 * (row % 2)) // 64) % 4]
    colour = np.array([168, 132, 112])[None, None] * tint[..., None]
    colour[(y % 32 < 3) | (along < 3)] = (196, 190, 180)
    return Image(colour.clip(0, 255).astype(np.uint8))


def boards() -> Image:
    """A tile of floor boards along u, 1 m wide."""
    noise = np.random.default_rng(4)
    rows = np.repeat(noise.uniform(0.8, 1.1, 8), 16)[:, None, None] * np.array([150, 112, 76])
    rows[::16] *= 0.5
    grain = noise.normal(1.0, 0.03, (128, 1, 1))
    return Image(np.tile(rows * grain, (1, 128, 1)).clip(0, 255).astype(np.uint8))


def domes() -> tuple[Image, Image]:
    """(base colour, normal map) of 2 x 2 domes that stand out of the panel; +Y up."""
    y, x = (np.mgrid[0:128, 0:128] + 0.5) / 64 % 1.0 * 2 - 1
    y = -y
    radius = np.hypot(x, y)
    inside = radius < 0.8
    slope = np.where(inside, radius / 0.8 * 0.75, 0.0)
    around = np.maximum(radius, 1e-6)
    n = np.stack([slope * x / around, slope * y / around, np.sqrt(1 - slope**2)], axis=-1)
    base = np.full((128, 128, 3), 170, np.uint8)
    base[np.abs(radius - 0.86) < 0.04] = (90, 90, 100)
    return Image(base), Image(np.round((n * 0.5 + 0.5) * 255).astype(np.uint8), "linear")


def outside() -> Sky:
    """A clear day with its azimuths in degrees above the horizon, each readable by who looks there."""
    height, width = 512, 1024
    rows = np.linspace(1, -1, height)[:, None, None]
    sky = np.where(
        rows > 0, np.array([0.25, 0.45, 0.9]) * (1 - 0.6 * rows) + 0.25, np.array([0.2, 0.22, 0.16])
    )
    sheet = Pictures.new("L", (width, height))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for azimuth in range(0, 360, 15):
        at = (azimuth / 360 * width + 1, 232)
        pen.text(at, f"{azimuth:03d}", fill=255, font=font, anchor="mm" if azimuth else "lm")
    mask = np.roll(np.asarray(sheet, np.float32), width // 2, axis=1)  # azimuth 0, +X, is the centre
    sky = np.broadcast_to(sky, (height, width, 3)) * (1 - 0.8 * mask[..., None] / 255)
    return Sky((900.0 * sky).astype(np.float32))


def cards() -> list[Card]:
    """All cards, those on the walls 2 cm before them."""
    w, f = 1.98, 0.01
    places: dict[str, Quad] = {
        "card_north": [(0.55, 1.1, -w), (1.25, 1.1, -w), (1.25, 1.8, -w), (0.55, 1.8, -w)],
        "card_east": [(w, 1.1, -0.9), (w, 1.1, -0.2), (w, 1.8, -0.2), (w, 1.8, -0.9)],
        "card_south": [(-0.6, 1.1, w), (-1.3, 1.1, w), (-1.3, 1.8, w), (-0.6, 1.8, w)],
        "card_west": [(-w, 1.1, -0.35), (-w, 1.1, -1.05), (-w, 1.8, -1.05), (-w, 1.8, -0.35)],
        "card_floor": [(-0.75, f, 0.1), (-0.05, f, 0.1), (-0.05, f, -0.6), (-0.75, f, -0.6)],
        "card_turned": [(w, 1.1, -0.1), (w, 1.1, 0.5), (w, 1.7, 0.5), (w, 1.7, -0.1)],
    }
    art = {name: letters(*said) for name, said in CARDS.items()}
    return [Card(name, np.array(corners, np.float64), art[name]) for name, corners in places.items()]


CUBE = ((0.3, 0.0, -1.05), (0.95, 0.65, -0.4))
"""Corners of the cube in metres."""


def cube_cards() -> list[Card]:
    """The cube's sides, as cards."""
    art = [letters(text, ground) for text, ground in zip(SIDES, SIDE_COLOURS, strict=True)]
    return [
        Card(f"cube_{text}", np.array(corners, np.float64), picture)
        for text, corners, picture in zip(SIDES, box(*CUBE), art, strict=True)
    ]


def _turned(art: NDArray[np.uint8]) -> Texture:
    """Shows `art` upright though the image lies on its side in the middle of a larger one.

    By KHR_texture_transform, (u', v') = offset + R (scale * (u, v)), R turning by `rotation` with
    u' = u cos + v sin and v' = -u sin + v cos. The image is `art` turned by 90 degrees clockwise: its
    (u, v) lies at (1 - v, u), so R has to give (-v, u): rotation -pi / 2.
    """
    sheet = np.full((2 * CELL, 2 * CELL, 3), (200, 0, 200), np.uint8)
    sheet[CELL // 2 : -CELL // 2, CELL // 2 : -CELL // 2] = np.rot90(art, -1)
    return Texture(Image(sheet), offset=(0.75, 0.25), rotation=-np.pi / 2, scale=(0.5, 0.5))


def _walls() -> list[Node]:
    r, h = 2.0, 2.6
    brick = Surface("bricks", base_colour=Texture(bricks(), scale=(2.0, 2.0)))
    paint = Surface("paint", base_colour_factor=(0.72, 0.71, 0.68, 1.0))
    floor = Surface("boards", base_colour=Texture(boards()))

    def metres(corners: Sequence[Quad]) -> NDArray[np.float64]:
        """UVs in metres from each quad's own plane, so bricks go on from quad to quad."""
        points = np.array(corners, np.float64)
        return np.stack([points[..., 0] + points[..., 2], -points[..., 1]], axis=-1)

    north = [[(-r, 0, -r), (r, 0, -r), (r, h, -r), (-r, h, -r)]]
    plain = [
        [(r, 0, -r), (r, 0, r), (r, h, r), (r, h, -r)],
        [(r, 0, r), (-r, 0, r), (-r, h, r), (r, h, r)],
        [(-r, h, -r), (r, h, -r), (r, h, r), (-r, h, r)],
        # the west wall around its window, z 0.1 to 1.3, y 0.9 to 2.1
        [(-r, 0, r), (-r, 0, -r), (-r, 0.9, -r), (-r, 0.9, r)],
        [(-r, 2.1, r), (-r, 2.1, -r), (-r, h, -r), (-r, h, r)],
        [(-r, 0.9, 0.1), (-r, 0.9, -r), (-r, 2.1, -r), (-r, 2.1, 0.1)],
        [(-r, 0.9, r), (-r, 0.9, 1.3), (-r, 2.1, 1.3), (-r, 2.1, r)],
    ]
    ground = [[(-r, 0, r), (r, 0, r), (r, 0, -r), (-r, 0, -r)]]
    laid = np.array(ground, np.float64)[..., [0, 2]]
    return [
        Node("wall_north", meshes=(quads(north, brick, metres(north)),)),
        Node("walls", meshes=(quads(plain, paint, metres(plain)),)),
        Node("floor", meshes=(quads(ground, floor, laid),)),
    ]


def _panel() -> Node:
    """Domes on the north wall; the right half runs its u backwards, so its tangents have the other sign."""
    base, normal = domes()
    worn = Surface("domes", base_colour=Texture(base), normal=Texture(normal))
    halves = [
        [(x0, low, z), (x1, low, z), (x1, high, z), (x0, high, z)]
        for (low, high), z in [PANEL_AT]
        for x0, x1 in PANEL.values()
    ]
    return Node("panel", meshes=(quads(halves, worn, [WHOLE, [(1, 1), (0, 1), (0, 0), (1, 0)]]),))


def _cylinder() -> Node:
    """Smooth, red below and blue above by vertex colours, over a factor."""
    turn = np.linspace(0, 2 * np.pi, 33)
    ring = np.stack([np.cos(turn), np.zeros(33), -np.sin(turn)], axis=1)
    points = np.concatenate([0.2 * ring, 0.2 * ring + (0, 1.0, 0)])
    colours = np.repeat([[0.75, 0.15, 0.1, 1.0], [0.1, 0.2, 0.75, 1.0]], 33, axis=0)
    at = np.arange(32)[:, None]
    faces = np.concatenate([at + np.array([0, 1, 34]), at + np.array([0, 34, 33])])
    worn = Surface("tinted", base_colour_factor=(0.9, 0.9, 0.6, 1.0))
    mesh = Mesh(points, faces, worn, normals=np.concatenate([ring, ring]), colours=colours)
    return Node("cylinder", translation=np.array([-1.55, 0.0, -0.2]), meshes=(mesh,))


def marker_room() -> Scene:
    """The scene, with its cameras, lamp, glowing panel and sky."""
    nodes = _walls()
    for card in cards():
        picture = _turned(card.art) if card.name == "card_turned" else Texture(Image(card.art))
        worn = Surface(card.name, base_colour=picture)
        nodes.append(Node(card.name, meshes=(quads([card.corners.tolist()], worn, [WHOLE]),)))
    sheet = np.concatenate(
        [np.concatenate([c.art for c in cube_cards()[3 * row : 3 * row + 3]], axis=1) for row in (0, 1)]
    )
    cells = [[((u + k % 3) / 3, (v + k // 3) / 2) for u, v in WHOLE] for k in range(6)]
    cube = quads(box(*CUBE), Surface("cube", base_colour=Texture(Image(sheet))), cells)
    glow = Surface("lamp", emissive_factor=(1.0, 0.95, 0.85), emissive_strength=2500.0)
    x, _, z = LAMP
    shade = [
        [
            (x - 0.3, 2.58, z - 0.3),
            (x + 0.3, 2.58, z - 0.3),
            (x + 0.3, 2.58, z + 0.3),
            (x - 0.3, 2.58, z + 0.3),
        ]
    ]
    nodes += [
        Node("cube", meshes=(cube,)),
        _panel(),
        _cylinder(),
        Node("shade", meshes=(quads(shade, glow, [WHOLE], lighting="none"),)),
        Node("lamp", translation=np.array(LAMP), light=Light("point", 220.0, (1.0, 0.93, 0.82))),
    ]
    for name, (at, way) in VIEWS.items():
        turn = look_rotation(way)
        nodes.append(Node(name, translation=np.array(at), rotation=turn, camera=Camera(YFOV)))
    return Scene("Marker room", tuple(nodes), sky=outside())
