"""Painting: materials in pictures of their own, the same on both sides of every seam, normals as meant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake import stitch
from vrgen.bake.dress import Wear, dress
from vrgen.bake.dress_options import DressOptions
from vrgen.bake.ground import bands
from vrgen.bake.paint import FINER, Job, Painted, paint
from vrgen.bake.parts import unit
from vrgen.core import Image, Material, Mesh, Node, Scene
from vrgen.core.frames import look_rotation
from vrgen.core.progress import SILENT
from vrgen.errors import UsageProblem

TRIPLANAR = DressOptions(projection="triplanar", texels=512 * 512)


def ball(count: int = 24, radius: float = 0.5) -> Mesh:
    """A sphere without UVs."""
    v, u = np.meshgrid(
        np.linspace(0, np.pi, count + 1), np.linspace(0, 2 * np.pi, 2 * count + 1), indexing="ij"
    )
    normals = np.stack([np.sin(v) * np.cos(u), np.cos(v), -np.sin(v) * np.sin(u)], -1).reshape(-1, 3)
    corner = np.arange(len(normals)).reshape(v.shape)
    a, b, c, d = (x.reshape(-1) for x in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    first = np.stack([a, b, c], 1)[: -2 * count]  # at the poles one of the two is a line
    faces = np.concatenate([first, np.stack([a, c, d], 1)[2 * count :]])
    return Mesh(normals * radius, faces, normals=normals, name="ball")


def waves(*, tilt: tuple[float, float] | None = None, height: bool = True) -> Material:
    """Smooth and tiling: every channel of its own; normals all tilted alike, or flat."""
    y, x = np.mgrid[0:64, 0:64] * (2 * np.pi / 64)
    colour = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], -1) * 0.4 + 0.5
    way = np.array([*(tilt or (0.0, 0.0)), 0.0])
    way[2] = np.sqrt(1 - way @ way)
    normal = np.broadcast_to(way * 0.5 + 0.5, (64, 64, 3)).astype(np.float32)
    grey = (np.sin(x)[..., None] * 0.5 + 0.5).astype(np.float32)
    return Material(
        "waves",
        "waves",
        Image((colour * 255).astype(np.uint8)),
        normal=Image(normal, "linear"),
        roughness=Image(np.full((64, 64, 1), 0.25, np.float32), "linear"),
        height=Image(grey, "linear") if height else None,
        size_m=(0.4, 0.4),
    )


def painted(mesh: Mesh, material: Material, place: np.ndarray | None = None) -> Painted:
    return paint(
        [Job(mesh, np.eye(4) if place is None else place, material, None)], texels=512**2, progress=SILENT
    )


def seams(made: Painted) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) pixels of both sides, along every seam of a smooth surface."""
    sheet = made.given.sheet
    one, two = stitch._seams(stitch._edges(sheet, made.parts))
    assert len(one.chart) > 20
    return tuple(points * FINER for points in stitch._points(one, two))


def seen(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """What a viewer's filter reads there."""
    texels, weights = stitch._filter(points, picture.shape[1], picture.shape[0])
    return np.einsum("nck,nc->nk", picture.reshape(-1, picture.shape[2])[texels], weights)


def test_both_sides_of_a_seam_show_the_same_colour() -> None:
    made = painted(ball(), waves())
    one, two = (seen(made.colour, points) for points in seams(made))
    apart = np.abs(one - two)
    assert one.std(axis=0).min() > 0.05  # there is something to see
    assert apart.mean() < 0.006 and np.percentile(apart, 99) < 0.04


def test_every_pixel_holds_what_its_place_asks_for() -> None:
    """A cube's face towards +Z: u runs along +x and v down, in metres from the origin of the world."""
    from vrgen.bake.sampling import Sampler
    from vrgen.core import Texture

    made = painted(cube(), waves())
    material = waves()
    front = np.flatnonzero(made.ground.plane[:, 2] > 0.9)
    middle = made.ground.corners[front].mean(axis=1)
    mesh = made.meshes[0]
    size = made.colour.shape[1::-1]
    found = seen(made.colour, mesh.uv0[mesh.indices[front]].astype(float).mean(axis=1) * size)
    asked = np.stack([middle[:, 0], -middle[:, 1]], axis=1)
    texture = Texture(material.base_colour, scale=(2.5, 2.5))
    want = Sampler().colours(texture, asked, footprint=1.0)[:, :3]
    np.testing.assert_allclose(found, want, atol=0.02)
    assert made.given.density[0] == pytest.approx(160, rel=0.05)  # the material's own


def cube() -> Mesh:
    from tests.bake.conftest import box_quads, quads_mesh
    from vrgen.core import Surface

    made = quads_mesh(box_quads((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5)), Surface("plain"))
    corners = made.positions[made.indices]
    flat = np.repeat(unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])), 3, axis=0)
    chosen = made.indices.reshape(-1)
    return Mesh(made.positions[chosen], np.arange(len(chosen)).reshape(-1, 3), normals=flat, name="cube")


def decoded(made: Painted, mesh: Mesh, world: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """World points, geometric normals and normals as a viewer bends them, in the middle of every triangle."""
    faces = mesh.indices
    size = made.normal.shape[1::-1]
    mapped = unit(seen(made.normal, mesh.uv0[faces].astype(float).mean(axis=1) * size))
    normal = unit(mesh.normals[faces].astype(float).mean(axis=1) @ np.linalg.inv(world[:3, :3]))
    way = mesh.tangents[faces].astype(float).mean(axis=1)
    tangent = unit(way[:, :3] @ world[:3, :3].T)
    across = np.cross(normal, tangent) * way[:, 3:]
    bent = unit(mapped[:, :1] * tangent + mapped[:, 1:2] * across + mapped[:, 2:] * normal)
    points = mesh.positions[faces].astype(float).mean(axis=1) @ world[:3, :3].T + world[:3, 3]
    return points, normal, bent


@pytest.mark.parametrize("mirrored", [False, True])
def test_normals_bend_towards_where_the_material_leans(mirrored: bool) -> None:
    """Tilted to the picture's right: on walls level and to the right seen from outside, on floors to +x."""
    world = np.eye(4)
    world[:3, :3] = np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0]) * 0.8
    made = painted(ball(), waves(tilt=(0.5, 0.0)), world)
    _, normal, bent = decoded(made, made.meshes[0], world)
    sure = np.abs(normal).max(axis=1) > 0.97
    up = np.where(np.abs(normal[:, 1:2]) > 0.9, [[0.0, 0.0, -1.0]], [[0.0, 1.0, 0.0]])
    axis = np.sign(normal) * (np.abs(normal) == np.abs(normal).max(axis=1, keepdims=True))
    right = np.cross(up, axis)
    slope = np.tan(np.arcsin(0.5))
    want = unit(normal + slope * (right - normal * np.sum(right * normal, axis=1, keepdims=True)))
    angle = np.degrees(np.arccos(np.clip(np.sum(bent * want, axis=1), -1, 1)))
    assert sure.sum() > 50 and angle[sure].max() < 3.0


def test_normals_agree_across_seams() -> None:
    """Pixel by pixel back into the world, as viewers do; then asked on both sides of every seam."""
    made = painted(ball(), waves(tilt=(0.4, 0.2)))
    world = np.zeros_like(made.normal, np.float64)
    for pixels in bands(made.given.sheet, made.ground, finer=FINER):
        mapped = made.normal.reshape(-1, 3)[pixels.pixel].astype(float)
        normal, way = unit(pixels.along(made.ground.normals)), pixels.along(made.ground.tangents)
        across = np.cross(normal, unit(way[:, :3])) * way[:, 3:]
        bent = mapped[:, :1] * unit(way[:, :3]) + mapped[:, 1:2] * across + mapped[:, 2:] * normal
        world.reshape(-1, 3)[pixels.pixel] = unit(bent)
    one, two = (unit(seen(world, points)) for points in seams(made))
    apart = np.degrees(np.arccos(np.clip(np.sum(one * two, axis=1), -1, 1)))
    assert apart.mean() < 0.5 and np.percentile(apart, 99) < 4.0


def test_painting_is_by_choice_and_only_where_uvs_do_not_serve(mesh, grey) -> None:
    wall = mesh([[(0, 0, 0), (4, 0, 0), (4, 3, 0), (0, 3, 0)]], grey(0.5))
    scene = Scene("s", (Node("wall", meshes=(wall,)), Node("ball", meshes=(ball(),))))
    plain = dress(scene, [Wear(waves())])
    assert all(node.meshes[0].surface.base_colour.image.width == 64 for node in plain.nodes)
    kept, made = (node.meshes[0] for node in dress(scene, [Wear(waves())], TRIPLANAR).nodes)
    assert kept.surface.base_colour.scale == (2.5, 2.5)
    assert made.surface.name == "painted" and made.surface.base_colour.wrap[0] == "clamp_to_edge"
    assert 0 <= made.uv0.min() and made.uv0.max() <= 1 and made.tangents is not None
    rough = made.surface.metallic_roughness.image.pixels
    assert np.abs(rough[..., 1].astype(int) - 64).max() <= 1


def test_instances_stay_one_mesh_and_the_record_says_so() -> None:
    one = ball(8)
    row = tuple(Node(f"b{i}", translation=np.array([2.0 * i, 0, 0]), meshes=(one,)) for i in range(2))
    made = dress(Scene("s", row), [Wear(waves())], TRIPLANAR, seed=7)
    assert made.nodes[0].meshes[0] is made.nodes[1].meshes[0]
    (record,) = made.records
    assert (record.step, record.seed, record.options["projection"]) == ("dress", 7, "triplanar")


def test_the_budget_holds_and_wishes_go_first() -> None:
    said: list[str] = []

    class Desk(type(SILENT)):
        def note(self, text: str) -> None:
            said.append(text)

    nodes = tuple(
        Node(f"ball_{i}", translation=np.array([2.0 * i, 0, 0]), meshes=(replace(ball(12), name=f"m{i}"),))
        for i in range(3)
    )
    options = DressOptions(projection="triplanar", texels=256**2, part_density=("ball_1=90",))
    made = dress(Scene("s", nodes), [Wear(waves())], options, progress=Desk())
    image = made.nodes[0].meshes[0].surface.base_colour.image
    assert image.width * image.height <= 256**2
    told = next(text for text in said if text.startswith("painted at"))
    assert told.index("ball_1 90 px/m") < told.index("ball_0") and "of the 65,536 allowed" in told

    def pixels_a_metre(mesh: Mesh) -> float:
        corners, uv = (
            mesh.positions[mesh.indices].astype(float),
            mesh.uv0[mesh.indices] * (image.width, image.height),
        )
        area = np.linalg.norm(
            np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
        ).sum()
        a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        return float(np.sqrt(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / area))

    density = [pixels_a_metre(node.meshes[0]) for node in made.nodes]
    assert density[1] == pytest.approx(90, rel=0.1) and density[0] == pytest.approx(density[2], rel=0.1)
    assert density[0] < 0.8 * density[1]


@pytest.mark.parametrize(
    "wrong", [{"projection": "sphere"}, {"wear": 1.5}, {"texels": 3}, {"part_density": ("statue",)}]
)
def test_wrong_options_are_told(wrong: dict) -> None:
    with pytest.raises(UsageProblem, match=r"got .* expected"):
        DressOptions(**wrong)


def test_a_part_that_there_is_not_is_told_before_anything_is_painted() -> None:
    scene = Scene("s", (Node("ball", rotation=look_rotation((1, 0, 1)), meshes=(ball(8),)),))
    with pytest.raises(UsageProblem, match="Did you mean 'ball'"):
        dress(scene, [Wear(waves())], replace(TRIPLANAR, part_density=("bal=5",)))
