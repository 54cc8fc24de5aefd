"""What a file says that is not read: kept as JSON, with values in the places of indices.

Indices mean nothing outside their file. Inside the extensions of a material an object under a key that ends
in `Texture` becomes a Texture; under a primitive's, `material` becomes a Surface; under a node's, a scene's
and the document's, `node` and `nodes` become NodeName, `mesh` a Mesh of nothing but triangles; the accessors
under a node's `attributes` become arrays. Everything else is passed on untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from vrgen.core.mesh import Mesh
from vrgen.core.motion import NodeName
from vrgen.core.node import Node
from vrgen.core.progress import Progress
from vrgen.core.surface import Surface, Texture
from vrgen.gltf.accessors import Accessors
from vrgen.gltf.part import Part, pointer

TIED = {
    "EXT_meshopt_compression",
    "KHR_animation_pointer",
    "KHR_draco_mesh_compression",
    "KHR_meshopt_compression",
    "MSFT_lod",
}
"""Extensions that point at what the file alone has: buffers, JSON pointers, materials by number."""
LEVELS = "MSFT_lod"
"""Of a node: coarser nodes to draw in its place, which lie in no scene. They are kept as Nodes."""

Change = Callable[[str, Any, Part], Any]
"""(key, value, the object that holds it) -> the value to keep in its place, or None to look inside it."""
Lookup = Callable[[Any, str], Any]
"""(value, key it stands under) -> what stands for it in the file."""


class Dangling(Exception):
    """Something is pointed at that is not in the scene."""


def kept(
    part: Part,
    *,
    read: Collection[str] = (),
    extras: bool = True,
    change: Change | None = None,
    levels: Callable[[], list[Node]] | None = None,
    progress: Progress,
) -> dict[str, Any]:
    """`extras` and `extensions` of a part, those named in `read` and those that cannot be kept left out.

    levels: of a node, what gives the nodes that its MSFT_lod names.

    With `extras` False they are kept only where they are no object: objects have a field of their own.
    """
    found: dict[str, Any] = {}
    said = part.value.get("extras")
    if said is not None and (extras or not isinstance(said, dict)):
        found["extras"] = said
    extensions: dict[str, Any] = {}
    for name, value in part.part("extensions").value.items():
        if name in read:
            continue
        try:
            where = _below(part.part("extensions"), name, value)
            if name == LEVELS and levels is not None:
                extensions[name] = {**where.value, "ids": levels()}
                continue
            if name in TIED:
                raise Dangling(name)
            extensions[name] = value if change is None else _looked_into(value, where, change)
        except Dangling as problem:
            progress.note(
                f"{part.file}: {part.place or 'the document'} has {name}, which was left out ({problem})"
            )
    if extensions:
        found["extensions"] = extensions
    return found


def _looked_into(value: Any, place: Part, change: Change) -> Any:
    """A value with changes made in it; `place` is the value itself, or empty where it is no object."""
    if isinstance(value, list):
        return [_looked_into(item, _below(place, i, item), change) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, item in value.items():
        new = change(key, item, place)
        out[key] = _looked_into(item, _below(place, key, item), change) if new is None else new
    return out


def _below(place: Part, step: str | int, value: Any) -> Part:
    return Part(place.file, pointer(place.place, step), value if isinstance(value, dict) else {})


def texture_infos(material: Part) -> list[tuple[str, Part]]:
    """(key, textureInfo) of every texture in the extensions of a material that are not read."""
    found: list[tuple[str, Part]] = []

    def note(key: str, value: Any, part: Part) -> Any:
        if is_info(key, value):
            found.append((key, Part(part.file, pointer(part.place, key), value)))
            return value
        return None

    extensions = material.part("extensions")
    _looked_into(extensions.value, extensions, note)
    return found


def levels_of(node: Node) -> tuple[Node, ...]:
    """The coarser nodes that are kept of one."""
    said = node.kept.get("extensions", {}).get(LEVELS)
    ids = said.get("ids") if isinstance(said, Mapping) else None
    return tuple(item for item in ids if isinstance(item, Node)) if isinstance(ids, (list, tuple)) else ()


def is_info(key: str, value: Any) -> bool:
    """Whether a value under a key of a material's extension is a textureInfo."""
    return key.endswith("Texture") and isinstance(value, dict) and "index" in value


def node_values(
    names: Mapping[int, str], accessors: Accessors, shape: Callable[[int], Mesh | None]
) -> Change:
    """A change of `node` and `nodes` into NodeName, of `mesh` into the Mesh that `shape` gives of an index,
    and of the accessors under `attributes` into arrays.

    Raises Dangling for nodes outside the scene, InputProblem for accessors that cannot be read.
    """

    def named(index: Any) -> NodeName:
        if not _is_index(index) or index not in names:
            raise Dangling(f"node {str(index)[:20]} is not in the scene")
        return NodeName(names[index])

    def change(key: str, value: Any, part: Part) -> Any:
        if key == "node" and not isinstance(value, (dict, list)):
            return named(value)
        if key == "nodes" and isinstance(value, list) and not any(isinstance(i, (dict, list)) for i in value):
            return [named(item) for item in value]
        if key == "mesh" and _is_index(value) and value >= 0:
            found = shape(value)
            if found is None:
                raise Dangling(f"mesh {value} is no mesh of triangles")
            return found
        if key == "attributes" and isinstance(value, dict) and all(map(_is_index, value.values())):
            owner = Part(part.file, pointer(part.place, key), value)
            return {name: accessors.further(owner, name) for name in value}
        return None

    return change


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def filed(value: Any, lookup: Lookup, extensions: set[str], key: str = "") -> Any:
    """Kept JSON as it stands in a file: `lookup` gives the index or object of each value in it.

    The names of the extensions in it are added to `extensions`. Raises Dangling as `lookup` does.
    """
    if isinstance(value, (Texture, Surface, Mesh, Node, NodeName, np.ndarray)):
        return lookup(value, key)
    if isinstance(value, (list, tuple)):
        return [filed(item, lookup, extensions, key) for item in value]
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("extensions"), Mapping):
        extensions.update(value["extensions"])
    return {
        name: item if name == "extras" else filed(item, lookup, extensions, name)
        for name, item in value.items()
    }


def merged(written: dict[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """A property with what was kept of it; where both say something, what is written counts."""
    extensions = {**more.get("extensions", {}), **written.get("extensions", {})}
    out = {**more, **written}
    if extensions:
        out["extensions"] = extensions
    return out
