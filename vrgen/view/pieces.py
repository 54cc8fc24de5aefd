"""Pieces: meshes at their places in a scene, and the vertices that the shaders get for them.

Whatever never changes is settled here, once: the place in the world, the texture transform, the layer, and
for unlit surfaces the colour factor. So what looks alike can lie in one buffer and be drawn by one call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vrgen.core.change import alike
from vrgen.core.mesh import Mesh
from vrgen.core.node import Node
from vrgen.core.scene import Scene
from vrgen.core.surface import Surface
from vrgen.view.records import CLAMPED, SLOTS, WHOLE, Place, uv_rows

STAGES = {"opaque": 0, "mask": 1, "blend": 2}
"""In this order surfaces are drawn, by alpha mode."""
REPEATS = 8
"""So many places of one mesh are drawn as instances; fewer are copied into the buffer of their batch."""
WHITE = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """One mesh at one place."""

    node: Node
    """Node that holds it."""
    mesh: Mesh
    """What is drawn."""
    world: NDArray[np.float64]
    """(4, 4) transform from the mesh to the world."""
    repeated: bool
    """Whether it is drawn as one of many instances."""

    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Corners (3,) of a bounding box in the world, metres."""
        low, high = self.mesh.positions.min(axis=0), self.mesh.positions.max(axis=0)
        centre, half = (low + high) / 2.0, (high - low) / 2.0
        middle = self.world[:3, :3] @ centre + self.world[:3, 3]
        reach = np.abs(self.world[:3, :3]) @ half
        return middle - reach, middle + reach


def pieces_of(scene: Scene, kept: Callable[[Node, Mesh], bool]) -> list[Piece]:
    """Every mesh of the scene that has triangles and is `kept`."""
    placed = [
        (node, mesh, world)
        for node, world in scene.walk()
        for mesh in node.meshes
        if len(mesh.indices) and kept(node, mesh)
    ]
    # What turns inside out needs its own winding, so it is copied.
    counts = Counter(id(mesh) for _, mesh, world in placed if np.linalg.det(world[:3, :3]) > 0)
    return [
        Piece(
            node,
            mesh,
            world,
            counts[id(mesh)] >= REPEATS
            and mesh.surface.alpha_mode != "blend"
            and float(np.linalg.det(world[:3, :3])) > 0,
        )
        for node, mesh, world in placed
    ]


def slots_of(surface: Surface) -> tuple[str, ...]:
    """The texture slots that a surface fills and its shader reads."""
    read = SLOTS[:1] if surface.unlit else SLOTS
    return tuple(name for name in read if getattr(surface, name) is not None)


class Look(NamedTuple):
    """What a draw call has to set. Pieces of equal looks make one batch."""

    defines: frozenset[str]
    """What the shaders need to know."""
    textures: tuple[tuple[int, int], ...]
    """(unit, array texture)."""
    culled: bool
    """Whether back faces are left out."""
    stage: int
    """0 opaque, 1 mask, 2 blend."""
    surface: int
    """Identity of the surface where the shader reads its record or it may be exchanged, else 0."""
    mesh: int
    """Identity of the mesh where it is drawn as instances, else 0."""

    @property
    def recorded(self) -> bool:
        """Whether the shader reads the surface's record."""
        return bool(self.defines & {"LIT", "MASKED"})


def look_of(piece: Piece, places: Mapping[str, Place]) -> Look:
    """The look of a piece whose images lie at `places`, by slot."""
    surface = piece.mesh.surface
    defines = _defines(piece)
    base = surface.base_colour
    alone = bool(defines & {"LIT", "MASKED"}) or (base is not None and base.wrap != CLAMPED)
    return Look(
        defines,
        tuple((SLOTS.index(name), places[name].name) for name in slots_of(surface)),
        not surface.double_sided,
        STAGES[surface.alpha_mode],
        id(surface) if alone else 0,
        id(piece.mesh) if piece.repeated else 0,
    )


def _defines(piece: Piece) -> frozenset[str]:
    mesh, surface = piece.mesh, piece.mesh.surface
    flags = {f"{name.upper()}_MAPPED": True for name in slots_of(surface)}
    flags["UNLIT" if surface.unlit else "LIT"] = True
    flags["INSTANCED"] = piece.repeated
    flags["MASKED"] = surface.alpha_mode == "mask"
    flags["BLENDED"] = surface.alpha_mode == "blend"
    flags["COLOURED"] = mesh.colours is not None
    if surface.unlit:
        flags["COLOURED"] |= surface.base_colour is None or tuple(surface.base_colour_factor) != WHITE
    else:
        flags["FLAT"] = mesh.normals is None
        flags["TANGENTS"] = surface.normal is not None and mesh.tangents is not None
    return frozenset(name for name, there in flags.items() if there)


LOCATIONS = {"positions": 0, "normals": 1, "tangents": 2, "uv0": 3, "uv1": 4, "colours": 5}
"""Attribute locations of shaders/mesh.vert; `uv0` is the finished place in the texture where unlit."""
INSTANCES = 6
"""Location of the first column of an instance's transform."""


def vertices_of(piece: Piece, look: Look, places: Mapping[str, Place]) -> dict[str, NDArray[np.float32]]:
    """(V, n) float32 of every attribute of a look, in the order of LOCATIONS."""
    mesh = piece.mesh
    world = np.eye(4) if piece.repeated else piece.world
    out: dict[str, NDArray[Any]] = {"positions": mesh.positions @ world[:3, :3].T + world[:3, 3]}
    if "UNLIT" in look.defines:
        if "BASE_COLOUR_MAPPED" in look.defines:
            out["uv0"] = _finished_uv(mesh, places["base_colour"])
    else:
        if mesh.normals is not None:
            out["normals"] = mesh.normals @ cofactors(world[:3, :3]).T
        if "TANGENTS" in look.defines and mesh.tangents is not None:
            turned = mesh.tangents[:, :3] @ world[:3, :3].T
            out["tangents"] = np.concatenate([turned, mesh.tangents[:, 3:]], axis=1)
        nowhere = np.zeros((len(mesh.positions), 2), np.float32)
        out["uv0"] = nowhere if mesh.uv0 is None else mesh.uv0
        out["uv1"] = nowhere if mesh.uv1 is None else mesh.uv1
    if "COLOURED" in look.defines:
        out["colours"] = _colours(mesh)
    return {name: np.asarray(values, np.float32) for name, values in out.items()}


def dressed_in(new: Surface, old: Surface, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, `new` worn instead of `old` or one alike; what shared a mesh shares one again."""
    meshes = {id(p.mesh): replace(p.mesh, surface=new) for p in pieces if alike(p.mesh.surface, old)}
    return [replace(p, mesh=meshes[id(p.mesh)]) if id(p.mesh) in meshes else p for p in pieces]


def same_vertices(piece: Piece, place: Place | None, new: Surface, after: Place | None) -> bool:
    """Whether the vertices of a piece whose base colour lies at `place` serve another surface: an unlit one's
    factor, transform and layer are in them."""
    old = piece.mesh.surface
    if not new.unlit:
        return not old.unlit
    return old.base_colour_factor == new.base_colour_factor and np.array_equal(
        uv_rows(old.base_colour, place or WHOLE), uv_rows(new.base_colour, after or WHOLE)
    )


def _finished_uv(mesh: Mesh, place: Place) -> NDArray[np.float64]:
    """(V, 3) where the base colour is read: texture transform applied, then the layer."""
    texture = mesh.surface.base_colour
    assert texture is not None
    rows = uv_rows(texture, place).astype(np.float64)
    uv = mesh.uv1 if texture.uv_set == 1 else mesh.uv0
    source = np.zeros((len(mesh.positions), 2)) if uv is None else uv.astype(np.float64)
    finished = source @ rows[:, :2].T + rows[:, 2]
    # Whole repeats taken off keep the precision of a float32 far from the origin.
    if texture.wrap == ("repeat", "repeat") and len(finished):
        finished -= np.floor(finished.min(axis=0))
    return np.concatenate([finished, np.full((len(finished), 1), rows[1, 3])], axis=1)


def _colours(mesh: Mesh) -> NDArray[np.float64]:
    """(V, 4) vertex colours; the factor of an unlit surface is in them."""
    own = np.ones((len(mesh.positions), 4)) if mesh.colours is None else mesh.colours.astype(np.float64)
    return own * mesh.surface.base_colour_factor if mesh.surface.unlit else own


def corners_of(piece: Piece) -> NDArray[np.uint32]:
    """(3 T,) indices, counter-clockwise from outside where the piece stands."""
    mirrored = not piece.repeated and np.linalg.det(piece.world[:3, :3]) < 0
    return (piece.mesh.indices[:, ::-1] if mirrored else piece.mesh.indices).reshape(-1)


def cofactors(m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cofactor matrix: turns normals like the inverse transpose, also when the matrix is singular."""
    rows = np.stack([np.cross(m[1], m[2]), np.cross(m[2], m[0]), np.cross(m[0], m[1])])
    return rows if np.linalg.det(m) >= 0 else -rows
