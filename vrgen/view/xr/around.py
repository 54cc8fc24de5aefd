"""Around: what of a scene is drawn in a headset: all of it, or over a real room only what hangs there."""

from __future__ import annotations

from collections.abc import Callable

from vrgen.core.change import SKY
from vrgen.core.exhibits import exhibits
from vrgen.core.image import Image
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene

FRAMES = ("frame", "mat")
"""First word of the surfaces that frame works (scene.frame names them so)."""
PLAQUES = "_plaques"
"""How the name of a room's mesh of plaques ends."""
Kept = Callable[[Node, Mesh], bool]


def works_alone(scene: Scene) -> Kept:
    """Which meshes stand in a real room: works, their frames and plaques. A scene without works is shown
    whole, its sky apart."""
    hung = {node.node for node in exhibits(scene)}
    inside = {id(inner) for node, _ in scene.walk() if node.name in hung for inner, _ in node.walk()}
    if not hung:
        return lambda node, mesh: node.name != SKY

    def kept(node: Node, mesh: Mesh) -> bool:
        word = mesh.surface.name.partition("_")[0]
        return id(node) in inside or word in FRAMES or mesh.name.endswith(PLAQUES)

    return kept


def sky_picture(scene: Scene) -> Image | None:
    """The equirect picture that a baked scene wears as its sky, for a compositor that shows skies itself."""
    for node, _ in scene.walk():
        if node.name == SKY and len(node.meshes) == 1:
            surface = node.meshes[0].surface
            picture = surface.base_colour
            if surface.unlit and picture is not None and picture.image.width == 2 * picture.image.height:
                return picture.image
    return None
