"""Joints and morph targets go with the lit mesh: its vertices stay the ones they move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vrgen.bake import LightOptions, light
from vrgen.core import Further, Node, Scene, Skin

WALL = [[(-2, 0, 0), (2, 0, 0), (2, 3, 0), (-2, 3, 0)]]
COARSE = LightOptions(texel_m=0.25, samples=16, bounces=0, denoise=False)


def moved(wall):
    """The wall with a joint a corner, and a target that pushes each corner by its own height."""
    count = len(wall.positions)
    joints = np.stack([np.arange(count) % 4, *[np.zeros(count)] * 3], axis=1).astype(np.uint8)
    push = wall.positions * np.float32([0, 1, 0])
    attributes = {"JOINTS_0": joints, "WEIGHTS_0": np.tile(np.float32([1, 0, 0, 0]), (count, 1))}
    rest = {"positions": wall.positions + np.float32(10), "normals": wall.normals}
    kept = {name: array for name, array in rest.items() if array is not None}
    return replace(wall, further=Further(attributes, ({"POSITION": push},), kept))


def test_what_moves_a_mesh_goes_with_its_lit_copy(mesh, grey, even_sky):
    wall = moved(mesh(WALL, grey(0.5)))
    bones = Skin(("a", "b", "c", "d"))
    nodes = (Node("wall", meshes=(wall,), skin=bones), *(Node(name) for name in bones.joints))
    node = light(Scene("s", nodes, sky=even_sky(100.0)), COARSE).nodes[0]
    (lit,) = node.meshes
    assert node.skin is bones and lit.colours is not None
    further = lit.further
    np.testing.assert_allclose(further.rest["positions"], lit.positions + 10, atol=1e-4)
    np.testing.assert_allclose(further.targets[0]["POSITION"][:, 1], lit.positions[:, 1], atol=1e-4)
    for place, joint in zip(lit.positions, further.attributes["JOINTS_0"][:, 0], strict=True):
        (source,) = np.flatnonzero((np.abs(wall.positions - place) < 1e-4).all(axis=1))
        assert joint == source % 4


def test_a_mesh_that_stands_still_is_cut_as_ever(mesh, grey, even_sky):
    wall = mesh(WALL, grey(0.5))
    wind = np.ones((len(wall.positions), 1), np.float32)
    sky = even_sky(100.0)
    plain = light(Scene("s", (Node("wall", meshes=(wall,)),), sky=sky), COARSE).nodes[0].meshes[0]
    waved = replace(wall, further=Further({"_WIND": wind}))
    same = light(Scene("s", (Node("wall", meshes=(waved,)),), sky=sky), COARSE).nodes[0].meshes[0]
    np.testing.assert_array_equal(same.positions, plain.positions)
    assert same.further is None
