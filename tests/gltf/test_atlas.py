"""Small textures side by side: every surface shows its own picture, also in its mipmaps; what tiles stays."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from vrgen.core import Image, Mesh, Node, Scene, Surface, Texture
from vrgen.gltf.optimize import atlas
from vrgen.gltf.optimize.across import gathered
from vrgen.gltf.optimize.atlas import STEP, atlased

SIZES = [(64, 64), (128, 64), (33, 47), (256, 256), (16, 200)]
MADE = {"vrgen": {"record": {"step": "texture", "options": {"kind": "plaster"}, "seed": 1}}}


def picture(seed: int, size: tuple[int, int], *, channels: int = 3, space: str = "srgb") -> Image:
    """Smooth, and unlike the others."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, channels)).astype(np.uint8)
    pixels = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return Image(pixels.reshape(size[1], size[0], channels), space)


def square(surface: Surface, *, low: float = 0.0, high: float = 1.0) -> Mesh:
    corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
    uv = [(low, high), (high, high), (high, low), (low, low)]
    return Mesh(corners, [(0, 1, 2), (0, 2, 3)], surface, normals=[(0, 0, 1)] * 4, uv0=uv)


def kit(sizes=SIZES, **more) -> Scene:
    """A square for every size."""
    surfaces = [
        Surface(f"s{n}", base_colour=Texture(picture(n, size)), **more) for n, size in enumerate(sizes)
    ]
    return Scene("", tuple(Node(f"n{n}", meshes=(square(one),)) for n, one in enumerate(surfaces)))


def shown(mesh: Mesh, *, role: str = "base_colour") -> np.ndarray:
    """The part of the picture that a square shows."""
    image = getattr(mesh.surface, role).image
    low, high = mesh.uv0.min(axis=0), mesh.uv0.max(axis=0)
    (x0, y0), (x1, y1) = ((end * (image.width, image.height)).round().astype(int) for end in (low, high))
    return image.pixels[y0:y1, x0:x1]


def test_every_square_shows_its_own_picture():
    before = kit()
    after, (report,) = atlased(before)
    assert report.surfaces == 5 and report.roles == ("base_colour",)
    assert all(side & (side - 1) == 0 for side in report.size)
    assert len({id(node.meshes[0].surface) for node in after.nodes}) == 1
    for old, new in zip(before.nodes, after.nodes, strict=True):
        assert np.array_equal(shown(old.meshes[0]), shown(new.meshes[0]))
    assert len(gathered(after, instances=False).nodes[-1].meshes[0].indices) == 10


def test_mipmaps_mix_with_no_neighbour():
    """Squares of one colour each stay of one colour, to their very edge, in three mipmaps."""
    colours = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (240, 240, 20)]
    nodes = []
    for n, colour in enumerate(colours):
        image = Image(np.full((64, 64, 3), colour, np.uint8))
        nodes.append(Node(f"n{n}", meshes=(square(Surface(f"s{n}", base_colour=Texture(image))),)))
    after, _ = atlased(Scene("", tuple(nodes)))
    level = after.nodes[0].meshes[0].surface.base_colour.image.pixels.astype(float)
    for _ in range(3):
        level = level.reshape(level.shape[0] // 2, 2, level.shape[1] // 2, 2, 3).mean(axis=(1, 3))
        for node, colour in zip(after.nodes, colours, strict=True):
            uv = node.meshes[0].uv0
            edge = uv.min(axis=0) * level.shape[1::-1] - 0.5, uv.max(axis=0) * level.shape[1::-1] - 0.5
            xs, ys = np.meshgrid(*(np.linspace(a, b, 9) for a, b in zip(*edge, strict=True)))
            seen = cv2.remap(level.astype(np.float32), xs.astype("f4"), ys.astype("f4"), cv2.INTER_LINEAR)
            assert np.abs(seen - colour).max() < 0.5


def test_all_roles_share_their_places():
    surfaces = [
        Surface(
            f"s{n}",
            base_colour=Texture(picture(n, size, channels=4 if n == 1 else 3)),
            normal=Texture(picture(n + 50, size, space="linear")),
            alpha_mode="mask",
        )
        for n, size in enumerate(SIZES[:3])
    ]
    before = Scene("", tuple(Node(one.name, meshes=(square(one),)) for one in surfaces))
    after, (report,) = atlased(before)
    assert report.roles == ("base_colour", "normal")
    for old, new in zip(before.nodes, after.nodes, strict=True):
        for role in report.roles:
            was, now = (shown(node.meshes[0], role=role) for node in (old, new))
            assert np.array_equal(was, now[..., : was.shape[2]])
            assert now.shape[2] == was.shape[2] or (now[..., 3] == 255).all()
    assert after.nodes[0].meshes[0].surface.normal.image.colour_space == "linear"


@pytest.mark.parametrize(
    "change",
    [
        {"extras": MADE},
        {"kept": {"VENDOR_wet": {}}},
        {"alpha_mode": "blend"},
        {"base_colour": Texture(picture(9, (512, 64)))},
        {"base_colour": Texture(picture(9, (64, 64)), scale=(2.0, 2.0))},
        {"base_colour": Texture(picture(9, (64, 64)), uv_set=1)},
        {"base_colour": None},
        {"name": "room_01_plaques"},
        {"double_sided": True},
        {"roughness_factor": 0.3},
    ],
    ids=str,
)
def test_what_is_made_or_differs_or_is_large_stays(change):
    scene = kit(SIZES[:2])
    first = scene.nodes[0]
    other = replace(first.meshes[0], surface=replace(first.meshes[0].surface, **change))
    changed = replace(scene, nodes=(replace(first, meshes=(other,)), scene.nodes[1]))
    assert atlased(changed) == (changed, ())


def test_what_tiles_or_is_a_work_stays():
    scene = kit(SIZES[:2])
    first, second = scene.nodes
    tiled = square(first.meshes[0].surface, high=3.0)
    for node in (
        replace(first, meshes=(tiled,)),
        replace(first, extras={"vrgen": {"work": {"title": "A"}}}),
        replace(first, meshes=(), children=(first, Node("more", meshes=(tiled,)))),
    ):
        whole = replace(scene, nodes=(node, second))
        assert atlased(whole) == (whole, ())


def test_surfaces_with_one_picture_have_one_place():
    scene = kit(SIZES[:2])
    mesh = scene.nodes[0].meshes[0]
    twin = replace(mesh, surface=replace(mesh.surface, name="twin"))
    after, (report,) = atlased(replace(scene, nodes=(*scene.nodes, Node("twin", meshes=(twin,)))))
    assert report.surfaces == 2
    assert np.array_equal(after.nodes[0].meshes[0].uv0, after.nodes[2].meshes[0].uv0)


def test_places_begin_where_pixels_of_mipmaps_do():
    after, _ = atlased(kit())
    for node in after.nodes:
        mesh = node.meshes[0]
        image = mesh.surface.base_colour.image
        corner = mesh.uv0.min(axis=0) * (image.width, image.height)
        assert np.allclose((corner - STEP / 2) % STEP, 0.0, atol=1e-3)


def test_an_atlas_that_would_be_nearly_empty_is_not_made(monkeypatch):
    scene = kit([(64, 64)] * 4)
    assert atlased(scene)[1] != ()
    monkeypatch.setattr(atlas, "MORE", (2.0, 0))
    assert atlased(scene) == (scene, ())


def test_what_is_too_much_for_one_goes_into_several(monkeypatch):
    monkeypatch.setattr(atlas, "SIDE", 256)
    scene = kit([(64, 64)] * 13)
    after, report = atlased(scene)
    assert [one.surfaces for one in report] == [9, 4]
    assert report[0].size == (256, 256)
    for old, new in zip(scene.nodes, after.nodes, strict=True):
        assert np.array_equal(shown(old.meshes[0]), shown(new.meshes[0]))
