"""Mesh -> the attributes, morph targets and indices of a glTF primitive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vrgen.core.mesh import ATTRIBUTES, Mesh
from vrgen.core.stroke import Stroke
from vrgen.errors import ValueProblem
from vrgen.gltf.builder import Builder
from vrgen.gltf.tangents import with_tangents
from vrgen.gltf.to_material import textures_of

UNIT = 1e-3
"""How far from 1 a length may be before it is normalised; the validator's limit is 0.00674."""
SKINNING = ("JOINTS", "WEIGHTS")


def primitive_json(mesh: Mesh, builder: Builder, *, moves: bool, drop_unused: bool) -> dict[str, Any]:
    """`attributes`, `indices` and `targets` of a mesh.

    moves: whether what moves its vertices goes into the file; else they are written where they stand.
    drop_unused: leave out UV sets and tangents that no texture uses.
    """
    full = with_tangents(mesh.at_rest if moves else mesh)  # the validator warns of a normal map without
    found = {
        "attributes": _attributes(full, builder, moves=moves, drop_unused=drop_unused),
        "indices": builder.indices(full.indices, len(full.positions)),
    }
    if full.further is not None and full.further.targets and moves:
        found["targets"] = [
            {
                name: builder.attribute(array, bounds=name == "POSITION")
                for name, array in target.items()
                if name not in LOST_WITH or getattr(full, LOST_WITH[name]) is not None
            }
            for target in full.further.targets
        ]
    return found


def stroke_json(stroke: Stroke, builder: Builder, *, moves: bool) -> dict[str, Any]:
    """`mode`, `attributes` and `indices` of points or lines."""
    found: dict[str, Any] = {
        "mode": stroke.mode,
        "attributes": _attributes(stroke.mesh, builder, moves=moves, drop_unused=False),
    }
    if stroke.order is not None:
        found["indices"] = builder.indices(stroke.order, len(stroke.mesh.positions))
    return found


LOST_WITH = {"NORMAL": "normals", "TANGENT": "tangents"}
"""Targets that mean nothing without the field of the mesh they are added to."""


def uv_of(mesh: Mesh, number: int) -> NDArray[Any] | None:
    """(V, 2) of a UV set, None where the mesh lacks it."""
    if number < 2:
        return mesh.uv1 if number else mesh.uv0
    return None if mesh.further is None else mesh.further.attributes.get(f"TEXCOORD_{number}")


def _attributes(mesh: Mesh, builder: Builder, *, moves: bool, drop_unused: bool) -> dict[str, int]:
    """Accessors by attribute, in a fixed order."""
    attribute = builder.attribute
    used = {texture.uv_set for _, texture in textures_of(mesh.surface)}
    found = {"POSITION": attribute(mesh.positions, bounds=True)}
    if mesh.normals is not None:
        found["NORMAL"] = attribute(unit_vectors(mesh.normals))
        if mesh.tangents is not None and not (drop_unused and mesh.surface.normal is None):
            xyz = unit_vectors(mesh.tangents[:, :3])
            sign = np.where(mesh.tangents[:, 3:] < 0, -1, 1)
            found["TANGENT"] = attribute(np.concatenate([xyz, sign], axis=1).astype(np.float32))
    if mesh.colours is not None:
        found["COLOR_0"] = attribute(sixteen_bit(mesh.colours), normalized=True)
    more = {} if mesh.further is None else mesh.further.attributes
    sets = {n: uv for n in range(2) if (uv := uv_of(mesh, n)) is not None}
    for name, array in more.items():
        kind, _, number = name.partition("_")
        if kind == "TEXCOORD":
            sets[int(number)] = array
        elif moves or kind not in SKINNING:
            found[name] = attribute(array)
    if drop_unused:
        sets = {number: array for number, array in sets.items() if number in used}
    for place in range(max(sets, default=-1) + 1):
        # glTF wants sets without gaps; the same accessor for two of them costs nothing.
        found[f"TEXCOORD_{place}"] = attribute(sets.get(place, sets[max(sets)]))
    return found


def check_mesh(mesh: Mesh) -> None:
    """Raise ValueProblem for numbers that are none, and for textures that the mesh has no UVs for."""
    named = [(name, getattr(mesh, name)) for name in ("positions", *ATTRIBUTES)]
    further = () if mesh.further is None else mesh.further.arrays()
    for name, array in (*named, *(("further attributes", array) for array in further)):
        if array is not None and not np.isfinite(array).all():
            raise ValueProblem(f"mesh {mesh.name}: {name} hold NaN or infinity; mend them first")
    for name, texture in textures_of(mesh.surface):
        if uv_of(mesh, texture.uv_set) is None:
            raise ValueProblem(
                f"mesh {mesh.name}: {name} of its surface uses UV set {texture.uv_set}, which it lacks; "
                "unwrap it first"
            )


def unit_vectors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(V, 3) float32 of length 1: as they are when all are, else normalised; zero vectors point up."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    if np.all(np.abs(lengths - 1.0) <= UNIT):
        return np.ascontiguousarray(vectors)
    zero = lengths < 1e-12
    out: NDArray[np.float32] = (vectors / np.where(zero, 1.0, lengths)[:, None]).astype(np.float32)
    out[zero] = (0.0, 1.0, 0.0)
    return out


def sixteen_bit(colours: NDArray[np.float32]) -> NDArray[np.uint16]:
    """(V, 4) uint16 full range of floats, clipped to [0, 1]."""
    return (np.clip(colours, 0.0, 1.0) * np.float32(65535.0) + np.float32(0.5)).astype(np.uint16)


def primitive_extras(mesh: Mesh, group: str) -> dict[str, Any]:
    """What glTF has no field for: a name other than the group's, and what the bake does to it."""
    extras: dict[str, Any] = {}
    if mesh.name != group:
        extras["name"] = mesh.name
    if mesh.lighting != "baked":
        extras["lighting"] = mesh.lighting
    kept = mesh.kept.get("extras")
    if not extras or not isinstance(kept, Mapping):
        return {"vrgen": extras} if extras else {}
    return {**kept, "vrgen": extras}
