"""Camera, Light -> glTF cameras and KHR_lights_punctual."""

from __future__ import annotations

import math
from typing import Any

from vrgen.core.node import Camera, Light, Node
from vrgen.errors import ValueProblem


def camera_json(camera: Camera, node: Node) -> dict[str, Any]:
    """A camera as it stands in a file. Raises ValueProblem for one that glTF cannot hold."""
    if camera.magnification is not None:
        return _orthographic(camera, node)
    far = camera.zfar is None or camera.zfar > camera.znear
    if not (0 < camera.yfov < math.pi and camera.znear > 0 and far and (camera.aspect or 1.0) > 0):
        raise ValueProblem(f"node {node.name}: got {camera}, expected 0 < yfov < pi and 0 < znear < zfar")
    lens = {"aspectRatio": camera.aspect, "yfov": float(camera.yfov), "zfar": camera.zfar}
    lens["znear"] = float(camera.znear)
    return {
        "type": "perspective",
        "perspective": {name: value for name, value in lens.items() if value is not None},
        **({"name": camera.name} if camera.name else {}),
    }


def _orthographic(camera: Camera, node: Node) -> dict[str, Any]:
    sides = camera.magnification or (0.0, 0.0)
    if not (all(sides) and camera.zfar is not None and 0 <= camera.znear < camera.zfar):
        raise ValueProblem(
            f"node {node.name}: got {camera}, expected a magnification without 0 and 0 <= znear < zfar"
        )
    lens = {"xmag": float(sides[0]), "ymag": float(sides[1])}
    lens |= {"zfar": float(camera.zfar), "znear": float(camera.znear)}
    return {
        "type": "orthographic",
        "orthographic": lens,
        **({"name": camera.name} if camera.name else {}),
    }


def light_json(light: Light, node: Node) -> dict[str, Any]:
    """A light as it stands in a file. Raises ValueProblem for one that glTF cannot hold."""
    cones = light.kind != "spot" or 0 <= light.inner_cone < light.outer_cone <= math.pi / 2
    colour = all(0 <= value <= 1 for value in light.colour)
    if not (cones and colour and light.intensity >= 0 and (light.range_m is None or light.range_m > 0)):
        raise ValueProblem(
            f"node {node.name}: got {light}, expected colours in [0, 1], no negative intensity or range, "
            "and 0 <= inner cone < outer cone <= pi/2"
        )
    written: dict[str, Any] = {"type": light.kind, "intensity": float(light.intensity)}
    written["color"] = [float(value) for value in light.colour]
    if light.name:
        written["name"] = light.name
    if light.range_m is not None and light.kind != "directional":
        written["range"] = float(light.range_m)
    if light.kind == "spot":
        written["spot"] = {
            "innerConeAngle": float(light.inner_cone),
            "outerConeAngle": float(light.outer_cone),
        }
    return written
