"""Compare: what differs between two scenes, records first, for all else follows from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from vrgen.core.difference import Delta, Difference
from vrgen.core.leaves import Leaf, leaves
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface

OWN = {"nodes", "records"}
"""Fields of a scene that have a part of their own."""
POSE = ("translation", "rotation", "scale")
Placed = dict[str, tuple[Node, str]]
"""Nodes by name, each with its parent's."""


def compared(a: Scene, b: Scene) -> Difference:
    """What sets `b` apart from `a`; equal scenes give an empty Difference. Values are compared exactly."""
    one, other = _placed(a), _placed(b)
    shared = [(name, one[name][0], other[name][0]) for name in one if name in other]
    meshes: list[Delta] = []
    worn: dict[tuple[int, int], tuple[Surface, Surface]] = {}
    for name, before, after in shared:
        meshes += _meshes(name, before.meshes, after.meshes, worn)
    looks = [delta for pair in worn.values() for delta in _surfaces(*pair)]
    deltas = (
        *_records(a.records, b.records),
        *_scene(a, b),
        *_nodes(one, other),
        *(delta for pair in shared for delta in _node(*pair)),
        *meshes,
        *(delta for delta in looks if delta.part == "surface"),
        *(delta for delta in looks if delta.part == "texture"),
    )
    return Difference(_once(deltas))


def _once(deltas: Sequence[Delta]) -> tuple[Delta, ...]:
    """The deltas, those that say the same once: one material may be many surfaces."""
    found: dict[str, Delta] = {}
    for delta in deltas:
        found.setdefault(json.dumps(delta.to_json(), sort_keys=True), delta)
    return tuple(found.values())


def _records(a: Sequence[Record], b: Sequence[Record]) -> Iterator[Delta]:
    one, other = ([json.dumps(record.to_json(), sort_keys=True) for record in side] for side in (a, b))
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for place in range(max(i2 - i1, j2 - j1)):
            before = a[i1 + place] if i1 + place < i2 else None
            after = b[j1 + place] if j1 + place < j2 else None
            yield from _record(before, after, place=(i1 if after is None else j1) + place + 1)


def _record(before: Record | None, after: Record | None, *, place: int) -> Iterator[Delta]:
    if before is not None and after is not None and before.step == after.step:
        for leaf in leaves(before, after):
            yield _delta("record", f"{place} {_title(before)}", leaf)
        return
    if before is not None:
        yield Delta("record", f"{place} {_title(before)}", before=_seed(before))
    if after is not None:
        yield Delta("record", f"{place} {_title(after)}", after=_seed(after))


def _title(record: Record) -> str:
    """`texture oak`, `remake wall_plaster`, `bake`."""
    named = next((record.options[key] for key in ("surface", "kind", "style") if key in record.options), "")
    return f"{record.step} {named}".strip()


def _seed(record: Record) -> str:
    """`seed 7, warmth=+0.5`."""
    slider = record.options.get("slider")
    turned = [str(text) for text in slider] if isinstance(slider, list | tuple) else []
    return ", ".join([*([] if record.seed is None else [f"seed {record.seed}"]), *turned])


def _scene(a: Scene, b: Scene) -> Iterator[Delta]:
    for spec in fields(Scene):
        if spec.name not in OWN:
            for leaf in leaves(getattr(a, spec.name), getattr(b, spec.name), (spec.name,)):
                yield _delta("scene", spec.name, replace(leaf, path=leaf.path[1:] or (spec.name,)))


def _placed(scene: Scene) -> Placed:
    found: Placed = {}

    def visit(node: Node, parent: str) -> None:
        name, count = node.name, 1
        while name in found:  # scenes from files have no such names
            count += 1
            name = f"{node.name}_{count}"
        found[name] = (node, parent)
        for child in node.children:
            visit(child, node.name)

    for root in scene.nodes:
        visit(root, "")
    return found


def _nodes(a: Placed, b: Placed) -> Iterator[Delta]:
    """Nodes that only one of the two has, and those that hang elsewhere."""
    for name, (node, _) in a.items():
        if name not in b:
            yield Delta("node", name, before=_holds(node))
    for name, (node, _) in b.items():
        if name not in a:
            yield Delta("node", name, after=_holds(node))
    for name, (_, parent) in a.items():
        if name in b and b[name][1] != parent:
            yield Delta("node", name, "parent", parent, b[name][1])
    one, other = [name for name in a if name in b], [name for name in b if name in a]
    if one != other:
        first = next(place for place, pair in enumerate(zip(one, other, strict=True)) if len(set(pair)) > 1)
        yield Delta("node", one[first], "order", one[first], other[first])


def _holds(node: Node) -> str:
    triangles = sum(len(mesh.indices) for mesh in node.meshes)
    words = [f"{triangles:,} triangles"] if triangles else []
    words += [f"{node.light.kind} light"] if node.light is not None else []
    words += ["camera"] if node.camera is not None else []
    return ", ".join(words)


def _node(name: str, a: Node, b: Node) -> Iterator[Delta]:
    """Place, rotation and scale in words of their own; every other field by its leaves."""
    moved = float(np.linalg.norm(b.translation - a.translation))
    if not np.array_equal(a.translation, b.translation):
        yield Delta(
            "node", name, "translation", _numbers(a.translation), _numbers(b.translation), {"moved_m": moved}
        )
    if not np.array_equal(a.rotation, b.rotation):
        turned = {"turned_deg": _angle(a, b)}
        yield Delta("node", name, "rotation", _numbers(a.rotation), _numbers(b.rotation), turned)
    if not np.array_equal(a.scale, b.scale):
        yield Delta("node", name, "scale", _numbers(a.scale), _numbers(b.scale))
    for spec in fields(Node):
        if spec.name not in (*POSE, "name", "meshes", "children"):
            for leaf in leaves(getattr(a, spec.name), getattr(b, spec.name), (spec.name,)):
                yield _delta("node", name, leaf)


def _numbers(vector: Any) -> list[float]:
    return [round(float(value), 6) for value in vector]


def _angle(a: Node, b: Node) -> float:
    """Degrees between two rotations."""
    lengths = float(np.linalg.norm(a.rotation) * np.linalg.norm(b.rotation))
    cosine = abs(float(a.rotation @ b.rotation)) / max(lengths, 1e-12)
    return float(np.degrees(2 * np.arccos(min(cosine, 1.0))))


def _meshes(
    node: str, a: Sequence[Mesh], b: Sequence[Mesh], worn: dict[tuple[int, int], tuple[Surface, Surface]]
) -> Iterator[Delta]:
    one, other = _by_name(a), _by_name(b)
    for name in dict.fromkeys([*one, *other]):
        place = f"{node}/{name}"
        if name not in other:
            yield Delta("mesh", place, before=f"{len(one[name].indices):,} triangles")
        elif name not in one:
            yield Delta("mesh", place, after=f"{len(other[name].indices):,} triangles")
        else:
            yield from _mesh(place, one[name], other[name], worn)


def _by_name(meshes: Sequence[Mesh]) -> dict[str, Mesh]:
    """Meshes by name, those without by their surface's; equal ones are numbered."""
    found: dict[str, Mesh] = {}
    for place, mesh in enumerate(meshes):
        name = mesh.name or mesh.surface.name or str(place)
        found[name if name not in found else f"{name}_{place}"] = mesh
    return found


def _mesh(
    place: str, a: Mesh, b: Mesh, worn: dict[tuple[int, int], tuple[Surface, Surface]]
) -> Iterator[Delta]:
    rows = {"positions": "vertices", "indices": "triangles"}
    counts = {name: (len(getattr(a, name)), len(getattr(b, name))) for name in rows}
    for name, (before, after) in counts.items():
        if before != after:
            yield Delta("mesh", place, rows[name], before, after)
    for spec in fields(Mesh):
        one, other = getattr(a, spec.name), getattr(b, spec.name)
        arrays = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
        if spec.name != "surface" and not (arrays and len(one) != len(other)):
            yield from (_delta("mesh", place, leaf) for leaf in leaves(one, other, (spec.name,)))
    if a.surface.name != b.surface.name:
        yield Delta("mesh", place, "surface", a.surface.name, b.surface.name)
    else:
        worn[id(a.surface), id(b.surface)] = (a.surface, b.surface)


def _surfaces(a: Surface, b: Surface) -> Iterator[Delta]:
    for leaf in leaves(a, b):
        slot, *rest = leaf.path
        if leaf.apart is not None and rest == ["image"]:
            figures = {"psnr_db": leaf.apart}
            yield Delta("texture", f"{a.name} {slot}", "pixels", leaf.before, leaf.after, figures)
        elif rest[:1] == ["image"]:
            yield Delta("texture", f"{a.name} {slot}", "/".join(rest), leaf.before, leaf.after)
        else:
            yield _delta("surface", a.name or "without a name", leaf)


def _delta(part: Any, place: str, leaf: Leaf) -> Delta:
    figures = {} if leaf.apart is None else {"most": leaf.apart}
    return Delta(part, place, "/".join(leaf.path), leaf.before, leaf.after, figures)
