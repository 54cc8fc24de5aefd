"""A rich scene: everything the gltf room writes, small."""

from __future__ import annotations

import numpy as np
import pytest

from vrgen.core import Camera, Image, Light, Mesh, Node, Record, Scene, Surface, Texture


def _picture(seed: int, channels: int = 3, space: str = "srgb") -> Image:
    """A smooth 64x32 picture: JPEG keeps it closely."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(30, 220, (2, 2, channels))
    v, u = np.linspace(0, 1, 32)[:, None, None], np.linspace(0, 1, 64)[None, :, None]
    top, bottom = corners[0, 0] * (1 - u) + corners[0, 1] * u, corners[1, 0] * (1 - u) + corners[1, 1] * u
    return Image((top * (1 - v) + bottom * v).round().astype(np.uint8), space)


def _quad(surface: Surface, *, name: str, lighting: str = "baked", colours: bool = False, n: int = 3) -> Mesh:
    """An n x n grid in the xy plane, facing +Z, UV in [0, 1], v down."""
    u, v = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n))
    positions = np.stack([u - 0.5, 0.5 - v, np.zeros_like(u)], axis=-1).reshape(-1, 3)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    first = np.stack([corner, corner + n, corner + 1], axis=1)
    second = np.stack([corner + 1, corner + n, corner + n + 1], axis=1)
    uv = np.stack([u, v], axis=-1).reshape(-1, 2)
    shade = np.random.default_rng(5).uniform(0, 1, (n * n, 4))
    return Mesh(
        positions=positions,
        indices=np.concatenate([first, second]),
        surface=surface,
        normals=np.tile([0.0, 0.0, 1.0], (n * n, 1)),
        uv0=uv,
        uv1=uv * 0.5,
        colours=shade if colours else None,
        lighting=lighting,
        name=name,
    )


@pytest.fixture(scope="session")
def quad():
    """The function that makes a grid mesh."""
    return _quad


@pytest.fixture(scope="session")
def picture():
    """The function that makes a smooth picture."""
    return _picture


@pytest.fixture(scope="session")
def rich_scene() -> Scene:
    """Textures, transforms, unlit, lightmap, lights, cameras, vertex colours, sharing, extras, records."""
    photo, orm, bumps = _picture(1), _picture(2, 3, "linear"), _picture(3, 3, "linear")
    cut = np.array(_picture(4, 4).pixels)
    cut[:8, :, 3] = 0
    plaster = Surface(
        name="plaster",
        base_colour=Texture(photo, scale=(0.5, 2.0), offset=(0.25, 0.0), rotation=0.3),
        metallic_roughness=Texture(orm),
        metallic_factor=1.0,
        normal=Texture(bumps, wrap=("clamp_to_edge", "mirrored_repeat")),
        normal_scale=0.5,
        occlusion=Texture(orm, uv_set=1),
        occlusion_strength=0.75,
        extras={"vrgen": {"kind": "plaster", "size_m": [2.0, 0.5]}},
    )
    picture = Surface(name="picture", base_colour=Texture(photo, magnify="nearest"), unlit=True)
    leaf = Surface(
        name="leaf",
        base_colour=Texture(Image(cut)),
        alpha_mode="mask",
        alpha_cutoff=0.25,
        double_sided=True,
    )
    lamp = Surface(
        name="lamp",
        base_colour_factor=(0.0, 0.0, 0.0, 0.5),
        emissive=Texture(photo),
        emissive_factor=(1.0, 0.5, 0.25),
        emissive_strength=800.0,
        alpha_mode="blend",
    )
    lit = Surface(
        name="lit",
        base_colour=Texture(photo),
        lightmap=Texture(_picture(6, 3, "linear"), uv_set=1, wrap=("clamp_to_edge", "clamp_to_edge")),
        lightmap_intensity=2.5,
    )
    work = _quad(picture, name="work", lighting="neutral")
    wall = _quad(plaster, name="wall", colours=True)
    work_extras = {"vrgen": {"work": {"title": "Häuser am Fluß", "year": 1911, "tags": [], "text": ""}}}
    stop = Node(
        "camera_001",
        translation=np.array([0.0, 1.6, 3.0]),
        camera=Camera(yfov=0.9),
        extras={"vrgen": {"stop": 1, "work": "work_1"}},
    )
    overview = Node("camera_overview", camera=Camera(yfov=1.0, aspect=16 / 9, zfar=200.0))
    room = Node(
        "room",
        translation=np.array([1.0, 0.0, -2.5]),
        rotation=np.array([0.0, np.sin(0.4), 0.0, np.cos(0.4)]),
        scale=np.array([2.0, 1.0, -1.0]),
        meshes=(wall, _quad(lit, name="ceiling", lighting="none")),
        children=(
            Node("work_1", meshes=(work,), extras=work_extras),
            Node("work_2", translation=np.array([0.1, 0.2, 0.3]), meshes=(work,)),
            Node("plant", meshes=(_quad(leaf, name="leaf"),)),
        ),
    )
    lights = Node(
        "lights",
        children=(
            Node("sun", light=Light("directional", 90000.0, (1.0, 0.9, 0.8))),
            Node("bulb", meshes=(_quad(lamp, name=""),), light=Light("point", 80.0, range_m=12.0)),
            Node("spot", light=Light("spot", 400.0, inner_cone=0.2, outer_cone=0.5)),
        ),
    )
    records = (
        Record("texture", {"kind": "plaster", "size": 512}, 7, "material_gan", "ab" * 32, {"vrgen": "0.1.0"}),
        Record("gallery", {"style": "loft", "title": "Ä"}, licences=("CC0-1.0",)),
    )
    extras = {"vrgen": {"style": "loft", "walkable": [[0.0, 1.5]], "empty": {}, "none": None}}
    return Scene("Häuser", (room, lights, stop, overview), extras=extras, records=records)
