"""Nodes: the copies of a mesh as they stand in the scene's tree, alone or as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vrgen.core import Mesh, Node
from vrgen.core.frames import quaternion_from_matrix
from vrgen.core.mesh import ATTRIBUTES
from vrgen.scene.words.collide import Solid, told
from vrgen.scene.words.models import Model, moved
from vrgen.scene.words.physics import Shapes, motion
from vrgen.scene.words.placing import Spot
from vrgen.scene.words.stand import Stood
from vrgen.scene.words.tables import MeshTable


def nodes_of(stood: Stood, solids: Sequence[tuple[Solid, ...]], shapes: Shapes) -> list[Node]:
    """A node for each copy that stands alone, else one for all, in the scene's own frame.

    solids: of each copy, in its model's frame; their shapes go to `shapes`.
    """
    table, copies = stood.table, stood.copies()
    if len(copies) == 1 or table.separate or table.body != "static":
        digits = len(str(len(copies)))
        many = len(copies) > 1
        names = [f"{table.name}_{k:0{digits}}" if many else table.name for k in range(1, len(copies) + 1)]
        return [
            _alone(name, model, spot, table, own, shapes)
            for name, (model, spot), own in zip(names, copies, solids, strict=True)
        ]
    if not copies:
        return []
    said = _said(
        table, [told(one, spot) for own, (_, spot) in zip(solids, copies, strict=True) for one in own]
    )
    colliders: list[Node] = []
    for own, (_, spot) in zip(solids, copies, strict=True):
        colliders += shapes.colliders(table.name, own, spot, len(colliders) + 1)
    return [Node(table.name, meshes=tuple(_merged(stood)), children=tuple(colliders), extras=said)]


def _alone(
    name: str, model: Model, spot: Spot, table: MeshTable, solids: Sequence[Solid], shapes: Shapes
) -> Node:
    here = Spot((0.0, 0.0, 0.0), size=spot.size)
    node = Node(
        name,
        translation=np.array(spot.at),
        rotation=quaternion_from_matrix(spot.matrix[:3, :3] / spot.size),
        meshes=() if model.nodes else model.meshes,
        children=tuple(_renamed(child, table.name, name) for child in model.nodes),
        extras=_said(table, [told(one, here) for one in solids]),
        kept=motion(table),
    )
    if spot.size != 1.0 and solids:  # colliders shall not be scaled: what is seen is, a level below
        grown = Node(f"{name}_shape", scale=np.full(3, spot.size), meshes=node.meshes, children=node.children)
        node = replace(node, meshes=(), children=(grown,))
    elif spot.size != 1.0:
        return replace(node, scale=np.full(3, spot.size))
    return replace(node, children=(*node.children, *shapes.colliders(name, solids, here)))


def _renamed(node: Node, old: str, new: str) -> Node:
    children = tuple(_renamed(child, old, new) for child in node.children)
    return replace(node, name=new + node.name.removeprefix(old), children=children)


def _said(table: MeshTable, shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if shapes:
        said["collider"] = {"shapes": list(shapes)}
    if table.title is not None:
        said["work"] = {key: getattr(table, key) for key in ("title", "artist", "year", "text", "alt")}
    return {"vrgen": said} if said else {}


def _merged(stood: Stood) -> list[Mesh]:
    """The copies as one mesh a surface; UV in metres grows with each one's size."""
    groups: dict[tuple[Any, ...], list[Mesh]] = {}
    for model, spot in stood.copies():
        for mesh in model.meshes:
            placed = moved(mesh, spot.matrix)
            if model.metric and placed.uv0 is not None and spot.size != 1.0:
                placed = replace(placed, uv0=placed.uv0 * np.float32(spot.size))
            there = [name for name in ATTRIBUTES if getattr(placed, name) is not None]
            groups.setdefault((id(mesh.surface), mesh.lighting, *there), []).append(placed)
    return [_joined(meshes, key[2:], stood.table.name) for key, meshes in groups.items()]


def _joined(meshes: Sequence[Mesh], there: Sequence[str], name: str) -> Mesh:
    first = np.cumsum([0, *(len(mesh.positions) for mesh in meshes)])
    indices = [mesh.indices + np.uint32(start) for mesh, start in zip(meshes, first, strict=False)]
    arrays: dict[str, Any] = {key: np.concatenate([getattr(mesh, key) for mesh in meshes]) for key in there}
    return replace(
        meshes[0],
        positions=np.concatenate([mesh.positions for mesh in meshes]),
        indices=np.concatenate(indices),
        name=name,
        **arrays,
    )
