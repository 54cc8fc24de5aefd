"""Put out: lamps whose light is baked shine no more, and can still be read from the file.

A viewer that reads a lightmap adds the file's lamps to it: their light would be there twice, and in candela
beside a map in which 1 is white (three.js showed a room of one lamp as a white sheet).
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from vrgen.bake.options import LightOptions
from vrgen.core.node import Light, Node
from vrgen.core.progress import Progress
from vrgen.core.scene import Scene

BAKED = "baked_light"
"""Name in a node's extras['vrgen'] of the lamp that shone there."""


def as_asked(scene: Scene, options: LightOptions, progress: Progress) -> Scene:
    """A baked scene, its lights put out where `options.lights` wants that: `auto` does for a lightmap."""
    drop = options.lights == "drop" or (options.lights == "auto" and options.light == "lightmap")
    count = sum(node.light is not None for node, _ in scene.walk())
    if not drop or not count:
        return scene
    if options.lights == "auto":
        progress.note(
            f"{count} lamps are put out: the lightmap holds their light and viewers would add it again; "
            "--lights keep leaves them on"
        )
    return put_out(scene)


def put_out(scene: Scene) -> Scene:
    """The scene without lights; their nodes keep them as JSON: kind, intensity in cd or lux, colour, cone."""
    return scene.map_nodes(_dark)


def _dark(node: Node) -> Node:
    if node.light is None:
        return node
    ours = {**node.extras.get("vrgen", {}), BAKED: _said(node.light)}
    return replace(node, light=None, extras={**node.extras, "vrgen": ours})


def _said(light: Light) -> dict[str, Any]:
    """What is not as usual of a lamp."""
    usual = asdict(Light(light.kind, light.intensity))
    said = {name: value for name, value in asdict(light).items() if value != usual[name]}
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
    return {"kind": light.kind, "intensity": light.intensity, **said}
