"""Meshes of different nodes become one; what is looked for by name, moves or is a work stays where it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vrgen.core import Mesh, Node, Scene, Surface
from vrgen.core.exhibits import exhibits
from vrgen.core.frames import matrix_from_quaternion
from vrgen.core.motion import Animation, Channel, NodeName
from vrgen.core.wearers import named
from vrgen.gltf.optimize import across
from vrgen.gltf.optimize.across import gathered

GREY = Surface("grey", unlit=True)
MADE = {"vrgen": {"record": {"step": "texture", "options": {"kind": "plaster"}, "seed": 1}}}
WALL, OAK = (Surface(name, extras=MADE, roughness_factor=r) for name, r in (("wall", 0.5), ("oak", 0.7)))
WORK = {"vrgen": {"work": {"title": "A", "width": 1.0, "height": 1.0}}}


def tile(surface: Surface = GREY, name: str = "tile") -> Mesh:
    """A right triangle in z = 0, facing +Z."""
    return Mesh([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)], surface, normals=[(0, 0, 1)] * 3, name=name)


def at(x: float, name: str, *meshes: Mesh, **more) -> Node:
    return Node(name, translation=np.array([x, 0.0, 0.0]), meshes=meshes, **more)


def rooms() -> Scene:
    """Two rooms of two generated materials and grey each, and a work in grey."""
    made = [
        at(
            4.0 * n,
            f"room_{n}",
            tile(WALL),
            tile(OAK),
            tile(),
            tile(Surface(f"room_{n}_plaques")),
            extras={"vrgen": {"room": f"Room {n}"}},
        )
        for n in (1, 2)
    ]
    return Scene("", (*made, at(0.0, "work_1", tile(), extras=WORK)))


def corners(scene: Scene) -> np.ndarray:
    """Triangles in the world, sorted."""
    every = [
        (mesh.positions @ world[:3, :3].T + world[:3, 3])[mesh.indices]
        for node, world in scene.walk()
        for mesh in node.meshes
    ]
    rows = np.concatenate(every).reshape(-1, 9).round(5) + 0.0
    return rows[np.lexsort(rows.T)]


def test_rooms_share_draw_calls_and_everything_is_found_as_before():
    before = rooms()
    after = gathered(before, instances=True)
    assert sum(len(node.meshes) for node, _ in after.walk()) == 3 + 2 + 1
    assert np.allclose(corners(before), corners(after))
    assert [(n.name, n.extras) for n, _ in after.walk()][:3] == [(n.name, n.extras) for n, _ in before.walk()]
    assert [node.name for node in after.nodes[3:]] == ["all_wall", "all_oak", "all_grey"]
    assert [one.node for one in exhibits(after)] == [one.node for one in exhibits(before)] == ["work_1"]
    assert after.nodes[2].meshes[0] is before.nodes[2].meshes[0]
    for name in ("wall", "oak"):
        assert [one.name for one in named(after, name)] == [name]
    plaques = [node.meshes[0].surface.name for node in after.nodes[:2]]
    assert plaques == ["room_1_plaques", "room_2_plaques"]


def test_turned_and_mirrored_parts_face_the_same_way():
    turn = np.array([0.0, np.sin(0.4), 0.0, np.cos(0.4)])
    inner = Node("inner", scale=np.array([2.0, 1.0, -1.0]), meshes=(tile(),))
    before = Scene("", (Node("outer", rotation=turn, children=(inner,)), at(3.0, "plain", tile())))
    (one,) = gathered(before, instances=True).nodes[-1].meshes
    assert np.allclose(
        corners(Scene("", (Node("n", meshes=(one,)),))).sum(), corners(before).sum(), atol=1e-4
    )
    points = one.positions[one.indices]
    faces = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    assert np.allclose(one.normals[one.indices[:, 0]], faces, atol=1e-6)
    turned = matrix_from_quaternion(turn) @ (0, 0, -1)
    assert np.allclose(faces[0], turned, atol=1e-6) and np.allclose(faces[1], (0, 0, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"extras": WORK},
        {"extras": {"vrgen": {"collider": {"shapes": []}}}},
        {"extras": {"mine": 1}},
        {"kept": {"extensions": {"VENDOR_door": {}}}},
        {"meshes": (tile(replace(GREY, alpha_mode="blend")),)},
        {"meshes": (tile(replace(GREY, name="plaques")),)},
        {"meshes": (tile(WALL),)},
        {"weights": (1.0,)},
    ],
    ids=str,
)
def test_what_says_something_of_itself_stays(change):
    changed = replace(at(1.0, "b", tile()), **change)
    twin = at(0.0, "a", *changed.meshes)
    scene = Scene("", (changed, twin))
    assert gathered(scene, instances=True) is scene


def test_what_moves_or_is_named_stays_with_all_below_it():
    child = at(0.0, "child", tile())
    nodes = (Node("door", children=(child,)), at(1.0, "a", tile()))
    still = Scene("", nodes)
    assert gathered(still, instances=True) is not still
    opening = Animation("open", (Channel("door", "translation", [0.0], [[1.0, 0.0, 0.0]]),))
    for scene in (
        replace(still, animations=(opening,)),
        replace(still, extras={"mine": {"doors": ["door"]}}),
        replace(still, kept={"extensions": {"VENDOR_doors": {"node": NodeName("door")}}}),
    ):
        assert gathered(scene, instances=True) is scene


def test_copies_are_left_to_instances_where_there_are_some():
    mesh = tile()
    scene = Scene("", tuple(at(float(x), f"n{x}", mesh) for x in range(3)))
    assert gathered(scene, instances=True) is scene
    assert len(gathered(scene, instances=False).nodes[-1].meshes[0].indices) == 3


def test_no_mesh_grows_without_bound(monkeypatch):
    monkeypatch.setattr(across, "MOST_TRIANGLES", 2)
    scene = Scene("", tuple(at(float(x), f"n{x}", tile(name=f"t{x}")) for x in range(5)))
    after = gathered(scene, instances=True)
    assert [len(node.meshes[0].indices) for node in after.nodes[5:]] == [2, 2]
    assert [node.name for node in after.nodes[5:]] == ["all_grey", "all_grey_2"]
    assert len(after.nodes[4].meshes) == 1 and np.allclose(corners(scene), corners(after))
