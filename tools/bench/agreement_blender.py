"""Blender's pictures of a GLB, run by the Python that has bpy: Cycles, Standard view transform.

python agreement_blender.py JOB.json: [{"file", "out", "size", "position", "target", "yfov", "samples",
"bounces", "sidecar", "uv", "gain"}, ...]. With a sidecar every lit material becomes base colour x light x
gain as emission, the light read from the EXR by the UV set: these lines are what one does by hand in Blender.
Positions are glTF's (+Y up); Blender's importer turns the scene to +Z up.
"""

# make bench leaves this out: a part of agreement.py.
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def turned(point: list[float]) -> tuple[float, float, float]:
    """glTF's axes to Blender's."""
    x, y, z = point
    return x, -z, y


def lit_by(sidecar: str, uv: int, gain: float) -> None:
    """Show base colour x light of the EXR, as emission, on every material that is not unlit."""
    import bpy

    light = bpy.data.images.load(sidecar)
    light.colorspace_settings.name = "Linear Rec.709"
    for material in bpy.data.materials:
        tree = material.node_tree
        shader = next((node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"), None)
        if shader is None:
            continue
        sets = tree.nodes.new("ShaderNodeUVMap")
        sets.uv_map = "UVMap" if uv == 0 else f"UVMap.{uv:03d}"
        texel = tree.nodes.new("ShaderNodeTexImage")
        texel.image, texel.extension = light, "EXTEND"
        product = tree.nodes.new("ShaderNodeMix")
        product.data_type, product.blend_type = "RGBA", "MULTIPLY"
        product.inputs["Factor"].default_value = 1.0
        a, b = (socket for socket in product.inputs if socket.type == "RGBA")
        base = shader.inputs["Base Color"]
        if base.is_linked:
            tree.links.new(base.links[0].from_socket, a)
        else:
            a.default_value = base.default_value
        tree.links.new(sets.outputs["UV"], texel.inputs["Vector"])
        tree.links.new(texel.outputs["Color"], b)
        glow = tree.nodes.new("ShaderNodeEmission")
        glow.inputs["Strength"].default_value = gain
        tree.links.new(next(s for s in product.outputs if s.type == "RGBA"), glow.inputs["Color"])
        end = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
        tree.links.new(glow.outputs["Emission"], end.inputs["Surface"])


def set_up(job: dict[str, Any]) -> None:
    """The file in an empty scene."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    # Candela as they stand: by default the importer divides by 683 lumens a watt.
    bpy.ops.import_scene.gltf(filepath=job["file"], export_import_convert_lighting_mode="COMPAT")
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", job["samples"]
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = job["bounces"]
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.pixel_filter_type = "BOX"
    scene.cycles.filter_width = 1.0
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    scene.display_settings.display_device = "sRGB"
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.dither_intensity = 0.0
    if job.get("sidecar"):
        lit_by(job["sidecar"], job["uv"], job["gain"])
        for light in [thing for thing in bpy.data.objects if thing.type == "LIGHT"]:
            bpy.data.objects.remove(light)


def photograph(job: dict[str, Any]) -> None:
    """One picture."""
    import bpy
    from mathutils import Vector

    scene = bpy.context.scene
    camera = bpy.data.cameras.new("agreement")
    camera.sensor_fit, camera.angle, camera.clip_start = "VERTICAL", job["yfov"], 0.01
    camera.clip_end = 1000.0
    eye = bpy.data.objects.new("agreement", camera)
    scene.collection.objects.link(eye)
    at, target = Vector(turned(job["position"])), Vector(turned(job["target"]))
    eye.location, eye.rotation_euler = at, (target - at).to_track_quat("-Z", "Y").to_euler()
    scene.camera = eye
    scene.render.resolution_x, scene.render.resolution_y = job["size"]
    scene.render.resolution_percentage = 100
    scene.render.filepath = job["out"]
    bpy.ops.render.render(write_still=True)


def main() -> None:
    """All jobs; those of one file and one wiring share an import."""
    before = None
    for job in json.loads(Path(sys.argv[1]).read_text()):
        key = (job["file"], job.get("sidecar"))
        if key != before:
            set_up(job)
            before = key
        photograph(job)


if __name__ == "__main__":
    main()
