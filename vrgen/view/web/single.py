"""Single: one work by itself at its true size, to be placed on a real wall or floor in AR."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.view.web.pictures import own_image

FACE, PROUD = 0.014, 0.006
"""Metres: width of the plain frame, and how far it stands out before the picture."""
FRAME = Surface("plain_frame", unlit=True)
SHADES = {"front": 0.020, "top": 0.034, "bottom": 0.009, "side": 0.014}
"""Linear grey of the frame's faces: lit from above, as works on a wall are."""


def single(scene: Scene, name: str) -> Scene | None:
    """A scene of the work of that node name alone, at the origin: up is +Y and its front looks along +Z.

    Pictures lose the light of their room, keep their colours and get a plain frame; sculptures keep the
    light, which gives them their form, and stand on the floor. None when the node holds nothing.
    """
    found = next(((node, world) for node, world in scene.walk() if node.name == name), None)
    if found is None or not any(mesh for inner, _ in found[0].walk() for mesh in inner.meshes):
        return None
    node, world = found
    size = np.linalg.norm(world[:3, :3], axis=0)
    if own_image(node) is None:
        low, high = _box(node, size)
        ground = [-(low[0] + high[0]) / 2, -low[1], -(low[2] + high[2]) / 2]
        alone = replace(node, translation=np.array(ground), rotation=np.array([0, 0, 0, 1.0]), scale=size)
    else:
        picture = Scene("", (node,)).map_nodes(_evenly_lit).nodes[0]
        low, high = _box(picture, size)
        alone = replace(picture, translation=np.zeros(3), rotation=np.array([0, 0, 0, 1.0]), scale=size)
        if high[2] - low[2] < 1e-3:
            frame = Node("plain_frame", meshes=(plain_frame(low, high),))
            return Scene(node.name, (alone, frame))
    return Scene(node.name, (alone,))


def _evenly_lit(node: Node) -> Node:
    return replace(node, meshes=tuple(replace(mesh, colours=None) for mesh in node.meshes))


def _box(node: Node, size: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(low, high) corners (3,) of the node in its own axes, scaled by `size` (3,), metres."""
    plain = replace(node, translation=np.zeros(3), rotation=np.array([0, 0, 0, 1.0]), scale=size)
    return Scene("", (plain,)).bounds()


def plain_frame(low: NDArray[np.float64], high: NDArray[np.float64]) -> Mesh:
    """A slim dark frame from the wall (z = 0) around a flat picture with these corners (3,), metres."""
    (left, bottom), (right, top) = low[:2], high[:2]
    front, wall = float(high[2]) + PROUD, min(0.0, float(low[2]))
    outer = [(left - FACE, bottom - FACE), (right + FACE, bottom - FACE)]
    outer += [(right + FACE, top + FACE), (left - FACE, top + FACE)]
    inner = [(left, bottom), (right, bottom), (right, top), (left, top)]
    quads: list[list[tuple[float, float, float]]] = []
    shades: list[float] = []
    for k, side in enumerate(("bottom", "side", "top", "side")):
        n = (k + 1) % 4
        lit_inside = {"bottom": "top", "top": "bottom"}.get(side, side)
        quads.append([(*outer[k], front), (*outer[n], front), (*inner[n], front), (*inner[k], front)])
        quads.append([(*outer[k], wall), (*outer[n], wall), (*outer[n], front), (*outer[k], front)])
        quads.append([(*inner[k], front), (*inner[n], front), (*inner[n], wall), (*inner[k], wall)])
        shades += [SHADES["front"], SHADES[side], SHADES[lit_inside]]
    starts, halves = 4 * np.arange(len(quads)), np.array([(0, 1, 2), (0, 2, 3)])
    grey = np.repeat(np.array(shades, np.float32), 4)[:, None]
    return Mesh(
        np.array(quads, np.float32).reshape(-1, 3),
        (starts[:, None, None] + halves).reshape(-1, 3).astype(np.uint32),
        FRAME,
        colours=np.concatenate([grey, grey * 0.94, grey * 0.88, np.ones_like(grey)], axis=1),
        name="plain_frame",
        lighting="none",
    )
