"""Anew: a lit surface, delivered as a bake has delivered the one whose place it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from vrgen.bake.deliver import bare
from vrgen.bake.parts import Part
from vrgen.bake.relief import shaded, up_in_picture
from vrgen.core.change import alike
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface


def delivered(scene: Scene, old: Surface, new: Surface) -> Surface:
    """`new` (lit) in the shape that `old` has in the scene: unlit with its relief painted in, if `old` is.

    The light of the bake lies in the vertex colours and is not touched: what the new colour would send on to
    the walls around it is not traced. A surface that is lit by the viewer comes back as it is.
    """
    if not old.unlit or new.base_colour is None:
        return new
    picture = new.base_colour
    if new.normal is not None or new.occlusion is not None:
        part = max(_wearing(scene, old), key=_area, default=None)
        way = None if part is None or picture.rotation else up_in_picture(part)
        picture = replace(picture, image=shaded(new, way))
    *_, alpha = old.base_colour_factor
    return replace(bare(new), base_colour=picture, base_colour_factor=(1.0, 1.0, 1.0, alpha))


def _wearing(scene: Scene, surface: Surface) -> Iterator[Part]:
    """Every mesh of the scene that wears the surface."""
    for place, (node, world) in enumerate(scene.walk()):
        for slot, mesh in enumerate(node.meshes):
            if alike(mesh.surface, surface):
                yield Part(place, slot, mesh, world, np.zeros(3), np.zeros(3))


def _area(part: Part) -> float:
    """Square metres, twice."""
    corners = part.corners()
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(cross, axis=1).sum())
