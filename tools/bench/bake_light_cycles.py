"""Cycles' side of bake_light.py: run by Blender's own Python (bpy), told by job.json in the folder given.

Writes N.npy (height, width, 3) of diffuse light without colour, reference.npy, inside.npy, seconds.json.
"""

# make bench leaves this out: it runs in Blender.
from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import bpy
import numpy as np
from blender_shader import material
from mathutils import Vector

WIDTH = 256


def placed(quads: list, texel: float) -> tuple[list[tuple[int, int, int, int]], int]:
    """(column, row, columns, rows) of each quad on shelves of a sheet, one texel apart, and its height."""
    out, row, column, shelf = [], 0, 0, 0
    for quad in quads:
        sides = [math.dist(quad[0], quad[1]), math.dist(quad[0], quad[3])]
        columns, rows = (max(1, math.ceil(side / texel - 1e-6)) for side in sides)
        if column + columns + 1 > WIDTH:
            row, column, shelf = row + shelf, 0, 0
        out.append((column, row, columns, rows))
        column, shelf = column + columns + 1, max(shelf, rows + 1)
    return out, row + shelf


def turned(point: list[float]) -> tuple[float, float, float]:
    """glTF's frame (+Y up) to Blender's (+Z up)."""
    return point[0], -point[2], point[1]


def add_mesh(name: str, quads: list) -> bpy.types.Object:
    """Quads as one object."""
    mesh = bpy.data.meshes.new(name)
    points = [turned(point) for quad in quads for point in quad]
    mesh.from_pydata(points, [], [[4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3] for k in range(len(quads))])
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(thing)
    return thing


def main() -> None:
    """Build, bake at every number of samples, write."""
    folder = Path(sys.argv[-1])
    job = json.loads((folder / "job.json").read_text())
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.max_bounces = scene.cycles.diffuse_bounces = job["bounces"]
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.sample_clamp_indirect = 0.0

    boxes, height = placed(job["quads"], job["texel"])
    thing = add_mesh("room", job["quads"])
    layer = thing.data.uv_layers.new(name="light")
    inside = np.zeros((height, WIDTH), bool)
    for number, (column, row, columns, rows) in enumerate(boxes):
        corners = [
            (column, row),
            (column + columns, row),
            (column + columns, row + rows),
            (column, row + rows),
        ]
        inside[row : row + rows, column : column + columns] = True
        for corner, (x, y) in enumerate(corners):
            layer.data[4 * number + corner].uv = (x / WIDTH, y / height)
    value = job["albedo"]
    matt = material("matt", "ShaderNodeBsdfDiffuse", Color=(value, value, value, 1))
    image = bpy.data.images.new("light", WIDTH, height, float_buffer=True)
    image.colorspace_settings.name = "Non-Color"
    target = matt.node_tree.nodes.new("ShaderNodeTexImage")
    target.image = image
    matt.node_tree.nodes.active = target
    thing.data.materials.append(matt)
    panel = add_mesh("panel", job["glowing"])
    panel.data.materials.append(material("glow", "ShaderNodeEmission", Strength=job["panel"]))

    world = bpy.data.worlds.new("sky")
    scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes.get("Background") or world.node_tree.nodes.new("ShaderNodeBackground")
    background.inputs["Color"].default_value = (1, 1, 1, 1)
    background.inputs["Strength"].default_value = job["sky"]
    out = world.node_tree.nodes.get("World Output") or world.node_tree.nodes.new("ShaderNodeOutputWorld")
    world.node_tree.links.new(background.outputs[0], out.inputs["Surface"])
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy, lamp.angle = job["sun"], math.radians(2 * 0.266)
    sun = bpy.data.objects.new("sun", lamp)
    sun.rotation_euler = Vector(turned(job["towards_sun"])).to_track_quat("Z", "Y").to_euler()
    bpy.context.collection.objects.link(sun)

    bpy.context.view_layer.objects.active = thing
    thing.select_set(True)
    seconds: dict[str, float] = {}

    def bake(samples: int, seed: int) -> np.ndarray:
        scene.cycles.samples, scene.cycles.seed = samples, seed
        bpy.ops.object.bake(type="DIFFUSE", pass_filter={"DIRECT", "INDIRECT"}, margin=0, use_clear=True)
        pixels = np.empty(height * WIDTH * 4, np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(height, WIDTH, 4)[..., :3]

    bake(1, 0)  # kernels and tree are warm
    for samples in job["samples"]:
        began = time.perf_counter()
        light = bake(samples, 0)
        seconds[str(samples)] = time.perf_counter() - began
        np.save(folder / f"{samples}.npy", light)
    began = time.perf_counter()
    np.save(folder / "reference.npy", bake(job["reference"], 99))
    seconds["reference"] = time.perf_counter() - began
    np.save(folder / "inside.npy", inside)
    (folder / "seconds.json").write_text(json.dumps(seconds))


if __name__ == "__main__":
    main()
