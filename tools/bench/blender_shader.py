"""A material of one shader, for the scripts that run in Blender's own Python (bpy)."""

# make bench leaves this out: it runs in Blender.
from __future__ import annotations

import bpy


def material(name: str, node: str, **values: object) -> bpy.types.Material:
    """One shader and the output."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    tree.nodes.clear()
    shader, out = tree.nodes.new(node), tree.nodes.new("ShaderNodeOutputMaterial")
    for key, value in values.items():
        shader.inputs[key].default_value = value
    tree.links.new(shader.outputs[0], out.inputs["Surface"])
    return made
