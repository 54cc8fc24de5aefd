"""Join: meshes of one node that can wear one surface become one draw call."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.image import Image
from vrgen.core.mesh import ATTRIBUTES, Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface, Texture
from vrgen.gltf.optimize.trim import trimmed, welded
from vrgen.gltf.to_material import textures_of

SAID = ("frame", "mat", "plaques", "sky")
"""Words of names that viewers go by (works and frames alone in AR, plaques that are pointed at, the sky):
such a surface is joined with its like only."""
MOST_VERTICES = 65_535
"""Of a joined mesh, so that its indices stay 16 bit and the headset can leave out what is out of sight."""


def tidied(scene: Scene) -> Scene:
    """The scene with every mesh trimmed, and those of one node that look alike joined.

    Only meshes of one node are joined, so that nodes keep their names, extras and motion, and rooms out of
    sight are left out as before. Plain colours of untextured surfaces go into the vertices, which makes many
    small materials one. Nothing that blends is joined (its order counts), nothing skinned, morphed or with
    extensions that are not read.
    """
    done: dict[tuple[int, ...], tuple[Mesh, ...]] = {}

    def change(node: Node) -> Node:
        if not node.meshes or node.skin is not None or node.weights is not None:
            return node
        key = tuple(map(id, node.meshes))
        if key not in done:
            done[key] = joined([trimmed(mesh) for mesh in node.meshes if len(mesh.indices)])
        return replace(node, meshes=done[key])

    return scene.map_nodes(change)


def joined(meshes: Sequence[Mesh]) -> tuple[Mesh, ...]:
    """The meshes with those that can be one made one, in the order of the first of each."""
    groups: dict[Hashable, list[Mesh]] = {}
    for mesh in meshes:
        group = groups.setdefault(kind_of(mesh), [])
        if group and sum(len(m.positions) for m in group) + len(mesh.positions) > MOST_VERTICES:
            group = groups.setdefault((kind_of(mesh), id(mesh)), [])
        group.append(mesh)
    return tuple(group[0] if len(group) == 1 else _one(group) for group in groups.values())


def kind_of(mesh: Mesh) -> Hashable:
    """Equal for meshes that can be one: a tuple, or what is equal to nothing else."""
    surface = mesh.surface
    apart = surface.alpha_mode == "blend" or mesh.further is not None or mesh.kept or surface.kept
    if apart:
        return id(mesh)
    carried = tuple(getattr(mesh, name) is not None for name in ATTRIBUTES if name != "colours")
    return mesh.lighting, carried, look_of(surface, plain=_is_plain(surface))


def _is_plain(surface: Surface) -> bool:
    """Whether its base colour can go into the vertices without a change of what is seen."""
    return next(textures_of(surface), None) is None and surface.alpha_mode == "opaque"


def look_of(surface: Surface, *, plain: bool = False) -> Hashable:
    """Equal for surfaces that look the same and say the same, whatever their names; `plain`: but for the base
    colour's factor."""
    left_out = {"name"} | ({"base_colour_factor"} if plain else set())
    name = surface.name if any(word in surface.name for word in SAID) else ""
    return name, *(value_of(getattr(surface, f.name)) for f in fields(surface) if f.name not in left_out)


def value_of(value: Any) -> Hashable:
    """Equal for values of surfaces that show the same."""
    if isinstance(value, Texture):
        return tuple(value_of(getattr(value, f.name)) for f in fields(value))
    if isinstance(value, Image):
        return value.digest()
    return value if isinstance(value, (str, int, float, bool, tuple, type(None))) else repr(value)


def _one(group: Sequence[Mesh]) -> Mesh:
    first = group[0]
    tinted = len({mesh.surface.base_colour_factor for mesh in group}) > 1
    coloured = tinted or any(mesh.colours is not None for mesh in group)
    starts = np.cumsum([0, *(len(mesh.positions) for mesh in group)])
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(mesh, name) for mesh in group])
        for name in ATTRIBUTES
        if name != "colours" and getattr(first, name) is not None
    }
    if coloured:
        arrays["colours"] = np.concatenate([_colours(mesh, tinted=tinted) for mesh in group])
    surface = replace(first.surface, base_colour_factor=(1.0, 1.0, 1.0, 1.0)) if tinted else first.surface
    whole = Mesh(
        positions=np.concatenate([mesh.positions for mesh in group]),
        indices=np.concatenate([m.indices + np.uint32(s) for m, s in zip(group, starts[:-1], strict=True)]),
        surface=surface,
        lighting=first.lighting,
        name=first.name,
        **arrays,
    )
    return welded(whole)


def _colours(mesh: Mesh, *, tinted: bool) -> NDArray[np.float32]:
    own = np.ones((len(mesh.positions), 4), np.float32) if mesh.colours is None else mesh.colours
    return own * np.asarray(mesh.surface.base_colour_factor, np.float32) if tinted else own
