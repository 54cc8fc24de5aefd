"""The peer of the renderer: a scene as stock pyrender holds it."""

# make bench leaves this out: it runs nothing by itself.
from __future__ import annotations

from typing import Any

import numpy as np


def stock_scene(scene: Any) -> Any:
    """pyrender's scene of the same meshes, textures and vertex colours, with one directional light.

    Stock pyrender knows no unlit materials: its own shaders draw them.
    """
    from vrgen.view.gl import pyrender

    made: dict[int, Any] = {}
    theirs = pyrender.Scene(bg_color=[0.5, 0.5, 0.5, 1.0], ambient_light=[0.3, 0.3, 0.3])
    for node, world in scene.walk():
        for mesh in node.meshes:
            texture = mesh.surface.base_colour
            image = texture.image if texture is not None else None
            if image is not None and id(image) not in made:
                channels = {1: "R", 3: "RGB", 4: "RGBA"}[image.channels]
                made[id(image)] = pyrender.Texture(source=image.pixels, source_channels=channels)
            material = pyrender.MetallicRoughnessMaterial(
                baseColorTexture=made.get(id(image)), metallicFactor=0.0, roughnessFactor=0.8
            )
            primitive = pyrender.Primitive(
                mesh.positions,
                mesh.normals,
                texcoord_0=mesh.uv0,
                color_0=mesh.colours,
                indices=mesh.indices,
                material=material,
            )
            theirs.add(pyrender.Mesh([primitive]), pose=world)
    theirs.add(pyrender.DirectionalLight(intensity=3.0), pose=np.eye(4))
    return theirs
