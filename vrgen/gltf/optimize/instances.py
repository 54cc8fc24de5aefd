"""Instances: what stands in many places is drawn at once (EXT_mesh_gpu_instancing)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vrgen.gltf.instances import NAME, PARTS
from vrgen.gltf.optimize.pack_textures import require

LEAST = 3
"""Copies from which one draw call for all is worth that they are culled together."""
DEFAULTS = {"translation": (0.0, 0.0, 0.0), "rotation": (0.0, 0.0, 0.0, 1.0), "scale": (1.0, 1.0, 1.0)}
FLOAT = 5126
SILENT = {"name", "mesh", *DEFAULTS}
"""Keys of a node that says nothing of itself."""


def instance(document: dict[str, Any], blobs: list[bytes]) -> int:
    """Let one node draw the mesh of several that stand beside each other, and return the draw calls saved.

    Nodes keep their names and places, and give up their meshes. Left as they are: nodes with extras or
    extensions (works of art, what can be thrown), that move, hold children, or wear a generated material,
    which is made anew by the name of its node.
    """
    saved = 0
    for siblings in (*_siblings(document),):
        copies: dict[int, list[int]] = {}
        for index in siblings:
            if _silent(document, index):
                copies.setdefault(document["nodes"][index]["mesh"], []).append(index)
        for mesh, places in copies.items():
            if len(places) >= LEAST:
                siblings.append(_drawn_at_once(document, blobs, mesh, places))
                saved += (len(places) - 1) * len(document["meshes"][mesh]["primitives"])
    if saved:
        require(document, NAME)
    return saved


def _siblings(document: Mapping[str, Any]) -> Iterator[list[int]]:
    yield from (scene["nodes"] for scene in document.get("scenes", []) if "nodes" in scene)
    yield from (node["children"] for node in document.get("nodes", []) if "children" in node)


def _silent(document: Mapping[str, Any], index: int) -> bool:
    node = document["nodes"][index]
    if "mesh" not in node or not set(node) <= SILENT:
        return False
    moving = {
        channel["target"].get("node")
        for animation in document.get("animations", [])
        for channel in animation["channels"]
    }
    joints = {joint for skin in document.get("skins", []) for joint in skin["joints"]}
    mesh = document["meshes"][node["mesh"]]
    worn = [document["materials"][p["material"]] for p in mesh["primitives"] if "material" in p]
    said = [mesh, *mesh["primitives"], *worn]
    return index not in moving | joints and not any("vrgen" in one.get("extras", {}) for one in said)


def _drawn_at_once(document: dict[str, Any], blobs: list[bytes], mesh: int, places: Sequence[int]) -> int:
    """Index of a new node; the others hold their mesh no more."""
    nodes = [document["nodes"][index] for index in places]
    attributes = {
        key: _accessor(document, blobs, [node.get(field, DEFAULTS[field]) for node in nodes])
        for key, (field, _) in PARTS.items()
        if any(field in node for node in nodes)
    }
    if not attributes:  # all in one place
        attributes["TRANSLATION"] = _accessor(document, blobs, [DEFAULTS["translation"]] * len(nodes))
    for node in nodes:
        del node["mesh"]
    taken = {node.get("name") for node in document["nodes"]}
    name = f"{nodes[0].get('name', 'mesh')}_and_equal"
    while name in taken:
        name += "_"
    document["nodes"].append({"name": name, "mesh": mesh, "extensions": {NAME: {"attributes": attributes}}})
    return len(document["nodes"]) - 1


def _accessor(document: dict[str, Any], blobs: list[bytes], rows: Sequence[Sequence[float]]) -> int:
    values = np.asarray(rows, "<f4")
    blobs.append(values.tobytes())
    document["bufferViews"].append({"buffer": 0})
    kind = f"VEC{values.shape[1]}"
    document["accessors"].append(
        {"bufferView": len(blobs) - 1, "componentType": FLOAT, "count": len(values), "type": kind}
    )
    return len(document["accessors"]) - 1
