"""Cycles' side of bake_mesh_goal.py: run by Blender's own Python (bpy), told by job.npz in the folder given.

Bakes diffuse light without colour onto UVs that are given, twice at every number of samples; writes
SAMPLES_SEED.npy (height, width, 3) and seconds.json.
"""

# make bench leaves this out: it runs in Blender.
from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import bpy
import numpy as np
from blender_shader import material


def one_sided(strength: float) -> bpy.types.Material:
    """A glow on the front alone."""
    made = material("glow", "ShaderNodeEmission")
    tree = made.node_tree
    geometry, factor = tree.nodes.new("ShaderNodeNewGeometry"), tree.nodes.new("ShaderNodeMath")
    factor.operation = "MULTIPLY_ADD"
    factor.inputs[1].default_value, factor.inputs[2].default_value = -strength, strength
    tree.links.new(geometry.outputs["Backfacing"], factor.inputs[0])
    emission = next(node for node in tree.nodes if node.type == "EMISSION")
    tree.links.new(factor.outputs[0], emission.inputs["Strength"])
    return made


def thing(name: str, corners: np.ndarray) -> bpy.types.Object:
    """Triangles (t, 3, 3) of glTF's frame (+Y up) in Blender's (+Z up)."""
    points = corners.reshape(-1, 3)[:, [0, 2, 1]] * (1, -1, 1)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(points))
    mesh.vertices.foreach_set("co", points.astype(np.float32).reshape(-1))
    mesh.loops.add(len(points))
    mesh.loops.foreach_set("vertex_index", np.arange(len(points), dtype=np.int32))
    mesh.polygons.add(len(corners))
    mesh.polygons.foreach_set("loop_start", np.arange(0, len(points), 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    made = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(made)
    return made


def main() -> None:
    """Build, bake, write."""
    folder = Path(sys.argv[-1])
    job = np.load(folder / "job.npz")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.max_bounces = scene.cycles.diffuse_bounces = int(job["bounces"])
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.sample_clamp_indirect = 0.0
    width, height = int(job["width"]), int(job["height"])
    room = thing("room", job["matt"])
    layer = room.data.uv_layers.new(name="light")
    uv = job["uv"].reshape(-1, 2) * (1, -1) + (0, 1)
    layer.data.foreach_set("uv", uv.astype(np.float32).reshape(-1))
    grey = float(job["albedo"])
    matt = material("matt", "ShaderNodeBsdfDiffuse", Color=(grey, grey, grey, 1))
    image = bpy.data.images.new("light", width, height, float_buffer=True)
    image.colorspace_settings.name = "Non-Color"
    target = matt.node_tree.nodes.new("ShaderNodeTexImage")
    target.image = image
    matt.node_tree.nodes.active = target
    room.data.materials.append(matt)
    panel = thing("panel", job["glowing"])
    panel.data.materials.append(one_sided(float(job["panel"])))
    bpy.context.view_layer.objects.active = room
    room.select_set(True)

    def bake(samples: int, seed: int) -> np.ndarray:
        scene.cycles.samples, scene.cycles.seed = samples, seed
        bpy.ops.object.bake(type="DIFFUSE", pass_filter={"DIRECT", "INDIRECT"}, margin=0, use_clear=True)
        pixels = np.empty(height * width * 4, np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(height, width, 4)[::-1, :, :3]

    bake(1, 0)  # kernels and tree are warm
    seconds: dict[str, list[float]] = {}
    for samples in job["samples"].tolist():
        for seed in (1, 2):
            began = time.perf_counter()
            light = bake(samples, seed)
            seconds.setdefault(str(samples), []).append(time.perf_counter() - began)
            np.save(folder / f"{samples}_{seed}.npy", light)
            (folder / "seconds.json").write_text(json.dumps(seconds))


if __name__ == "__main__":
    main()
