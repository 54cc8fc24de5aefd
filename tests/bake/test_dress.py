"""Materials on meshes: true size, upright, not mirrored, on the parts that were named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.bake.dress import Wear, dress
from vrgen.bake.facets import gradients
from vrgen.bake.parts import collect, unit
from vrgen.bake.project import with_metre_uvs
from vrgen.bake.uv_scale import measure_uv
from vrgen.core import Camera, Image, Light, Material, Node, Scene, Surface
from vrgen.core.frames import look_rotation
from vrgen.errors import UsageProblem

WALL = [[(0, 0, 0), (4, 0, 0), (4, 3, 0), (0, 3, 0)]]


@pytest.fixture
def bricks() -> Material:
    return Material("bricks_7", "bricks", Image(np.full((4, 4, 3), 128, np.uint8)), size_m=(2.0, 0.5))


def repeats(scene: Scene) -> np.ndarray:
    """(t, 2, 3) how the repeats of the texture grow along the world's axes, triangle by triangle."""
    slopes = []
    for part in collect(scene):
        corners = part.corners()
        normals = unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
        uv = part.mesh.uv0[part.mesh.indices].astype(float) * part.mesh.surface.base_colour.scale
        slopes.append(gradients(corners, normals, uv))
    return np.concatenate(slopes)


@pytest.mark.parametrize("uv_factor", [(1.0, 1.0), (0.2, 0.2), (0.31, 1.7), (-0.4, 0.4)])
def test_a_tile_covers_its_metres_on_uvs_that_serve(mesh, grey, bricks, uv_factor) -> None:
    """Whatever the scale of the mesh's UVs, mirrored ones too: F would be read from outside."""
    wall = mesh(WALL, grey(0.5))
    wall = replace(wall, uv0=wall.uv0 * np.array(uv_factor, np.float32))
    scene = Scene("wall", (Node("wall", scale=np.full(3, 0.5), meshes=(wall,)),))
    made = dress(scene, [Wear(bricks)])
    np.testing.assert_allclose(repeats(made), [[[0.5, 0, 0], [0, -2, 0]]] * 2, atol=2e-3)


def test_a_box_without_uvs_is_papered_upright_and_read_from_outside(mesh, box, grey, bricks) -> None:
    thing = replace(mesh(box((0, 0, 0), (1, 2, 3)), grey(0.5)), uv0=None)
    turned = look_rotation((1, 0, 1))
    made = dress(Scene("box", (Node("box", rotation=turned, meshes=(thing,)),)), [Wear(bricks)])
    slope = repeats(made) * np.array([2.0, 0.5])[:, None]
    np.testing.assert_allclose(np.linalg.norm(slope, axis=2), 1.0, rtol=2e-3)
    np.testing.assert_allclose(np.einsum("tk,tk->t", slope[:, 0], slope[:, 1]), 0.0, atol=2e-3)
    part = collect(made)[0]
    corners = part.corners()
    normals = unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    outward = -np.cross(slope[:, 0], slope[:, 1])
    np.testing.assert_allclose(outward, normals, atol=5e-3)
    upright = np.abs(normals[:, 1]) < 0.5
    np.testing.assert_allclose(slope[upright, 1, 1], -1.0, atol=2e-3)


def test_uvs_that_lean_or_stretch_are_laid_anew(mesh, grey) -> None:
    wall = mesh(WALL, grey(0.5))
    corners = wall.positions[wall.indices].astype(float)
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    assert measure_uv(corners, wall.uv0[wall.indices].astype(float)).serves
    assert not measure_uv(corners, (wall.uv0 @ turn)[wall.indices]).serves
    assert measure_uv(corners, np.zeros((2, 3, 2))) is None
    uneven = wall.uv0[wall.indices].astype(float) * np.array([1.0, 3.0])[:, None, None]
    assert not measure_uv(corners, uneven).serves


def test_halves_that_mirror_one_picture_are_laid_anew(mesh, grey, bricks) -> None:
    """Islands on one spot, far from 0 to 1, are fine where a material tiles; a mirrored half is not."""
    halves = mesh(
        [[(0, 0, 0), (2, 0, 0), (2, 3, 0), (0, 3, 0)], [(2, 0, 0), (4, 0, 0), (4, 3, 0), (2, 3, 0)]],
        grey(0.5),
    )
    corners = halves.positions[halves.indices].astype(float)
    stacked = halves.uv0[halves.indices].astype(float) + np.array([7.0, -3.0])
    np.testing.assert_array_equal(stacked[::2], stacked[1::2])
    assert measure_uv(corners, stacked).serves
    mirrored = stacked.copy()
    mirrored[1::2, :, 0] = 16 - mirrored[1::2, :, 0]
    assert not measure_uv(corners, mirrored).serves
    made = dress(Scene("s", (Node("n", meshes=(replace(halves, uv0=None),)),)), [Wear(bricks)])
    np.testing.assert_allclose(repeats(made), [[[0.5, 0, 0], [0, -2, 0]]] * 4, atol=2e-3)


def test_a_mirroring_node_does_not_mirror_the_paper(mesh, grey, bricks) -> None:
    wall = replace(mesh(WALL, grey(0.5)), uv0=None)
    node = Node("wall", scale=np.array([-1.0, 1.0, 1.0]), meshes=(wall,))
    made = dress(Scene("wall", (node,)), [Wear(bricks)])
    part = collect(made)[0]
    corners = part.corners()
    assert np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2].min() > 0
    faces = part.mesh.indices[:, ::-1]
    uv = part.mesh.uv0[faces].astype(float)
    normals = np.array([[0.0, 0.0, 1.0]] * 2)
    np.testing.assert_allclose(gradients(corners, normals, uv), [[[1, 0, 0], [0, -1, 0]]] * 2, atol=1e-5)


def test_instances_stay_one_mesh_and_neighbours_continue(mesh, grey, bricks) -> None:
    wall = replace(mesh(WALL, grey(0.5)), uv0=None)
    twice = Scene(
        "row", tuple(Node(f"wall_{i}", translation=np.array([4.0 * i, 0, 0]), meshes=(wall,)) for i in (0, 1))
    )
    one, two = (node.meshes[0] for node in dress(twice, [Wear(bricks)]).nodes)
    assert one is two
    apart = [replace(node, meshes=(replace(wall),)) for node in twice.nodes]
    one, two = (node.meshes[0] for node in dress(Scene("row", tuple(apart)), [Wear(bricks)]).nodes)
    assert one.uv0[:, 0].max() == pytest.approx(two.uv0[:, 0].min())
    assert one.surface is two.surface


def test_parts_are_named_by_node_mesh_or_material_and_the_last_counts(mesh, grey, bricks) -> None:
    oak = replace(bricks, name="oak_1", kind="oak")
    wall, lamp = mesh(WALL, grey(0.5)), Surface("bulb", emissive_factor=(1.0, 1.0, 1.0))
    glass = Surface("glass", alpha_mode="blend")
    room = Node("room", children=(Node("north", meshes=(wall,)), Node("lamp", meshes=(mesh(WALL, lamp),))))
    rest = Node("south", meshes=(mesh(WALL, Surface("paint")), mesh(WALL, glass)))
    scene = Scene("house", (room, rest))

    def worn(*wears: Wear) -> list[str]:
        found = [m.surface.name for node, _ in dress(scene, wears).walk() for m in node.meshes]
        return [name.partition("_")[2] for name in found]

    assert worn(Wear(bricks)) == ["bricks_7", "", "bricks_7", ""]
    assert worn(Wear(bricks), Wear(oak, "NORTH")) == ["oak_1", "", "bricks_7", ""]
    assert worn(Wear(oak, "pai*")) == ["", "", "oak_1", ""]
    assert worn(Wear(bricks, "room"), Wear(oak, "bulb")) == ["bricks_7", "oak_1", "", ""]
    with pytest.raises(UsageProblem, match="Did you mean 'north'"):
        dress(scene, [Wear(oak, "nort")])


def test_what_is_not_dressed_survives(mesh, grey, bricks) -> None:
    lamp = Node("lamp", translation=np.ones(3), light=Light("point", 5.0), extras={"a": 1})
    eye = Node("eye", camera=Camera(1.0), children=(Node("wall", meshes=(mesh(WALL, grey(0.5)),)),))
    scene = Scene("s", (lamp, eye), extras={"b": 2})
    made = dress(scene, [Wear(bricks)])
    assert (made.nodes[0].light, made.nodes[0].extras, made.extras) == (lamp.light, {"a": 1}, {"b": 2})
    assert made.nodes[1].camera == eye.camera
    np.testing.assert_array_equal(made.nodes[0].translation, lamp.translation)


def test_curved_meshes_are_papered_along_the_axis_they_face(grey) -> None:
    turn = np.linspace(0, 2 * np.pi, 25)
    ring = np.stack([np.cos(turn), np.zeros(25), -np.sin(turn)], axis=1)
    points = np.concatenate([ring, ring + np.array([0, 0.1, 0])]).astype(np.float32)
    low = np.arange(24)
    faces = np.concatenate([np.stack([low, low + 1, low + 26], 1), np.stack([low, low + 26, low + 25], 1)])
    from vrgen.core import Mesh

    made = with_metre_uvs(Mesh(points, faces, grey(0.5)), np.eye(4))
    assert len(made.indices) == 48
    scale = measure_uv(made.positions[made.indices].astype(float), made.uv0[made.indices].astype(float))
    assert scale.across == pytest.approx(0.9, abs=0.15) and scale.along == pytest.approx(1.0, abs=0.01)
    assert not scale.mirrored
