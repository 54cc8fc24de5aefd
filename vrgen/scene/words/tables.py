"""The tables of a SCENE.toml. The docstrings are its documentation: `vrgen scene --keys` prints them.

Frame: glTF's. Metres, +Y up, degrees; plan points are [x, z]. A turn goes counter-clockwise seen from above.
What stands on another mesh comes after it in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,47}$")]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Coordinate = Annotated[float, Meta(ge=-10_000, le=10_000)]
Length = Annotated[float, Meta(ge=0.001, le=10_000)]
Distance = Annotated[float, Meta(ge=0, le=10_000)]
Degrees = Annotated[float, Meta(ge=-360, le=360)]
Share = Annotated[float, Meta(ge=0, le=1)]
Point = tuple[Coordinate, Coordinate, Coordinate]
PlanPoint = tuple[Coordinate, Coordinate]
Count = Annotated[int, Meta(ge=1, le=100_000)]


@dataclass(frozen=True, kw_only=True)
class About:
    """[scene]: what concerns the whole."""

    title: str = "Scene"
    """Title of the file."""
    seed: Seed = 1
    """What every seed that is not said is derived from."""


@dataclass(frozen=True, kw_only=True)
class SkyTable:
    """[sky]: the light outside. Without this table there is none."""

    file: str | None = None
    """Panorama of yours (.hdr, .exr, .png, .jpg; 2:1), in place of a generated one."""
    seed: Seed | None = None
    """Another seed, another sky."""
    kind: Literal["day", "clear", "cloudy", "overcast", "dusk", "night"] = "day"
    """Which sort of sky."""
    sun_elevation: Annotated[float, Meta(ge=1, le=89)] | None = None
    """Degrees above the horizon."""
    sun_azimuth: Degrees | None = None
    """Degrees from +X towards +Z."""
    cover: Share | None = None
    """Share of the dome under clouds."""
    warmth: Annotated[float, Meta(ge=-1, le=1)] = 0.0
    """Colour of all light, cold to warm."""
    size: Annotated[int, Meta(ge=256, le=8192, multiple_of=64)] = 2048
    """Width in pixels."""


@dataclass(frozen=True, kw_only=True)
class MaterialTable:
    """[[material]]: one of `kind` (generated), `folder` (maps of yours), or neither: paint of a `colour`."""

    name: Name
    """What meshes call it by."""
    kind: str | None = None
    """Kind to generate, as `vrgen texture --kind` knows them."""
    seed: Seed | None = None
    """Seed of the generated maps."""
    size: Annotated[int, Meta(ge=64, le=8192)] = 1024
    """Edge of the generated maps in pixels."""
    slider: tuple[str, ...] = ()
    """Sliders as `vrgen texture --slider` takes them: "warmth=0.5"."""
    folder: str | None = None
    """Folder with the maps of one material."""
    colour: Colour | None = None
    """Mean colour wanted, "#rrggbb" as on a screen; of paint its colour."""
    roughness: Share | None = None
    """Mean roughness wanted."""
    metallic: Share = 0.0
    """Of paint."""
    glow: Annotated[float, Meta(ge=0, le=1e6)] = 0.0
    """Of paint: cd/m2 that it sheds."""
    opacity: Annotated[float, Meta(gt=0, le=1)] = 1.0
    """Of paint: below 1 for glass."""
    relief: Annotated[float, Meta(ge=0, le=4)] = 1.0
    """Factor of the bumps."""
    vividness: Annotated[float, Meta(ge=0, le=4)] = 1.0
    """Factor of the colour differences within, where a `colour` is wanted."""
    contrast: Annotated[float, Meta(ge=0, le=4)] = 1.0
    """Exponent of the brightness differences within, where a `colour` is wanted."""
    turn: bool = False
    """Turn the maps by a quarter."""
    slab: tuple[Length, Length] | None = None
    """Cut into slabs or boards of this width and height, with joints."""
    joint: Distance = 0.004
    """Width of the joints of `slab`."""
    bond: Annotated[float, Meta(ge=-1, le=1)] = 0.0
    """Shift of every other row of `slab` as a part of a piece; negative: by chance."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """[mesh.grid]: copies in rows and columns around `at`."""

    count: tuple[Count, Count]
    """How many along x and along z."""
    step: tuple[Length, Length]
    """From one to the next."""


@dataclass(frozen=True, kw_only=True)
class Along:
    """[mesh.along]: copies in a row, from `start` to `end`, or along a `wall`."""

    start: PlanPoint | None = None
    """Place of the first."""
    end: PlanPoint | None = None
    """Place of the last."""
    wall: Name | None = None
    """Mesh along whose longer side they stand, with their backs to it."""
    towards: PlanPoint = (0.0, 0.0)
    """On that side of the wall that looks to this place."""
    away: Distance = 0.0
    """From the wall's face to the middle of each."""
    inset: Distance = 0.0
    """From the wall's ends to the first and the last."""
    count: Count | None = None
    """How many, evenly."""
    spacing: Length | None = None
    """Instead of `count`: about this far apart, first and last at the ends."""
    face: bool = True
    """Turn each so that its x runs along the row."""


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """[mesh.scatter]: copies strewn over what is level of another mesh, none too near to the next."""

    on: Name
    """The mesh that they lie on."""
    count: Count
    """How many at most: fewer where there is no room for more."""
    spacing: Length
    """Least distance between the middles of two."""
    margin: Distance = 0.0
    """Least distance from the edge of what they lie on."""
    size: tuple[Length, Length] = (1.0, 1.0)
    """Factors between which each one's size is drawn."""
    turn: Annotated[float, Meta(ge=0, le=360)] = 360.0
    """Degrees within which each is turned by chance."""
    clear: tuple[Name, ...] = ()
    """Meshes, or a gallery, that none comes near."""
    clearance: Distance = 0.3
    """How near to those is too near."""
    seed: Seed | None = None
    """Another seed, another arrangement."""


@dataclass(frozen=True, kw_only=True)
class Vary:
    """[mesh.vary]: what differs by chance from copy to copy of a grid or a row."""

    size: tuple[Length, Length] = (1.0, 1.0)
    """Factors between which each one's size is drawn."""
    turn: Annotated[float, Meta(ge=0, le=360)] = 0.0
    """Degrees within which each is turned, to either side together."""
    shift: Distance = 0.0
    """Metres by which each may stand off its place along x and along z."""
    seed: Seed | None = None
    """Another seed, another arrangement."""


@dataclass(frozen=True, kw_only=True)
class MeshTable:
    """[[mesh]]: a thing, once or in copies. Exactly one of `file`, `box`, `plane`, `cylinder`, `lathe`,
    `stone`, and at most one of `grid`, `along`, `scatter`."""

    name: Name
    """Name of its node; copies get numbers behind it."""
    file: str | None = None
    """A .glb, .gltf, .obj, .ply or .stl file; the middle of its foot comes to its place."""
    unit: str = "m"
    """Unit of an .obj, .ply or .stl file: m, dm, cm, mm, inch, foot, or metres of one unit."""
    up: Literal["y", "z"] = "y"
    """Axis that points up in an .obj, .ply or .stl file."""
    box: tuple[Length, Length, Length] | None = None
    """Width, height, depth; the middle of its foot is its place."""
    plane: tuple[Length, Length] | None = None
    """Width and depth of a level rectangle, seen from above."""
    cylinder: tuple[Length, Length] | None = None
    """Radius and height."""
    lathe: tuple[tuple[Distance, Coordinate], ...] | None = None
    """[radius, height] of a profile from below to above, turned about the upright axis. It may turn inwards
    and down again, as a pot does."""
    stone: tuple[Length, Length, Length] | None = None
    """Width, height, depth of a boulder by chance, a little sunk into the ground."""
    sides: Annotated[int, Meta(ge=3, le=256)] = 24
    """Of cylinder and lathe."""
    material: Name | tuple[Name, ...] | None = None
    """What it wears, of a list each copy one by chance; a file keeps its own where none is said."""
    at: Point | None = None
    """Its place, or the middle of its grid, [0, 0, 0] where none is said; with `on` the height counts from
    there."""
    turn: Degrees = 0.0
    """About the upright axis, of each copy."""
    scale: Annotated[float, Meta(ge=0.001, le=1000)] = 1.0
    """Factor of its size."""
    height: Length | None = None
    """Instead of `scale`: so tall it comes out."""
    on: Name | None = None
    """Mesh that it stands on; where nothing else places it, one on the middle of each of its copies."""
    align: bool = False
    """Tilt it to the slope of what it stands or lies on."""
    grid: Grid | None = None
    """Copies in rows and columns."""
    along: Along | None = None
    """Copies in a row."""
    scatter: Scatter | None = None
    """Copies strewn by chance."""
    vary: Vary | None = None
    """What differs among the copies of a grid or a row."""
    separate: bool = False
    """A node for each copy; else all copies are one mesh, which draws faster."""
    obstacle: bool = True
    """Whether the walkable floor goes round it."""
    collider: Literal["none", "box", "hull", "parts"] = "none"
    """Shape that a physics engine takes: its box, its convex hull, or convex parts (needs coacd)."""
    body: Literal["static", "kinematic", "dynamic"] = "static"
    """What a physics engine does with it: nothing, move it as scripts say, or let it fall and be pushed. All
    but static get a node for each copy."""
    mass: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    """Kilograms of a dynamic body; engines take 1 where none are said."""
    lighting: Literal["baked", "neutral", "none"] = "baked"
    """What baked light does to it: neutral keeps its colours, none leaves it as it is."""
    title: str | None = None
    """Makes it a work of art, with a card."""
    artist: str = ""
    """On the card."""
    year: str = ""
    """On the card."""
    text: str = ""
    """On the card."""
    alt: str = ""
    """What is to be seen."""


@dataclass(frozen=True, kw_only=True)
class LightTable:
    """[[light]]: a lamp, or a sun of your own (the sky brings its own)."""

    name: Name
    """Name of its node."""
    kind: Literal["point", "spot", "sun"]
    """Which."""
    candela: Annotated[float, Meta(gt=0, le=1e9)] | None = None
    """Strength of point and spot."""
    lux: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    """Strength of a sun."""
    at: Point = (0.0, 2.5, 0.0)
    """Its place."""
    aim: Point | None = None
    """Where a spot or a sun at `at` points to; straight down where none is said."""
    colour: Colour = "#ffffff"
    """As on a screen."""
    inner: Annotated[float, Meta(ge=0, le=89)] = 20.0
    """Degrees from a spot's axis where it begins to fall off."""
    outer: Annotated[float, Meta(gt=0, le=89)] = 40.0
    """Degrees from a spot's axis where it ends."""


@dataclass(frozen=True, kw_only=True)
class CameraTable:
    """[[camera]]: a stop, in the order of the file. The one named overview is what previews show."""

    name: Name
    """Its node is camera_NAME."""
    at: Point
    """The eye."""
    look: Point | None = None
    """What it looks at."""
    of: Name | None = None
    """Instead of `look`: the mesh whose middle it looks at."""
    fov: Annotated[float, Meta(ge=5, le=150)] = 60.0
    """Degrees of the upright field of view."""


@dataclass(frozen=True, kw_only=True)
class WaypointTable:
    """[[waypoint]]: a place of the visit. Where there are any, they alone are the stops of headset and replay
    and the route of the page; cameras are then for pictures."""

    name: Name
    """Its node is camera_NAME."""
    at: PlanPoint
    """Where one stands, on the walkable floor where there is one."""
    look: Point | None = None
    """What one looks at."""
    of: Name | None = None
    """Instead of `look`: the mesh whose middle one looks at."""
    order: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    """Lower ones come first; those without come last, in the order of the file."""
    stay: Annotated[float, Meta(ge=0, le=600)] = 4.0
    """Seconds that a replay without a recording stays."""
    eye: Annotated[float, Meta(ge=0.3, le=2.5)] = 1.6
    """Metres of the eye above the floor."""


@dataclass(frozen=True, kw_only=True)
class Spawn:
    """[spawn]: where a visit begins."""

    at: PlanPoint | None = None
    """On the walkable floor; its widest place where none is said."""


@dataclass(frozen=True, kw_only=True)
class Walkable:
    """[walkable]: where feet may be, all at one height and within reach of the spawn."""

    on: tuple[Name, ...]
    """Meshes whose level tops are floor."""
    body: Annotated[float, Meta(ge=0, le=2)] = 0.25
    """Distance kept from edges and obstacles."""


@dataclass(frozen=True, kw_only=True)
class GalleryTable:
    """[[gallery]]: a whole gallery of a folder of pictures, under the sky of this scene."""

    name: Name = "gallery"
    """Name of its node."""
    pictures: str
    """Folder with the works."""
    style: str | None = None
    """white-cube, loft or pavilion."""
    title: str | None = None
    """On its wall."""
    seed: Seed | None = None
    """Of everything generated for it."""
    at: Point = (0.0, 0.0, 0.0)
    """The middle of its entrance."""
    turn: Degrees | None = None
    """About the upright axis; as its windows want the sun where none is said."""


@dataclass(frozen=True, kw_only=True)
class BakeTable:
    """[bake]: how the light is delivered."""

    light: str = "vertex"
    """vertex bakes it into the file, none leaves it to the viewer; also ao, atlas and lightmap, as vrgen bake
    delivers them."""
    samples: int | None = None
    """Rays from each texel."""
    bounces: int | None = None
    """How often light goes on."""
    texel_m: float | None = None
    """Side of a texel in metres."""
    max_triangles: int | None = None
    """Most triangles of the lit meshes."""
    exposure: float | None = None
    """Factor from cd/m2 to screen values."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """A whole SCENE.toml."""

    scene: About = About()
    """What concerns the whole."""
    sky: SkyTable | None = None
    """The light outside."""
    material: tuple[MaterialTable, ...] = ()
    """What meshes wear."""
    mesh: tuple[MeshTable, ...] = ()
    """What stands there."""
    light: tuple[LightTable, ...] = ()
    """What shines besides the sky."""
    camera: tuple[CameraTable, ...] = ()
    """Views; the stops too where there are no waypoints."""
    waypoint: tuple[WaypointTable, ...] = ()
    """The stops of a visit."""
    spawn: Spawn = Spawn()
    """Where a visit begins."""
    walkable: Walkable | None = None
    """Where feet may be."""
    gallery: tuple[GalleryTable, ...] = ()
    """Galleries within the scene."""
    bake: BakeTable = BakeTable()
    """How the light is delivered."""
