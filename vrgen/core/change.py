"""Change: another seed or other sliders for what a surface wears, and the scene that wears the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vrgen.core.node import Node
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.errors import ValueProblem

STEP = "remake"
"""Step of the records of surfaces that were made again."""
SKY = "sky"
"""Name of the surface, and of the node, that shows the sky."""
MATERIAL_SLIDERS = ("roughness", "brightness", "warmth", "saturation", "contrast", "relief", "scale")
"""What can be turned on a generated material, as vrgen.synth.sliders knows them."""
SKY_SLIDERS = ("cover", "warmth")
"""What can be turned on a sky: the share under clouds, and the colour of its light."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked of a generated surface: the next seed, the one before, a slider further up or down."""

    seed_step: int = 0
    """Added to the seed of the record; 0 keeps it."""
    sliders: Mapping[str, float] = field(default_factory=dict)
    """Amount by slider, added to what the record has; they stop at their ends."""


def alike(one: Surface, other: Surface) -> bool:
    """Whether two surfaces are one to the eye: the same object, or one name and the same picture object.

    A bake makes a surface for each mesh; those of one material share their picture.
    """
    if one is other:
        return True
    if one.base_colour is None or other.base_colour is None:
        return False
    return one.name == other.name and one.base_colour.image is other.base_colour.image


def worn(scene: Scene, surface: Surface) -> tuple[Surface, ...]:
    """The surfaces that meshes of the scene wear and that are like `surface`, each object once."""
    found = {
        id(mesh.surface): mesh.surface
        for node, _ in scene.walk()
        for mesh in node.meshes
        if alike(mesh.surface, surface)
    }
    return tuple(found.values())


def record_of(surface: Surface) -> Record | None:
    """How a surface's material was made, as it stands in its extras; None where they do not say."""
    ours = surface.extras.get("vrgen")
    return Record.told(ours.get("record")) if isinstance(ours, Mapping) else None


def slider_names(surface: Surface) -> tuple[str, ...]:
    """The sliders that change how a surface looks; empty for what no generator made (paint, pictures)."""
    record = record_of(surface)
    if surface.name == SKY and surface.unlit:  # of older files the scene alone knows the record
        return SKY_SLIDERS
    if record is None or record.seed is None:
        return ()
    if record.step != "texture" or {"like", "mask", "weights"} & set(record.options):
        return ()
    hidden = {"roughness"} if surface.unlit else set()
    hidden |= {"scale"} if record.options.get("draw") == "gan" else set()
    return tuple(name for name in MATERIAL_SLIDERS if name not in hidden)


def replaced(scene: Scene, old: Surface, new: Surface) -> Scene:
    """The scene with `new` wherever `old` or one alike is worn, and with a record that says how it was made.

    A record of a change that this one undoes is dropped, so that a file tells what is in it. Geometry, UVs
    and vertex colours stay. Raises ValueProblem when nothing wears `old`.
    """
    count = 0

    def dressed(node: Node) -> Node:
        nonlocal count
        meshes = tuple(
            replace(mesh, surface=new) if alike(mesh.surface, old) else mesh for mesh in node.meshes
        )
        changed = sum(before is not after for before, after in zip(node.meshes, meshes, strict=True))
        count += changed
        return replace(node, meshes=meshes) if changed else node

    after = scene.map_nodes(dressed)
    if not count:
        raise ValueProblem(f"surface {old.name}: nothing in the scene wears it; take one of its meshes'")
    kept, told = _without(scene.records, _told(old)), _told(new)
    return replace(after, records=kept if told is None else (*kept, told))


def _without(records: tuple[Record, ...], undone: Record | None) -> tuple[Record, ...]:
    """The records but the last that says the same as `undone`: another surface may have the same one."""
    for place in reversed(range(len(records))):
        if undone is not None and records[place].to_json() == undone.to_json():
            return records[:place] + records[place + 1 :]
    return records


def _told(surface: Surface) -> Record | None:
    """The record of a scene that holds a remade surface; None for one that does not know its own."""
    record = record_of(surface)
    if record is None:
        return None
    options: dict[str, Any] = {"surface": surface.name, **record.options}
    return replace(record, step=STEP, options=options)
