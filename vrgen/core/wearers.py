"""Wearers: which surfaces a name means, which meshes wear them, what else was made from one record."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from vrgen.core.change import SKY, record_of
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.errors import InputProblem, UsageProblem, nearest

LISTED = 12
"""Names that an error lists at most."""
SIZE = "size"
"""Option of a record that does not say what a material looks like: a gallery makes one in two sizes."""


def named(scene: Scene, name: str) -> tuple[Surface, ...]:
    """The surfaces that `name` means, those that are alike once: of a surface, of a mesh, or of a node.

    A name is looked for in that order. Of a node that wears several, only what a generator made counts, and
    there must be one. Raises UsageProblem, with the near name or the names to choose from, else.
    """
    pairs = list(_worn(scene))
    for found in (
        [mesh.surface for _, mesh in pairs if mesh.surface.name == name],
        [mesh.surface for _, mesh in pairs if mesh.name == name],
    ):
        if found:
            return distinct(found)
    node = next((node for node, _ in scene.walk() if node.name == name), None)
    if node is not None:
        return (_only(scene, node),)
    made = [surface.name for surface in distinct(mesh.surface for _, mesh in pairs) if _made(scene, surface)]
    known = {*(mesh.surface.name for _, mesh in pairs), *(mesh.name for _, mesh in pairs)}
    known |= {node.name for node, _ in scene.walk()}
    listed = f" Generated here: {_listing(made)}." if made else ""
    raise UsageProblem(
        f"node: nothing is called {name!r}, expected a node, a mesh or a surface of the file."
        f"{nearest(name, sorted(known - {''}))}{listed}"
    )


def like(scene: Scene, surface: Surface) -> tuple[Surface, ...]:
    """`surface`, and those that were made as it was: one step, seed, model and options, of whatever size."""
    record = record_for(scene, surface)
    everything = distinct(mesh.surface for _, mesh in _worn(scene))
    if record is None:
        return (surface,)
    key = look_of(surface)
    others = (
        one
        for one in everything
        if look_of(one) != key
        and (told := record_for(scene, one)) is not None
        and _sort(told) == _sort(record)
    )
    return (surface, *others)


def wearers(scene: Scene, surface: Surface) -> tuple[tuple[str, Mesh], ...]:
    """(name of the node, mesh) for every mesh of the scene that wears the surface or one alike."""
    key = look_of(surface)
    return tuple((node.name, mesh) for node, mesh in _worn(scene) if look_of(mesh.surface) == key)


def record_for(scene: Scene, surface: Surface) -> Record | None:
    """How a surface was made: as it says itself, or for a sky of an older file as the scene's records say."""
    record = record_of(surface)
    if record is None and surface.name == SKY and surface.unlit:
        return next((one for one in reversed(scene.records) if one.step == SKY), None)
    return record


def distinct(surfaces: Iterable[Surface]) -> tuple[Surface, ...]:
    """The surfaces in order, of those that are alike (vrgen.core.change.alike) the first."""
    found: dict[Hashable, Surface] = {}
    for surface in surfaces:
        found.setdefault(look_of(surface), surface)
    return tuple(found.values())


def look_of(surface: Surface) -> Hashable:
    """What surfaces that are alike share: a name and one picture object, or else their own identity."""
    if surface.base_colour is None:
        return id(surface)
    return surface.name, id(surface.base_colour.image)


def _worn(scene: Scene) -> Iterator[tuple[Node, Mesh]]:
    for node, _ in scene.walk():
        for mesh in node.meshes:
            yield node, mesh


def _only(scene: Scene, node: Node) -> Surface:
    """The one surface that a node, or what hangs below it, wears and that was generated."""
    worn = distinct(mesh.surface for below, _ in node.walk() for mesh in below.meshes)
    made = [surface for surface in worn if _made(scene, surface)]
    if len(made) == 1 or len(worn) == 1:
        return (made or list(worn))[0]
    if made:
        raise UsageProblem(
            f"node: {node.name} wears {len(made)} generated surfaces, expected one of them: "
            f"{_listing([surface.name for surface in made])}"
        )
    raise InputProblem(
        f"node {node.name} wears nothing that says how it was made, so there is nothing to make again; "
        "vrgen inspect FILE --textures says which surfaces do"
    )


def _made(scene: Scene, surface: Surface) -> bool:
    return record_for(scene, surface) is not None


def _sort(record: Record) -> tuple[object, ...]:
    options = {name: value for name, value in record.options.items() if name != SIZE}
    return record.step, record.seed, record.model, record.model_digest, repr(sorted(options.items()))


def _listing(names: list[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
